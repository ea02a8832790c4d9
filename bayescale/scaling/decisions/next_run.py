"""Plan the next run: how much each candidate would narrow the intervals at the targets, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob
from bayescale.data.columns import as_numbers
from bayescale.errors import InputError, LawError, closest
from bayescale.scaling.decisions.compute_cost import FLOPS_PER_TOKEN
from bayescale.scaling.decisions.hardware import Hardware, hardware_columns
from bayescale.scaling.decisions.preposterior import (
    CandidateDraws,
    Intervals,
    UpdatedIntervals,
    candidate_draws,
    current_intervals,
    updated_intervals,
)
from bayescale.scaling.decisions.tables import flags
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import Targets, read_targets
from bayescale.scaling_laws.formulas.formula import Formula

type Array = NDArray[np.float64]

FLOPS = "flops"
USUAL_COST = 1e21  # per which shrinkage is stated, where costs are in FLOP
FEW_DRAWS = 100  # effective draws: widths of normal posteriors are 1.5 % too narrow there, and 5 % at 30
MOST_REPEATS = 100
TOO_FEW_DRAWS = "too few draws agree with what the run would show, so its shrinkage is too large: fit with more draws"
NO_SHRINKAGE = "no shrinkage that these draws can distinguish from none"
WIDTHS = ("width_before", "width_after", "percent_before", "percent_after", "shrinkage")


@dataclass(frozen=True, repr=False)
class Plan(Shown):
    """What each candidate run can be expected to teach about the targets, and what it costs.

    Attributes
    ----------
    table : DataFrame
        One row per candidate: its inputs; `cost` of all its repeats; `width_before` and `width_after`, the width of the
        interval of `law_*` now and as expected after the run on the law's scale (log response, for losses), and
        `percent_before` and `percent_after`, the same in per cent of the current median, means over targets;
        `shrinkage` in per cent of the width, mean over targets, with its Monte Carlo error `shrinkage_se`; shrinkage
        per 1e21 FLOP, or per unit of another cost; `rank` by that, 1 being the largest; `effective_draws` (median over
        outcomes), `extrapolation` and `flag`. Candidates whose shrinkage cannot be distinguished from none, or rests on
        too few draws, are flagged and rank after the others.
    by_target : DataFrame
        The same widths and shrinkage, one row per candidate and target (both counted from 0).
    dataset : Dataset
        `lower` and `upper` (candidate, outcome, target) on the law's scale for every simulated outcome, `lower_before`
        and `upper_before` (target), `effective_draws` (candidate, outcome).
    prob : float
        Probability of the intervals.
    """

    table: pd.DataFrame
    by_target: pd.DataFrame
    dataset: xr.Dataset = field(repr=False)
    prob: float

    @property
    def promise(self) -> str:
        """One sentence on what the widths after a run are."""
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
    hardware: Hardware | None = None,
) -> Plan:
    """Find which candidate run would narrow the targets' intervals most for its cost, before any of them is made.

    This is computed from the posterior's draws alone. It is no better than the model: priors and discrepancy stay those
    of the current data, and a deviation from the law beyond the data is not found.

    Parameters
    ----------
    candidates : mapping, sequence of mapping, or DataFrame
        The law's inputs, and `family` (None: a new one) or `run` (the name of a training run with several checkpoints,
        which continues). A candidate is one measurement, at its end.
    targets : mapping, sequence of mapping, or DataFrame
        What `forecast` takes. Targets and candidates without a family are of the same new family.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.
    cost : str, default "flops"
        The column of the candidates with their cost, or a formula over their inputs such as "6 * n_params * examples".
        "flops" is the column `cost` or `flops`, in FLOP, or without either 6·n_params·n_tokens.
    repeats : int, default 1
        How many seeds of a candidate would be run; its cost is multiplied by it.
    hardware : Hardware, optional
        What computes: adds accelerator hours, days and money of each candidate. Costs must then be in FLOP.

    Returns
    -------
    Plan
        One row per candidate.

    Raises
    ------
    InputError
        If an argument cannot be used; lists all problems.
    """
    require_prob(prob)
    runs, points, price = _read(self, candidates, targets, cost, repeats)
    in_flops = cost == FLOPS or cost not in runs.table
    if hardware is not None and not in_flops:
        raise InputError(f"hardware= needs costs in FLOP, and cost={cost!r} is a column in another unit: leave one out")
    draws = candidate_draws(self, runs.table, points.table)
    before = current_intervals(draws, prob)
    after = [updated_intervals(draws, candidate, prob, repeats) for candidate in range(len(price))]
    rows = [_by_target(draws, before, updated).assign(candidate=i) for i, updated in enumerate(after)]
    by_target = pd.concat(rows, ignore_index=True)[["candidate", "target", *WIDTHS, "shrinkage_se"]]
    means = by_target.groupby("candidate")[[*WIDTHS]].mean()
    means = means.assign(
        shrinkage_se=[_shrinkage(before, updated)[1][-1] for updated in after],
        effective_draws=[float(np.median(updated.effective_draws)) for updated in after],
        extrapolation=runs.extrapolation,
    )
    priced = runs.table.assign(cost=price * repeats, **hardware_columns(hardware, {"": price * repeats}))
    unit, per = (USUAL_COST, "1e21_flops") if in_flops else (1.0, cost)
    table = _ranked(priced, means, unit, f"shrinkage_per_{per}")
    return Plan(table, by_target, _dataset(before, after), prob)


def _read(
    laws: FittedLaws, candidates: object, targets: object, cost: object, repeats: int
) -> tuple[Targets, Targets, Array]:
    """Candidates, targets, and the cost of one repeat of each candidate. Raises InputError."""
    problems: list[str] = []
    if isinstance(repeats, bool) or not isinstance(repeats, int | np.integer) or not 1 <= repeats <= MOST_REPEATS:
        problems.append(f"repeats={repeats!r} must be a whole number from 1 to {MOST_REPEATS}")
    runs = _validated(laws, candidates, "candidate", problems)
    points = _validated(laws, targets, "target", problems)
    price = np.empty(0) if runs is None else _price(laws, runs, cost, problems)
    if runs is not None and repeats != 1:
        problems += [
            f"candidate {i + 1} continues a training run, which has no repeats: use repeats=1"
            for i in np.flatnonzero(runs.run >= 0)
        ]
    if problems or runs is None or points is None:
        raise InputError("the next run cannot be planned:", problems)
    return runs, points, price


def _validated(laws: FittedLaws, table: object, row_name: str, problems: list[str]) -> Targets | None:
    """Points as every law of the posterior takes them; None, with the reasons in `problems`, where one does not."""
    read, wrong = [], []
    for design in laws.designs:
        try:
            read.append(read_targets(design, table))
            require_target_units([design], read[-1].table)
        except InputError as error:
            wrong += [text.replace("target", row_name, 1) for text in error.problems or [str(error)]]
    problems += [text if text.startswith(row_name) else f"{row_name}s: {text}" for text in dict.fromkeys(wrong)]
    if wrong:
        return None
    farthest = np.stack([points.extrapolation for points in read]).max(axis=0)
    return replace(read[0], extrapolation=farthest)


def _price(laws: FittedLaws, runs: Targets, cost: object, problems: list[str]) -> Array:
    """Read the cost of one repeat of each candidate; problems with it are added to `problems`."""
    table = runs.table
    if not isinstance(cost, str):
        problems.append(f"cost={cost!r} must be the name of a column")
        return np.ones(len(table))
    column = next((name for name in (("cost", FLOPS) if cost == FLOPS else (cost,)) if name in table), None)
    if column is None and cost == FLOPS:
        return _flops(laws, runs, problems)
    price = _by_formula(table, cost, problems) if column is None else as_numbers(table[column])[0]
    problems += [
        f"candidate {i + 1}: {column or cost}={price[i] if column is None else table[column].iloc[i]!r} must be a "
        "finite number above 0"
        for i in np.flatnonzero(~(np.isfinite(price) & (price > 0)))
    ]
    return price


def _by_formula(table: pd.DataFrame, cost: str, problems: list[str]) -> Array:
    """Costs of candidates by a formula over their columns; problems with it are added to `problems`."""
    ones = np.ones(len(table))
    if cost.isidentifier():
        problems.append(f"the candidates have no column {cost!r} to take costs from.{closest(cost, table.columns)}")
        return ones
    try:
        formula = Formula(cost)
    except LawError as error:
        problems.append(f"cost={cost!r} is neither a column of the candidates nor a formula: {error}")
        return ones
    unknown = [name for name in formula.names if name not in table]
    problems += [f"cost={cost!r}: the candidates have no column {name!r}.{closest(name, table)}" for name in unknown]
    if unknown:
        return ones
    with np.errstate(all="ignore"):  # values that are no cost are refused
        value = formula.evaluate({name: as_numbers(table[name])[0] for name in formula.names}, np)
    return np.asarray(ones * value)


def _flops(laws: FittedLaws, runs: Targets, problems: list[str]) -> Array:
    """Training compute of candidates at 6·N·D."""
    if not {"n_params", "n_tokens"} <= set(laws.inputs):
        problems.append(
            f"the cost of a candidate does not follow from {', '.join(sorted(laws.inputs))}: give the candidates "
            "a column 'cost' in floating-point operations, or name another by cost="
        )
        return np.ones(len(runs.table))
    problems += [
        f"candidate {i + 1} continues a training run, which is partly paid for: give the candidates a column 'cost'"
        for i in np.flatnonzero(runs.run >= 0)
    ]
    return np.asarray(FLOPS_PER_TOKEN * runs.table["n_params"].to_numpy() * runs.table["n_tokens"].to_numpy())


def _shrinkage(before: Intervals, after: UpdatedIntervals) -> tuple[Array, Array]:
    """Compute the expected reduction of the width in per cent and its Monte Carlo error, each (target + 1,).

    The last entry is the mean over targets. The number of draws is finite, and so is that of outcomes: the error from
    draws is found by leaving out blocks.
    """
    ratio = _with_mean(after.intervals.width.mean(axis=1) / before.width)
    without = ratio[1:]
    draws = (len(without) - 1) * without.var(axis=0)  # jackknife
    by_outcome = _with_mean(after.intervals.width[0] / before.width[0])
    return 100 * (1 - ratio[0]), 100 * np.sqrt(draws + by_outcome.var(axis=0, ddof=1) / len(by_outcome))


def _with_mean(values: Array) -> Array:
    """Values (row, target) with their mean over targets as a last column."""
    return np.column_stack([values, values.mean(axis=1)])


def _by_target(draws: CandidateDraws, before: Intervals, after: UpdatedIntervals) -> pd.DataFrame:
    """One row per target: widths now and expected, on the law's scale and in per cent of the current median."""
    shrinkage, error = (values[:-1] for values in _shrinkage(before, after))
    natural = draws.response_scale.inverse
    with np.errstate(over="ignore", invalid="ignore"):
        median = np.abs(natural(np.median(draws.law, axis=0)))
        now, then = (natural(ends.upper[0]) - natural(ends.lower[0]) for ends in (before, after.intervals))
    return pd.DataFrame(
        {
            "target": np.arange(len(median)),
            "width_before": before.width[0],
            "width_after": after.intervals.width[0].mean(axis=0),
            "percent_before": 100 * now / median,
            "percent_after": 100 * then.mean(axis=0) / median,
            "shrinkage": shrinkage,
            "shrinkage_se": error,
        }
    )


