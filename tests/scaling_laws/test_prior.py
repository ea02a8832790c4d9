"""Priors: quantiles, and no published coefficient in a tail of its prior."""

from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from scipy.special import logit, ndtr

from bayescale.data.quantities import from_axis, to_axis
from bayescale.scaling.model.priors import coordinate_names, prior_of, scale_of
from bayescale.scaling.model.spec import Spec
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.parametrization import term_names
from bayescale.scaling_laws.prior import Prior, logitnormal, lognormal, normal
from bayescale.scaling_laws.registry import CATALOGUE
from bayescale.scaling_laws.registry import law as law_of

TAIL = 0.005
ROWS = 200
#: Simulated runs cover the lower part of the range of a law, as the small experiments do to which it is fitted.
COVERED = (0.05, 0.65)
#: Inputs of the runs of a published fit, where they differ from the range of the law.
RANGES_OF_RUNS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "broken_power": {"examples": (100.0, 1000.0)},
    "weight_sparsity": {"n_params": (6e5, 8.5e7), "n_tokens": (1e8, 1e11), "pruned_share": (0.0, 0.875)},
}
#: Published coefficients that a prior may exclude, and why.
EXCLUDED: Mapping[tuple[str, str], str] = {
    ("learning_curve", "E"): "printed without a floor: every prior of a floor excludes 0",
    **dict.fromkeys(
        ((name, "E") for name in ("finetuning", "finetuning_pretraining", "finetuning_adapters")),
        "0.00051 of one set is an estimate at its bound, in effect no floor",
    ),
}


def scaled(prior_scale: str, value: float) -> float:
    if prior_scale == "log":
        return float(np.log(value))
    return float(logit(value)) if prior_scale == "logit" else float(value)


def design(law: Law) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Inputs of simulated runs, and their centre."""
    rng, inputs, centre = np.random.default_rng(1), {}, {}
    ranges, covered = (RANGES_OF_RUNS[law.name], (0.0, 1.0)) if law.name in RANGES_OF_RUNS else (law.ranges, COVERED)
    for name in law.inputs:
        low, high = (float(to_axis(name, end)) for end in ranges[name])
        axis = low + (high - low) * rng.uniform(*covered, ROWS)
        inputs[name] = np.asarray(from_axis(name, axis))
        centre[name] = float(from_axis(name, axis.mean()))
    return inputs, centre


def coordinates(law: Law, values: Mapping[str, float]) -> dict[str, float]:
    """Coordinates of published parameters: shares and slopes of power terms, or the parameter itself."""
    out = {name: values[name] for name in (*law.exponents, *law.shapes) if name in values}
    if set(values) < set(law.parameter_names) or not law.expression.powers:
        return out  # shares and slopes need all parameters
    inputs, centre = design(law)
    least = float(np.min(law.expression.evaluate(inputs, values, np)))
    aggregate, floor = law.expression.aggregate, law.expression.floor
    assert aggregate is not None
    q = values[aggregate.q] if aggregate.q else 1.0
    reducible = float(aggregate.evaluate(centre, values, np))
    logs = [float(power.log(centre, values, np)) for power in law.expression.powers]
    shares = [float(np.exp((log - np.log(reducible)) / q)) for log in logs]
    left = 1.0
    for name, power, share in zip(term_names(law), law.expression.powers, shares, strict=False):
        out[name] = values[power.exponent] * share * reducible / least if floor else share / left
        left -= share
    if floor:
        out[floor] = values[floor] / (least if scale_of(law, floor) == "logit" else 1.0)
    else:
        out[coordinate_names(law)[0]] = reducible / least
    return out


def published() -> Iterator[tuple[str, str, str]]:
    for law in CATALOGUE.values():
        for source, values in law.published.items():
            yield from ((law.name, source, name) for name in values)


@pytest.mark.parametrize(("name", "source"), sorted({(law, source) for law, source, _ in published()}))
def test_priors_do_not_exclude_published_coefficients(name: str, source: str) -> None:
    law = CATALOGUE[name]
    outside = {}
    with np.errstate(all="ignore"):
        at = coordinates(law, law.published[source])
    for parameter, value in at.items():
        if (name, parameter) in EXCLUDED:
            continue
        prior = prior_of(Spec(law), parameter)
        quantile = float(ndtr((scaled(prior.scale, value) - prior.location) / prior.spread))
        if not TAIL <= quantile <= 1 - TAIL:
            outside[parameter] = (value, str(prior), quantile)
    assert not outside


@pytest.mark.parametrize(
    ("name", "response", "floor"), [("frontier", None, "d"), ("data_filtering", None, "E"), ("m2", "error", "e_inf")]
)
def test_floor_of_an_error_may_be_far_below_the_smallest_error(name: str, response: str | None, floor: str) -> None:
    prior = law_of(name, response=response).prior(floor)
    assert prior.quantile(0.1) < 0.13 < 0.95 < prior.quantile(0.99)


def test_floor_of_a_loss_is_most_of_the_smallest_loss() -> None:
    assert law_of("m2").prior("e_inf") == law_of("chinchilla").prior("E") != law_of("frontier").prior("d")


def test_response_of_guessing_is_below_one_for_errors_and_several_nats_for_losses() -> None:
    assert law_of("m4", response="error").prior("e_0").quantile(0.5) < 1 < law_of("m4").prior("e_0").quantile(0.05)


@pytest.mark.parametrize("prior", [lognormal(0.33, 0.35), logitnormal(0.4, 0.8), normal(0.0, 0.3)])
def test_quantiles_match_draws(prior: Prior) -> None:
    coordinate = np.random.default_rng(0).normal(prior.location, prior.spread, 200_000)
    drawn = np.quantile(prior.natural(coordinate), [0.05, 0.5, 0.95])
    assert [prior.quantile(p) for p in (0.05, 0.5, 0.95)] == pytest.approx(list(drawn), abs=0.01)
