"""Figures of a risk posterior show its curves, measured shares and mixing laws."""

from typing import Any

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.plots import wording
from bayescale.plots.risk import plot_asr, plot_laws
from bayescale.risk.fit import fit_risk
from bayescale.risk.mixing import MIXINGS
from bayescale.risk.result import Risk
from tests.golden import golden_risk
from tests.report.conftest import HOSTILE, MATHEMATICAL
from tests.report.risk.conftest import BUDGETS, fitted_to, judged, risk, stopped_at_success

__all__ = ["judged", "risk"]  # fixtures


def circles(risk: Risk) -> list[Any]:
    return [line for line in plot_asr(risk).axes[0].get_lines() if line.get_marker() == "o"]


def test_circles_are_observed_shares_where_sampling_stopped() -> None:
    table = stopped_at_success()
    (drawn,) = circles(fitted_to(table))
    for attempts, share in zip(*drawn.get_data(), strict=True):
        within = (table["attempts"] <= attempts) & (table["successes"] > 0)
        assert share == pytest.approx(float(within.mean()))
    (end,) = circles(fit_risk(table, design="adaptive", mixing="beta", random_seed=1))
    assert np.asarray(end.get_xdata()).tolist() == [500]  # where all ended, no order is needed


def test_the_curve_ends_at_the_budgets_and_shows_what_was_measured(risk: Risk) -> None:
    figure = plot_asr(risk, BUDGETS)
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in panels] == [HOSTILE, wording.plain(MATHEMATICAL)]
    assert all(axes.get_xscale() == "log" for axes in panels)
    assert panels[0].get_xlabel() == "attempts per prompt"
    problems = risk.problems
    in_group = problems.group == 0
    points = next(line for line in panels[0].get_lines() if line.get_marker() == "o")
    assert np.asarray(points.get_xdata())[-1] == 100
    assert np.asarray(points.get_ydata())[-1] == pytest.approx((problems.successes[in_group] > 0).mean())
    curve = np.asarray(panels[0].get_lines()[0].get_xydata())
    assert curve[-1, 0] == 10_000
    assert curve[-1, 1] == pytest.approx(risk.at([10_000]).table["these_median"].iloc[0], abs=0.01)


def test_the_curve_of_a_judge_that_errs_begins_at_one_attempt(judged: tuple[Risk, Risk]) -> None:
    axes = plot_asr(judged[0], [1_000]).axes[0]
    assert np.asarray(axes.get_lines()[0].get_xdata())[0] == 1
    assert axes.get_xlim()[0] < 1


def test_curves_end_at_100_times_the_attempts_by_default(risk: Risk) -> None:
    line = plot_asr(risk).axes[0].get_lines()[0]
    assert np.asarray(line.get_xdata())[-1] == 10_000


def test_laws_are_drawn_by_weight() -> None:
    risk = golden_risk("two_laws")
    axes = plot_laws(risk, 10_000).axes[0]
    laws = risk.sensitivity(10_000).sort_values("weight", ascending=False)
    assert [label.get_text() for label in axes.get_yticklabels()] == [MIXINGS[name].title for name in laws["law"]]
    discs = [line for line in axes.get_lines() if line.get_marker() == "o"]
    sizes = {float(np.asarray(disc.get_ydata())[0]): disc.get_markersize() for disc in discs}
    assert sizes[1.0] > sizes[0.0]


def test_wrong_budgets_are_refused_by_figures(risk: Risk) -> None:
    with pytest.raises(InputError):
        plot_asr(risk, [0])
    with pytest.raises(InputError):
        plot_asr(risk, [10], prob=2.0)
