"""Laws of inference: their limits and printed formula."""

import math

import pytest

from bayescale.scaling_laws.registry import law


def test_action_error_is_a_power_of_samples() -> None:
    predicted = law("sample_power").predict({"samples": 32}, {"a": 0.3, "b": 0.15})
    assert math.log(predicted) == pytest.approx(math.log(0.3) - 0.15 * math.log(32))


@pytest.mark.parametrize(
    ("name", "inputs", "parameters", "limit"),
    [
        ("speculative_decoding", {"n_tokens": 1e11}, {"a": 2.5, "b": 0.3}, 3.1),
        ("sample_power", {"samples": 1.0}, {"a": 0.3, "b": 0.15}, 0.3),
    ],
)
def test_limits(name: str, inputs: dict[str, float], parameters: dict[str, float], limit: float) -> None:
    assert law(name).predict(inputs, parameters) == pytest.approx(limit, rel=1e-9)