def _ranked(candidates: pd.DataFrame, means: pd.DataFrame, unit: float, column: str) -> pd.DataFrame:
    """Make the plan's table: shrinkage per `unit` of cost in `column`, ranked and flagged."""
    gain = (means["shrinkage"] / candidates["cost"] * unit).to_numpy()
    few = (means["effective_draws"] < FEW_DRAWS).to_numpy()
    none = (means["shrinkage"] < 2 * means["shrinkage_se"]).to_numpy()
    rank = np.empty(len(gain), dtype=np.int64)
    rank[np.lexsort((-gain, few | none))] = np.arange(1, len(gain) + 1)
    table = candidates.assign(**{column: means[column] for column in (*WIDTHS, "shrinkage_se")})
    table = table.assign(**{column: gain}, rank=rank, effective_draws=means["effective_draws"])
    notes = [np.where(few, TOO_FEW_DRAWS, "").tolist(), np.where(none, NO_SHRINKAGE, "").tolist()]
    flag = flags(means["extrapolation"].to_numpy(), *notes)
    return table.assign(extrapolation=means["extrapolation"], flag=flag)


def _dataset(before: Intervals, after: Sequence[UpdatedIntervals]) -> xr.Dataset:
    """Collect the ends of all intervals, and effective draws."""
    dims = ("candidate", "outcome", "target")
    return xr.Dataset(
        {
            "lower": (dims, np.stack([updated.intervals.lower[0] for updated in after])),
            "upper": (dims, np.stack([updated.intervals.upper[0] for updated in after])),
            "lower_before": ("target", before.lower[0]),
            "upper_before": ("target", before.upper[0]),
            "effective_draws": (dims[:2], np.stack([updated.effective_draws for updated in after])),
        },
        {"candidate": np.arange(len(after)), "target": np.arange(before.lower.shape[1])},
    )
