"""Posterior draws as functions of inputs and family, evaluated by NumPy from the law's own formula."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayescale.data.quantities import from_axis
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.parametrization import (
    Families,
    anchor_coordinate,
    families,
    noise_scale,
    noise_values,
)
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling_laws.law import Law

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

LEAST = 1e-12  # a floor a hair below zero must not make a logarithm of nothing, nor a share beyond 0 or 1


@dataclass(frozen=True)
class Functions:
    """What every draw says at any inputs. Arrays lead with (chain, draw).

    `natural` and `reducible` (at the centre of the data) end in family; `noise` holds natural parameters by name;
    `weights` (basis last) are the discrepancy's coefficients and `scale` its standard deviation, None without one.
    Family indices are those of `design`; others are the caller's to append.
    """

    design: Design
    natural: Mapping[str, Array]
    reducible: Array
    noise: Mapping[str, Array]
    weights: Array | None
    scale: Array | None

    @property
    def draws(self) -> tuple[int, int]:
        """Numbers of chains and of draws a chain."""
        return self.reducible.shape[0], self.reducible.shape[1]

    def law_response(self, log_inputs: Array, family: Index) -> Array:
        """What the law alone gives at points, on the model's scale: (chain, draw, point)."""
        return self.law_and_noise(log_inputs, family)[0]

    def noise_variance(self, log_inputs: Array, family: Index) -> Array:
        """Squared scale of the Student-t noise on log response of one measurement: (chain, draw, point)."""
        return self.law_and_noise(log_inputs, family)[1]

    def spanned(self, log_inputs: Array, family: Index) -> Array:
        """The discrepancy's part that its basis spans: (chain, draw, point); zeros without a discrepancy."""
        basis = self.design.basis
        if basis is None or self.weights is None:
            return np.zeros((*self.draws, len(log_inputs)))
        return np.asarray(self.weights @ basis.features(log_inputs, family).T)

    def at_data(self, rows: Index | slice = slice(None)) -> tuple[Array, Array]:
        """Residuals of log response at the training rows, and their noise variance: each (chain, draw, obs)."""
        log_inputs, family = self.design.log_inputs[rows], self.design.family[rows]
        mean, variance = self.law_and_noise(log_inputs, family)
        return self.design.scaled_response[rows] - mean - self.spanned(log_inputs, family), variance

    def by_chain(self) -> Iterator["Functions"]:
        """The same, one chain at a time: bounds the memory of whatever ends in obs."""
        for chain in range(self.draws[0]):
            part = slice(chain, chain + 1)
            yield replace(
                self,
                natural={name: value[part] for name, value in self.natural.items()},
                reducible=self.reducible[part],
                noise={name: value[part] for name, value in self.noise.items()},
                weights=None if self.weights is None else self.weights[part],
                scale=None if self.scale is None else self.scale[part],
            )

    def law_and_noise(self, log_inputs: Array, family: Index) -> tuple[Array, Array]:
        """`law_response` and `noise_variance` from one evaluation of the law."""
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
        variance = noise_scale(layout, noise, relative, np)
        return _of_shape(response, shape), _of_shape(variance, shape)


def _of_shape(values: Array, shape: tuple[int, ...]) -> Array:
    """Values for every draw and point; an array to write to."""
    return values if values.shape == shape else np.broadcast_to(values, shape).copy()


def _latent(law: Law, latent: Array) -> Array:
    return np.maximum(latent, LEAST) if law.scale.name == "log" or law.link.name != "identity" else latent


def _within(law: Law, response: Array) -> Array:
    return np.clip(response, LEAST, 1 - LEAST) if law.scale.name == "logit" else response


def from_draws(design: Design, values: Mapping[str, Array]) -> tuple[Functions, dict[str, Array]]:
    """The functions of the sampler's draws, and every parameter's coordinate by name (chain, draw, family)."""
    layout = design.layout
    coordinates = _coordinates(design, values)
    level = values["level"] if layout.has_level else None
    fitted = families(layout, coordinates, level, design.least, centre_of(design), np)
    if layout.has_level:
        coordinates[layout.anchor] = np.asarray(anchor_coordinate(layout, fitted, np)[0])
    weights = scale = None
    if layout.n_basis:
        scale = np.exp(values["log_discrepancy"])
        weights = values["weight"]
    noise = noise_values(layout, values["noise"], np)
    return Functions(design, *_arrays(fitted), noise, weights, scale), coordinates


def _coordinates(design: Design, values: Mapping[str, Array]) -> dict[str, Array]:
    layout = design.layout
    out: dict[str, Array] = {}
    for i, name in enumerate(layout.population):
        if name in layout.shared:
            value = values["population"][..., i, None]
            out[name] = np.broadcast_to(value, (*value.shape[:-1], layout.n_families))
    out |= {name: values["member"][..., i, :] for i, name in enumerate(layout.members)}
    return out | {name: values["free"][..., i, :] for i, name in enumerate(layout.frees)}


def _arrays(fitted: Families) -> tuple[dict[str, Array], Array]:
    natural = {name: np.asarray(value) for name, value in fitted.natural.items()}
    return natural, np.asarray(fitted.reducible)


def centre_of(design: Design) -> dict[str, float]:
    """Every input's value at the centre of the data, in natural units."""
    return {name: float(from_axis(name, design.centre[j])) for j, name in enumerate(design.spec.law.inputs)}
