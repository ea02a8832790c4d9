"""Entries on size, data, precision, experts, schedules and hyperparameters: printed values, limits, refusals, priors.

Expected values are those of the papers, or the papers' formulas written out once more as printed.
"""

import math

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from bayescale.data.quantities import KNOWN
from bayescale.errors import InputError, LawError
from bayescale.scaling_laws.catalog import (
    compute,
    data_reuse,
    hyperparameters,
    learning_rate,
    mixture_of_experts,
    quantization,
)
from bayescale.scaling_laws.catalog.learning_rate import MULTI_POWER, multi_power_loss, schedule_features
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.test_published import MULTI_POWER as TYPED

ENTRIES = tuple(
    entry
    for part in (compute, data_reuse, quantization, mixture_of_experts, learning_rate, hyperparameters)
    for entry in part.LAWS
)
IDS = {
    "L2": {"kaplan_steps", "kaplan_params", "kaplan_tokens", "critical_batch"},
    "L2b": {"batch_trajectory"},
    "L3": {"learning_curve", "model_size_growth"},
    "L4": {"optimal_size"},
    "L5": {"four_regimes"},
    "L6": {"hitchhiker"},
    "L7": {"farseer"},
    "L8": {"lr_annealing"},
    "L8b": {"multi_power"},
    "L9": {"parscale"},
    "L10": {"moe_leverage", "moe_clark", "moe_granularity", "moe_sparsity"},
    "L12": {"data_filtering"},
    "L13": {"data_constrained"},
    "L14": {"qat"},
    "L15": {"ptq"},
    "L16": {"float_training"},
    "L17": {"precision"},
    "L18": {"average_params"},
    "L19": {"encoder_decoder"},
    "L27": {"optimal_lr", "optimal_batch"},
}
#: Floors, amplitudes and exponents where no source has them: orders of magnitude at which the laws make sense.
SENSIBLE = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 420.0, "beta": 0.28}
PARTICULAR = {
    "kaplan_steps": {"N_c": 1e14, "S_c": 2e3},
    "four_regimes": {"D_c": 1e4, "P_c": 10.0},
    "data_filtering": {"E": 0.1, "A": 5.0},
    "encoder_decoder": {"A": 5e4},
}
PRECISION = {
    "E": 2.0,
    "A": 4000.0,
    "alpha": 0.5,
    "B": 2e4,
    "beta": 0.5,
    "gamma_w": 2.7,
    "gamma_a": 2.2,
    "gamma_kv": 0.96,
    "n_w": 0.3,
    "n_a": 0.4,
    "n_kv": 0.5,
    "C_x": 1.0,
    "delta_0": 0.01,
    "gamma_D": 0.5,
    "gamma_N": 0.34,
    "gamma_post": 0.6,
}


def first(name: str) -> dict[str, float]:
    """Coefficients of an entry's first source."""
    return dict(next(iter(law(name).published.values())))


def source(name: str, start: str) -> dict[str, float]:
    """Coefficients of the source whose name starts so."""
    return dict(next(values for key, values in law(name).published.items() if key.startswith(start)))


