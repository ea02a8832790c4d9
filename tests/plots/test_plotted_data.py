"""Paths and axes of the data in figures."""

import numpy as np
import pandas as pd
import pytest

from bayescale.plots.plotted_data import axis_name, continuation, path


def test_a_path_needs_inputs_that_never_decrease() -> None:
    points = pd.DataFrame({"n_params": [1e8, 1e9], "n_tokens": [1e10, 1e11], "family": "a"})
    points = points.assign(x=6 * points["n_params"] * points["n_tokens"])
    line = path(points, ["n_params", "n_tokens"])
    assert line is not None
    assert np.allclose(line["n_tokens"] / line["n_params"], 100)
    assert line["x"].is_monotonic_increasing
    zigzag = points.assign(n_tokens=[1e12, 1e11])
    assert path(zigzag.assign(x=6 * zigzag["n_params"] * zigzag["n_tokens"]), ["n_params", "n_tokens"]) is None
    assert path(points.head(1), ["n_params", "n_tokens"]) is None


def test_continuation_starts_at_the_largest_run() -> None:
    rows = pd.DataFrame({"flops": [1e18, 1e20], "family": "a", "x": [1e18, 1e20]})
    targets = pd.DataFrame({"flops": [1e19, 1e22], "family": "a", "x": [1e19, 1e22]})
    line = continuation(rows, targets, ["flops"])
    assert line["x"].iloc[0] == pytest.approx(1e20)
    assert line["x"].iloc[-1] == pytest.approx(1e22)
    assert not len(continuation(rows, targets.head(1), ["flops"]))


def test_axis_is_compute_where_size_and_tokens_are_inputs() -> None:
    assert axis_name(["n_params", "n_tokens"]) == "flops"
    assert axis_name(["n_tokens"]) == "n_tokens"
