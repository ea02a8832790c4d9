"""Posterior draws as functions of inputs and family, evaluated by NumPy from the law's own formula."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayescale.data.quantities import from_axis
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.noise import noise_parameters, noise_variance
from bayescale.scaling.model.parametrization import FamilyParameters, anchor_coordinate, natural_parameters
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling_laws.law import Law

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

LEAST = 1e-12  # rounding below zero must not give the logarithm of zero, or a share outside 0 to 1


@dataclass(frozen=True)
class Functions:
    """Posterior draws as functions of inputs and family. Arrays lead with (chain, draw).

    Attributes
    ----------
    design : Design
        The design that they were drawn for. Family indices are its own; others are the caller's to append.
    natural : mapping of str to array, each (chain, draw, family)
        Natural parameters of the law by name.
    reducible : array, shape (chain, draw, family)
        Reducible response at the centre of the data.
    noise : mapping of str to array, each (chain, draw)
        Noise parameters in natural units.
    weights : array, shape (chain, draw, basis), or None
        Coefficients of the discrepancy's functions; None without a discrepancy.
    scale : array, shape (chain, draw), or None
        Standard deviation of the discrepancy; None without one.
    noise_scale : array, shape (chain, draw, family), or None
        Scale of each family's noise over that of all; None where families share it.
    """

    design: Design
    natural: Mapping[str, Array]
    reducible: Array
    noise: Mapping[str, Array]
    weights: Array | None
    scale: Array | None
    noise_scale: Array | None = None

    @property
    def draws(self) -> tuple[int, int]:
        """Numbers of chains and of draws a chain."""
        return self.reducible.shape[0], self.reducible.shape[1]

    def law_response(self, log_inputs: Array, family: Index) -> Array:
        """Evaluate the law alone.

        Parameters
        ----------
        log_inputs : array, shape (point, input)
            Points, on the axes of the inputs.
        family : array of int, shape (point,)
            Index of each point's family.

        Returns
        -------
        array, shape (chain, draw, point)
            Responses on the model's scale.
        """
        return self.law_and_noise(log_inputs, family)[0]

    def noise_variance(self, log_inputs: Array, family: Index) -> Array:
        """Compute the squared scale of one measurement's Student-t noise.

        Parameters
        ----------
        log_inputs : array, shape (point, input)
            Points, on the axes of the inputs.
        family : array of int, shape (point,)
            Index of each point's family.

        Returns
        -------
        array, shape (chain, draw, point)
            Variances on the model's scale.
        """
        return self.law_and_noise(log_inputs, family)[1]

    def noise_loading(self, family: Index) -> Array:
        """Look up the scale of each point's noise over that of all families; effects of runs are in this unit.

        Parameters
        ----------
        family : array of int, shape (point,)
            Index of each point's family.

        Returns
        -------
        array, shape (chain, draw, point) or (1, 1, 1)
            Scales; 1 where families share the noise.
        """
        return np.ones((1, 1, 1)) if self.noise_scale is None else self.noise_scale[..., family]

    def run_variance(self, variance: Array, family: Index) -> Array:
        """Add the variance between runs to that of one measurement.

        Parameters
        ----------
        variance : array, shape (chain, draw, point)
            Variances of one measurement, as `noise_variance` returns them.
        family : array of int, shape (point,)
            Index of each point's family.

        Returns
        -------
        array, shape (chain, draw, point)
            Variances of one measurement of a new run.
        """
        if "noise_run" not in self.noise:
            return variance
        return np.asarray(variance + (self.noise["noise_run"][..., None] * self.noise_loading(family)) ** 2)

    def spanned(self, log_inputs: Array, family: Index) -> Array:
        """Evaluate the part of the discrepancy that its basis spans.

        Parameters
        ----------
        log_inputs : array, shape (point, input)
            Points, on the axes of the inputs.
        family : array of int, shape (point,)
            Index of each point's family.

        Returns
        -------
        array, shape (chain, draw, point)
            The discrepancy on the model's scale; zeros without one.
        """
        basis = self.design.basis
        if basis is None or self.weights is None:
            return np.zeros((*self.draws, len(log_inputs)))
        return np.asarray(self.weights @ basis.features(log_inputs, family).T)

    def at_data(self, rows: Index | slice = slice(None)) -> tuple[Array, Array]:
        """Compute the residuals at training rows.

        Parameters
        ----------
        rows : array of int or slice, default all
            Training rows.

        Returns
        -------
        residual, variance : array, shape (chain, draw, obs)
            Residuals on the model's scale, and the squared scales of their noise.
        """
        log_inputs, family = self.design.log_inputs[rows], self.design.family[rows]
        mean, variance = self.law_and_noise(log_inputs, family)
        return self.design.scaled_response[rows] - mean - self.spanned(log_inputs, family), variance

    def by_chain(self) -> Iterator["Functions"]:
        """Split the draws by chain, which bounds the memory of arrays that end in obs.

        Yields
        ------
        Functions
            The draws of one chain.
        """
        for chain in range(self.draws[0]):
            part = slice(chain, chain + 1)
            yield replace(
                self,
                natural={name: value[part] for name, value in self.natural.items()},
                reducible=self.reducible[part],
                noise={name: value[part] for name, value in self.noise.items()},
                weights=None if self.weights is None else self.weights[part],
                scale=None if self.scale is None else self.scale[part],
                noise_scale=None if self.noise_scale is None else self.noise_scale[part],
            )

    def law_and_noise(self, log_inputs: Array, family: Index) -> tuple[Array, Array]:
        """Compute `law_response` and `noise_variance` from one evaluation of the law.

        Parameters
        ----------
        log_inputs : array, shape (point, input)
            Points, on the axes of the inputs.
        family : array of int, shape (point,)
            Index of each point's family.

        Returns
        -------
        response, variance : array, shape (chain, draw, point)
            Responses of the law alone, and variances of the noise.
        """
        shape = *self.draws, len(log_inputs)
        if (family == family[:1]).all():  # parameters are not repeated point by point
            family = family[:1]
        layout = self.design.layout
        law = layout.law
        inputs = inputs_at(law, log_inputs)
        parameters = {name: value[..., family] for name, value in self.natural.items()}
        noise = {name: value[..., None] for name, value in self.noise.items()}
        reducible = law.expression.reducible(inputs, parameters, np)
        latent = reducible + parameters[law.expression.floor] if law.expression.floor else reducible
        response = law.scale.forward(_within(law, law.link.forward(_latent(law, latent), np)), np) / self.design.unit
        relative = reducible / self.reducible[..., family]
        variance = noise_variance(layout, noise, relative, np)
        if self.noise_scale is not None:
            variance = variance * self.noise_loading(family) ** 2
        return _of_shape(response, shape), _of_shape(variance, shape)


def _of_shape(values: Array, shape: tuple[int, ...]) -> Array:
    """Values for every draw and point; an array to write to."""
    return values if values.shape == shape else np.broadcast_to(values, shape).copy()


def _latent(law: Law, latent: Array) -> Array:
    """The latent quantity, above zero where the law takes its logarithm."""
    return np.maximum(latent, LEAST) if law.scale.name == "log" or law.link.name != "identity" else latent


def _within(law: Law, response: Array) -> Array:
    """The response, between 0 and 1 where the law takes its logit."""
    return np.clip(response, LEAST, 1 - LEAST) if law.scale.name == "logit" else response


def from_draws(design: Design, values: Mapping[str, Array]) -> tuple[Functions, dict[str, Array]]:
    """Compute the functions of the sampler's draws.

    Parameters
    ----------
    design : Design
        The design that they were drawn for.
    values : mapping of str to array, each (chain, draw, ...)
        Draws of the model's variables, as `Draws` holds them.

    Returns
    -------
    functions : Functions
        The draws as functions of inputs and family.
    coordinates : dict of str to array, each (chain, draw, family)
        Every parameter's coordinate by name.
    """
    layout = design.layout
    coordinates = _coordinates(design, values)
    level = values["level"] if layout.has_level else None
    parameters = natural_parameters(layout, coordinates, level, design.min_loss, centre_of(design), np)
    if layout.has_level:
        coordinates[layout.anchor] = np.asarray(anchor_coordinate(layout, parameters, np)[0])
    weights = scale = None
    if layout.n_basis:
        scale = np.exp(values["log_discrepancy"])
        weights = values["weight"]
    noise = noise_parameters(layout, list(np.moveaxis(values["noise"], -1, 0)), np)
    noise_scale = np.exp(values["noise_scale"][..., 0, :]) if layout.family_noise else None
    return Functions(design, *_arrays(parameters), noise, weights, scale, noise_scale), coordinates


def _coordinates(design: Design, values: Mapping[str, Array]) -> dict[str, Array]:
    """Coordinates that are sampled, by parameter name, each (chain, draw, family)."""
    layout = design.layout
    out: dict[str, Array] = {}
    for i, name in enumerate(layout.population):
        if name in layout.shared:
            value = values["population"][..., i, None]
            out[name] = np.broadcast_to(value, (*value.shape[:-1], layout.n_families))
    out |= {name: values["member"][..., i, :] for i, name in enumerate(layout.members)}
    return out | {name: values["free"][..., i, :] for i, name in enumerate(layout.sampled_free)}


def _arrays(parameters: FamilyParameters) -> tuple[dict[str, Array], Array]:
    """Natural parameters and reducible response as arrays."""
    natural = {name: np.asarray(value) for name, value in parameters.natural.items()}
    return natural, np.asarray(parameters.reducible)


def centre_of(design: Design) -> dict[str, float]:
    """Look up the centre of the data.

    Parameters
    ----------
    design : Design
        The design.

    Returns
    -------
    dict of str to float
        Every input in natural units.
    """
    return {name: float(from_axis(name, design.centre[j])) for j, name in enumerate(design.spec.law.inputs)}