def sampled_inputs(entry: Law, n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    out = {}
    for name, (low, high) in entry.ranges.items():
        linear = name in KNOWN and KNOWN[name].axis == "linear"
        out[name] = rng.uniform(low, high, n) if linear else np.exp(rng.uniform(math.log(low), math.log(high), n))
    return out


# --- the entries themselves
# --------------------------------------------------------------------------------------------------------------


def test_the_entries_have_the_names_and_ids_of_the_catalogue() -> None:
    found: dict[str, set[str]] = {}
    for entry in ENTRIES:
        found.setdefault(entry.id, set()).add(entry.name)
    assert found == IDS


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_says_what_its_numbers_are(entry: Law) -> None:
    assert set(entry.ranges) == set(entry.inputs)
    assert all(low < high for low, high in entry.ranges.values())
    assert entry.regime
    assert len(entry.source) > 20
    assert set(entry.shapes) <= set(entry.meanings)
    for values in entry.published.values():
        assert set(values) <= set(entry.parameter_names)
        assert all(map(math.isfinite, values.values()))
    none = "We found no published coefficients: form and priors only."
    assert entry.pitfalls.endswith(none) == (not entry.published)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_prior_draws_give_possible_responses(entry: Law) -> None:
    rng = np.random.default_rng(3)
    known = {**SENSIBLE, **(first(entry.name) if entry.published else PARTICULAR.get(entry.name, {}))}
    parameters = {
        name: entry.priors[name].natural(
            entry.priors[name].location + entry.priors[name].spread * rng.standard_normal((500, 1))
        )
        if name in entry.priors
        else np.full((500, 1), known[name])
        for name in entry.parameter_names
    }
    response = entry.predict(sampled_inputs(entry, 20, rng), parameters)
    assert response.shape == (500, 20)
    assert np.isfinite(response).all()
    assert entry.scale.reaches(response).mean() >= 0.95


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.published], ids=lambda entry: entry.name)
def test_published_coefficients_are_within_reach_of_their_priors(entry: Law) -> None:
    for values in entry.published.values():
        for name in set(entry.priors) & set(values):
            prior = entry.priors[name]
            assert prior.quantile(0.002) < values[name] < prior.quantile(0.998), name


@pytest.mark.parametrize(
    ("name", "edge"),
    [
        ("qat", {"n_params": 1e9, "n_tokens": 1e11, "group_size": 1.0}),
        ("data_constrained", {"n_params": 1e8, "n_tokens": 1e10, "n_unique_tokens": 1e10}),
        ("moe_clark", {"n_params": 1e9, "n_experts": 1.0}),
        ("moe_leverage", {"active_ratio": 1.0, "granularity": 8.0, "flops": 1e20}),
        ("lr_annealing", {"lr_area": 1.0, "lr_annealing": 0.0}),
        ("farseer", {"n_params": 1e9, "n_tokens": 1e11}),
        ("data_filtering", {"examples": 1e8, "repetitions": 1.0, "n_pools": 1.0}),
    ],
)
def test_gradients_are_finite_at_the_edges(name: str, edge: dict[str, float]) -> None:
    entry = law(name)
    values = first(name) if entry.published else {"E": 0.1, "A": 5.0, "beta": 0.2, "tau": 5.0}
    parameters = {key: pt.dscalar(key) for key in values}
    response = entry.evaluate({k: pt.constant(v) for k, v in edge.items()}, parameters, pt)
    slopes = pytensor.grad(response, list(parameters.values()), disconnected_inputs="ignore")
    compiled = pytensor.function(list(parameters.values()), [response, *slopes], mode="FAST_COMPILE")
    found = compiled(*values.values())
    assert np.isfinite(found).all()
    assert float(found[0]) == pytest.approx(entry.predict(edge, values))


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("ptq", {"bits": 0.0}, "bits must be more than 0"),
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
def test_impossible_inputs_are_refused(name: str, wrong: dict[str, float], said: str) -> None:
    entry = law(name)
    inputs = {column: entry.ranges[column][1] for column in entry.inputs}
    parameters = dict.fromkeys(entry.parameter_names, 0.5)
    with pytest.raises(LawError, match=said):
        entry.predict({**inputs, **wrong}, parameters)


# --- size, data, steps, batch, streams
# --------------------------------------------------------------------------------------------------------------


def test_kaplan_laws_of_one_input_are_as_printed() -> None:
    assert law("kaplan_params").predict({"n_params": 1e9}, first("kaplan_params")) == pytest.approx(8.8e4**0.076)
    assert law("kaplan_tokens").predict({"n_tokens": 1e9}, first("kaplan_tokens")) == pytest.approx(5.4e4**0.095)
    sizes = law("critical_batch").predict({"loss": np.array([1.0, 2.0])}, first("critical_batch"))
    assert sizes == pytest.approx([2.1e8, 2.1e8 / 2 ** (1 / 0.21)])


def test_ample_steps_leave_the_law_of_size() -> None:
    found = law("kaplan_steps").predict({"n_params": 3e8, "steps": np.array([2.1e3, 1e300])}, first("kaplan_steps"))
    size = (6.5e13 / 3e8) ** 0.077
    assert found == pytest.approx([size + 1, size])


