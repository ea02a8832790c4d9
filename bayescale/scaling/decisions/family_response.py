"""What a posterior says of a family as a function of inputs: what is held, the average response, how far it is asked.

The functions here go through every member of a stack, so that whatever is computed from them holds for one too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.serialization import fact
from bayescale.errors import InputError, LawError, closest
from bayescale.scaling.model.design import Design
from bayescale.scaling.posterior import from_tree
from bayescale.scaling.predict.discrepancy_paths import mean_response
from bayescale.scaling.predict.new_family import functions_of
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import UNNAMED, read_targets
from bayescale.scaling.stack import members_of, mixed

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class Held:
    """What stays the same while other inputs vary: the family (None: one never seen) and the inputs held."""

    family: str | None
    at: Mapping[str, float]

    def points(self, inputs: Mapping[str, Array]) -> pd.DataFrame:
        """Targets at the inputs that vary, each (point,)."""
        table = pd.DataFrame(dict(inputs)).assign(**self.at)
        return table.assign(family=pd.Series([self.family] * len(table), dtype=object))


def designs_of(tree: xr.DataTree) -> list[Design]:
    """The design of every member; they share data and families, not the law."""
    return [from_tree(member) for member in members_of(tree).values()]


def inputs_of(tree: xr.DataTree) -> list[str]:
    """Inputs of every member's law, each once."""
    return list(dict.fromkeys(name for design in designs_of(tree) for name in design.spec.law.inputs))


def response_of(tree: xr.DataTree) -> str:
    """Name of what every member forecasts, such as "loss"."""
    return designs_of(tree)[0].spec.law.response


def hold(tree: xr.DataTree, family: object, at: Mapping[str, float] | None, free: Mapping[str, float]) -> Held:
    """Check what is held. `free` are the inputs that vary, each with one of its values.

    Without a family it is the one there is, or one never seen where there are several. Raises InputError for a family
    or value that cannot be used; LawError naming inputs of the law that are neither free nor held.
    """
    if at is not None and not isinstance(at, Mapping):
        raise InputError(f"at={at!r} must be a mapping of inputs to values, such as {{'lr': 1e-3}}")
    designs, given = designs_of(tree), dict(at or {})
    others = [name for name in inputs_of(tree) if name not in free]
    unknown = [f"{name!r} is not an input that is held.{closest(name, others)}" for name in given if name not in others]
    if unknown:
        raise InputError(f"at={given!r} cannot be used:", unknown)
    lacking = [name for name in others if name not in given]
    if lacking:
        laws = " + ".join(design.spec.law.name for design in designs)
        example = "at={" + ", ".join(f"{name!r}: …" for name in lacking) + "}"
        raise LawError(f"law {laws!r} is also one of {', '.join(lacking)}: say at which value to hold it, {example}")
    names = designs[0].families
    chosen = names[0] if family is None and len(names) == 1 else None if family is None else str(family)
    trial = pd.DataFrame([{**free, **given, "family": chosen}])
    asked = [read_targets(design, trial) for design in designs]
    require_target_units(designs, trial[[*given]], "held value")
    return Held(chosen, {name: float(asked[0].table[name].iloc[0]) for name in given})


def label_of(tree: xr.DataTree, held: Held) -> str | None:
    """The family's name as tables show it; None for one never seen, or where the runs had no families."""
    return None if designs_of(tree)[0].families == UNNAMED else held.family


def average(tree: xr.DataTree, points: pd.DataFrame) -> Array:
    """What families average over repeated runs at points, law and discrepancy: (chain, draw, point), natural units."""
    with np.errstate(over="ignore"):  # a draw of a new family may know no bounds
        return np.asarray(mixed(tree, lambda member: _average(member, points))["response"].to_numpy())


def _average(tree: xr.DataTree, points: pd.DataFrame) -> xr.Dataset:
    functions = functions_of(tree)
    asked = read_targets(functions.design, points)
    mean = mean_response(functions, asked.log_inputs, asked.family, int(fact(tree, "predictive_seed")))
    return xr.Dataset({"response": (("chain", "draw", "point"), functions.design.natural(mean))})


def distance(tree: xr.DataTree, points: pd.DataFrame) -> Array:
    """How many times beyond the training data points lie: (point,); 1 or less is inside."""
    far = [read_targets(design, points).extrapolation for design in designs_of(tree)]
    return np.asarray(np.max(far, axis=0))
