"""Which run to make next: how much each of several would narrow the intervals at the targets, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob
from bayescale.data.columns import as_numbers
from bayescale.errors import InputError, closest
from bayescale.scaling.decisions.compute_cost import FLOPS_PER_TOKEN
from bayescale.scaling.decisions.preposterior import Interval, Learnt, Prospect, learnt, prospect, today
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import Targets, flag, read_targets

type Array = NDArray[np.float64]

FLOPS = "flops"
USUAL = 1e21  # what shrinkage is given per, where costs are in FLOPs
FEW = 100  # effective draws: on normal posteriors widths come out 1.5 % too narrow there, and 5 % at 30
MOST_REPEATS = 100
TOO_FEW = "so few draws agree with what the run would show that its promise is too good: fit with more draws"
NOT_TOLD = "no shrinkage that these draws can tell from none"
WIDTHS = ("width_before", "width_after", "percent_before", "percent_after", "shrinkage")


@dataclass(frozen=True, repr=False)
class Plan(Shown):
    """What each candidate run can be expected to teach about the targets, and at what price.

    table      one row per candidate, as given: its inputs, `cost` of all its repeats, the width of the interval of
               `law_*` now and as expected after the run, on the law's scale (log response, for losses) as
               `width_before` and `width_after` and in per cent of today's median as `percent_before` and
               `percent_after`, means over targets; `shrinkage` in per cent of the width, mean over targets, with its
               Monte Carlo error `shrinkage_se`; shrinkage per 1e21 FLOP, or per unit of another cost; `rank` by that,
               1 the most; `effective_draws` (median over outcomes), `extrapolation` and `flag`. Candidates whose
               shrinkage cannot be told from none, or rests on too few draws, are flagged and rank after the others.
    by_target  the same widths and shrinkage, one row per candidate and target (both counted from 0).
    dataset    `lower` and `upper` (candidate, outcome, target) on the law's scale for every simulated outcome,
               `lower_before` and `upper_before` (target), `effective_draws` (candidate, outcome).
    """

    table: pd.DataFrame
    by_target: pd.DataFrame
    dataset: xr.Dataset = field(repr=False)
    prob: float

    @property
    def promise(self) -> str:
        """What the widths after a run are, in words."""
        return (
            f"Expected width of the {100 * self.prob:.4g} % interval of law_* (what a family averages over runs), "
            "averaged over what the run may show, if the model is right."
        )

    @property
    def _page(self) -> Page:
        return Page(self.promise, self.table)


def plan(
    self: FittedLaws,
    candidates: object,
    targets: object,
    prob: float = 0.9,
    *,
    cost: str = FLOPS,
    repeats: int = 1,
) -> Plan:
    """Which candidate run would narrow the targets' intervals most for its cost, said before any of them is made.

    candidates  mappings or a DataFrame with the law's inputs, and `family` (None: one never seen) or `run` (one seen
                with several checkpoints, going on). A candidate is one measurement, at its end.
    targets     what `forecast` takes. Targets and candidates without a family are of one and the same new family.
    cost        the column of the candidates that holds their cost. "flops" is the column `cost` or `flops`, in
                floating-point operations, and without either 6·n_params·n_tokens.
    repeats     how many seeds of a candidate would be run; its cost is multiplied by it.

    Computed from the posterior's draws alone, see `forecast.preposterior`. The promise is no better than the model:
    priors and discrepancy stay those of today's data, and what the law misses beyond them is not found out.
    Raises InputError, all problems at once, for what cannot be used.
    """
    require_prob(prob)
    runs, asked, price = _read(self, candidates, targets, cost, repeats)
    draws = prospect(self, runs.table, asked.table)
    before = today(draws, prob)
    after = [learnt(draws, candidate, prob, repeats) for candidate in range(len(price))]
    rows = [_by_target(draws, before, one).assign(candidate=i) for i, one in enumerate(after)]
    by_target = pd.concat(rows, ignore_index=True)[["candidate", "target", *WIDTHS, "shrinkage_se"]]
    found = by_target.groupby("candidate")[[*WIDTHS]].mean()
    found = found.assign(
        shrinkage_se=[_shrinkage(before, one)[1][-1] for one in after],
        effective_draws=[float(np.median(one.effective)) for one in after],
        extrapolation=runs.extrapolation,
    )
    table = _ranked(runs.table.assign(cost=price * repeats), found, cost)
    return Plan(table, by_target, _dataset(before, after), prob)


def _read(
    laws: FittedLaws, candidates: object, targets: object, cost: object, repeats: int
) -> tuple[Targets, Targets, Array]:
    """Candidates, targets, and what one repeat of each candidate costs."""
    problems: list[str] = []
    if isinstance(repeats, bool) or not isinstance(repeats, int | np.integer) or not 1 <= repeats <= MOST_REPEATS:
        problems.append(f"repeats={repeats!r} must be a whole number from 1 to {MOST_REPEATS}")
    runs = _validated(laws, candidates, "candidate", problems)
    asked = _validated(laws, targets, "target", problems)
    price = np.empty(0) if runs is None else _price(laws, runs, cost, problems)
    if runs is not None and repeats != 1:
        problems += [
            f"candidate {i + 1} goes on with a run already made, which has no repeats: ask for it with repeats=1"
            for i in np.flatnonzero(runs.run >= 0)
        ]
    if problems or runs is None or asked is None:
        raise InputError("the next run cannot be planned:", problems)
    return runs, asked, price


def _validated(laws: FittedLaws, given: object, what: str, problems: list[str]) -> Targets | None:
    """Points as every law of the posterior takes them; None, with the reasons in `problems`, where one does not."""
    found, wrong = [], []
    for design in laws.designs:
        try:
            found.append(read_targets(design, given))
            require_target_units([design], found[-1].table)
        except InputError as error:
            wrong += [text.replace("target", what, 1) for text in error.problems or [str(error)]]
    problems += [text if text.startswith(what) else f"{what}s: {text}" for text in dict.fromkeys(wrong)]
    if wrong:
        return None
    farthest = np.stack([one.extrapolation for one in found]).max(axis=0)
    return replace(found[0], extrapolation=farthest)


def _price(laws: FittedLaws, runs: Targets, cost: object, problems: list[str]) -> Array:
    """What one repeat of each candidate costs; problems with it are added to `problems`."""
    table = runs.table
    if not isinstance(cost, str):
        problems.append(f"cost={cost!r} must be the name of a column")
        return np.ones(len(table))
    named = next((name for name in (("cost", FLOPS) if cost == FLOPS else (cost,)) if name in table), None)
    if named is None and cost != FLOPS:
        problems.append(f"the candidates have no column {cost!r} to take costs from.{closest(cost, table.columns)}")
    if named is None:
        return _flops(laws, runs, problems) if cost == FLOPS else np.ones(len(table))
    price, _ = as_numbers(table[named])
    problems += [
        f"candidate {i + 1}: {named}={table[named].iloc[i]!r} must be a finite number above 0"
        for i in np.flatnonzero(~(np.isfinite(price) & (price > 0)))
    ]
    return price


def _flops(laws: FittedLaws, runs: Targets, problems: list[str]) -> Array:
    """Training compute of candidates at 6·N·D."""
    if not {"n_params", "n_tokens"} <= set(laws.inputs):
        problems.append(
            f"the cost of a candidate does not follow from {', '.join(sorted(laws.inputs))}: give the candidates "
            "a column 'cost' in floating-point operations, or name another by cost="
        )
        return np.ones(len(runs.table))
    problems += [
        f"candidate {i + 1} goes on with a run already paid for in part: give the candidates a column 'cost'"
        for i in np.flatnonzero(runs.run >= 0)
    ]
    return np.asarray(FLOPS_PER_TOKEN * runs.table["n_params"].to_numpy() * runs.table["n_tokens"].to_numpy())


def _shrinkage(before: Interval, after: Learnt) -> tuple[Array, Array]:
    """Per cent of the width that is expected to go, and its Monte Carlo error, each (target + 1,): the last is the mean
    over targets.

    Draws are finitely many, and so are outcomes: the first error is found by leaving out blocks of draws.
    """
    ratio = _with_mean(after.interval.width.mean(axis=1) / before.width)
    without = ratio[1:]
    draws = (len(without) - 1) * without.var(axis=0)  # jackknife
    each = _with_mean(after.interval.width[0] / before.width[0])
    return 100 * (1 - ratio[0]), 100 * np.sqrt(draws + each.var(axis=0, ddof=1) / len(each))


def _with_mean(values: Array) -> Array:
    return np.column_stack([values, values.mean(axis=1)])


def _by_target(draws: Prospect, before: Interval, after: Learnt) -> pd.DataFrame:
    """One row per target: widths now and expected, on the law's scale and in per cent of today's median."""
    shrinkage, error = (values[:-1] for values in _shrinkage(before, after))
    natural = draws.units.inverse
    with np.errstate(over="ignore", invalid="ignore"):
        median = np.abs(natural(np.median(draws.law, axis=0)))
        now, then = (natural(one.upper[0]) - natural(one.lower[0]) for one in (before, after.interval))
    return pd.DataFrame(
        {
            "target": np.arange(len(median)),
            "width_before": before.width[0],
            "width_after": after.interval.width[0].mean(axis=0),
            "percent_before": 100 * now / median,
            "percent_after": 100 * then.mean(axis=0) / median,
            "shrinkage": shrinkage,
            "shrinkage_se": error,
        }
    )


def _ranked(candidates: pd.DataFrame, found: pd.DataFrame, cost: str) -> pd.DataFrame:
    """The plan's table: per cost, ranked, flagged."""
    unit, name = (USUAL, "1e21_flops") if cost == FLOPS else (1.0, cost)
    gain = (found["shrinkage"] / candidates["cost"] * unit).to_numpy()
    few = (found["effective_draws"] < FEW).to_numpy()
    none = (found["shrinkage"] < 2 * found["shrinkage_se"]).to_numpy()
    rank = np.empty(len(gain), dtype=np.int64)
    rank[np.lexsort((-gain, few | none))] = np.arange(1, len(gain) + 1)
    far = [flag(times) for times in found["extrapolation"]]
    reasons = zip(far, np.where(few, TOO_FEW, ""), np.where(none, NOT_TOLD, ""), strict=True)
    table = candidates.assign(**{column: found[column] for column in (*WIDTHS, "shrinkage_se")})
    table = table.assign(**{f"shrinkage_per_{name}": gain}, rank=rank, effective_draws=found["effective_draws"])
    flags = ["; ".join(filter(None, map(str, one))) for one in reasons]
    return table.assign(extrapolation=found["extrapolation"], flag=np.array(flags, dtype=str))


def _dataset(before: Interval, after: Sequence[Learnt]) -> xr.Dataset:
    dims = ("candidate", "outcome", "target")
    return xr.Dataset(
        {
            "lower": (dims, np.stack([one.interval.lower[0] for one in after])),
            "upper": (dims, np.stack([one.interval.upper[0] for one in after])),
            "lower_before": ("target", before.lower[0]),
            "upper_before": ("target", before.upper[0]),
            "effective_draws": (dims[:2], np.stack([one.effective for one in after])),
        },
        {"candidate": np.arange(len(after)), "target": np.arange(before.lower.shape[1])},
    )
