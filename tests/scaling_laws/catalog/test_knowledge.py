"""Laws of stored knowledge, capability density and distillation against printed values."""

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.helpers import first
from tests.scaling_laws.catalog.published_fine_tuning import distilled


def test_density_doubles_in_95_days() -> None:
    entry = law("densing")
    (slope,) = entry.published.values()
    at = entry.predict({"days": np.array([100.0, 195.0])}, {**slope, "B": 0.3})
    assert at[1] / at[0] == pytest.approx(2.0, abs=0.002)


def test_effective_size_is_a_logistic_of_a_power_of_size() -> None:
    gamma, least, middle, a = 3.0, 1.2, 1.9, 0.5  # S = c/(1 + exp(-gamma·(l - L))) + d, L = least + a·(N/1e8)^-alpha
    inputs = {"n_params": np.array([1e7, 1e8, 1e10])}
    loss = least + a * (inputs["n_params"] / 1e8) ** -0.3
    printed = 0.8 / (1 + np.exp(-gamma * (middle - loss))) + 0.2
    p = {"d": 0.2, "u": gamma * (middle - least), "v": gamma * a, "alpha": 0.3}
    assert law("effective_size").predict(inputs, p) == pytest.approx(printed)


def test_knowledge_capacity_is_two_bits_a_parameter_up_to_the_data() -> None:
    entry = law("knowledge_capacity")
    (capacity,) = entry.published.values()
    small, large = {"n_params": 1e6, "data_bits": 1e10}, {"n_params": 1e11, "data_bits": 1e10}
    for k in (2.0, 4.0, 60.0):
        assert entry.predict(small, {**capacity, "k": k}) == pytest.approx(2e6, rel=1e-6)
        assert entry.predict(large, {**capacity, "k": k}) == pytest.approx(1e10, rel=1.5e-3)
    even = {"n_params": 5e9, "data_bits": 1e10}
    assert entry.predict(even, {**capacity, "k": 4.0}) == pytest.approx(1e10 * 2**-0.25)
    assert entry.predict(even, {**capacity, "k": 400.0}) == pytest.approx(1e10, rel=2e-3)


@pytest.mark.parametrize(
    ("name", "inputs", "parameters", "limit"),
    [
        ("effective_size", {"n_params": 1e250}, {"d": 0.2, "u": 0.0, "v": 2.0, "alpha": 0.3}, 0.6),
        ("effective_size", {"n_params": 1e-60}, {"d": 0.2, "u": 0.0, "v": 2.0, "alpha": 0.3}, 0.2),
    ],
)
def test_limits(name: str, inputs: dict[str, float], parameters: dict[str, float], limit: float) -> None:
    assert law(name).predict(inputs, parameters) == pytest.approx(limit, rel=1e-9)


TEACHERS = np.linspace(1.3, 3.0, 3401)


def supervised(n: float, d: float) -> float:
    """Busbridge et al., equation 1 with table 6: the loss without a teacher."""
    return float(1.220 + (3355 / n**0.408 + 18186 / d**0.431) ** 0.452)


def test_distillation_matches_the_printed_equation_over_its_range() -> None:
    for teacher, n, d in ((1.8, 1.98e8, 4e9), (2.0, 1e9, 2e10), (2.4, 7.75e9, 5.12e11), (2.9, 1e10, 1e12)):
        inputs = {"teacher_loss": teacher, "n_params": n, "n_tokens": d}
        assert law("distillation").predict(inputs, first("distillation")) == pytest.approx(distilled(teacher, n, d))


@pytest.mark.parametrize("n", [1e8, 1e9, 1e10, 1e11])
def test_distillation_from_the_best_teacher_matches_supervised_learning_on_infinite_data(n: float) -> None:
    # section E.6 and figure 40: the least loss over teachers is the lower bound of supervised learning
    inputs = {"teacher_loss": TEACHERS, "n_params": n, "n_tokens": 1e30}
    best = law("distillation").predict(inputs, first("distillation")).min()
    assert best == pytest.approx(supervised(n, 1e30), rel=0.01)


def test_distillation_has_the_limits_that_its_authors_require() -> None:
    entry, values = law("distillation"), first("distillation")
    # section 4.3: an infinitely capable student, or one of a random teacher, is as good as the teacher
    capable = entry.predict({"teacher_loss": np.array([1.7, 2.5]), "n_params": 1e40, "n_tokens": 1e40}, values)
    assert capable == pytest.approx([1.7, 2.5], abs=1e-3)
    assert entry.predict({"teacher_loss": 20.0, "n_params": 1e9, "n_tokens": 1e10}, values) == pytest.approx(20.0)
    # and the capacity gap: the best teacher is neither the best nor the worst one
    losses = entry.predict({"teacher_loss": TEACHERS, "n_params": 1e9, "n_tokens": 2e10}, values)
    assert 0 < np.argmin(losses) < len(TEACHERS) - 1
    # figure 6: with few tokens a good teacher beats supervised learning, with many it does not
    few, many = (
        entry.predict({"teacher_loss": 2.0, "n_params": 1e9, "n_tokens": d}, values) - supervised(1e9, d)
        for d in (4e9, 1e13)
    )
    assert few < -0.05 < many


def test_half_of_the_gap_is_left_at_the_ratio_h() -> None:
    values = {**first("distillation"), "d_0": 0.5, "c_0": 0.0, "m": 3.0}
    alone = supervised(1e9, 1e10)
    ratio = values["h"] * np.array([1e-9, 1.0])
    losses = law("distillation").predict({"teacher_loss": ratio * alone, "n_params": 1e9, "n_tokens": 1e10}, values)
    assert losses - ratio * alone == pytest.approx([0.5, 0.25])
