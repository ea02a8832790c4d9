"""Laws of time series and robot policies: their limits."""

import pytest

from bayescale.scaling_laws.registry import law


def test_time_series_is_a_power_of_size() -> None:
    predicted = law("time_series").predict({"n_params": 1e8}, {"x_c": 3e6, "alpha": 0.06})
    assert predicted == pytest.approx((3e6 / 1e8) ** 0.06)


@pytest.mark.parametrize(
    ("name", "inputs", "parameters", "limit"),
    [
        ("time_series", {"n_params": 1e7}, {"x_c": 1e7, "alpha": 0.06}, 1.0),
        ("imitation", {"environments": 16.0}, {"beta": 0.8, "alpha": 0.5}, 0.2),
    ],
)
def test_limits(name: str, inputs: dict[str, float], parameters: dict[str, float], limit: float) -> None:
    assert law(name).predict(inputs, parameters) == pytest.approx(limit, rel=1e-9)
