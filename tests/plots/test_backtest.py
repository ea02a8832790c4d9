"""Figures of what became known: backtests and the ledger, their nominal lines and what chance leaves."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import binom

import bayescale as bs
from bayescale.errors import InputError
from bayescale.maintenance.store.forecast_log import empty
from bayescale.plots import style
from bayescale.plots.forecast_log import MOST_TARGETS, running_coverage
from bayescale.scaling.evaluation.backtest import Backtest
from tests.plots.forecast_logs import made_ledger


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


def test_backtest_leaves_out_what_was_seen_before(tested: Backtest) -> None:
    points = tested.points.assign(continues=tested.points["run"] != "run-0")
    alone = Backtest(tested.table, points, (), 0.9)
    first = points[points["run"] == "run-0"]["error"].abs()
    drawn = np.concatenate([np.asarray(line.get_ydata()) for line in bs.plot_backtest(alone).axes[0].lines])
    assert drawn == pytest.approx(first.to_numpy())


def test_ledger_has_a_panel_a_target_and_one_for_coverage(figures: dict[str, Figure]) -> None:
    *targets, running = figures["ledger"].axes
    assert len(targets) == 4
    marks = [[line for line in axes.lines if line.get_marker() == "D"] for axes in targets]
    assert [len(one) for one in marks] == [1, 1, 1, 0]  # the last one is still awaited
    assert [one[0].get_markerfacecolor() for one in marks[:3]] == [style.PAPER, style.INK, style.PAPER]
    assert targets[0].get_ylabel() == "loss (nats per token)"
    assert targets[-1].get_xlabel() == "version"
    share = next(line for line in running.lines if len(np.asarray(line.get_xdata())) == 3)
    assert np.asarray(share.get_ydata()) == pytest.approx([1, 1 / 2, 2 / 3])


def test_running_coverage_counts_a_run_once_and_knows_chance() -> None:
    ledger = made_ledger([0.5, 0.99, 0.04, 0.96, 0.5])
    found = running_coverage(ledger, 0.9)
    assert found["inside"].tolist() == [True, False, False, False, True]
    assert found["covered"].tolist() == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 2 / 5])
    assert found["lower"].iloc[-1] == binom.ppf(0.025, 5, 0.9) / 5
    assert found["covered"].iloc[-1] < found["lower"].iloc[-1]  # three misses in five are no chance
    assert running_coverage(ledger, 0.95)["inside"].tolist() == [True, False, True, True, True]


def test_ledger_before_anything_landed() -> None:
    running = bs.plot_ledger(made_ledger([], awaited=2)).axes[-1]
    assert [words.get_text() for words in running.texts] == ["no run is measured yet"]


def test_ledger_draws_no_more_targets_than_can_be_read() -> None:
    assert len(bs.plot_ledger(made_ledger([0.5] * 12, awaited=3)).axes) == MOST_TARGETS + 1


def test_ledger_refuses_what_it_does_not_hold() -> None:
    with pytest.raises(InputError, match="the log has no forecast"):
        bs.plot_ledger(empty())
    with pytest.raises(InputError, match=r"at most 0\.98"):
        bs.plot_ledger(made_ledger([0.5]), prob=0.99)
