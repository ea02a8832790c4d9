"""Coverage of training rows: a warning where intervals hold significantly fewer rows than they should."""

import numpy as np
import pytest

from bayescale.scaling.checks.coverage import COVERAGE_50, COVERAGE_90
from bayescale.scaling.result import Fit
from tests.scaling.checks.check_cases import DESIGN, context_of_rows

UNIFORM = (np.arange(50) + 0.5) / 50


def test_uniform_probabilities_are_covered() -> None:
    context = context_of_rows(DESIGN, UNIFORM)
    assert COVERAGE_50(context).value == pytest.approx(0.52, abs=0.021)
    result = COVERAGE_90(context)
    assert result.value == pytest.approx(0.9, abs=0.021)
    assert not result.warns
    assert result.meaning.endswith("of 50 training rows lie in their 90 % interval when their run is left out")


def test_rows_in_the_tails_warn() -> None:
    narrow = np.where(UNIFORM < 0.5, UNIFORM**3, 1 - (1 - UNIFORM) ** 3)
    result = COVERAGE_90(context_of_rows(DESIGN, narrow))
    assert result.value < 0.75
    assert result.warns
    assert "predictions are too narrow" in result.meaning


def test_a_posterior_of_its_own_law_is_covered(plain_fit: Fit) -> None:
    table = plain_fit.check().table.set_index("check")
    assert table.loc["rows inside their 50 % interval", "value"] == pytest.approx(0.5, abs=0.2)
    assert table.loc["rows inside their 90 % interval", "value"] == pytest.approx(0.9, abs=0.1)
