"""The figure of a forecast log has a panel per target and the coverage so far."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import binom

import bayescale as bs
from bayescale.errors import InputError
from bayescale.maintenance.store.forecast_log import empty
from bayescale.plots import style
from bayescale.plots.forecast_log import MOST_TARGETS, running_coverage
from tests.plots.forecast_logs import made_ledger


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


def test_running_coverage_counts_a_run_once() -> None:
    ledger = made_ledger([0.5, 0.99, 0.04, 0.96, 0.5])
    found = running_coverage(ledger, 0.9)
    assert found["inside"].tolist() == [True, False, False, False, True]
    assert found["covered"].tolist() == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 2 / 5])
    assert found["lower"].iloc[-1] == binom.ppf(0.025, 5, 0.9) / 5
    assert found["covered"].iloc[-1] < found["lower"].iloc[-1]  # three misses in five are no chance
    assert running_coverage(ledger, 0.95)["inside"].tolist() == [True, False, True, True, True]


def test_a_log_without_measurements() -> None:
    running = bs.plot_ledger(made_ledger([], awaited=2)).axes[-1]
    assert [words.get_text() for words in running.texts] == ["no run is measured yet"]


def test_the_number_of_targets_is_limited() -> None:
    assert len(bs.plot_ledger(made_ledger([0.5] * 12, awaited=3)).axes) == MOST_TARGETS + 1


def test_a_log_without_forecasts_is_an_error() -> None:
    with pytest.raises(InputError, match="the log has no forecast"):
        bs.plot_ledger(empty())
    with pytest.raises(InputError, match=r"at most 0\.98"):
        bs.plot_ledger(made_ledger([0.5]), prob=0.99)
