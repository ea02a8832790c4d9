"""Compare runs pair by pair: which comes out lower, and by how much."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.draws.chain_statistics import mcse_mean
from bayescale.core.summary import require_prob, summaries
from bayescale.errors import InputError
from bayescale.scaling.decisions.tables import draws_dataset, flags
from bayescale.scaling.model.design import Design
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.forecast import forecast
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import UNNAMED, read_targets

type Array = NDArray[np.float64]

KINDS = ("law", "run")


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """Pairs of targets compared, one row per pair.

    Attributes
    ----------
    dataset : Dataset
        `law_difference` (of the families' averages, law and discrepancy) and `run_difference` (of one new run each),
        a less b, and `law_percent` and `run_percent` relative to b, each (chain, draw, pair).
    table : DataFrame
        The targets, with `a_` and `b_` before their columns; `law_below` and `run_below`, the probability that a is
        lower than b, with their Monte Carlo standard errors `law_below_mcse` and `run_below_mcse`; median, lower and
        upper of the differences; `extrapolation` (how far beyond the data the farther of both lies) and `flag`.
    prob : float
        Probability of the intervals.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    prob: float

    @property
    def _page(self) -> Page:
        title = f"a less b; {100 * self.prob:.4g} % intervals: law = average over repeated runs, run = one new run each"
        return Page(title, self.table)


def compare(self: FittedLaws, a: object, b: object, prob: float = 0.9) -> Comparison:
    """Compute the probability that targets `a` come out lower than targets `b`, pair by pair, and by how much.

    Both targets of a pair are evaluated in the same draw, law and discrepancy included, so that uncertainty which they
    have in common cancels: the difference is known better than the intervals of two forecasts suggest. Targets without
    a family are of the same new family. Draws that are equal count half.

    Parameters
    ----------
    a, b : mapping, sequence of mapping, or DataFrame
        Targets as `forecast` takes them: as many of each, or one against many.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.

    Returns
    -------
    Comparison
        One row per pair. Percentages are left out where the response has no natural zero.

    Raises
    ------
    InputError
        If targets or `prob` cannot be used; lists all problems.
    """
    require_prob(prob)
    left, right = _sides(self, a, b)
    draws_of = forecast(self, pd.concat([left, right], ignore_index=True), prob)
    percent = all(law.scale.name != "identity" for law in self.laws.values())
    draws: dict[str, Array] = {}
    columns: dict[str, Array] = {}
    for kind in KINDS:
        of_a, of_b = np.split(draws_of.dataset[kind].to_numpy(), [len(left)], axis=-1)
        below = np.where(of_a == of_b, 0.5, of_a < of_b)
        columns |= {f"{kind}_below": below.mean(axis=(0, 1)), f"{kind}_below_mcse": monte_carlo_error(below)}
        with np.errstate(invalid="ignore"):  # draws of a new family may be infinite
            draws[f"{kind}_difference"] = of_a - of_b
            if percent:
                draws[f"{kind}_percent"] = 100 * (of_a / of_b - 1)
    far = np.split(draws_of.table["extrapolation"].to_numpy(), [len(left)])
    times = np.maximum(far[0], far[1])
    pairs = len(times)
    named = [_repeated(side, pairs).add_prefix(prefix) for side, prefix in ((left, "a_"), (right, "b_"))]
    table = pd.concat(named, axis=1).assign(**columns, **summaries(draws, prob), extrapolation=times, flag=flags(times))
    return Comparison(draws_dataset(draws, "pair").assign_attrs(response=self.response), table, prob)


def monte_carlo_error(values: Array) -> Array:
    """Estimate the Monte Carlo standard error of a mean of draws, autocorrelation included.

    Parameters
    ----------
    values : ndarray
        Draws (chain, draw, pair).

    Returns
    -------
    ndarray
        Standard errors (pair,); where all draws agree, the share of one draw.
    """
    least = 1 / (values.shape[0] * values.shape[1])
    return np.asarray(np.fmax(mcse_mean(values), least))


def _sides(laws: FittedLaws, a: object, b: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Validate the targets of both sides. Raises InputError with the problems of both."""
    design = laws.designs[0]
    tables, problems = [], []
    for side, targets in (("a", a), ("b", b)):
        try:
            tables.append(_named(read_targets(design, targets).table, design))
            require_target_units(laws.designs, tables[-1])
        except InputError as error:
            problems += [f"{side}: {problem}" for problem in error.problems or (str(error),)]
    if problems:
        raise InputError("these targets cannot be compared:", problems)
    left, right = tables
    if len(left) != len(right) and 1 not in (len(left), len(right)):
        raise InputError(f"a has {len(left)} targets and b has {len(right)}: give as many of each, or one of either")
    return left, right


def _named(table: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Name the column of families `family`, None for a new one: sides may name it differently."""
    column = design.spec.family
    if column not in (None, "family") and column in table:
        table = table.drop(columns="family", errors="ignore").rename(columns={column: "family"})
    if "family" in table or design.families == UNNAMED:
        return table
    return table.assign(family=pd.Series([None] * len(table), dtype=object))


def _repeated(table: pd.DataFrame, rows: int) -> pd.DataFrame:
    return table if len(table) == rows else table.iloc[[0] * rows].reset_index(drop=True)