def test_a_training_curve_solves_its_implicit_equation_and_tends_to_ample_batches() -> None:
    entry, rng = law("batch_trajectory"), np.random.default_rng(1)
    inputs = sampled_inputs(entry, 400, rng)
    p = {"M_0": 2.4, "alpha_N": 0.076, "T_0": 0.3, "alpha_S": 0.7, "B_3": 1e6, "alpha_B": 0.21}
    loss = entry.predict(inputs, p)
    critical = 1e6 * (loss / 3) ** (-1 / 0.21)
    least_steps = inputs["steps"] / (1 + critical / inputs["batch_size"])
    again = 2.4 * (inputs["n_params"] / 1e9) ** -0.076 + 0.3 * (least_steps / 1e4) ** -0.7
    assert loss == pytest.approx(again, rel=1e-9)
    ample = entry.predict({"n_params": 1e9, "steps": 1e4, "batch_size": 1e20}, p)
    assert ample == pytest.approx(2.7)


def test_learning_curve_of_word_models_is_as_printed() -> None:
    found = law("learning_curve").predict({"examples": 1e8}, first("learning_curve"))
    assert found == pytest.approx(11.9 * 1e8**-0.066)


def test_model_size_grows_as_a_power_of_data() -> None:
    sizes = law("model_size_growth").predict({"examples": np.array([1e8, 1e9])}, {"s_0": 1e7, "b": 0.69})
    assert sizes == pytest.approx([1e7, 1e7 * 10**0.69])


@pytest.mark.parametrize(("start", "ratio"), [("Hoffmann", 92.647), ("Besiroglu", 18.391)])
def test_optimal_sizes_have_the_tokens_per_parameter_of_their_law(start: str, ratio: float) -> None:
    size = law("optimal_size").predict({"flops": 5.76e23}, source("optimal_size", start))
    assert 5.76e23 / 6 / size**2 == pytest.approx(ratio, abs=6e-4)


def test_four_regimes_have_exponent_alpha_or_exactly_one() -> None:
    entry, p = law("four_regimes"), {"E": 1.0, "D_c": 1e4, "P_c": 10.0, "alpha": 0.2}

    def slope(column: str, other: dict[str, float], at: float, limit: float) -> float:
        excess = entry.predict({column: np.array([at, 10 * at]), **other}, p) - limit
        return float(math.log10(excess[0] / excess[1]))

    for column, other, scarce in (("examples", "width", 100.0), ("width", "examples", 1e5)):
        assert slope(column, {other: 1e300}, 1e6, 1.0) == pytest.approx(0.2, rel=1e-6)
        finite = entry.predict({column: 1e300, other: scarce}, p)
        assert finite > 1.5
        assert slope(column, {other: scarce}, 1e8, finite) == pytest.approx(1.0, abs=1e-3)


def test_families_share_slopes_closely_and_start_from_muennighoff() -> None:
    entry = law("hitchhiker")
    assert set(entry.pooling.values()) == {"partial"}
    expected = math.exp(0.6254804) + math.exp(6.255414) / 1e9**0.3526596 + math.exp(7.3049974) / 2e10**0.3526596
    assert entry.predict({"n_params": 1e9, "n_tokens": 2e10}, first("hitchhiker")) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("n", "d", "loss", "exponent"),
    [(1e9, 2e10, 0.52722, 0.313), (6.4e9, 1e11, 0.44644, 0.208), (25.1e9, 5e11, 0.39065, 0.145)],
)
def test_farseer_is_as_printed(n: float, d: float, loss: float, exponent: float) -> None:
    entry, p = law("farseer"), first("farseer")
    assert entry.predict({"n_params": n, "n_tokens": d}, p) == pytest.approx(loss, abs=6e-6)
    near, mid, far = entry.predict({"n_params": n, "n_tokens": d * np.array([1, 10, 100])}, p)
    assert math.log10((near - mid) / (mid - far)) == pytest.approx(exponent, abs=6e-4)


