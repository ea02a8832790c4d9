"""The hierarchical model. The only module that creates random variables.

Its compiled code depends on the `Layout` alone: rows, priors, anchors and centrings are data, so that the next fit
of the same layout swaps them in without compiling. Log-likelihood and predictions over draws are computed by NumPy
from the same formulas: no variable of the size of the data is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayescale.data.quantities import from_axis
from bayescale.scaling.model.design import Array, Design, Layout
from bayescale.scaling.model.parametrization import (
    anchor_coordinate,
    families,
    noise_scale,
    noise_values,
    partially_centred,
    whitened,
)
from bayescale.scaling.model.priors import (
    DISCREPANCY_PRIOR,
    NOISE_PRIORS,
    prior_of,
    single_family_prior,
    spread_prior,
)

INPUTS = 4  # columns of `rows` before the inputs: response, family, run, step
FAR = 1e6  # step that stands for an infinite one, whose gradient would be none


@dataclass(frozen=True)
class Centring:
    """How far a value is sampled as itself (1) or as a distance from its mean (0), value by value.

    A family's value has the population's mean. The discrepancy's coefficients are taken together with what its
    functions span of the law's own log prediction: where data tell, the sum of both is pinned down however law and
    discrepancy share it. `turn` makes the functions orthogonal under the data's noise; `projector` takes a log
    prediction to its coefficients.
    """

    members: Array  # (member, family)
    weights: Array  # (basis,)
    turn: Array  # (basis, basis)
    projector: Array  # (obs, basis)


def default_centring(design: Design) -> Centring:
    layout = design.layout
    members = np.full((len(layout.members), layout.n_families), 0.5)
    none = np.zeros((len(design.scaled_response), layout.n_basis))
    return Centring(members, np.zeros(layout.n_basis), np.eye(layout.n_basis), none)


def pack(design: Design, centring: Centring) -> dict[str, Array]:
    """The model's data: `rows` (obs, column) and the flat `constants`."""
    spanned = []
    if design.basis:
        spanned = [design.basis.features(design.log_inputs, design.family) @ centring.turn, centring.projector]
    step = np.minimum(design.step, FAR)
    rows = np.column_stack([design.scaled_response, design.family, design.run, step, design.log_inputs, *spanned])
    flat = np.concatenate([part.ravel() for part in constants(design, centring).values()])
    return {"rows": np.ascontiguousarray(rows), "constants": flat}


def constants(design: Design, centring: Centring) -> dict[str, Array]:
    """Everything beside the rows that a layout leaves open, by name."""
    layout = design.layout
    law = layout.law
    population = [prior_of(law, name) for name in layout.population]
    free_prior = single_family_prior if layout.n_families == 1 else prior_of
    free = [
        free_prior(law, name) if design.spec.pooling_of(name) == "partial" else prior_of(law, name)
        for name in layout.free
    ]
    spread = [spread_prior(law, name) for name in layout.pooled]
    noise = [NOISE_PRIORS[name] for name in layout.noise_names]
    return {
        "least": design.least,
        "unit": np.array([design.unit]),
        "centre": design.centre,
        "population": np.array([[p.location, p.spread] for p in population]).reshape(-1, 2),
        "spread": np.array([[p.location, p.spread] for p in spread]).reshape(-1, 2),
        "free": np.array([[p.location, p.spread] for p in free]).reshape(-1, 2),
        "noise": np.array([[p.location, p.spread] for p in noise]),
        "discrepancy": np.array([DISCREPANCY_PRIOR.location, DISCREPANCY_PRIOR.spread]),
        "members": centring.members,
        "weights": centring.weights,
    }


