"""Every law of the catalogue: stable names, complete descriptions, priors, gradients and refused input."""

import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from bayescale.errors import LawError
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.parametrization import natural, term_names
from bayescale.scaling_laws.registry import CATALOGUE, law
from tests.scaling_laws.catalog.helpers import first, sampled_inputs

DRAWS, POINTS = 500, 20
IDS = {
    "L1": {"chinchilla", "joint"},
    "L2": {"kaplan", "kaplan_steps", "kaplan_params", "kaplan_tokens", "critical_batch"},
    "L2b": {"batch_trajectory"},
    "L3": {"learning_curve", "model_size_growth"},
    "L4": {"power_floor", "power", "optimal_size"},
    "L5": {"four_regimes"},
    "L6": {"hitchhiker"},
    "L7": {"farseer"},
    "L8": {"lr_annealing"},
    "L8b": {"multi_power"},
    "L9": {"parscale"},
    "L10": {"moe_leverage", "moe_clark", "moe_granularity", "moe_sparsity", "moe_joint"},
    "L11": {"overtraining", "downstream_error"},
    "L12": {"data_filtering"},
    "L13": {"data_constrained"},
    "L14": {"qat"},
    "L15": {"ptq"},
    "L16": {"float_training"},
    "L17": {"precision"},
    "L18": {"average_params"},
    "L19": {"encoder_decoder"},
    "L20": {"rl_power"},
    "L21": {"rl_sigmoid"},
    "L22": {"bleu_log", "downstream_loss"},
    "L23": {"passuntil"},
    "L24": {"broken_power"},
    "L25": {"m1", "m2", "m3", "m4"},
    "L26": {"densing", "effective_size"},
    "L27": {"optimal_lr", "optimal_batch"},
    "L28": {"knowledge_capacity"},
    "L29": {"data_pruning"},
    "L30": {"time_series"},
    "L31": {"frontier"},
    "L32": {"predictive_uncertainty"},
    "L33": {"difficulty_clusters"},
    "L34": {"choice_accuracy"},
    "L35": {"horizon"},
    "L36": {"speculative_decoding"},
    "L37": {"imitation"},
    "L38": {"sample_power"},
    "L39": {"preference"},
    "L40": {"superposition"},
    "L41": {"projection"},
    "L42": {"u_shape"},
    "L44": {"observational", "sloth", "ladder"},
    "L45": {"mixture_exponential", "mixture_additive", "mixture_joint", "mixture_effective", "mixture_checkpoints"},
    "L46": {"distillation"},
    "L47": {"finetuning", "finetuning_pretraining", "finetuning_adapters"},
    "L48": {"transfer", "transfer_loss"},
    "L49": {"forgetting"},
    "L50": {"weight_sparsity"},
    "L60": {"vocabulary"},
    "L61": {"loss_to_loss"},
    "L62": {"bimix", "d_cpt"},
    "L63": {"mixed_modal"},
    "L64": {"dense_retrieval"},
    "L70": {"many_shot", "many_shot_bounded"},
    "L71": {"optimizer_rescaling"},
}
#: The law that an id with several laws returns.
FIRST_OF_ID = {
    "L1": "chinchilla",
    "L2": "kaplan",
    "L3": "learning_curve",
    "L4": "power_floor",
    "L10": "moe_leverage",
    "L11": "overtraining",
    "L22": "bleu_log",
    "L25": "m1",
    "L26": "densing",
    "L27": "optimal_lr",
    "L44": "observational",
    "L45": "mixture_exponential",
    "L47": "finetuning",
    "L48": "transfer",
    "L62": "bimix",
    "L70": "many_shot",
}
for_every_law = pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)


