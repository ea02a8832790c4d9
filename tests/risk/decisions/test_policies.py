"""The choice of policies by problem."""

import numpy as np
import pytest

from bayescale.risk.decisions.policies import inference_multiplier
from bayescale.risk.result import Risk


def test_equal_policies_have_no_gain(equal_options: tuple[np.ndarray, Risk]) -> None:
    table = equal_options[1].choose({"0.2": 4, "1.0": 4}, rule="problem").gain.set_index(["choice", "measured"])
    assert table.loc[("observed", "same attempts"), "gain"] > 0.01  # what choosing by the same attempts makes up
    honest = table.loc[("problem", "held-out attempts")]
    assert honest["lower"] < 0.005
    assert abs(honest["gain"]) < 0.03


def test_inference_multiplier_is_the_published_factor() -> None:
    """M + 3 (M - 1) / R at the paper's M = 14 and R = .16, .79, 22, and from the FLOPs themselves."""
    assert inference_multiplier(14, [0.16, 0.79, 22]) == pytest.approx([257.75, 63.367, 15.773], rel=1e-4)
    n, trained, run, size = 1e9, 1e12, 3e11, 14
    flops = size * n * (6 * trained + 2 * run)
    assert inference_multiplier(size, run / trained) == pytest.approx((flops - 6 * n * trained) / (2 * n * run))
