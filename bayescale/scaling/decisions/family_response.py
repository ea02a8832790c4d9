"""The average response of a family as a function of inputs: inputs held fixed, draws, distance from the data."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.errors import InputError, LawError, closest
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.discrepancy_paths import mean_response
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import UNNAMED, read_targets

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class Held:
    """What stays fixed while other inputs vary.

    Parameters
    ----------
    family : str or None
        The family; None for a new one.
    at : mapping of str to float
        Values of the inputs held fixed.
    """

    family: str | None
    at: Mapping[str, float]

    def points(self, inputs: Mapping[str, Array]) -> pd.DataFrame:
        """Return targets at values of the inputs that vary.

        Parameters
        ----------
        inputs : mapping of str to ndarray
            Values of each input that varies (point,).

        Returns
        -------
        DataFrame
            One row per point, with every input and `family`.
        """
        table = pd.DataFrame(dict(inputs)).assign(**self.at)
        return table.assign(family=pd.Series([self.family] * len(table), dtype=object))


def hold(laws: FittedLaws, family: object, at: Mapping[str, float] | None, free: Mapping[str, float]) -> Held:
    """Validate the family and the inputs that are held fixed.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    family : str or None
        Name of a family. None is the only family there is, or a new one where there are several.
    at : mapping of str to float, optional
        Values of the inputs that do not vary.
    free : mapping of str to float
        The inputs that vary, each with one of its values.

    Returns
    -------
    Held
        The family and the values.

    Raises
    ------
    InputError
        If the family or a value cannot be used.
    LawError
        If an input of the laws is neither free nor held fixed.
    """
    if at is not None and not isinstance(at, Mapping):
        raise InputError(f"at={at!r} must be a mapping of inputs to values, such as {{'lr': 1e-3}}")
    designs, values = laws.designs, dict(at or {})
    others = [name for name in laws.inputs if name not in free]
    unknown = [
        f"{name!r} is not an input that can be held fixed.{closest(name, others)}"
        for name in values
        if name not in others
    ]
    if unknown:
        raise InputError(f"at={values!r} cannot be used:", unknown)
    missing = [name for name in others if name not in values]
    if missing:
        names = " + ".join(law.name for law in laws.laws.values())
        example = "at={" + ", ".join(f"{name!r}: …" for name in missing) + "}"
        raise LawError(f"law {names!r} also takes {', '.join(missing)}: give the value to hold it at, {example}")
    only = laws.families[0] if len(laws.families) == 1 else None
    chosen = only if family is None else str(family)
    trial = pd.DataFrame([{**free, **values, "family": chosen}])
    targets = [read_targets(design, trial) for design in designs]
    require_target_units(designs, trial[[*values]], "held value")
    return Held(chosen, {name: float(targets[0].table[name].iloc[0]) for name in values})


def hold_both(
    laws: FittedLaws,
    families: tuple[str | None, str | None],
    at: Mapping[str, float] | None,
    free: Mapping[str, float],
) -> list[Held]:
    """Validate two families that are compared, and the inputs that are held fixed in both.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    families : pair of str or None
        Names of families; None is a new one.
    at : mapping of str to float, optional
        Values of the inputs that do not vary.
    free : mapping of str to float
        The inputs that vary, each with one of its values.

    Returns
    -------
    list of Held
        One for each family.

    Raises
    ------
    InputError
        If a family or a value cannot be used, or if both families are the same.
    LawError
        If an input of the laws is neither free nor held fixed.
    """
    held = [hold(laws, family, at, free) for family in families]
    if held[0].family == held[1].family:
        raise InputError(f"families {families[0]!r} and {families[1]!r} are the same: name two families")
    return held


def family_label(laws: FittedLaws, held: Held) -> str | None:
    """Return the family's name as tables show it.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    held : Held
        The family.

    Returns
    -------
    str or None
        None for a new family, and where the runs had no families.
    """
    return None if laws.families == UNNAMED else held.family


def average(laws: FittedLaws, points: pd.DataFrame) -> Array:
    """Compute what families average over repeated runs, law and discrepancy together.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    points : DataFrame
        Inputs and `family` of each point.

    Returns
    -------
    ndarray
        Draws (chain, draw, point) in natural units.
    """
    with np.errstate(over="ignore"):  # a draw of a new family may be infinite
        return np.asarray(laws.mix(lambda posterior: _average(posterior, points))["response"].to_numpy())


def _average(posterior: Posterior, points: pd.DataFrame) -> xr.Dataset:
    """One law's average response."""
    design = posterior.design
    targets = read_targets(design, points)
    mean = mean_response(posterior.functions, targets.log_inputs, targets.family, posterior.predictive_seed)
    return xr.Dataset({"response": (("chain", "draw", "point"), design.natural(mean))})


def distance(laws: FittedLaws, points: pd.DataFrame) -> Array:
    """Compute how far beyond the training data points lie.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    points : DataFrame
        Inputs and `family` of each point.

    Returns
    -------
    ndarray
        Factor of each point (point,); 1 or less is inside the data.
    """
    return np.asarray(np.max([read_targets(design, points).extrapolation for design in laws.designs], axis=0))
