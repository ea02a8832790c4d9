"""The scale at which one family overtakes another."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import number, require_prob, summarise
from bayescale.data.quantities import from_axis, impossible, to_axis
from bayescale.errors import InputError, closest
from bayescale.scaling.decisions.allocation import edge_note
from bayescale.scaling.decisions.compute_cost import PAIR, Cost, read_budgets, require_pair
from bayescale.scaling.decisions.compute_path import POINTS, compute_path, zero_crossings
from bayescale.scaling.decisions.cost_formula import training_costs
from bayescale.scaling.decisions.family_response import average, distance, hold_both
from bayescale.scaling.decisions.tables import draws_dataset, flags
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.target_units import require_budget_units, require_target_units

type Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Crossover(Shown):
    """Where the curves of two families cross.

    Attributes
    ----------
    dataset : Dataset
        `difference` of the averages, a less b (chain, draw, point); `crossing`, the first one, NaN where there is none,
        and `crossings`, their number, each (chain, draw).
    table : DataFrame
        One row: the range; `a_below_low` and `a_below_high`, the probability that a is lower at its ends; `none` and
        `several`, the probability of no crossing and of more than one; median, lower and upper of the first crossing,
        *given that there is one*; `extrapolation` (how far beyond the data it lies) and `flag`.
    curve : DataFrame
        One row per point of the range: both families' inputs where they differ, `a_below`, and median, lower and upper
        of the difference.
    prob : float
        Probability of the intervals.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    curve: pd.DataFrame
    prob: float

    @property
    def _page(self) -> Page:
        return Page(f"Where one family overtakes another; {100 * self.prob:.4g} % intervals", self.table)


def crossover(
    self: FittedLaws,
    family_a: str | None,
    family_b: str | None,
    along: str = "flops",
    *,
    low: float,
    high: float,
    prob: float = 0.9,
    tokens_per_param: float | None = 20.0,
    at: Mapping[str, float] | None = None,
) -> Crossover:
    """Find the scale between `low` and `high` at which one family overtakes another.

    In each draw this is the smallest point beyond `low` where the difference of both families' averages over runs, law
    and discrepancy, changes sign. Both averages are of the same draw, so that uncertainty which the families have in
    common cancels. The interval is of the draws that cross; `none` is the share of the others.

    Parameters
    ----------
    family_a, family_b : str or None
        Names of families. None is a new family, drawn once from the population.
    along : str, default "flops"
        Training compute, for a law of `n_params` and `n_tokens`, or an input of the law.
    low, high : float
        Ends of the range.
    prob : float, default 0.9
        Probability of the equal-tailed interval.
    tokens_per_param : float or None, default 20.0
        Along training compute, the ratio of training tokens to parameters in both families; None is each family's
        compute-optimal one, as `allocate` finds it. Ignored along an input.
    at : mapping of str to float, optional
        Values of the law's other inputs, the same for both families.

    Returns
    -------
    Crossover
        One row with the crossing, and the difference along the range.

    Raises
    ------
    InputError
        If families, range or values cannot be used.
    LawError
        If the law takes inputs that `at` does not give.
    """
    require_prob(prob)
    axis = crossing_range(along, low, high)
    grid = np.asarray(from_axis(along, axis))
    points, edge = _points(self, (family_a, family_b), along, grid, tokens_per_param, at)
    average_a, average_b = np.split(average(self, pd.concat(points, ignore_index=True)), 2, axis=-1)
    difference = average_a - average_b
    crossing, count, summary = crossings(along, axis, difference, prob)
    dataset = draws_dataset({"difference": difference}, "point", {along: grid})
    dataset = dataset.assign(crossing=(("chain", "draw"), crossing), crossings=(("chain", "draw"), count))
    dataset = dataset.assign_attrs(response=self.response)
    below = (difference < 0).mean(axis=(0, 1))
    curve = pd.DataFrame({along: grid, **_inputs(points, along), "a_below": below})
    curve = curve.assign(**summarise(difference, prob, "difference"))
    off = np.abs(axis - to_axis(along, summary["crossing_median"]))
    times, flagged = _distance(self, points, edge, off)
    row = {"along": along, "family_a": family_a, "family_b": family_b, "low": low, "high": high}
    row |= {"a_below_low": summary.pop("below_low"), "a_below_high": summary.pop("below_high"), **summary}
    row |= {"extrapolation": times, "flag": flagged}
    return Crossover(dataset, pd.DataFrame([row]), curve, prob)


