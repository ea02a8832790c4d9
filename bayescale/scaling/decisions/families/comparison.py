"""Families compared along one input: asymptote, efficiency and exponent of each, and who is ahead from where on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob, summarise, summarise_reached
from bayescale.core.text import listing
from bayescale.data.quantities import from_axis, is_linear
from bayescale.errors import InputError, LawError, closest
from bayescale.scaling.decisions.crossover import crossing_range, crossings
from bayescale.scaling.decisions.families.asymptotes import common_gap, family_limits, require_limits
from bayescale.scaling.decisions.family_response import average, distance, hold
from bayescale.scaling.decisions.tables import draws_dataset, flags
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import UNNAMED

type Array = NDArray[np.float64]

MOST_FAMILIES = 24
BEYOND = 10.0  # the range ends so many times beyond the largest run
RARE = 0.05  # share of draws below which the flag is silent
SAME = 1e-7  # relative difference below which two values tie: shared parameters are computed to rounding
QUANTITIES = ("asymptote", "half", "exponent")


@dataclass(frozen=True, repr=False)
class FamilyComparison(Shown):
    """Families, or recipes, compared along one input.

    Attributes
    ----------
    dataset : Dataset
        `asymptote`, `half` and `exponent` (chain, draw, family), and `crossing` of each pair, the first one, NaN where
        there is none (chain, draw, pair).
    table : DataFrame
        One row per family: `family`; median, lower and upper of `asymptote` (the law as the input grows without bound),
        `half` (the input at which half of the gain is made) and `exponent` (with which the input closes the rest);
        `best`, the probability that its asymptote is the best of all; `beyond`, the probability that `half` exceeds its
        largest training value; and `flag`.
    pairs : DataFrame
        One row per pair: `family_a`, `family_b`; `asymptote_better`, `half_lower` and `exponent_higher`, the
        probabilities that a has the better asymptote, the lower `half` and the higher exponent; median, lower and upper
        of `asymptote_difference` (a less b) and `half_ratio` (of b over a); `a_ahead_low` and `a_ahead_high`, the
        probability that a is ahead at the ends of the range from `low` to `high`; `none` and `several`, the probability
        of no crossing and of more than one; median, lower and upper of the first crossing, *given that there is one*;
        `extrapolation` (how far beyond the data `high` lies) and `flag`.
    along : str
        The input.
    rises : bool
        Whether the response rises along the input, so that a higher one is better.
    shared : tuple of str
        Parameters that all families have in common by the pooling of the fit, in which they cannot differ.
    prob : float
        Probability of the intervals.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    pairs: pd.DataFrame
    along: str
    rises: bool
    shared: tuple[str, ...]
    prob: float

    @property
    def notes(self) -> tuple[str, ...]:
        """Who is ahead in each pair, and what the families have in common."""
        ahead = [_sentence(row, self.along) for row in self.pairs.to_dict("records")]
        common = f"families share {listing(self.shared)} by the pooling of the fit" if self.shared else ""
        return (*ahead, common) if common else tuple(ahead)

    @property
    def _page(self) -> Page:
        title = f"Families along {self.along}; {100 * self.prob:.4g} % intervals; pairs are in `pairs`"
        return Page(title, self.table, self.notes)


