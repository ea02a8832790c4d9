"""Designs that are fixed before data are simulated: inputs of runs, and what a fit would take from its data."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.calibration.prior_draws import possible, prior_draws
from bayescale.data.quantities import KNOWN, from_axis, to_axis
from bayescale.data.reading import read_runs
from bayescale.data.units import plain_units
from bayescale.errors import InputError
from bayescale.scaling.model.design import USUAL_SPREAD, Design, make_design
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.predict.targets import UNNAMED
from bayescale.scaling.single_law import runs_for
from bayescale.scaling_laws.law import Law

type Array = NDArray[np.float64]

MIDDLE = 0.7  # share of an input's range, on its axis, that made-up runs cover
BEYOND = 3.0  # how far beyond the largest value of every input the far target lies
UNIT_DRAWS = 400  # draws of the prior that the unit of a response is computed from
SEED = 1  # of the inputs: a design is fixed before anything is drawn
#: Least value in typical data: of loss in nats, of a share, of any other response.
LEAST_LOSS, LEAST_SHARE, LEAST_OTHER = 2.5, 0.2, 1.0


def design_of(spec: Spec, runs: object, families: int, count: int) -> Design:
    """Return the design of a table of runs, or of made-up runs.

    Parameters
    ----------
    spec : Spec
        The law and its settings.
    runs : object
        Runs, as `fit` takes them; None for made-up runs.
    families, count : int
        Number of families, and of made-up runs of each.

    Returns
    -------
    Design
        The design.

    Raises
    ------
    InputError
        If the runs cannot be read, or the law states no range for made-up runs.
    """
    if runs is None:
        return made_design(spec, families, count)
    return make_design(runs_for([spec.law], runs), spec)


def made_design(spec: Spec, families: int, runs: int) -> Design:
    """Make up a design: inputs are evenly spread on their axes and shuffled in every family.

    The least response and the unit, which a fit takes from its data, are typical values fixed here.

    Parameters
    ----------
    spec : Spec
        The law and its settings.
    families, runs : int
        Number of families, and of runs of each.

    Returns
    -------
    Design
        The design.

    Raises
    ------
    InputError
        If the law does not state the range of every input.
    """
    law = spec.law
    missing = [
        f"the law does not state the range of {name} over which it holds"
        for name in law.inputs
        if name not in law.ranges
    ]
    if missing:
        fix = "give `runs`, a table with inputs"
        raise InputError(f"law {law.name!r}: no design can be made up:", [*missing, fix])
    rng = np.random.default_rng(SEED)
    names = np.array([f"family {index + 1}" for index in range(families)])
    parts = [{name: _spread(law, name, runs, rng) for name in law.inputs} for _ in names]
    table = pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)
    table["family"] = np.repeat(names, runs)
    typical = _typical(law)
    table[law.response] = law.link.forward(typical * np.linspace(1.0, 1.1, len(table)), np)
    units = plain_units((*law.inputs, law.response), law.response)  # made-up values are in these units
    design = make_design(read_runs(table, response=law.response, units=units), replace(spec, family="family"))
    design = replace(design, min_loss=np.full(families, typical), notes=())
    return design if law.scale.name == "log" else replace(design, unit=_unit(design))


def _spread(law: Law, name: str, count: int, rng: np.random.Generator) -> Array:
    low, high = (float(to_axis(name, value)) for value in law.ranges[name])
    middle, half = (low + high) / 2, MIDDLE * (high - low) / 2
    share = (rng.permutation(count) + rng.random(count)) / count
    return np.asarray(from_axis(name, middle + half * (2 * share - 1)))


def _typical(law: Law) -> float:
    """Least latent quantity of typical data of a law."""
    if law.response == "loss":
        return LEAST_LOSS
    return LEAST_SHARE if law.scale.name == "logit" and law.link.name == "identity" else LEAST_OTHER


def _unit(design: Design) -> float:
    """Unit of a response that is not on a log scale, as `make_design` computes it, from draws of the prior."""
    law = design.spec.law
    values = prior_draws(design, UNIT_DRAWS, np.random.default_rng(SEED))
    has_data = possible(design, values)
    if not has_data.any():
        return design.unit
    with np.errstate(all="ignore"):  # extreme prior draws may overflow
        functions, _ = from_draws(design, {name: value[:, has_data] for name, value in values.items()})
        parameters = {name: value[0][:, design.family] for name, value in functions.natural.items()}
        response = law.scale.forward(law.evaluate(inputs_at(law, design.log_inputs), parameters), np)
    return float(np.median(np.std(response, axis=-1))) / USUAL_SPREAD


def targets_of(design: Design) -> pd.DataFrame:
    """Return the targets whose forecasts are ranked, for every family and, where there are families, a new one.

    Parameters
    ----------
    design : Design
        The design.

    Returns
    -------
    pandas.DataFrame
        Inputs, `family` and `place`: "centre" of the inputs, and "far", every input three times beyond its largest
        value (on a linear axis: at its largest).
    """
    law = design.spec.law
    far = design.log_inputs.max(axis=0)
    for j, name in enumerate(law.inputs):
        quantity = KNOWN.get(name)
        if quantity is None or quantity.axis == "log":
            limit = np.log(quantity.most) if quantity else np.inf
            far[j] = far[j] + np.log(BEYOND) if far[j] + np.log(BEYOND) < limit else far[j]
    points = pd.DataFrame(inputs_at(law, np.stack([design.centre, far]))).assign(place=["centre", "far"])
    new_family = [] if design.families == UNNAMED else [None]
    return pd.concat([points.assign(family=name) for name in (*design.families, *new_family)], ignore_index=True)
