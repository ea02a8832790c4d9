"""Figures: what they show, that they cope with any name, and that they leave matplotlib as it was."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayescale.errors import InputError
from bayescale.plots import law as plots
from bayescale.plots import residuals
from bayescale.plots.parameters import plot_parameters
from bayescale.plots.plotted_data import axis_name, continuation, measured, path
from bayescale.scaling.predict.forecast import NEW_FAMILY, Forecast
from bayescale.scaling.result import Fit
from tests.report.conftest import HOSTILE, MATHEMATICAL, TARGETS


def panels(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_visible()]


def test_fit_has_a_panel_per_family(fitted: Fit) -> None:
    drawn = panels(plots.plot_fit(fitted))
    assert len(drawn) == 2
    assert all(axes.get_xscale() == "log" and axes.get_yscale() == "log" for axes in drawn)
    assert drawn[0].get_ylabel() == "loss (nats per token)"
    assert drawn[0].get_xlabel() == "training compute (FLOP)"


def test_fit_draws_every_training_run(fitted: Fit) -> None:
    rows = measured(fitted)
    for family, axes in zip(dict.fromkeys(rows["family"]), panels(plots.plot_fit(fitted)), strict=True):
        own = rows[rows["family"] == family]
        points = [line.get_xydata() for line in axes.lines]
        assert any(p.shape == (len(own), 2) and np.allclose(p, own[["x", "value"]]) for p in map(np.asarray, points))


def test_forecast_marks_the_edge_and_unseen_families(fitted: Fit, forecast: Forecast) -> None:
    drawn = panels(plots.plot_forecast(fitted, forecast))
    titles = [axes.get_title(loc="left") for axes in drawn]
    assert len(drawn) == 3
    assert titles[2] == NEW_FAMILY
    edges = [[words.get_text() for words in axes.texts] for axes in drawn]
    assert edges == [["training ends"], ["training ends"], []]


def test_forecast_fills_the_marks_of_what_fell_outside(fitted: Fit, forecast: Forecast) -> None:
    inside = float(forecast.table["run_median"].iloc[0])
    drawn = panels(plots.plot_forecast(fitted, forecast, [inside, 100.0, np.nan]))
    marks = [[line for line in axes.lines if line.get_marker() == "D"] for axes in drawn]
    counts = [[int(np.isfinite(np.asarray(line.get_ydata())).sum()) for line in lines] for lines in marks]
    assert counts == [[1, 0], [0, 1], [0, 0]]


def test_forecast_asks_for_one_actual_per_target(fitted: Fit, forecast: Forecast) -> None:
    with pytest.raises(InputError, match="2 values for 3 targets"):
        plots.plot_forecast(fitted, forecast, [1.0, 2.0])


def test_residuals_name_runs_outside_their_interval(fitted: Fit) -> None:
    figure = residuals.plot_residuals(fitted, prob=0.1)
    assert figure.axes[0].get_ylabel() == "deviation of measured loss from law (%)"
    assert 1 <= len(figure.axes[0].texts) <= residuals.MOST_NAMED


def test_parameters_show_each_exponent(fitted: Fit) -> None:
    drawn = panels(plot_parameters(fitted))
    assert [axes.get_title(loc="left") for axes in drawn] == [r"$\alpha$ · exponent", r"$\beta$ · exponent"]


def test_settings_of_matplotlib_stay(fitted: Fit, forecast: Forecast) -> None:
    before = dict(matplotlib.rcParams)
    plots.plot_forecast(fitted, forecast)
    assert dict(matplotlib.rcParams) == before


def test_path_only_where_no_input_falls() -> None:
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


def test_the_fixture_is_as_hostile_as_it_says() -> None:
    assert {one["family"] for one in TARGETS} == {HOSTILE, MATHEMATICAL, None}
