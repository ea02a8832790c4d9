"""The figure of a recommended mixture."""

import numpy as np
import pytest

from bayescale.plots.mixture import plot_mixture
from bayescale.scaling.decisions.mixtures.choice import mixture
from bayescale.scaling.posterior import FittedLaws


@pytest.mark.slow
def test_marks_are_the_recommended_weights(mixture_laws: FittedLaws) -> None:
    choice = mixture(mixture_laws, 1e20)
    weights, simplex = plot_mixture(choice).axes
    marks = {str(line.get_label()): np.asarray(line.get_xdata()) for line in weights.lines}
    np.testing.assert_allclose(marks["recommended"], choice.table["recommended"][::-1])
    np.testing.assert_allclose(marks["baseline"], choice.table["baseline"][::-1])
    assert [label.get_text() for label in weights.get_yticklabels()] == choice.table["domain"][::-1].tolist()
    assert {text.get_text() for text in simplex.texts} == {"web", "code", "all others"}
