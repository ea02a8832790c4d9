"""Figures of compute allocation have a curve and an optimum per budget."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

import bayescale as bs
from bayescale.scaling.result import Fit
from tests.plots.conftest import BUDGETS
from tests.report.conftest import HOSTILE


def bands(axes: Axes) -> list[PolyCollection]:
    return [one for one in axes.collections if isinstance(one, PolyCollection)]


def holds(band: PolyCollection, x: float, y: float) -> bool:
    """Whether a point lies between the edges of a band."""
    corners = np.asarray(band.get_paths()[0].vertices)
    at = corners[np.isclose(corners[:, 0], x, rtol=1e-9), 1]
    return bool(at.min() <= y <= at.max())


def test_isoflop_has_a_curve_and_an_optimum_for_each_budget(fitted: Fit, figures: dict[str, Figure]) -> None:
    axes = figures["isoflop"].axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_xlabel() == "parameters"
    assert axes.get_ylabel() == "loss (nats per token)"
    best = fitted.isoflop(BUDGETS, family=HOSTILE).optimum
    assert len(bands(axes)) == len(BUDGETS)
    marks = [line.get_xydata()[0] for line in axes.lines if line.get_marker() == "o"]  # type: ignore[index]
    np.testing.assert_allclose(marks, best[["n_params_median", "loss_median"]].to_numpy())
    bars = [one.get_segments()[0][:, 0] for one in axes.collections if hasattr(one, "get_segments")]
    np.testing.assert_allclose(bars, best[["n_params_lower", "n_params_upper"]].to_numpy())
    legend = [words.get_text() for words in figures["isoflop"].legends[0].get_texts()]
    assert legend[:3] == ["1e20 FLOP (6·N·D)", "1e21 FLOP (6·N·D)", "1e22 FLOP (6·N·D)"]


def test_bands_of_isoflop_hold_their_medians(fitted: Fit, figures: dict[str, Figure]) -> None:
    table = fitted.isoflop(BUDGETS, family=HOSTILE).table
    for band, budget in zip(bands(figures["isoflop"].axes[0]), BUDGETS, strict=True):
        own = table[table["flops"] == budget]
        assert all(holds(band, *point) for point in own[["n_params", "loss_median"]].itertuples(index=False))


def test_allocation_goes_up_with_compute(figures: dict[str, Figure], fitted: Fit) -> None:
    shown = figures["allocation"].axes
    assert [axes.get_ylabel() for axes in shown] == ["parameters", "training tokens", "tokens per parameter"]
    assert all((axes.get_xscale(), axes.get_yscale()) == ("log", "log") for axes in shown)
    assert {axes.get_xlabel() for axes in shown} == {"training compute (FLOP)"}
    table = fitted.allocate(BUDGETS, family=HOSTILE).table
    for axes, name in zip(shown, ("n_params", "n_tokens", "tokens_per_param"), strict=True):
        (band,) = bands(axes)
        assert all(holds(band, *point) for point in table[["flops", f"{name}_median"]].itertuples(index=False))


def test_allocation_says_what_is_served_and_marks_what_is_flagged(fitted: Fit) -> None:
    figure = bs.plot_allocation(fitted.allocate([1e18, 1e26], family=HOSTILE, tokens_served=1e9))
    assert figure.axes[0].get_xlabel() == "training and serving compute (FLOP)"
    assert "flagged" in figure.legends[0].get_texts()[-1].get_text()
    near = bs.plot_allocation(fitted.allocate(1e19, family=HOSTILE))
    assert not [words for words in near.legends[0].get_texts() if "flagged" in words.get_text()]


def test_isoflop_draws_the_runs_of_its_budgets_and_says_so(fitted: Fit) -> None:
    design = fitted.designs[0]
    budget = float(6 * design.inputs["n_params"][0] * design.inputs["n_tokens"][0])
    near, far = (fitted.isoflop([flops], family=design.families[design.family[0]]) for flops in (budget, 1e30))
    (crosses,) = (line for line in bs.plot_isoflop(near).axes[0].lines if line.get_marker() == "x")
    np.testing.assert_allclose(np.asarray(crosses.get_xydata()), near.measured[["n_params", "loss"]].to_numpy())
    legends = [[text.get_text() for text in bs.plot_isoflop(answer).legends[0].get_texts()] for answer in (near, far)]
    assert ["measured run, budget ± 10 %" in legend for legend in legends] == [True, False]
