"""Outlying runs: named where a row lies far out, and only there."""

import numpy as np
import pytest

from bayescale.scaling.checks.outlying_runs import outlying_runs
from tests.scaling.checks.check_cases import DESIGN, context_of_rows

UNIFORM = (np.arange(50) + 0.5) / 50


def test_an_outlying_run_is_named() -> None:
    below = UNIFORM.copy()
    below[11] = 1 - 5e-6
    result = outlying_runs(context_of_rows(DESIGN, below))
    assert result.warns
    run = DESIGN.runs[DESIGN.run[11]]
    assert result.meaning.startswith(f"look at {run} (a);")
    assert result.details["predictive"].set_index("run")["tail_probability"][run] == pytest.approx(1e-5)


def test_rows_as_extreme_as_expected_do_not_warn() -> None:
    result = outlying_runs(context_of_rows(DESIGN, UNIFORM))
    assert not result.warns
    assert result.meaning.startswith("no run lies far from its prediction")
    assert result.value == 0.02