def build(design: Design, centring: Centring) -> pm.Model:
    """The PyMC model of a design.

    Random variables: `population` and `log_spread` (coordinates of pooled and shared parameters), `member`
    (partially centred family values), `free`, `level` (log latent quantity at the centre, per family), `noise` (log
    scale), and with a discrepancy `log_discrepancy` and `weight`.
    """
    layout, packed = design.layout, pack(design, centring)
    coords = {
        "family": range(layout.n_families),
        "population_parameter": layout.population,
        "pooled_parameter": layout.pooled,
        "member_parameter": layout.members,
        "free_parameter": layout.frees,
        "noise_parameter": layout.noise_names,
        "basis": range(layout.n_basis),
    }
    with pm.Model(coords={dim: list(labels) for dim, labels in coords.items()}) as model:
        rows = pm.Data("rows", packed["rows"])
        const = _unpack(pm.Data("constants", packed["constants"]), constants(design, centring))
        coordinates, anchor_prior = _coordinates(layout, const)
        level = _level(layout, coordinates, anchor_prior, const)
        centre = {name: from_axis(name, const["centre"][j], pt) for j, name in enumerate(layout.law.inputs)}
        fitted = families(layout, coordinates, level, const["least"], centre, pt)
        if layout.has_level:
            coordinate, jacobian = anchor_coordinate(layout, fitted, pt)
            mean, spread = anchor_prior
            pm.Potential("anchor_prior", pt.sum(jacobian - 0.5 * ((coordinate - mean) / spread) ** 2 - pt.log(spread)))
        _likelihood(layout, rows, fitted, const)
    return model


def _unpack(flat: Any, parts: Mapping[str, Array]) -> dict[str, Any]:
    out, start = {}, 0
    for name, part in parts.items():
        out[name] = flat[start : start + part.size].reshape(part.shape)
        start += part.size
    return out


def _coordinates(layout: Layout, const: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Any, Any]]:
    """Coordinates by parameter name, each (family,), and mean and spread of the anchor's prior."""
    out: dict[str, Any] = {}
    anchor: tuple[Any, Any] = (0.0, 1.0)
    if layout.population:
        prior = const["population"]
        population = pm.Normal("population", prior[:, 0], prior[:, 1], shape=len(layout.population))
        out |= {
            name: population[i] + pt.zeros(layout.n_families)
            for i, name in enumerate(layout.population)
            if name in layout.shared
        }
    if layout.pooled:
        prior = const["spread"]
        spread = pt.exp(pm.Normal("log_spread", prior[:, 0], prior[:, 1], shape=len(layout.pooled)))
        where = [layout.pooled.index(name) for name in layout.members]
        if layout.members:
            mean, scale, centring = population[where][:, None], spread[where][:, None], const["members"]
            member = pm.Normal("member", centring * mean, scale**centring, shape=(len(where), layout.n_families))
            values = partially_centred(member, mean, scale, centring)
            out |= {name: values[i] for i, name in enumerate(layout.members)}
        if layout.anchor in layout.pooled:
            i = layout.pooled.index(layout.anchor)
            anchor = (population[i], spread[i])
    if layout.frees:
        prior = const["free"][[layout.free.index(name) for name in layout.frees]]
        free = pm.Normal("free", prior[:, :1], prior[:, 1:], shape=(len(layout.frees), layout.n_families))
        out |= {name: free[i] for i, name in enumerate(layout.frees)}
    if layout.anchor in layout.free:
        prior = const["free"][layout.free.index(layout.anchor)]
        anchor = (prior[0], prior[1])
    return out, anchor


def _level(layout: Layout, coordinates: dict[str, Any], anchor_prior: tuple[Any, Any], const: Mapping[str, Any]) -> Any:
    """The level as a variable of its own: what data pin down. Its prior is the anchor's, put on by a potential."""
    return pm.Flat("level", shape=layout.n_families) if layout.has_level else None


def _discrepancy(layout: Layout, rows: Any, log_law: Any, const: Mapping[str, Any]) -> Any:
    """The discrepancy at the rows, its coefficients sampled partially centred on the law's own prediction."""
    start = INPUTS + len(layout.law.inputs)
    functions, projector = rows[:, start : start + layout.n_basis], rows[:, start + layout.n_basis :]
    prior, centring = const["discrepancy"], const["weights"]
    scale = pt.exp(pm.Normal("log_discrepancy", prior[0], prior[1]))
    spanned = log_law @ projector
    weight = pm.Normal("weight", centring * spanned, scale**centring, shape=layout.n_basis)
    return functions @ (partially_centred(weight, spanned, scale, centring) - spanned)


