"""Laws of pruned and mixed data: their limits."""

import pytest

from bayescale.scaling_laws.registry import law


@pytest.mark.parametrize(
    ("name", "inputs", "parameters", "limit"),
    [
        ("data_pruning", {"examples": 1e250}, {"a": 0.5, "g": 1.0, "kappa": 0.3, "e_inf": 0.02}, 0.02),
        ("data_pruning", {"examples": 1e-60}, {"a": 0.5, "g": 1.0, "kappa": 0.3, "e_inf": 0.02}, 0.52),
        ("projection", {"n_tokens": 1e250, "ot_distance": 2.0}, {"E": 1.5, "A": 300.0, "alpha": 0.3, "k": 0.2}, 1.9),
    ],
)
def test_limits(name: str, inputs: dict[str, float], parameters: dict[str, float], limit: float) -> None:
    assert law(name).predict(inputs, parameters) == pytest.approx(limit, rel=1e-9)