def test_farseer_is_the_printed_formula_everywhere() -> None:
    inputs = sampled_inputs(law("farseer"), 50, np.random.default_rng(2))
    n, d = inputs["n_params"], inputs["n_tokens"]
    printed = np.exp(-0.021 * n**0.169 - 0.091)
    printed += np.exp(88.01 * n**-0.1 - 6.287) * d ** -np.exp(-0.124 * n**0.123 + 0.424)
    assert law("farseer").predict(inputs, first("farseer")) == pytest.approx(printed, rel=1e-9)


def test_parallel_streams_are_worth_what_is_printed_and_one_is_worth_nothing() -> None:
    entry, p = law("parscale"), first("parscale")
    found = entry.predict({"n_params": 1.6e9, "n_streams": np.array([1, 2, 4, 8])}, p)
    assert found == pytest.approx([1.08264, 1.06516, 1.05166, 1.04073], abs=6e-6)
    assert found[0] == pytest.approx(0.6912 + (0.01131e9 / 1.6e9) ** 0.1894)


def test_a_model_that_was_not_pruned_follows_hoffmann() -> None:
    p = {"E": 1.69, "A": 406.4, "alpha": 0.34, "B": 410.7, "beta": 0.28}
    found = law("average_params").predict({"n_params_average": 70e9, "n_tokens": 1.4e12}, p)
    assert found == pytest.approx(1.93665, abs=6e-6)


def test_encoder_and_decoder_multiply_and_split_by_their_exponents() -> None:
    entry, p = law("encoder_decoder"), {"E": 1.2, "A": 5e3, "p": 0.5, "s": 0.4}
    sizes = np.linspace(0.01, 0.99, 981)
    loss = entry.predict({"n_params_encoder": sizes * 1e9, "n_params_decoder": (1 - sizes) * 1e9}, p)
    assert sizes[np.argmin(loss)] == pytest.approx(0.4, abs=1.1e-3)
    found = entry.predict({"n_params_encoder": 3e8, "n_params_decoder": 2e8}, p)
    assert found == pytest.approx(1.2 + 5e3 * 3e8**-0.2 * 2e8**-0.3)


@pytest.mark.parametrize(
    "name", ["learning_curve", "hitchhiker", "parscale", "average_params", "encoder_decoder", "four_regimes"]
)
def test_endless_size_and_data_leave_the_floor(name: str) -> None:
    entry = law(name)
    values = {"s": 0.4, "p": 0.5, "k": 0.4}
    parameters = {key: values.get(key, 0.3) for key in entry.parameter_names} | {"E": 1.7}
    inputs = {column: 1e2 if column == "n_streams" else 1e250 for column in entry.inputs}
    assert entry.predict(inputs, parameters) == pytest.approx(1.7, abs=1e-9)


# --- repeated and filtered data
# --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "d", "loss"), [(6.34e9, 242e9, 2.225644), (8.67e9, 178e9, 2.226963)])
def test_repeated_data_are_worth_what_the_authors_compute(n: float, d: float, loss: float) -> None:
    inputs = {"n_params": n, "n_tokens": d, "n_unique_tokens": 25e9}
    assert law("data_constrained").predict(inputs, first("data_constrained")) == pytest.approx(loss, abs=6e-7)


def test_repeated_data_follow_the_printed_formula_with_exponents_apart() -> None:
    entry, rng = law("data_constrained"), np.random.default_rng(5)
    inputs = sampled_inputs(entry, 60, rng)
    inputs["n_unique_tokens"] = np.minimum(inputs["n_unique_tokens"], inputs["n_tokens"])
    n, d, u = inputs["n_params"], inputs["n_tokens"], inputs["n_unique_tokens"]
    e, a, alpha, b, beta, r_d, r_n = 1.8, 480.0, 0.35, 2100.0, 0.37, 15.4, 5.3
    g = (alpha * a / (beta * b)) ** (1 / (alpha + beta))
    usable = np.minimum(n, (u * g) ** (beta / alpha) * g)
    size = usable * (1 + r_n * (1 - np.exp(-np.maximum(n / usable - 1, 0) / r_n)))
    worth = u * (1 + r_d * (1 - np.exp(-np.maximum(d / u - 1, 0) / r_d)))
    reference = (1e10 * g) ** (beta / alpha) * g
    parameters = {"E": e, "A": a, "alpha": alpha, "beta": beta, "N_0": reference, "R_N": r_n, "R_D": r_d}
    assert entry.predict(inputs, parameters) == pytest.approx(e + a * size**-alpha + b * worth**-beta, rel=1e-10)
    assert (n > usable).any()
    assert (n == usable).any()