def prior_draws(entry: Law, centre: Mapping[str, float], rng: np.random.Generator) -> dict[str, Any]:
    """Parameters from the priors, each of shape (draw, 1), as in a fit whose least response is 1 (an error: 0.05)."""

    def draws(name: str, role: str | None = None) -> Any:
        prior = entry.prior(name, role)
        return prior.natural(prior.location + prior.spread * rng.standard_normal((DRAWS, 1)))

    shapes = {name: draws(name) for name in (*entry.exponents, *entry.shapes)}
    powers, floor = entry.expression.powers, entry.expression.floor
    least = 0.05 if floor and entry.scale.name == "logit" and entry.link.name == "identity" else 1.0
    if not powers:
        return shapes
    terms = {name: least * draws(name) if floor else draws(name, "share") for name in term_names(entry)}
    if floor:
        level = least * draws(floor) + sum(terms[power.amplitude] / shapes[power.exponent] for power in powers)
    else:
        level = draws(powers[-1].amplitude, "level")
    return natural(entry, level, terms, shapes, centre, np)


def test_names_and_ids_are_stable() -> None:
    names: dict[str, set[str]] = {}
    for entry in CATALOGUE.values():
        names.setdefault(entry.id, set()).add(entry.name)
    assert names == IDS
    assert {law_id: law(law_id).name for law_id in FIRST_OF_ID} == FIRST_OF_ID


@for_every_law
def test_description_is_complete(entry: Law) -> None:
    assert set(entry.ranges) == set(entry.inputs)
    assert all(low < high for low, high in entry.ranges.values())
    assert "arXiv" in entry.source
    assert entry.regime
    assert entry.pitfalls
    for parameter in entry.parameters:
        assert parameter.meaning != "see the formula", parameter.name
    for values in entry.published.values():
        assert set(values) <= set(entry.parameter_names)
        assert all(map(math.isfinite, values.values()))
    if entry.response in ("accuracy", "pass_rate", "score"):
        assert entry.scale.name == "logit"


@for_every_law
def test_texts_are_sentences(entry: Law) -> None:
    for text in (entry.regime, entry.pitfalls):
        assert text[0].isupper() or text.split()[0].strip("`,.:()") in {*entry.parameter_names, *entry.inputs}, text
        assert text.endswith("."), text


@for_every_law
def test_prior_draws_give_possible_responses(entry: Law) -> None:
    rng = np.random.default_rng(7)
    inputs = sampled_inputs(entry, 200, rng)
    centre = {name: np.exp(np.log(np.maximum(values, 1e-12)).mean()) for name, values in inputs.items()}
    parameters = prior_draws(entry, centre, rng)
    assert set(parameters) == set(entry.parameter_names)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # an intermediate overflow is a fault too
        response = entry.predict(sampled_inputs(entry, POINTS, rng), parameters)
    assert response.shape == (DRAWS, POINTS)
    assert np.isfinite(response).all()
    assert entry.scale.reaches(response).mean() >= 0.95
    assert np.ptp(response, axis=1).max() > 0


@for_every_law
def test_published_coefficients_lie_within_the_priors(entry: Law) -> None:
    for source, values in entry.published.items():
        for name in set(entry.priors) & set(values):
            prior = entry.priors[name]
            if (name == entry.expression.floor and prior.scale == "logit") or entry.role(name) == "amplitude":
                continue  # a prior of a share of the least response: tests/scaling_laws/test_prior.py has a design
            assert prior.quantile(0.01) < values[name] < prior.quantile(0.99), (source, name)


@for_every_law
def test_invalid_input_is_refused(entry: Law) -> None:
    inputs = {name: (low + high) / 2 for name, (low, high) in entry.ranges.items()}
    parameters = {
        name: entry.priors[name].quantile(0.5) if name in entry.priors else 0.5 for name in entry.parameter_names
    }
    assert math.isfinite(entry.predict(inputs, parameters))
    column = entry.required_inputs[0]
    for value in (-1.0, math.nan, math.inf):
        with pytest.raises(LawError, match=f"{column} must be"):
            entry.predict({**inputs, column: value}, parameters)
    with pytest.raises(LawError, match=f"input '{column}' is missing"):
        entry.predict({name: value for name, value in inputs.items() if name != column}, parameters)
    last = entry.parameter_names[-1]
    with pytest.raises(LawError, match=f"parameter '{last}' is missing"):
        entry.predict(inputs, {name: value for name, value in parameters.items() if name != last})


