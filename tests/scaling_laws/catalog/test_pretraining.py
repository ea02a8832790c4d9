"""Laws of training loss in size, data and compute against printed values and each other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.scaling_laws.catalog import pretraining
from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.helpers import example, first, sampled_inputs


@given(n=st.floats(1e6, 1e12), d=st.floats(1e8, 1e13))
def test_joint_nests_chinchilla_and_kaplan(n: float, d: float) -> None:
    inputs, joint = {"n_params": n, "n_tokens": d}, law("joint")
    chinchilla = law("chinchilla").published["Besiroglu et al. 2024"]
    assert joint.predict(inputs, {**chinchilla, "q": 1.0}) == pytest.approx(
        law("chinchilla").predict(inputs, chinchilla)
    )
    kaplan = law("kaplan").published["Kaplan et al. 2020"]
    as_joint = {
        "E": 0.0,
        "A": kaplan["N_c"] ** kaplan["alpha_N"],
        "alpha": kaplan["alpha_N"],
        "B": kaplan["D_c"] ** kaplan["alpha_D"],
        "beta": kaplan["alpha_D"],
        "q": kaplan["alpha_D"],
    }
    assert joint.predict(inputs, as_joint) == pytest.approx(law("kaplan").predict(inputs, kaplan))


def test_kaplan_laws_of_one_input_match_the_paper() -> None:
    assert law("kaplan_params").predict({"n_params": 1e9}, first("kaplan_params")) == pytest.approx(8.8e4**0.076)
    assert law("kaplan_tokens").predict({"n_tokens": 1e9}, first("kaplan_tokens")) == pytest.approx(5.4e4**0.095)
    sizes = law("critical_batch").predict({"loss": np.array([1.0, 2.0])}, first("critical_batch"))
    assert sizes == pytest.approx([2.1e8, 2.1e8 / 2 ** (1 / 0.21)])


def test_learning_curve_of_word_models_matches_the_paper() -> None:
    predicted = law("learning_curve").predict({"examples": 1e8}, first("learning_curve"))
    assert predicted == pytest.approx(11.9 * 1e8**-0.066)


def test_power_floor_matches_the_printed_formula() -> None:
    predicted = law("power_floor").predict({"flops": 1e20}, {"E": 2.1, "A": 30.0, "alpha": 0.07})
    assert predicted == pytest.approx(2.1 + (30.0 ** (1 / 0.07) / 1e20) ** 0.07)


def test_hitchhiker_pools_every_parameter_and_matches_muennighoff() -> None:
    entry = law("hitchhiker")
    assert set(entry.pooling.values()) == {"partial"}
    expected = math.exp(0.6254804) + math.exp(6.255414) / 1e9**0.3526596 + math.exp(7.3049974) / 2e10**0.3526596
    assert entry.predict({"n_params": 1e9, "n_tokens": 2e10}, first("hitchhiker")) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("n", "d", "loss", "exponent"),
    [(1e9, 2e10, 0.52722, 0.313), (6.4e9, 1e11, 0.44644, 0.208), (25.1e9, 5e11, 0.39065, 0.145)],
)
def test_farseer_matches_the_printed_losses_and_exponents(n: float, d: float, loss: float, exponent: float) -> None:
    entry, p = law("farseer"), first("farseer")
    assert entry.predict({"n_params": n, "n_tokens": d}, p) == pytest.approx(loss, abs=6e-6)
    near, mid, far = entry.predict({"n_params": n, "n_tokens": d * np.array([1, 10, 100])}, p)
    assert math.log10((near - mid) / (mid - far)) == pytest.approx(exponent, abs=6e-4)


def test_farseer_matches_the_printed_formula() -> None:
    inputs = sampled_inputs(law("farseer"), 50, np.random.default_rng(2))
    n, d = inputs["n_params"], inputs["n_tokens"]
    printed = np.exp(-0.021 * n**0.169 - 0.091)
    printed += np.exp(88.01 * n**-0.1 - 6.287) * d ** -np.exp(-0.124 * n**0.123 + 0.424)
    assert law("farseer").predict(inputs, first("farseer")) == pytest.approx(printed, rel=1e-9)


@pytest.mark.parametrize("name", ["learning_curve", "hitchhiker"])
def test_infinite_size_and_data_leave_the_floor(name: str) -> None:
    entry = law(name)
    values = {"s": 0.4, "p": 0.5, "k": 0.4}
    parameters = {key: values.get(key, 0.3) for key in entry.parameter_names} | {"E": 1.7}
    inputs = {column: 1e2 if column == "n_streams" else 1e250 for column in entry.inputs}
    assert entry.predict(inputs, parameters) == pytest.approx(1.7, abs=1e-9)


@pytest.mark.parametrize(
    "name", [entry.name for entry in pretraining.LAWS if entry.name != "farseer"]
)  # farseer: no constant floor
def test_loss_falls_with_every_input_to_the_floor(name: str) -> None:
    entry = law(name)
    inputs, parameters = example(entry)
    for column in entry.inputs:
        grown = [entry.predict({**inputs, column: inputs[column] * 10.0**k}, parameters) for k in range(4)]
        assert grown == sorted(grown, reverse=True)
    endless = entry.predict(dict.fromkeys(inputs, 1e250), parameters)
    assert endless == pytest.approx(parameters[entry.expression.floor] if entry.expression.floor else 0.0, abs=1e-9)