@pytest.mark.parametrize("unique", [1e11, 1e12])  # as many as are seen; more than are seen
def test_one_epoch_is_hoffmanns_law(unique: float) -> None:
    inputs = {"n_params": 5e8, "n_tokens": 1e11, "n_unique_tokens": unique}
    found = law("data_constrained").predict(inputs, first("data_constrained"))
    plain = math.exp(0.6254804) + math.exp(6.255414) / 5e8**0.3526596 + math.exp(7.3049974) / 1e11**0.3526596
    assert found == pytest.approx(plain, rel=1e-12)


def test_passes_over_filtered_data_multiply_as_printed() -> None:
    entry, p = law("data_filtering"), {"E": 0.1, "A": 5.0, "beta": 0.2, "tau": 3.0}
    for pools in (1, 4):
        for passes in (1, 2, 3, 7, 12):
            printed = 1e8**-0.2
            for j in range(2, passes + 1):
                printed *= (j / (j - 1)) ** (-0.2 * 0.5 ** ((j - 1) / (3.0 * pools)))
            inputs = {"examples": passes * 1e8, "repetitions": passes, "n_pools": pools}
            assert entry.predict(inputs, p) == pytest.approx(0.1 + 5 * printed, rel=1e-12)


def test_parts_of_a_pass_continue_the_curve_and_utility_halves_after_tau() -> None:
    entry, p = law("data_filtering"), {"E": 0.1, "A": 5.0, "beta": 0.2, "tau": 3.0}

    def slope(passes: float) -> float:  # local exponent of the error above the floor in examples seen
        seen = passes * np.array([1 - 1e-6, 1 + 1e-6])
        error = entry.predict({"examples": 1e8 * seen, "repetitions": seen, "n_pools": 1}, p) - 0.1
        return float(-math.log(error[1] / error[0]) / math.log(seen[1] / seen[0]))

    assert slope(1.5) == pytest.approx(0.2 * 0.5 ** (1 / 3), rel=1e-5)
    assert slope(3.5) == pytest.approx(0.1, rel=1e-5)
    assert slope(20.0) == pytest.approx(0.2 * 0.5 ** (11 / 3), rel=1e-5)


# --- precision
# --------------------------------------------------------------------------------------------------------------


def qat_penalty(start: str, **inputs: float) -> float:
    base = 1.9279 + 237.7042 / inputs["n_params"] ** 0.3022 + 596.2490 / inputs["n_tokens"] ** 0.3022
    return law("qat").predict(inputs, source("qat", start)) - base


def test_quantisation_aware_training_costs_what_is_printed() -> None:
    found = qat_penalty("W4A4, delta", n_params=297e6, n_tokens=50e9, group_size=128)
    assert found == pytest.approx(0.063319, abs=6e-7)
    for start, k, gamma_n, gamma_d, gamma_g in (
        ("W4A16", 0.2522, 0.3589, 0.1610, 0.3533),
        ("W16A4, delta", 0.1004, 0.1816, 0.0331, 0.9812),
        ("W4A4, FC2", 0.3519, 0.2637, 0.0964, 0.3407),
    ):
        printed = k * 1e11**gamma_d * 5**gamma_g / 7e8**gamma_n
        assert qat_penalty(start, n_params=7e8, n_tokens=1e11, group_size=32) == pytest.approx(printed, rel=1e-9)


def test_a_group_of_one_costs_nothing() -> None:
    assert qat_penalty("W4A4, delta", n_params=297e6, n_tokens=50e9, group_size=1) == pytest.approx(0, abs=1e-14)


