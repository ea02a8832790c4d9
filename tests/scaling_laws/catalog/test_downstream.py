"""Laws of task metrics against printed values and formulas."""

import math

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.helpers import D


@pytest.mark.parametrize(
    ("source", "loss", "expected"),
    [
        # the first is what the authors' repository computes; the others eps − k·exp(−gamma·L), computed by hand
        ("RedPajama, 46 tasks", 2.44213, 0.61084),
        ("C4, 46 tasks", 3.0, 0.759 - 1.289 * math.exp(-0.972 * 3.0)),
        ("RefinedWeb, 46 tasks", 2.6, 0.768 - 1.128 * math.exp(-0.822 * 2.6)),
        ("C4, 17 tasks", 2.5, 0.850 - 2.079 * math.exp(-0.756 * 2.5)),
        ("RedPajama, 17 tasks", 3.5, 0.857 - 2.206 * math.exp(-0.715 * 3.5)),
        ("RefinedWeb, 17 tasks", 4.0, 0.865 - 2.215 * math.exp(-0.707 * 4.0)),
    ],
)
def test_downstream_error_matches_the_repository(source: str, loss: float, expected: float) -> None:
    entry = law("downstream_error")
    (predicted,) = (values for key, values in entry.published.items() if key.startswith(source))
    assert entry.predict({"loss": loss}, predicted) == pytest.approx(expected, abs=6e-6)


def test_downstream_loss_matches_the_printed_formula() -> None:
    predicted = law("downstream_loss").predict({"n_tokens": D}, {"E": 1.4, "A": 300.0, "alpha": 0.3})
    assert predicted == pytest.approx(1.4 + 300.0 / D**0.3)


def test_bleu_matches_the_printed_formula() -> None:
    level, slope, beta = 22.0, 0.1, 1.3
    tokens = np.array([2e8, 1e9, 3e11])
    alpha = slope * level ** (1 / beta)
    log_a = level ** (1 / beta) - alpha * math.log(1e9)
    predicted = law("bleu_log").predict({"n_tokens": tokens}, {"level": level, "slope": slope, "beta": beta})
    assert predicted == pytest.approx((log_a + alpha * np.log(tokens)) ** beta)


def test_passuntil_is_linear_in_log_minus_log() -> None:
    rate = law("passuntil").predict({"n_params": np.array([1e8, 1e9, 1e10])}, {"c": 500.0, "alpha": 0.25})
    assert np.diff(np.log(-np.log(rate))) == pytest.approx(-0.25 * math.log(10))


def test_difficulty_clusters_match_the_printed_formula() -> None:
    a, b = 1.2 * 1e21**0.3, 0.3
    predicted = law("difficulty_clusters").predict({"flops": 4e22}, {"g": 0.25, "a": 1.2, "b": b, "c": 0.1})
    assert predicted == pytest.approx(0.25 + 0.75 * math.exp(-a * 4e22**-b - 0.1))


def test_choice_accuracy_is_a_softmax_over_choices() -> None:
    # log of the incorrect mass linear in the loss: −1.2 + 0.4·(2 − loss), so that it takes back 0.4 of each nat
    loss = np.array([0.5, 2.0, 4.0])
    wrong = np.exp(-1.2 + 0.4 * (2 - loss))
    predicted = law("choice_accuracy").predict({"loss": loss}, {"margin": -2 + 1.2, "slope": 1 - 0.4})
    assert predicted == pytest.approx(np.exp(-loss) / (np.exp(-loss) + wrong))


@pytest.mark.parametrize(("accuracy", "steps"), [(0.9, 6.58), (0.99, 69.0), (0.999, 692.8)])
def test_horizon_without_drift_matches_the_paper(accuracy: float, steps: float) -> None:
    entry = law("horizon")
    (published,) = entry.published.values()
    assert entry.predict({"step_accuracy": accuracy}, published) == pytest.approx(steps, abs=0.05)
    # after H steps, half of the attempts are right: also with drift
    for kappa in (0.7, 1.0, 1.4):
        reached = entry.predict({"step_accuracy": accuracy}, {"kappa": kappa})
        assert accuracy ** (reached**kappa) == pytest.approx(0.5)