def compare_families(
    self: FittedLaws,
    along: str,
    families: Sequence[str] | None = None,
    prob: float = 0.9,
    *,
    low: float | None = None,
    high: float | None = None,
    at: Mapping[str, float] | None = None,
) -> FamilyComparison:
    """Compare the asymptotes and efficiencies of families, and find from which scale on one is ahead of another.

    The asymptote is the limit of a family's law as the input grows: a floor, or the ceiling of a sigmoid. The gain is
    the distance from the law at an input of 0 to the asymptote, and `half` the input at which half of it is made: C_mid
    of `rl_sigmoid`. Where the law is infinite at 0, as a power law is, `half` is the input at which the distance to the
    asymptote is half of the families' mean distance at `low`, so that its ratio over families with a shared exponent is
    the factor by which one makes more of the input. The exponent is that of the last part of the distance. These are of
    the law alone. Who is ahead, and the crossings, are of the families' averages over runs, law and discrepancy. A
    response that rises along the input is better when higher, another one when lower. Everything is computed draw by
    draw, so that uncertainty which families have in common cancels.

    Parameters
    ----------
    along : str
        An input of the law on a logarithmic axis, such as `gpu_hours` or `flops`.
    families : sequence of str, optional
        Names of two or more families. By default all.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.
    low, high : float, optional
        Range in which crossings are searched. By default from the smallest training value to ten times the largest.
    at : mapping of str to float, optional
        Values of the law's other inputs, the same for all families.

    Returns
    -------
    FamilyComparison
        One row per family, and one per pair.

    Raises
    ------
    InputError
        If families, range or values cannot be used.
    LawError
        If the law has no finite limit, or takes inputs that `at` does not give.

    References
    ----------
    Khatri et al. (2025), arXiv:2510.13786, asymptote and efficiency of recipes.
    """
    require_prob(prob)
    values = _training_values(self, along)
    names = _families(self, families)
    ends = values.min() if low is None else low, BEYOND * values.max() if high is None else high
    axis = crossing_range(along, *ends)
    grid = np.asarray(from_axis(along, axis))
    require_target_units(self.designs, pd.DataFrame({along: grid[:1]}), "point")
    held = [hold(self, name, at, {along: grid[0]}) for name in names]
    require_limits(self, held, along)
    gap = common_gap(self, held, along, float(values.min()))
    limits = family_limits(self, held, along, gap)
    points = [of_family.points({along: grid}) for of_family in held]
    curves = np.split(average(self, pd.concat(points, ignore_index=True)), len(names), axis=-1)
    rises = bool(np.median(limits["asymptote"].to_numpy() - np.stack([c[..., 0] for c in curves], axis=-1)) > 0)
    table = _family_table(self, limits, names, along, rises, prob)
    signed = [curve if rises else -curve for curve in curves]
    pairs, crossing = _pairs(limits, names, along, axis, signed, rises, prob)
    times = distance(self, pd.concat([part.iloc[[-1]] for part in points]))
    couples = np.array([max(times[i], times[j]) for i, j in combinations(range(len(names)), 2)])
    pairs = pairs.assign(extrapolation=couples, flag=flags(couples))
    dataset = limits.assign_coords(family=list(names), chain=np.arange(limits.sizes["chain"]))
    dataset = dataset.merge(draws_dataset({"crossing": crossing}, "pair")).assign_attrs(response=self.response)
    shared = tuple(dict.fromkeys(name for design in self.designs for name in design.layout.shared))
    return FamilyComparison(dataset, table, pairs, along, rises, shared, prob)


def _training_values(laws: FittedLaws, along: object) -> Array:
    """Training values of the input. Raises InputError."""
    if along not in laws.inputs:
        name = " + ".join(law.name for law in laws.laws.values())
        raise InputError(f"along={along!r} is no input of law {name!r}.{closest(str(along), laws.inputs)}")
    if is_linear(str(along)):
        raise InputError(f"along={along!r} may be 0, and has no logarithmic axis: use `crossover`, or `trend`")
    missing = [name for name, law in laws.laws.items() if along not in law.inputs]
    if missing:
        raise LawError(f"law {missing[0]!r} of this stack does not take {along!r}: use one of .members")
    return np.asarray(laws.posterior.design.inputs[str(along)])


def _families(laws: FittedLaws, families: Sequence[str] | None) -> tuple[str, ...]:
    """Names of the families that are compared. Raises InputError."""
    if laws.families == UNNAMED or len(laws.families) < 2:
        raise InputError(
            "the runs of this fit are of one family: comparing needs a column of families with two or more"
        )
    names = laws.families if families is None else tuple(families)
    unknown = [name for name in names if name not in laws.families]
    if unknown:
        raise InputError(f"there is no family {unknown[0]!r}.{closest(str(unknown[0]), laws.families)}")
    if len(set(names)) != len(names) or len(names) < 2:
        raise InputError(f"families={list(names)!r}: name two or more different families")
    if len(names) > MOST_FAMILIES:
        raise InputError(f"{len(names)} families have {len(names) * (len(names) - 1) // 2} pairs: name at most 24")
    return names