def test_quantisation_after_training_costs_what_the_joint_law_says() -> None:
    inputs = {"n_params": np.array([1e9, 7e9, 70e9, 405e9]), "n_tokens": np.array([1.44, 4.51, 17.3, 48.5]) * 1e12}
    found = law("ptq").predict({**inputs, "bits": 4}, first("ptq"))
    assert found[0] == pytest.approx(0.18645, abs=6e-6)
    assert found == pytest.approx([0.186, 0.218, 0.263, 0.304], abs=1e-3)  # printed cut off, not rounded
    assert law("ptq").predict({"n_params": 1e9, "n_tokens": 1e12, "bits": 1e3}, first("ptq")) < 1e-12


@pytest.mark.parametrize(("exponent", "mantissa", "penalty", "digits"), [(4, 3, 0.000909, 6e-7), (2, 1, 0.07259, 6e-6)])
def test_floating_point_training_costs_what_is_printed(
    exponent: float, mantissa: float, penalty: float, digits: float
) -> None:
    inputs = {"n_params": 679e6, "n_tokens": 1e11, "exponent_bits": exponent, "mantissa_bits": mantissa}
    whole, p = law("float_training"), first("float_training")
    plain = whole.predict({**inputs, "block_size": 1}, p)
    assert plain == pytest.approx(2.61177, abs=6e-6)
    assert whole.predict({**inputs, "block_size": 2**13.1567}, p) - plain == pytest.approx(penalty, abs=digits)


@pytest.mark.parametrize(
    ("exponent", "mantissa", "tokens", "digits"),
    [(8, 7, 1730e12, 10e12), (4, 3, 27e12, 0.5e12), (2, 1, 0.4e12, 0.05e12)],
)
def test_more_data_than_a_format_bears_do_harm(exponent: float, mantissa: float, tokens: float, digits: float) -> None:
    seen = np.exp(np.linspace(math.log(tokens / 3), math.log(tokens * 3), 20_001))
    formats = {"exponent_bits": exponent, "mantissa_bits": mantissa, "block_size": 128}
    loss = law("float_training").predict({"n_params": 1e9, "n_tokens": seen, **formats}, first("float_training"))
    assert seen[np.argmin(loss)] == pytest.approx(tokens, abs=digits)


def test_enough_bits_leave_the_base_law_and_few_bits_shrink_the_model() -> None:
    entry, p = law("precision"), PRECISION
    plain = {"n_params": 1e9, "n_tokens": 2e10}
    high = {"bits": 400, "bits_activations": 400, "bits_cache": 400, "bits_post": 400}
    base = law("hitchhiker").predict(plain, {key: p[key] for key in ("E", "A", "alpha", "B", "beta")})
    assert entry.predict({**plain, **high}, p) == pytest.approx(base, rel=1e-12)
    for column, gamma, n in (("bits", 2.7, 0.3), ("bits_activations", 2.2, 0.4), ("bits_cache", 0.96, 0.5)):
        effective = 1e9 * (1 - math.exp(n - 3 / gamma))
        expected = base + 4000 * (effective**-0.5 - 1e9**-0.5)
        assert entry.predict({**plain, **high, column: 3}, p) == pytest.approx(expected, rel=1e-12)
    after = [entry.predict({**plain, **high, "bits_post": bits}, p) - base for bits in (4, 5)]
    assert after == pytest.approx([0.01, 0.01 * math.exp(-1 / 0.6)], rel=1e-9)
    both = entry.predict({**plain, **high, "bits_post": 4, "bits": 6}, p)
    saturation = 1 - math.exp(0.3 - 6 / 2.7)
    after_training = 0.01 * saturation**-0.34 * (1 - math.exp(-2))
    expected = base + 4000 * ((1e9 * saturation) ** -0.5 - 1e9**-0.5) + after_training
    assert both == pytest.approx(expected, rel=1e-12)


# --- experts
# --------------------------------------------------------------------------------------------------------------


