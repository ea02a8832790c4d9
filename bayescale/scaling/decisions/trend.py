"""Does the trend bend? Probability that a response turns round, or levels off, within a range of one input."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.serialization import fact
from bayescale.data.quantities import from_axis, impossible, to_axis
from bayescale.errors import InputError, closest
from bayescale.scaling.posterior import from_tree
from bayescale.scaling.predict.discrepancy_paths import mean_response
from bayescale.scaling.predict.new_family import functions_of
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import read_targets
from bayescale.scaling.stack import members_of, mixed

type Array = NDArray[np.float64]

POINTS = 48  # along the range
LEAST = 0.01  # a change smaller than this on the law's scale is none
LEVEL = 0.1  # levelled off: the last third changes less than this share of the first


@dataclass(frozen=True, repr=False)
class Trend(Shown):
    """How a response goes along one input, others held.

    table  the range, and probabilities: `falls`, `rises` (end against start), `reverses` (goes both ways by more than
           1 % of the law's scale), `levels_off` (the last third of the range changes less than a tenth of the first,
           and the trend does not reverse).
    draws  response along the range: (chain, draw, point).
    """

    table: pd.DataFrame
    draws: xr.Dataset

    @property
    def _page(self) -> Page:
        return Page("How the response goes along one input: probabilities", self.table)


def trend(tree: xr.DataTree, column: str, low: float, high: float, at: Mapping[str, object] | None = None) -> Trend:
    """Probability that the response reverses or levels off while `column` goes from `low` to `high`.

    `at` gives the law's other inputs and, where wanted, `family`. The statement is of law and discrepancy together
    (what a family averages over runs), given that the law's form is able to bend at all: a power law never reverses.
    Raises InputError for a column, range or `at` that cannot be used.
    """
    laws = [from_tree(member).spec.law for member in members_of(tree).values()]
    known = list(dict.fromkeys(name for law in laws for name in law.inputs))
    if column not in known:
        name = " + ".join(law.name for law in laws)
        raise InputError(f"law {name!r} has no input {column!r}.{closest(column, known)}")
    bad = impossible(column, [low, high])
    if bad or not low < high:
        allowed = bad[0][1] if bad else "two values, the smaller first"
        raise InputError(f"{column} from {low!r} to {high!r} is no range: it must be {allowed}")
    grid = from_axis(column, np.linspace(float(to_axis(column, low)), float(to_axis(column, high)), POINTS))
    targets = pd.DataFrame([{**(at or {}), column: value} for value in grid])
    require_target_units([from_tree(member) for member in members_of(tree).values()], targets.iloc[[0]], "point")
    draws = mixed(tree, lambda member: _path(member, targets)).assign_coords({column: ("point", grid)})
    path = draws["scaled"].to_numpy()
    reverses = np.minimum(most_gained(path), most_gained(-path)) > LEAST
    third = POINTS // 3
    first, last = (np.abs(path[..., stop] - path[..., start]) for start, stop in ((0, third), (-third - 1, -1)))
    found = {
        "falls": path[..., -1] < path[..., 0] - LEAST,
        "rises": path[..., -1] > path[..., 0] + LEAST,
        "reverses": reverses,
        "levels_off": ~reverses & (last < LEVEL * first),
    }
    table = pd.DataFrame([{"input": column, "low": low, "high": high} | {k: float(v.mean()) for k, v in found.items()}])
    return Trend(table, draws.drop_vars("scaled"))


def _path(tree: xr.DataTree, targets: pd.DataFrame) -> xr.Dataset:
    """One law's mean response at the targets (chain, draw, point), and the same on the law's own scale, `scaled`."""
    functions = functions_of(tree)
    asked = read_targets(functions.design, targets)
    mean = mean_response(functions, asked.log_inputs, asked.family, int(fact(tree, "predictive_seed")))
    found = {functions.design.spec.law.response: functions.design.natural(mean), "scaled": mean * functions.design.unit}
    return xr.Dataset({name: (("chain", "draw", "point"), value) for name, value in found.items()})


def most_gained(path: Array) -> Array:
    """The largest rise from an earlier to a later point of paths (…, point)."""
    return np.asarray((path - np.minimum.accumulate(path, axis=-1)).max(axis=-1))
