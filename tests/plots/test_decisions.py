"""Figures of comparisons, crossings and the next run."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

import bayescale as bs
from bayescale.plots.decisions import MOST_ROWS
from bayescale.scaling.result import Fit
from tests.plots.conftest import PAIR
from tests.report.conftest import HOSTILE, MATHEMATICAL
from tests.scaling.decisions.decision_cases import fewer, settled


def bands(axes: Axes) -> list[PolyCollection]:
    return [one for one in axes.collections if isinstance(one, PolyCollection)]


def holds(band: PolyCollection, x: float, y: float) -> bool:
    """Whether a point lies between the edges of a band."""
    corners = np.asarray(band.get_paths()[0].vertices)
    at = corners[np.isclose(corners[:, 0], x, rtol=1e-9), 1]
    return bool(at.min() <= y <= at.max())


def test_compare_has_a_row_a_pair(fitted: Fit, figures: dict[str, Figure]) -> None:
    axes = figures["compare"].axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[0].startswith(f"{HOSTILE}, N 1B, D 20B\n−")
    assert labels[1].startswith("(new family), ")
    assert axes.get_xlabel() == "difference a − b of loss (nats per token)"
    table = fitted.compare([{**PAIR, "family": one} for one in (HOSTILE, None)], {**PAIR, "family": MATHEMATICAL}).table
    said = [words.get_text() for words in axes.texts]
    assert said[0] == f"{100 * table['law_below'][0]:.1f} ± {100 * table['law_below_mcse'][0]:.1f} %"
    assert len(said) == 4
    many = fitted.compare([{**PAIR, "family": HOSTILE}] * 40, {**PAIR, "family": MATHEMATICAL})
    assert len(bs.plot_compare(many).axes[0].get_yticklabels()) == MOST_ROWS


def test_crossover_marks_a_crossing_where_there_is_one(fitted: Fit) -> None:
    """Families that differ in floor one way and in amplitude the other cross, everywhere at the same scale."""
    one = {"E": 1.5, "A": 600.0, "alpha": 0.3, "B": 600.0, "beta": 0.3}
    fit = settled(fewer(fitted, 40), {HOSTILE: one, MATHEMATICAL: {**one, "E": 1.7, "A": 400.0, "B": 400.0}})
    found = fit.crossover(HOSTILE, MATHEMATICAL, low=1e18, high=1e25)
    assert found.table["none"][0] == 0
    figure = bs.plot_crossover(found)
    above, below = (axes for axes in figure.axes)
    (mark,) = [line for line in above.lines if line.get_marker() == "D"]
    assert float(mark.get_xdata()[0]) == pytest.approx(found.table["crossing_median"][0])  # type: ignore[index]
    assert below.get_xscale() == "log"
    assert below.get_xlabel() == "training compute (FLOP)"
    assert "loss (nats per token)" in above.get_ylabel()
    assert figure.legends[0].get_texts()[-1].get_text() == "no crossing within the range: 0 %"


def test_crossover_without_a_crossing_marks_none(fitted: Fit) -> None:
    one = {"E": 1.5, "A": 400.0, "alpha": 0.3, "B": 400.0, "beta": 0.3}
    fit = settled(fewer(fitted, 40), {HOSTILE: one, MATHEMATICAL: {**one, "E": 1.7}})
    figure = bs.plot_crossover(fit.crossover(HOSTILE, MATHEMATICAL, low=1e18, high=1e22))
    assert not [line for line in figure.axes[0].lines if line.get_marker() == "D"]
    assert figure.legends[0].get_texts()[-1].get_text() == "no crossing within the range: 100 %"


def test_next_run_goes_by_rank(fitted: Fit, figures: dict[str, Figure]) -> None:
    left, right = figures["next_run"].axes
    labels = [label.get_text() for label in left.get_yticklabels()]
    assert [label.partition(".")[0] for label in labels] == ["1", "2"]
    assert all(HOSTILE in label for label in labels)
    assert left.get_xlabel() == "expected reduction of the interval (% of its width)"
    assert right.get_xlabel() == "% per 1e21 FLOP"


def test_next_run_names_another_cost(fitted: Fit) -> None:
    candidates = [{**PAIR, "n_params": 8e9, "n_tokens": 1.6e11, "family": HOSTILE, "euro_$": 3.0}]
    target = {"family": HOSTILE, "n_params": 2e10, "n_tokens": 4e11}
    figure = bs.plot_next_run(fitted.plan(candidates, target, cost="euro_$"))
    assert figure.axes[1].get_xlabel() == r"% per euro_\$"
