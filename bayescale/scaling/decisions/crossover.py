"""At which scale one family overtakes another."""

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
from bayescale.scaling.decisions.compute_optimal import PAIR, Cost, edge_note, read_budgets, require_pair
from bayescale.scaling.decisions.compute_path import POINTS, make_plan
from bayescale.scaling.decisions.family_response import (
    Held,
    average,
    designs_of,
    distance,
    hold,
    inputs_of,
    response_of,
)
from bayescale.scaling.decisions.tables import drawn, flags
from bayescale.scaling.decisions.zero_crossings import crossings
from bayescale.scaling.predict.target_units import require_budget_units, require_target_units

type Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Crossover(Shown):
    """Where the curves of two families cross.

    dataset  `difference` of the averages, a less b (chain, draw, point); `crossing` (chain, draw), the first one, NaN
             where there is none; `crossings` (chain, draw), how many.
    table    one row: the range; `a_below_low` and `a_below_high`, the probability that a is the lower one at its ends;
             `none` and `several`, the probability of no crossing and of more than one; median, lower and upper of the
             first crossing *given that there is one*; how far beyond the data it lies, and a flag.
    curve    one row per point of the range: both families' inputs where they differ, `a_below`, and median, lower and
             upper of the difference.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    curve: pd.DataFrame
    prob: float

    @property
    def _page(self) -> Page:
        return Page(f"Where one family overtakes another; {100 * self.prob:.4g} % intervals", self.table)


def crossover(
    tree: xr.DataTree,
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
    """The scale between `low` and `high` at which two families change places.

    along             "flops", or an input of the law. A law of n_params and n_tokens goes along training compute with
    tokens_per_param  tokens to a parameter in both families; None lets each go along its own compute-optimal plan, as
                      `allocate` gives it. It says nothing where `along` is an input of the law.
    at                the law's other inputs, the same for both.

    Estimand: per draw the averages of both families over repeated runs, law and discrepancy, and the smallest point
    beyond `low` where their difference changes sign. The draws of both belong together, so what the families share
    does not blur the crossing. Its interval is of the draws that cross; the others are `none`. A family may be None:
    one never seen, drawn once from the population.
    Raises InputError for families, ranges or inputs; LawError naming inputs that `at` does not give.
    """
    require_prob(prob)
    axis = _axis(along, low, high)
    grid = np.asarray(from_axis(along, axis))
    points, edge = _points(tree, (family_a, family_b), along, grid, tokens_per_param, at)
    one, other = np.split(average(tree, pd.concat(points, ignore_index=True)), 2, axis=-1)
    difference = one - other
    place, count = crossings(axis, difference)
    crossing = np.asarray(from_axis(along, place))
    dataset = drawn({"difference": difference}, "point", {along: grid})
    dataset = dataset.assign(crossing=(("chain", "draw"), crossing), crossings=(("chain", "draw"), count))
    dataset = dataset.assign_attrs(response=response_of(tree))
    below = (difference < 0).mean(axis=(0, 1))
    curve = pd.DataFrame({along: grid, **_inputs(points, along), "a_below": below})
    curve = curve.assign(**summarise(difference, prob, "difference"))
    first = _first(crossing[count > 0], prob)
    off = np.abs(axis - to_axis(along, first["crossing_median"]))
    times, flagged = _distance(tree, points, edge, off)
    row = {"along": along, "family_a": family_a, "family_b": family_b, "low": low, "high": high}
    row |= {"a_below_low": below[0], "a_below_high": below[-1], "none": np.mean(count == 0)}
    row |= {"several": np.mean(count > 1), **first, "extrapolation": times, "flag": flagged}
    return Crossover(dataset, pd.DataFrame([row]), curve, prob)


def _axis(along: str, low: object, high: object) -> Array:
    """Even steps from `low` to `high` on the axis of what is gone along. Raises InputError."""
    ends = [number("low", low, "such as 1e18", -np.inf), number("high", high, "such as 1e24", -np.inf)]
    bad = impossible(along, ends)
    if bad or not ends[0] < ends[1]:
        allowed = bad[0][1] if bad else "two values, the smaller first"
        raise InputError(f"{along} from {low!r} to {high!r} is no range: it must be {allowed}")
    start, stop = to_axis(along, np.array(ends))
    return np.linspace(start, stop, POINTS)


def _points(
    tree: xr.DataTree,
    families: tuple[str | None, str | None],
    along: str,
    grid: Array,
    tokens_per_param: float | None,
    at: Mapping[str, float] | None,
) -> tuple[list[pd.DataFrame], Array]:
    """The points of both families over the grid, and the share of draws whose plan has no optimum there (point,)."""
    inputs = inputs_of(tree)
    if along in inputs:
        require_target_units(designs_of(tree), pd.DataFrame({along: grid[:1]}), "point")
        held = _both(tree, families, at, {along: grid[0]})
        return [one.points({along: grid}) for one in held], np.zeros(len(grid))
    if along != "flops":
        raise InputError(f"along={along!r} is no input of the law, nor 'flops'.{closest(along, [*inputs, 'flops'])}")
    require_pair(tree)
    cost = Cost()
    require_budget_units(designs_of(tree), "flops", read_budgets(grid[:1], cost))
    ratio = None if tokens_per_param is None else number("tokens_per_param", tokens_per_param, "such as 20")
    held = _both(tree, families, at, PAIR)
    plans = [make_plan(tree, one, cost, ratio, grid) for one in held]
    points = [one.points(plan.inputs) for one, plan in zip(held, plans, strict=True)]
    return points, np.maximum(plans[0].edge, plans[1].edge)


def _both(
    tree: xr.DataTree,
    families: tuple[str | None, str | None],
    at: Mapping[str, float] | None,
    free: Mapping[str, float],
) -> list[Held]:
    held = [hold(tree, family, at, free) for family in families]
    if held[0].family == held[1].family:
        raise InputError(f"families {families[0]!r} and {families[1]!r} are one and the same: nothing can cross")
    return held


def _inputs(points: list[pd.DataFrame], along: str) -> dict[str, Array]:
    """Inputs that vary along the range, once where both families share them, else with `a_` and `b_` before."""
    a, b = points
    out: dict[str, Array] = {}
    for name in (name for name in PAIR if name in a and name != along and np.ptp(a[name]) > 0):
        one, other = a[name].to_numpy(), b[name].to_numpy()
        out |= {name: one} if np.array_equal(one, other) else {f"a_{name}": one, f"b_{name}": other}
    return out


def _first(crossed: Array, prob: float) -> dict[str, float]:
    """Median and interval of the crossings there are; NaN where there are none."""
    levels = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    found = np.quantile(crossed, levels) if crossed.size else np.full(3, np.nan)
    return {f"crossing_{what}": float(one) for what, one in zip(("median", "lower", "upper"), found, strict=True)}


def _distance(tree: xr.DataTree, points: list[pd.DataFrame], edge: Array, off: Array) -> tuple[float, str]:
    """How far beyond the data both families are at the point that is least `off` the crossing, and a flag; at the end
    of the range where nothing crosses."""
    index = len(off) - 1 if np.isnan(off).any() else int(off.argmin())
    times = distance(tree, pd.concat([one.iloc[[index]] for one in points])).max(keepdims=True)
    return float(times[0]), str(flags(times, [edge_note(float(edge[index]))])[0])
