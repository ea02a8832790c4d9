"""The figure of a backtest tells calibrated laws from others."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import bayescale as bs
from bayescale.scaling.evaluation.backtest import Backtest


def test_backtest_shows_error_and_coverage_by_distance(tested: Backtest, figures: dict[str, Figure]) -> None:
    error, coverage, pit = figures["backtest"].axes
    assert error.get_xscale() == coverage.get_xscale() == "log"
    assert {axes.get_xlabel() for axes in (error, coverage)} == {"times beyond the training data"}
    by_law = tested.points.assign(size=tested.points["error"].abs()).groupby(["law", "cut"], sort=False)["size"].mean()
    drawn = np.concatenate([np.asarray(line.get_ydata()) for line in error.lines])
    assert drawn == pytest.approx(by_law.to_numpy())
    nominal = {float(np.asarray(line.get_ydata())[0]) for line in coverage.lines if line.get_linestyle() == "--"}
    assert nominal == {0.5, 0.9}
    assert pit.get_xlabel() == "probability of a smaller value (%)"


def test_backtest_tells_calibrated_laws_from_others(tested: Backtest, figures: dict[str, Figure]) -> None:
    pit = figures["backtest"].axes[2]
    band = next(patch for patch in pit.patches if hasattr(patch, "get_height"))
    low, high = band.get_y(), band.get_y() + band.get_height()
    good, poor = (np.asarray(stairs.get_data().values) for stairs in pit.patches if hasattr(stairs, "get_data"))
    assert ((good >= low) & (good <= high)).all()
    assert poor[0] > high
    assert poor[1:-1].max() < low
    assert good.mean() == poor.mean() == pytest.approx(1)


def test_backtest_leaves_out_runs_seen_before(tested: Backtest) -> None:
    points = tested.points.assign(continues=tested.points["run"] != "run-0")
    alone = Backtest(tested.table, points, (), 0.9)
    first = points[points["run"] == "run-0"]["error"].abs()
    drawn = np.concatenate([np.asarray(line.get_ydata()) for line in bs.plot_backtest(alone).axes[0].lines])
    assert drawn == pytest.approx(first.to_numpy())
