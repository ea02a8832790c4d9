"""Laws of stored knowledge and capability density against printed values."""

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law


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
