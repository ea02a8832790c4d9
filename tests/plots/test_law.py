"""Figures of a law show every family, run and target."""

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import bayescale as bs
from bayescale.core.serialization import MARK
from bayescale.errors import InputError
from bayescale.plots import law as plots
from bayescale.plots.plotted_data import measured
from bayescale.scaling.predict.forecast import NEW_FAMILY, Forecast
from bayescale.scaling.result import Fit
from tests.report.conftest import HOSTILE, MATHEMATICAL, TARGETS
from tests.simulation import hostile_runs


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
        points = [line.get_xydata() for line in axes.lines if str(line.get_gid()).startswith("points-")]
        drawn = np.concatenate([np.asarray(part) for part in points])
        np.testing.assert_allclose(drawn[np.argsort(drawn[:, 1])], own.sort_values("value")[["x", "value"]])


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


def test_settings_of_matplotlib_stay(fitted: Fit, forecast: Forecast) -> None:
    before = dict(matplotlib.rcParams)
    plots.plot_forecast(fitted, forecast)
    assert dict(matplotlib.rcParams) == before


def test_the_fixture_is_hostile() -> None:
    assert {one["family"] for one in TARGETS} == {HOSTILE, MATHEMATICAL, None}


def test_a_preview_is_marked_as_one() -> None:
    preview = bs.preview(hostile_runs(), "chinchilla", discrepancy=False, random_seed=1)
    figure = plots.plot_preview(preview, [2.0, np.nan])
    title = figure.get_suptitle()
    assert MARK in title
    assert f"{preview.pareto_k:.2g}" in title
    assert len(panels(figure)) == 2
    assert all("training ends" in [words.get_text() for words in axes.texts] for axes in panels(figure))
    with pytest.raises(InputError, match="1 values for 2 targets"):
        plots.plot_preview(preview, [2.0])
