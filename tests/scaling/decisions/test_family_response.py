"""Test averages of families against forecasts, and what may be held fixed."""

import numpy as np
import pandas as pd
import pytest

from bayescale.errors import InputError, LawError
from bayescale.scaling.decisions.compute_cost import PAIR
from bayescale.scaling.decisions.family_response import Held, average, distance, family_label, hold
from bayescale.scaling.result import Fit


def test_average_and_distance_are_those_of_a_forecast(joint_fit: Fit) -> None:
    inputs = {"n_params": np.array([1e9, 1e10]), "n_tokens": np.array([2e10, 2e11])}
    for family in ("a", None):
        points = Held(family, {}).points(inputs)
        forecast = joint_fit.forecast(points)
        np.testing.assert_allclose(average(joint_fit, points), forecast.dataset["law"], rtol=1e-9)
        np.testing.assert_array_equal(distance(joint_fit, points), forecast.table["extrapolation"])


def test_hold_checks_the_family_and_the_inputs(plain_fit: Fit) -> None:
    held = hold(plain_fit, "b", None, PAIR)
    assert held == Held("b", {})
    assert family_label(plain_fit, held) == "b"
    assert hold(plain_fit, None, None, PAIR).family is None  # two families: a new one
    assert hold(plain_fit, "a", {"n_tokens": 1e10}, {"n_params": 1e8}).at == {"n_tokens": 1e10}
    with pytest.raises(LawError, match="takes n_tokens"):
        hold(plain_fit, "a", None, {"n_params": 1e8})
    with pytest.raises(InputError, match="'lr' is not an input that can be held fixed"):
        hold(plain_fit, "a", {"lr": 1e-3}, PAIR)
    with pytest.raises(InputError, match="Did you mean 'a'"):
        hold(plain_fit, "aa", None, PAIR)


def test_points_have_every_input_and_the_family() -> None:
    points = Held("a", {"lr": 0.1}).points({"n_params": np.array([1.0, 2.0])})
    expected = pd.DataFrame({"n_params": [1.0, 2.0], "lr": 0.1, "family": pd.Series(["a", "a"], dtype=object)})
    pd.testing.assert_frame_equal(points, expected)
