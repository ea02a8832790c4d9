"""Laws of reinforcement learning and preference models: slopes and limits."""

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law


def test_rl_power_is_linear_in_logarithms_with_a_slope_that_grows_with_size() -> None:
    p = {"a": 0.5, "N_1": 4e9, "K_max": 0.2, "N_0": 7e9}
    entry = law("rl_power")
    for n in (1e9, 7e9, 7e10):
        log_error = np.log10(entry.predict({"n_params": n, "flops": np.array([1e19, 1e20, 1e21])}, p))
        assert np.diff(log_error) == pytest.approx(-0.2 / (1 + 7e9 / n))
        assert log_error[1] == pytest.approx(-0.5 / (1 + 4e9 / n))


@pytest.mark.parametrize(
    ("name", "inputs", "parameters", "limit"),
    [
        ("rl_sigmoid", {"initial_pass_rate": 0.2, "gpu_hours": 1e60}, {"A": 0.6, "B": 0.9, "C_mid": 4e3}, 0.6),
        ("rl_sigmoid", {"initial_pass_rate": 0.2, "gpu_hours": 1e-60}, {"A": 0.6, "B": 0.9, "C_mid": 4e3}, 0.2),
        ("rl_sigmoid", {"initial_pass_rate": 0.2, "gpu_hours": 4e3}, {"A": 0.6, "B": 0.9, "C_mid": 4e3}, 0.4),
        ("preference", {"examples": 1e250}, {"e_inf": 0.3, "beta": 2.0, "c": 0.3}, 0.3),
    ],
)
def test_limits(name: str, inputs: dict[str, float], parameters: dict[str, float], limit: float) -> None:
    assert law(name).predict(inputs, parameters) == pytest.approx(limit, rel=1e-9)