@pytest.mark.parametrize(
    ("name", "edge"),
    [
        ("qat", {"n_params": 1e9, "n_tokens": 1e11, "group_size": 1.0}),
        ("data_constrained", {"n_params": 1e8, "n_tokens": 1e10, "n_unique_tokens": 1e10}),
        ("moe_clark", {"n_params": 1e9, "n_experts": 1.0}),
        ("moe_joint", {"n_params_active": 1e9, "n_tokens": 1e10, "n_experts": 1.0}),
        ("moe_leverage", {"active_ratio": 1.0, "granularity": 8.0, "flops": 1e20}),
        ("lr_annealing", {"lr_area": 1.0, "lr_annealing": 0.0}),
        ("farseer", {"n_params": 1e9, "n_tokens": 1e11}),
        ("data_filtering", {"examples": 1e8, "repetitions": 1.0, "n_pools": 1.0}),
        ("weight_sparsity", {"n_params": 1e8, "n_tokens": 1e10, "pruned_share": 0.0}),
        ("distillation", {"teacher_loss": 3.5, "n_params": 1e10, "n_tokens": 1e12}),
    ],
)
def test_gradients_are_finite_at_the_edges(name: str, edge: dict[str, float]) -> None:
    entry = law(name)
    values = first(name) if entry.published else {"E": 0.1, "A": 5.0, "beta": 0.2, "tau": 5.0}
    parameters = {key: pt.dscalar(key) for key in values}
    response = entry.evaluate({k: pt.constant(v) for k, v in edge.items()}, parameters, pt)
    slopes = pytensor.grad(response, list(parameters.values()), disconnected_inputs="ignore")
    compiled = pytensor.function(list(parameters.values()), [response, *slopes], mode="FAST_COMPILE")
    computed = compiled(*values.values())
    assert np.isfinite(computed).all()
    assert float(computed[0]) == pytest.approx(entry.predict(edge, values))


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("ptq", {"bits": 0.0}, "bits must be more than 0"),
        ("distillation", {"teacher_loss": 0.0}, "teacher_loss must be more than 0"),
        ("forgetting", {"injected_share": 1.1}, "injected_share must be 0 or more and at most 1"),
        ("weight_sparsity", {"pruned_share": 1.0}, "pruned_share must be 0 or more and at most 0.999999"),
        ("precision", {"bits_cache": -1.0}, "bits_cache must be more than 0"),
        ("precision", {"bits_post": 0.0}, "bits_post must be more than 0"),
        ("data_filtering", {"repetitions": 0.9}, "repetitions must be at least 1"),
        ("moe_leverage", {"active_ratio": 1.1}, "active_ratio must be more than 0 and at most 1"),
        ("moe_sparsity", {"sparsity": -0.1}, "sparsity must be 0 or more"),
        ("parscale", {"n_streams": 0.5}, "n_streams must be at least 1"),
        ("qat", {"group_size": 0.5}, "group_size must be at least 1"),
        ("lr_annealing", {"lr_annealing": -1e-9}, "lr_annealing must be 0 or more"),
        ("float_training", {"mantissa_bits": -1.0}, "mantissa_bits must be 0 or more"),
        ("data_constrained", {"n_unique_tokens": math.nan}, "n_unique_tokens must be more than 0"),
    ],
)
def test_input_out_of_range_is_refused(name: str, wrong: dict[str, float], message: str) -> None:
    entry = law(name)
    inputs = {column: entry.ranges[column][1] for column in entry.inputs}
    parameters = dict.fromkeys(entry.parameter_names, 0.5)
    with pytest.raises(LawError, match=message):
        entry.predict({**inputs, **wrong}, parameters)