def test_leverage_without_the_saturation_left_out_is_that_of_the_printed_formula() -> None:
    inputs = sampled_inputs(law("moe_leverage"), 50, np.random.default_rng(7))
    ratio, g, c = inputs["active_ratio"], np.log2(inputs["granularity"]), np.log10(inputs["flops"])
    saturated = 1 / (1 / (ratio + 1 / (1 / 1.63e-2 - 1 / 5.28e16)) + 1 / 5.28e16)
    printed = saturated ** (1.23 - 7.61e-2 * c + 1.67e-2 * g**2 - 1.17e-1 * g)
    assert law("moe_leverage").predict(inputs, first("moe_leverage")) == pytest.approx(printed, rel=1e-9)


@pytest.mark.parametrize(
    ("start", "a", "b", "c", "d", "least", "most"),
    [
        ("S-BASE", -0.082, -0.108, 0.009, 1.104, 1.847, 314.5),
        ("RL-R", -0.083, -0.126, 0.012, 1.111, 1.880, 470.0),
        ("HASH", -0.087, -0.136, 0.012, 1.157, 4.175, 478.0),
    ],
)
def test_routed_models_follow_the_printed_bilinear_law(
    start: str, a: float, b: float, c: float, d: float, least: float, most: float
) -> None:
    inputs = sampled_inputs(law("moe_clark"), 50, np.random.default_rng(8))
    inputs["n_experts"][0] = 1.0
    n = np.log10(inputs["n_params"])
    effective = 1 / (1 / (inputs["n_experts"] - 1 + 1 / (1 / least - 1 / most)) + 1 / most)
    assert effective[0] == pytest.approx(least)  # a dense model
    e = np.log10(effective)
    found = law("moe_clark").predict(inputs, source("moe_clark", start))
    assert found == pytest.approx(10 ** (a * n + b * e + c * n * e + d), rel=1e-9)


def test_granularity_and_sparsity_follow_their_printed_formulas() -> None:
    inputs = sampled_inputs(law("moe_granularity"), 50, np.random.default_rng(9))
    n, d, g = inputs["n_params"], inputs["n_tokens"], inputs["granularity"]
    printed = 0.47 + (2.1 / g**0.58 + 18.1) / n**0.115 + 30.8 / d**0.147
    assert law("moe_granularity").predict(inputs, first("moe_granularity")) == pytest.approx(printed, rel=1e-10)
    inputs = sampled_inputs(law("moe_sparsity"), 50, np.random.default_rng(10))
    n, d, s = inputs["n_params"], inputs["n_tokens"], inputs["sparsity"]
    printed = 16612.5 / n**0.5962 + 5455.67 / d**0.3954 + 0.4598 / (1 - s) ** -0.1666
    printed += 17.26 / ((1 - s) ** 0.1603 * n**0.1595) + 0.94
    assert law("moe_sparsity").predict(inputs, first("moe_sparsity")) == pytest.approx(printed, rel=1e-10)


# --- schedules
# --------------------------------------------------------------------------------------------------------------


def cosine(n: int, peak: float = 3e-4, end: float = 3e-5) -> np.ndarray:
    return end + (peak - end) / 2 * (1 + np.cos(np.pi * np.arange(n) / n))


@pytest.mark.parametrize("decay", [0.0, 0.9, 0.999])
def test_schedule_features_are_the_double_sum(decay: float) -> None:
    lr = np.concatenate([np.full(20, 3e-4), cosine(50), [1e-4, 2e-4, 0.0, 0.0]])  # falls, rises, ends at zero
    found = schedule_features(lr, decay)
    annealing = [
        sum((lr[k - 1] - lr[k]) * decay ** (i - k) for i in range(s + 1) for k in range(1, i + 1))
        for s in range(len(lr))
    ]
    assert found["lr_annealing"] == pytest.approx(annealing, rel=1e-9, abs=1e-15)
    assert found["lr_area"] == pytest.approx([lr[: s + 1].sum() for s in range(len(lr))])


def test_a_constant_rate_anneals_nothing_and_a_decay_lowers_the_loss() -> None:
    flat, falling = schedule_features(np.full(10_000, 3e-4)), schedule_features(cosine(10_000))
    assert (flat["lr_annealing"] == 0).all()
    assert flat["lr_area"][-1] == pytest.approx(3.0)
    entry, p = law("lr_annealing"), first("lr_annealing")
    assert entry.predict(flat, p)[-1] == pytest.approx(3.220 + 0.446 * 3.0**-0.581)
    same_area = {**falling, "lr_annealing": np.zeros(10_000)}
    gain = entry.predict(same_area, p) - entry.predict(falling, p)
    assert gain == pytest.approx(0.440 * falling["lr_annealing"])
    assert gain[-1] > 0.05


