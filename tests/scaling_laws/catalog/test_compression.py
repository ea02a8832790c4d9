"""Laws of low-precision training, quantization and sparse weights against printed values and the authors' losses."""

import math

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog import published_fine_tuning as published
from tests.scaling_laws.catalog.helpers import first, source

#: Coefficients of the law `precision` at which every part matters.
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


def qat_penalty(start: str, **inputs: float) -> float:
    base = 1.9279 + 237.7042 / inputs["n_params"] ** 0.3022 + 596.2490 / inputs["n_tokens"] ** 0.3022
    return law("qat").predict(inputs, source("qat", start)) - base


def test_qat_penalty_matches_the_paper() -> None:
    predicted = qat_penalty("W4A4, delta", n_params=297e6, n_tokens=50e9, group_size=128)
    assert predicted == pytest.approx(0.063319, abs=6e-7)
    for start, k, gamma_n, gamma_d, gamma_g in (
        ("W4A16", 0.2522, 0.3589, 0.1610, 0.3533),
        ("W16A4, delta", 0.1004, 0.1816, 0.0331, 0.9812),
        ("W4A4, FC2", 0.3519, 0.2637, 0.0964, 0.3407),
    ):
        printed = k * 1e11**gamma_d * 5**gamma_g / 7e8**gamma_n
        assert qat_penalty(start, n_params=7e8, n_tokens=1e11, group_size=32) == pytest.approx(printed, rel=1e-9)


def test_qat_penalty_is_zero_for_a_group_of_one() -> None:
    assert qat_penalty("W4A4, delta", n_params=297e6, n_tokens=50e9, group_size=1) == pytest.approx(0, abs=1e-14)


def test_ptq_matches_the_printed_joint_law() -> None:
    inputs = {"n_params": np.array([1e9, 7e9, 70e9, 405e9]), "n_tokens": np.array([1.44, 4.51, 17.3, 48.5]) * 1e12}
    predicted = law("ptq").predict({**inputs, "bits": 4}, first("ptq"))
    assert predicted[0] == pytest.approx(0.18645, abs=6e-6)
    assert predicted == pytest.approx([0.186, 0.218, 0.263, 0.304], abs=1e-3)  # printed cut off, not rounded
    assert law("ptq").predict({"n_params": 1e9, "n_tokens": 1e12, "bits": 1e3}, first("ptq")) < 1e-12


@pytest.mark.parametrize(("exponent", "mantissa", "penalty", "digits"), [(4, 3, 0.000909, 6e-7), (2, 1, 0.07259, 6e-6)])
def test_float_training_penalty_matches_the_paper(
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
def test_float_training_has_the_printed_critical_data_size(
    exponent: float, mantissa: float, tokens: float, digits: float
) -> None:
    seen = np.exp(np.linspace(math.log(tokens / 3), math.log(tokens * 3), 20_001))
    formats = {"exponent_bits": exponent, "mantissa_bits": mantissa, "block_size": 128}
    loss = law("float_training").predict({"n_params": 1e9, "n_tokens": seen, **formats}, first("float_training"))
    assert seen[np.argmin(loss)] == pytest.approx(tokens, abs=digits)


def test_precision_tends_to_the_base_law_and_shrinks_the_model() -> None:
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


@pytest.mark.parametrize("tokens", [1e9, 26e9])
def test_precision_is_optimal_at_seven_bits(tokens: float) -> None:
    entry = law("precision")
    (values,) = entry.published.values()
    bits = np.linspace(5, 12, 701)
    columns = dict.fromkeys(("bits", "bits_activations", "bits_cache"), bits)
    loss = entry.predict(
        {"n_params": 1e9 / bits, "n_tokens": tokens, **columns, "bits_post": 16.0}, {**values, "C_x": 1.0}
    )
    assert bits[np.argmin(loss)] == pytest.approx(7.00, abs=0.02)


def test_precision_loss_added_after_training_matches_the_formula() -> None:
    entry = law("precision")
    (values,) = entry.published.values()
    full = {"n_params": 1e9, "n_tokens": 2e10, "bits": 16.0, "bits_activations": 16.0, "bits_cache": 16.0}

    def added(bits_post: float, **changed: float) -> float:
        inputs = {**full, **changed}
        after, before = (entry.predict({**inputs, "bits_post": b}, {**values, "C_x": 0.4}) for b in (bits_post, 16.0))
        return float(after - before)

    effective = 1e9 * np.prod(
        [1 - math.exp(n - 16 / g) for n, g in ((0.3037, 2.6745), (1.4072, 2.2102), (2.4185, 0.9578))]
    )
    printed = 0.0598 * 2e10**0.5068 / effective**0.3439 * math.exp(-4 / 0.5907)
    assert added(4.0) == pytest.approx(printed * (1 - math.exp(-0.4 * 12)) ** 3, rel=1e-5)
    assert added(4.0, bits=4.0) == pytest.approx(0.0, abs=1e-12)
    assert added(4.0, bits=3.0) == pytest.approx(0.0, abs=1e-12)
    weights = (1 - math.exp(0.3037 - 6 / 2.6745)) / (1 - math.exp(0.3037 - 16 / 2.6745))
    fewer = printed * weights**-0.3439 * (1 - math.exp(-0.4 * 12)) ** 2 * (1 - math.exp(-0.4 * 2))
    assert added(4.0, bits=6.0) == pytest.approx(fewer, rel=1e-5)


def t5_runs() -> dict[str, np.ndarray]:
    """The authors' 48 runs of T5 on C4."""
    non_zero, steps, sparsity = np.meshgrid(published.NON_ZERO, published.STEPS, published.SPARSITIES, indexing="ij")
    return {
        "n_params": published.T5_PARAMS * non_zero.ravel(),
        "n_tokens": published.T5_TOKENS * steps.ravel(),
        "pruned_share": sparsity.ravel(),
        "loss": np.ravel(published.T5_LOSSES),
    }


def test_published_sparsity_coefficients_fit_the_authors_t5_losses() -> None:
    runs = t5_runs()
    losses = runs.pop("loss")
    misses = np.abs(np.log(law("weight_sparsity").predict(runs, source("weight_sparsity", "T5")) / losses))
    assert misses.mean() == pytest.approx(0.008, abs=0.001)
    assert misses.max() < 0.03


@pytest.mark.parametrize("start", ["T5", "ViT"])
def test_sparse_weights_are_worth_a_larger_dense_model(start: str) -> None:
    # at 75 % sparsity, a dense model of 2.16 times the weights that are not zero, for language and for vision
    entry, values = law("weight_sparsity"), {**source("weight_sparsity", start), "E": 1e-9, "B": 1e-9}
    sparse = entry.predict({"n_params": 1e8, "n_tokens": 1e10, "pruned_share": 0.75}, values)
    dense = entry.predict({"n_params": 2.16e8, "n_tokens": 1e10, "pruned_share": 0.0}, values)
    assert sparse == pytest.approx(dense, rel=0.003)


def test_dense_models_follow_hoffmanns_law() -> None:
    values = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 410.0, "beta": 0.28}
    pair = {"n_params": 1e9, "n_tokens": 1e11}
    dense = law("weight_sparsity").predict({**pair, "pruned_share": 0.0}, {**values, "g": 0.3, "b": 0.8})
    assert dense == pytest.approx(law("chinchilla").predict(pair, values))