def _likelihood(layout: Layout, rows: Any, fitted: Any, const: Mapping[str, Any]) -> None:
    law = layout.law
    prior = const["noise"]
    log_noise = pm.Normal("noise", prior[:, 0], prior[:, 1], shape=len(layout.noise_names))
    noise = noise_values(layout, log_noise, pt)
    inputs = {name: from_axis(name, rows[:, INPUTS + j], pt) for j, name in enumerate(law.inputs)}
    parameters, centre_reducible = _by_row(layout, rows, fitted)
    reducible = law.expression.reducible(inputs, parameters, pt)
    latent = reducible + parameters[law.expression.floor] if law.expression.floor else reducible
    mean = law.scale.forward(law.link.forward(latent, pt), pt) / const["unit"][0]
    if layout.n_basis:
        mean = mean + _discrepancy(layout, rows, mean, const)
    variance = noise_scale(layout, noise, reducible / centre_reducible, pt)
    pm.Potential(
        "log_likelihood",
        _student(rows[:, 0] - mean, variance, noise, rows[:, 2:4] if layout.run_noise else None),
    )


def _by_row(layout: Layout, rows: Any, fitted: Any) -> tuple[dict[str, Any], Any]:
    """Natural parameters of each row's family. Amplitudes are gathered as logs, which the formula takes anyway."""
    if layout.n_families == 1:
        return {name: value[0] for name, value in fitted.natural.items()}, fitted.reducible[0]
    amplitudes = {power.amplitude for power in layout.law.expression.powers}
    columns = [pt.log(value) if name in amplitudes else value for name, value in fitted.natural.items()]
    gathered = pt.stack([*columns, fitted.reducible])[:, rows[:, 1].astype("int64")]
    out = {name: pt.exp(gathered[i]) if name in amplitudes else gathered[i] for i, name in enumerate(fitted.natural)}
    return out, gathered[len(columns)]


def _student(residual: Any, variance: Any, noise: Mapping[str, Any], course: Any) -> Any:
    """Log density of the residuals: Student-t per row or, where runs have several rows, multivariate t per run.

    `course` holds each row's run and its step from the row before. A run's rows share an effect of variance noise_run²,
    integrated out by the Sherman–Morrison formula, and neighbours resemble each other (`whitened`): no variable per
    run, and one heavy tail for the run as a whole.
    """
    df = noise["noise_df"]
    if course is None:
        count: Any = 1.0
        quadratic, log_determinant = residual**2 / variance, pt.log(variance)
        n_runs = residual.shape[0]
    else:
        run = course[:, 0].astype("int64")
        zeros = pt.zeros(pt.max(run) + 1)
        white = whitened(residual, variance, noise, course[:, 1], pt)
        count, precision, weighted, squares, logs = (
            pt.inc_subtensor(zeros[run], value)
            for value in (
                pt.ones_like(residual),
                white.share**2,
                white.fresh * white.share,
                white.fresh**2,
                white.log_scale,
            )
        )
        inflation = 1 + noise["noise_run"] ** 2 * precision
        quadratic = squares - noise["noise_run"] ** 2 * weighted**2 / inflation
        log_determinant = logs + pt.log(inflation)
        n_runs = zeros.shape[0]
    total = pt.sum(pt.gammaln((df + count) / 2) + pt.zeros(n_runs)) - n_runs * pt.gammaln(df / 2)
    total = total - 0.5 * pt.sum(count * pt.log(np.pi * df) + pt.zeros(n_runs)) - 0.5 * pt.sum(log_determinant)
    return total - 0.5 * pt.sum((df + count) * pt.log1p(quadratic / df))
