"""Figures of parameters have a row per family with the right median."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import bayescale as bs
from bayescale.errors import InputError
from bayescale.plots.parameters import plot_parameters
from bayescale.scaling.predict.forecast import NEW_FAMILY
from bayescale.scaling.predict.new_family import NEW
from bayescale.scaling.result import Fit
from tests.report.conftest import HOSTILE
from tests.scaling.decisions.decision_cases import fewer, stack


def rows(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def medians(axes: Axes, mark: str) -> list[float]:
    return [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == mark]  # type: ignore[index]


def test_exponents_end_with_a_new_family(fitted: Fit, figures: dict[str, Figure]) -> None:
    for axes, name in zip(figures["exponents"].axes, ("alpha", "beta"), strict=True):
        new = fitted.posterior.functions.natural[name][..., NEW]
        assert medians(axes, "D") == pytest.approx([np.median(new)])
        own = np.median(fitted.tree["posterior"][name].to_numpy(), axis=(0, 1))
        assert medians(axes, "o") == pytest.approx(own.tolist())
    assert rows(figures["exponents"].axes[0]) == [HOSTILE, *rows(figures["exponents"].axes[0])[1:-1], NEW_FAMILY]


def test_parameters_have_no_such_row(figures: dict[str, Figure]) -> None:
    assert NEW_FAMILY not in rows(figures["parameters"].axes[0])


def test_rows_hold_their_medians(figures: dict[str, Figure]) -> None:
    for axes in figures["exponents"].axes:
        points = {round(float(line.get_ydata()[0]), 6): float(line.get_xdata()[0]) for line in axes.lines[1:-1]}  # type: ignore[index]
        for bar in axes.collections:
            for (low, height), (high, _) in bar.get_segments():  # type: ignore[attr-defined]
                assert low < points[round(float(height), 6)] < high


@pytest.mark.parametrize("name", ["plot_parameters", "plot_exponents", "plot_prior_posterior", "plot_shrinkage"])
def test_a_stack_is_drawn_by_its_members(fitted: Fit, name: str) -> None:
    two = stack({"chinchilla": fewer(fitted, 10), "other": fewer(fitted, 10)}, {"chinchilla": 0.5, "other": 0.5})
    two.tree["/members/other"].attrs = dict(fitted.tree.attrs)
    with pytest.raises(InputError, match="stack"):
        getattr(bs, name)(two)


@pytest.mark.parametrize("prob", [0.0, 1.0, 2.0])
def test_probabilities_are_checked(fitted: Fit, prob: float) -> None:
    for draw in (bs.plot_parameters, bs.plot_exponents, bs.plot_shrinkage):
        with pytest.raises(InputError, match="prob"):
            draw(fitted, prob=prob)


def test_parameters_show_each_exponent(fitted: Fit) -> None:
    drawn = plot_parameters(fitted).axes
    assert [axes.get_title(loc="left") for axes in drawn] == [r"$\alpha$ · exponent", r"$\beta$ · exponent"]
