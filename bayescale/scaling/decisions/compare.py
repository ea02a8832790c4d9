"""Which of two runs comes out lower: draws of both, with whatever they have in common cancelled out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob, summaries
from bayescale.errors import InputError
from bayescale.scaling.decisions.family_response import designs_of, response_of
from bayescale.scaling.decisions.tables import drawn, flags
from bayescale.scaling.model.design import Design
from bayescale.scaling.predict.forecast import predict
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import UNNAMED, read_targets

type Array = NDArray[np.float64]

KINDS = ("law", "run")


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """Pairs of targets compared, one row per pair.

    dataset  `law_difference` (what the families average, law and discrepancy) and `run_difference` (one new run each),
             a less b, each (chain, draw, pair); `law_percent` and `run_percent` relative to b.
    table    the targets with `a_` and `b_` before their columns; `law_below` and `run_below`, the probability that a
             comes out below b, with `_mcse` their Monte Carlo standard errors; median, lower and upper of the
             differences; how far beyond the data the farther of both lies, and a flag.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    prob: float

    @property
    def _page(self) -> Page:
        title = f"a less b; {100 * self.prob:.4g} % intervals: law = average over repeated runs, run = one new run each"
        return Page(title, self.table)


def compare(tree: xr.DataTree, a: object, b: object, prob: float = 0.9) -> Comparison:
    """How probable it is that targets `a` come out lower than targets `b`, pair by pair, and by how much.

    Both are what `forecast` takes: mappings or a DataFrame with the law's inputs and optionally `family` (and `run`);
    as many of each, or one against many. Every draw answers for both sides, law and discrepancy alike, so what is
    uncertain about both cancels: the difference is known better than the intervals of two forecasts suggest. Targets
    without a family are of one and the same new family. Draws that are equal count half. Percentages are left out where
    the response has no zero of its own.
    Raises InputError, all problems at once.
    """
    require_prob(prob)
    left, right = _sides(tree, a, b)
    forecast = predict(tree, pd.concat([left, right], ignore_index=True), prob)
    percent = all(design.spec.law.scale.name != "identity" for design in designs_of(tree))
    draws: dict[str, Array] = {}
    columns: dict[str, Array] = {}
    for kind in KINDS:
        one, other = np.split(forecast.dataset[kind].to_numpy(), [len(left)], axis=-1)
        below = np.where(one == other, 0.5, one < other)
        columns |= {f"{kind}_below": below.mean(axis=(0, 1)), f"{kind}_below_mcse": monte_carlo_error(below)}
        with np.errstate(invalid="ignore"):  # draws of new families may know no bounds
            draws[f"{kind}_difference"] = one - other
            if percent:
                draws[f"{kind}_percent"] = 100 * (one / other - 1)
    far = np.split(forecast.table["extrapolation"].to_numpy(), [len(left)])
    times = np.maximum(far[0], far[1])
    pairs = len(times)
    named = [_repeated(side, pairs).add_prefix(prefix) for side, prefix in ((left, "a_"), (right, "b_"))]
    table = pd.concat(named, axis=1).assign(**columns, **summaries(draws, prob), extrapolation=times, flag=flags(times))
    dataset = drawn(draws, "pair").assign_attrs(response=response_of(tree))
    return Comparison(dataset, table, prob)


def monte_carlo_error(values: Array) -> Array:
    """Standard error of the mean of draws (chain, draw, pair) that the sampler's autocorrelation leaves: (pair,).

    Where all draws agree it is not known; one draw's worth stands for it.
    """
    from arviz_stats.base import array_stats

    least = 1 / (values.shape[0] * values.shape[1])
    with np.errstate(all="ignore"):
        found = array_stats.mcse(values, method="mean", chain_axis=0, draw_axis=1)
    return np.asarray(np.fmax(found, least))


def _sides(tree: xr.DataTree, a: object, b: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both sides' targets, validated. Raises InputError with the problems of both."""
    design = designs_of(tree)[0]
    tables, problems = [], []
    for side, targets in (("a", a), ("b", b)):
        try:
            tables.append(_named(read_targets(design, targets).table, design))
            require_target_units(designs_of(tree), tables[-1])
        except InputError as error:
            problems += [f"{side}: {problem}" for problem in error.problems or (str(error),)]
    if problems:
        raise InputError("these targets cannot be compared:", problems)
    left, right = tables
    if len(left) != len(right) and 1 not in (len(left), len(right)):
        raise InputError(f"a has {len(left)} targets and b has {len(right)}: give as many of each, or one of either")
    return left, right


def _named(table: pd.DataFrame, design: Design) -> pd.DataFrame:
    """The table with its families as `family`, None for one never seen: sides may name the column differently."""
    column = design.spec.family
    if column not in (None, "family") and column in table:
        table = table.drop(columns="family", errors="ignore").rename(columns={column: "family"})
    if "family" in table or design.families == UNNAMED:
        return table
    return table.assign(family=pd.Series([None] * len(table), dtype=object))


def _repeated(table: pd.DataFrame, rows: int) -> pd.DataFrame:
    return table if len(table) == rows else table.iloc[[0] * rows].reset_index(drop=True)