def crossing_range(along: str, low: object, high: object) -> Array:
    """Return even steps over a range, on the axis of an input.

    Parameters
    ----------
    along : str
        The input.
    low, high : float
        Ends of the range.

    Returns
    -------
    ndarray
        The steps (point,).

    Raises
    ------
    InputError
        If the ends are no range of possible values.
    """
    ends = [number("low", low, "such as 1e18", -np.inf), number("high", high, "such as 1e24", -np.inf)]
    bad = impossible(along, ends)
    if bad or not ends[0] < ends[1]:
        allowed = bad[0][1] if bad else "two values, the smaller first"
        raise InputError(f"{along} from {low!r} to {high!r} is no range: it must be {allowed}")
    start, stop = to_axis(along, np.array(ends))
    return np.linspace(start, stop, POINTS)


def _points(
    laws: FittedLaws,
    families: tuple[str | None, str | None],
    along: str,
    grid: Array,
    tokens_per_param: float | None,
    at: Mapping[str, float] | None,
) -> tuple[list[pd.DataFrame], Array]:
    """Points of both families over the grid, and the share of draws without a compute-optimal run there (point,)."""
    inputs = laws.inputs
    if along in inputs:
        require_target_units(laws.designs, pd.DataFrame({along: grid[:1]}), "point")
        held = hold_both(laws, families, at, {along: grid[0]})
        return [of_family.points({along: grid}) for of_family in held], np.zeros(len(grid))
    if along != "flops":
        raise InputError(f"along={along!r} is no input of the law, nor 'flops'.{closest(along, [*inputs, 'flops'])}")
    require_pair(laws)
    cost = Cost()
    require_budget_units(training_costs(laws, cost), "flops", read_budgets(grid[:1], cost))
    ratio = None if tokens_per_param is None else number("tokens_per_param", tokens_per_param, "such as 20")
    held = hold_both(laws, families, at, PAIR)
    paths = [compute_path(laws, of_family, cost, ratio, grid) for of_family in held]
    points = [of_family.points(path.inputs) for of_family, path in zip(held, paths, strict=True)]
    return points, np.maximum(paths[0].edge, paths[1].edge)


def _inputs(points: list[pd.DataFrame], along: str) -> dict[str, Array]:
    """List inputs that vary along the range: once where both families share them, else as `a_...` and `b_...`."""
    a, b = points
    out: dict[str, Array] = {}
    for name in (name for name in PAIR if name in a and name != along and np.ptp(a[name]) > 0):
        of_a, of_b = a[name].to_numpy(), b[name].to_numpy()
        out |= {name: of_a} if np.array_equal(of_a, of_b) else {f"a_{name}": of_a, f"b_{name}": of_b}
    return out


def crossings(
    along: str, axis: Array, difference: Array, prob: float
) -> tuple[Array, NDArray[np.int64], dict[str, float]]:
    """Find where differences of two families change sign.

    Parameters
    ----------
    along : str
        The input.
    axis : ndarray
        Even steps on its axis (point,).
    difference : ndarray
        Differences a less b (chain, draw, point).
    prob : float
        Probability of the interval.

    Returns
    -------
    crossing : ndarray
        The first crossing (chain, draw), NaN where there is none.
    count : ndarray of int
        Number of crossings (chain, draw).
    summary : dict of str to float
        `below_low` and `below_high`, the probability of a difference below 0 at the ends; `none` and `several`, that of
        no crossing and of more than one; `crossing_median`, `crossing_lower` and `crossing_upper` of the draws that
        cross, NaN where none does.
    """
    place, count = zero_crossings(axis, difference)
    crossing = np.asarray(from_axis(along, place))
    below = (difference[..., [0, -1]] < 0).mean(axis=(0, 1))
    summary = {"below_low": float(below[0]), "below_high": float(below[1])}
    summary |= {"none": float(np.mean(count == 0)), "several": float(np.mean(count > 1))}
    return crossing, count, summary | _first(crossing[count > 0], prob)


def _first(crossings: Array, prob: float) -> dict[str, float]:
    """Median and interval of the draws' first crossings (crossing,); NaN where there are none."""
    draws = crossings if crossings.size else np.full(1, np.nan)
    return {name: float(value) for name, value in summarise(draws[None], prob, "crossing").items()}


def _distance(laws: FittedLaws, points: list[pd.DataFrame], edge: Array, off: Array) -> tuple[float, str]:
    """Compute how far beyond the data the crossing is, and a flag; at the end of the range without a crossing.

    `off` is the distance of each point of the range from the crossing (point,).
    """
    index = len(off) - 1 if np.isnan(off).any() else int(off.argmin())
    times = distance(laws, pd.concat([table.iloc[[index]] for table in points])).max(keepdims=True)
    return float(times[0]), str(flags(times, [edge_note(float(edge[index]))])[0])
