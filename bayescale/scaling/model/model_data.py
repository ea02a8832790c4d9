"""The data of the compiled model: rows and constants as two arrays, which the next fit of a layout swaps in."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.model.centring import Centring
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.layout import Layout
from bayescale.scaling.model.priors import FAMILY_NOISE, prior_of, single_family_prior, spread_prior

type Array = NDArray[np.float64]

LEADING_COLUMNS = 4  # of `rows`, before the inputs: response, family, run, step
LARGEST_STEP = 1e6  # stands for an infinite step, whose gradient would not be a number


def pack_data(design: Design, centring: Centring, jacobian_power: float = 1.0) -> dict[str, Array]:
    """Pack everything that the compiled model takes from a design.

    Parameters
    ----------
    design : Design
        Data and priors.
    centring : Centring
        Degree of centring of families and discrepancy.
    jacobian_power : float, default 1
        As in `constants`.

    Returns
    -------
    dict of str to array
        `rows` (obs, column): response, family, run, step, inputs, and with a discrepancy its functions and the
        projector of the centring. `constants`: everything else, flat (`constants`).
    """
    functions = []
    if design.basis:
        functions = [design.basis.features(design.log_inputs, design.family) @ centring.turn, centring.projector]
    step = np.minimum(design.step, LARGEST_STEP)
    rows = np.column_stack([design.scaled_response, design.family, design.run, step, design.log_inputs, *functions])
    parts = constants(design, centring, jacobian_power)
    flat = np.concatenate([np.ravel(parts[name]) for name in constant_shapes(design.layout)])
    return {"rows": np.ascontiguousarray(rows), "constants": flat}


def constants(design: Design, centring: Centring, jacobian_power: float = 1.0) -> dict[str, Array]:
    """List the data, other than rows, that a layout leaves open.

    Parameters
    ----------
    design : Design
        Data and priors.
    centring : Centring
        Degree of centring of families and discrepancy.
    jacobian_power : float, default 1
        1 for the density of the model, over levels. With 0 it is the density over the anchor's own coordinates, in
        which searches for modes maximise it.

    Returns
    -------
    dict of str to array
        Of the shapes of `constant_shapes`: numbers of families and runs (`lengths`); `min_loss`, `unit`, `centre`;
        means and standard deviations of priors; degrees of centring `members` and `weights`.
    """
    layout, spec = design.layout, design.spec
    population = [prior_of(spec, name) for name in layout.population]
    free_prior = single_family_prior if layout.n_families == 1 else prior_of
    free = [
        free_prior(spec, name) if spec.pooling_of(name) == "partial" else prior_of(spec, name) for name in layout.free
    ]
    spread = [spread_prior(spec, name) for name in layout.pooled]
    noise = [spec.priors[name] for name in layout.noise_names]
    discrepancy = spec.priors["discrepancy_scale"]
    return {
        "lengths": np.array([len(design.families), len(design.runs)], dtype=np.float64),
        "min_loss": design.min_loss,
        "unit": np.array(design.unit),
        "jacobian_power": np.array(jacobian_power),
        "centre": design.centre,
        "family_centres": design.family_centres.T,
        "population": np.array([[p.location, p.spread] for p in population]).reshape(-1, 2),
        "spread": np.array([[p.location, p.spread] for p in spread]).reshape(-1, 2),
        "free": np.array([[p.location, p.spread] for p in free]).reshape(-1, 2),
        "noise": np.array([[p.location, p.spread] for p in noise]),
        "noise_scale": np.array([[FAMILY_NOISE.location, FAMILY_NOISE.spread]] * layout.family_noise).reshape(-1, 2),
        "discrepancy": np.array([discrepancy.location, discrepancy.spread]),
        "members": centring.members,
        "term_weights": centring.term_weights,
        "population_weights": centring.population_weights,
        "weights": centring.weights,
    }


def constant_shapes(layout: Layout) -> dict[str, tuple[int | Literal["family", "basis"], ...]]:
    """List the shapes of the data, other than rows, that a layout leaves open.

    Parameters
    ----------
    layout : Layout
        Shape of the model.

    Returns
    -------
    dict of str to tuple
        Dimensions by name, in the order of the flat array. Priors have the pair of mean and standard deviation last.
    """
    return {
        "lengths": (2,),
        "min_loss": ("family",),
        "unit": (),
        "jacobian_power": (),
        "centre": (len(layout.law.inputs),),
        "family_centres": (len(layout.law.inputs), "family"),
        "population": (len(layout.population), 2),
        "spread": (len(layout.pooled), 2),
        "free": (len(layout.free), 2),
        "noise": (len(layout.noise_names), 2),
        "noise_scale": (int(layout.family_noise), 2),
        "discrepancy": (2,),
        "members": (len(layout.members), "family"),
        "term_weights": (len(layout.joined_terms), "family"),
        "population_weights": (len(layout.joined_terms),),
        "weights": ("basis",),
    }
