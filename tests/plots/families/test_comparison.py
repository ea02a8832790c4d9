"""The figure of families compared along one input."""

import numpy as np

from bayescale.plots.families.comparison import plot_families
from bayescale.scaling.decisions.families.comparison import compare_families
from bayescale.scaling.result import Fit
from tests.scaling.decisions.decision_cases import fewer, settled


def test_marks_are_the_medians(plain_fit: Fit) -> None:
    compared = compare_families(plain_fit, "n_tokens", at={"n_params": 1e9})
    panels = plot_families(compared).axes
    for axes, name in zip(panels, ("asymptote", "half", "exponent"), strict=True):
        marks = [float(np.asarray(line.get_xdata())[0]) for line in axes.lines]
        np.testing.assert_allclose(marks, compared.table[f"{name}_median"])
    assert [label.get_text() for label in panels[0].get_yticklabels()] == compared.table["family"].tolist()
    assert {text.get_text() for text in panels[0].texts} == {f"{100 * best:.0f} %" for best in compared.table["best"]}


def test_a_gain_that_is_never_made_has_no_mark(plain_fit: Fit) -> None:
    flat = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 3.0, "beta": 1e-4}
    fit = settled(fewer(plain_fit, 2), {"a": flat})
    compared = compare_families(fit, "n_tokens", at={"n_params": 1e9})
    assert np.isinf(compared.table["half_median"][0])
    half = plot_families(compared).axes[1]
    assert len(half.lines) == 1