@pytest.mark.parametrize(("threshold", "accuracy"), [(0.5, 0.9), (0.8, 0.99), (0.95, 0.999)])
def test_horizon_holds_at_any_threshold(threshold: float, accuracy: float) -> None:
    inputs = {"success_threshold": threshold, "step_accuracy": accuracy}
    steps = math.log(threshold) / math.log(accuracy)
    assert law("horizon").predict(inputs, {"kappa": 1.0}) == pytest.approx(steps, rel=1e-12)
    assert accuracy**steps == pytest.approx(threshold)


def test_observational_is_linear_in_log_odds() -> None:
    entry = law("observational")
    accuracy = entry.predict({"flops": np.array([1e21, 1e22, 1e23])}, {"nu": 0.4, "theta": 0.3})
    assert np.log(accuracy / (1 - accuracy)) == pytest.approx(0.4 + 0.3 * math.log(10) * np.array([-1, 0, 1]))


def test_sloth_is_a_logistic_above_chance() -> None:
    log_s, log_t = math.log(7.0), math.log(2.0)
    skill = 0.3 + 0.4 * log_s + 0.3 * log_t + 0.05 * log_s * log_t
    p = {"gamma": 0.25, "efficiency": 0.3, "b_N": 0.4, "b_D": 0.3, "b_ND": 0.05}
    predicted = law("sloth").predict({"n_params": 7e9, "n_tokens": 2e12}, p)
    assert predicted == pytest.approx(0.25 + 0.75 / (1 + math.exp(-skill)))


def test_ladder_matches_the_printed_sigmoid() -> None:
    a, k, middle, b = 0.6, -4.0, 0.9, 0.25  # acc = a/(1 + exp(-k·(L - L_0))) + b
    predicted = law("ladder").predict({"loss": 0.7}, {"b": b, "a": a / (1 - b), "k": -k, "L_0": middle})
    assert predicted == pytest.approx(a / (1 + math.exp(-k * (0.7 - middle))) + b)


@pytest.mark.parametrize(
    ("name", "inputs", "parameters", "limit"),
    [
        ("downstream_error", {"loss": 600.0}, {"eps": 0.76, "k_3": 0.1, "gamma": 0.9}, 0.76),
        ("downstream_loss", {"n_tokens": 1e250}, {"E": 1.4, "A": 300.0, "alpha": 0.3}, 1.4),
        ("bleu_log", {"n_tokens": 1e9}, {"level": 22.0, "slope": 0.1, "beta": 1.3}, 22.0),
        ("passuntil", {"n_params": 1e250}, {"c": 500.0, "alpha": 0.3}, 1.0),
        ("difficulty_clusters", {"flops": 1e-60}, {"g": 0.25, "a": 1.0, "b": 0.3, "c": 0.2}, 0.25),
        (
            "difficulty_clusters",
            {"flops": 1e250},
            {"g": 0.25, "a": 1.0, "b": 0.3, "c": 0.2},
            0.25 + 0.75 * math.exp(-0.2),
        ),
        ("choice_accuracy", {"loss": 2.0}, {"margin": 0.0, "slope": 0.8}, 0.5),
        (
            "sloth",
            {"n_params": 1e9, "n_tokens": 1e12},
            {"gamma": 0.2, "efficiency": 0.0, "b_N": 1.0, "b_D": 1.0, "b_ND": 0.1},
            0.6,
        ),
        ("ladder", {"loss": 1e3}, {"b": 0.25, "a": 0.8, "k": 3.0, "L_0": 1.0}, 0.25),
        ("ladder", {"loss": 1.0}, {"b": 0.25, "a": 0.8, "k": 3.0, "L_0": 1.0}, 0.25 + 0.75 * 0.4),
    ],
)
def test_limits(name: str, inputs: dict[str, float], parameters: dict[str, float], limit: float) -> None:
    assert law(name).predict(inputs, parameters) == pytest.approx(limit, rel=1e-9)