@pytest.mark.parametrize(
    ("lr", "decay", "said"),
    [
        ([], 0.999, "one or more steps"),
        ([[1e-4, 1e-4]], 0.999, r"shape \(1, 2\)"),
        (3e-4, 0.999, "one sequence"),
        ([1e-4, math.nan, -1e-4], 0.999, "2 learning rates"),
        (["a"], 0.999, "must be numbers"),
        ([1e-4], 1.0, "decay must be"),
        ([1e-4], -0.1, "decay must be"),
        ([1e-4], math.nan, "decay must be"),
    ],
)
def test_schedules_that_are_none_are_refused(lr: object, decay: float, said: str) -> None:
    with pytest.raises(InputError, match=said):
        schedule_features(lr, decay)  # type: ignore[arg-type]


def repository(size: str) -> dict[str, float]:
    """Coefficients of the multi-power law, typed from the README of its authors' repository."""
    return dict(zip(("L_0", "A", "alpha", "B", "C", "beta", "gamma"), TYPED[size], strict=True))


@pytest.mark.parametrize("size", list(TYPED))
def test_multi_power_loss_is_the_printed_sum(size: str) -> None:
    p, lr = repository(size), np.concatenate([np.full(30, 3e-4), cosine(60), np.full(5, 2e-5)])
    loss = []
    for t in range(len(lr)):
        drop = 0.0
        for k in range(1, t + 1):
            x = lr[k] ** -p["gamma"] * lr[k : t + 1].sum()
            drop += (lr[k - 1] - lr[k]) * (1 - (1 + p["C"] * x) ** -p["beta"])
        loss.append(p["L_0"] + p["A"] * (lr[: t + 1].sum() + 0.3) ** -p["alpha"] - p["B"] * drop)
    assert multi_power_loss(lr, p, warmup_area=0.3) == pytest.approx(loss, rel=1e-10)


def test_multi_power_loss_refuses_a_rate_of_zero() -> None:
    with pytest.raises(InputError, match="step 1 has 0"):
        multi_power_loss([1e-4, 0.0], MULTI_POWER["25M"])


@pytest.mark.parametrize(("size", "low"), [("25M", 3e-5), ("100M", 9e-5), ("400M", 1.8e-4)])
def test_the_law_of_one_drop_is_the_multi_power_law(size: str, low: float) -> None:
    lr = np.concatenate([np.full(8000, 3e-4), np.full(8000, low)])
    after = slice(8000, None)
    inputs = {
        "lr_area": np.cumsum(lr)[after] + 0.3,
        "lr_drop": 3e-4 - low,
        "lr_after": low,
        "lr_area_since_drop": np.cumsum(lr[after]),
    }
    found = law("multi_power").predict(inputs, source("multi_power", f"Luo et al. 2025, {size}"))
    whole = multi_power_loss(lr, repository(size), warmup_area=0.3)
    assert found == pytest.approx(whole[after], rel=1e-10)
    assert whole[7999] - whole[-1] > 0.02


# --- hyperparameters
# --------------------------------------------------------------------------------------------------------------


def test_the_step_law_is_as_printed() -> None:
    inputs = {"n_params": np.array([1e9, 7e9]), "n_tokens": np.array([1e11, 1e12])}
    rates = law("optimal_lr").predict(inputs, first("optimal_lr"))
    assert rates[0] == pytest.approx(1.6325e-3, abs=6e-8)
    assert rates[1] == pytest.approx(8.27e-4, abs=6e-7)
    batches = law("optimal_batch").predict({"n_tokens": inputs["n_tokens"]}, first("optimal_batch"))
    assert batches[0] == pytest.approx(1.1077e6, abs=60)
    assert batches[1] == pytest.approx(4.13e6, abs=6e3)