def _family_table(
    laws: FittedLaws, limits: xr.Dataset, names: Sequence[str], along: str, rises: bool, prob: float
) -> pd.DataFrame:
    """One row per family."""
    draws = {name: limits[name].to_numpy() for name in QUANTITIES}
    signed = draws["asymptote"] if rises else -draws["asymptote"]
    best = signed >= signed.max(axis=-1, keepdims=True) - SAME * np.abs(signed).max()
    design = laws.posterior.design
    members = [design.family == design.families.index(name) for name in names]
    most = np.array([design.inputs[along][rows].max() for rows in members])
    beyond = (draws["half"] > most).mean(axis=(0, 1))
    notes = [
        f"in {100 * share:.0f} % of draws half of the gain lies beyond its largest run" if share >= RARE else ""
        for share in beyond
    ]
    table = pd.DataFrame({"family": list(names)})
    return table.assign(
        **summarise(draws["asymptote"], prob, "asymptote"),
        **summarise_reached(draws["half"], prob, "half"),
        **summarise(draws["exponent"], prob, "exponent"),
        best=(best / best.sum(axis=-1, keepdims=True)).mean(axis=(0, 1)),
        beyond=beyond,
        flag=notes,
    )


def _pairs(
    limits: xr.Dataset,
    names: Sequence[str],
    along: str,
    axis: Array,
    curves: Sequence[Array],
    rises: bool,
    prob: float,
) -> tuple[pd.DataFrame, Array]:
    """One row per pair, and the first crossing of each (chain, draw, pair). Higher curves are better."""
    draws = {name: limits[name].to_numpy() for name in QUANTITIES}
    sign = 1.0 if rises else -1.0
    rows, all_crossings = [], []
    for i, j in combinations(range(len(names)), 2):
        of_a, of_b = ({name: values[..., k] for name, values in draws.items()} for k in (i, j))
        crossing, _, crossed = crossings(along, axis, curves[j] - curves[i], prob)  # below 0 where a is ahead
        row: dict[str, Any] = {"family_a": names[i], "family_b": names[j]}
        row |= {"asymptote_better": _exceeds(sign * of_a["asymptote"], sign * of_b["asymptote"])}
        row |= {"half_lower": _exceeds(of_b["half"], of_a["half"])}
        row |= {"exponent_higher": _exceeds(of_a["exponent"], of_b["exponent"])}
        row |= _cells(summarise(of_a["asymptote"] - of_b["asymptote"], prob, "asymptote_difference"))
        row |= _ratio(of_b["half"], of_a["half"], prob)
        row |= {"low": float(from_axis(along, axis[0])), "high": float(from_axis(along, axis[-1]))}
        row |= {"a_ahead_low": crossed.pop("below_low"), "a_ahead_high": crossed.pop("below_high"), **crossed}
        rows.append(row)
        all_crossings.append(crossing)
    return pd.DataFrame(rows), np.stack(all_crossings, axis=-1)


def _exceeds(a: Array, b: Array) -> float:
    """Probability that a exceeds b; ties, which rounding may hide, count half. NaN where neither can be computed."""
    known = ~(np.isnan(a) | np.isnan(b))
    if not known.any():
        return float("nan")
    a, b = a[known], b[known]
    with np.errstate(invalid="ignore"):
        near = np.abs(a - b) <= SAME * np.maximum(np.abs(a), np.abs(b))
    tie = (a == b) | (near & np.isfinite(a) & np.isfinite(b))
    return float(np.where(tie, 0.5, a > b).mean())


def _ratio(of_b: Array, of_a: Array, prob: float) -> dict[str, float]:
    """Median and interval of b over a (chain, draw); of the draws in which at least one of both is finite."""
    with np.errstate(invalid="ignore"):
        ratio = of_b / of_a
    known = ratio[~np.isnan(ratio)]
    return _cells(summarise_reached(known[None] if known.size else np.full((1, 1), np.nan), prob, "half_ratio"))


def _cells(columns: Mapping[str, Array]) -> dict[str, float]:
    return {name: float(value) for name, value in columns.items()}


def _sentence(row: Mapping[Any, Any], along: str) -> str:
    """Who is ahead of whom, in words."""
    a, b = row["family_a"], row["family_b"]
    low, high, none = (row[name] for name in ("a_ahead_low", "a_ahead_high", "none"))
    ends = (
        f"{a} is ahead of {b} with {100 * low:.0f} % at {along}={row['low']:.3g}, and with {100 * high:.0f} % at "
        f"{row['high']:.3g}"
    )
    if none > 1 - RARE:
        return ends
    return f"{ends}; they cross with {100 * (1 - none):.0f} %, then first at {row['crossing_median']:.3g}"
