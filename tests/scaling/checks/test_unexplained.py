"""Unexplained spread: a warning, and flagged forecasts, where no smooth law holds."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bayescale.scaling.checks.unexplained import unexplained, unexplained_spread
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.result import Fit


def result_of(posterior: Posterior) -> Any:
    context: Any = SimpleNamespace(posterior=posterior)
    return unexplained(context)


def test_a_large_spread_warns_and_flags_forecasts(plain_fit: Fit) -> None:
    """The same posterior with noise of a third of the loss: runs that have learnt something and runs that have not."""
    tree = plain_fit.tree.copy(deep=True)
    tree["posterior"]["noise_floor"][:] = 0.3
    result = result_of(Posterior(tree))
    assert result.warns
    assert result.value > 0.3
    assert "phase transitions" in result.meaning
    target = {"family": "a", "n_params": 2e8, "n_tokens": 6e9}
    assert "rely on no forecast" in Fit(tree).forecast(target).table["flag"][0]


def test_a_small_spread_does_not_warn(plain_fit: Fit) -> None:
    result = result_of(plain_fit.posterior)
    assert not result.warns
    assert result.value == unexplained_spread(plain_fit.posterior) < 0.02
    assert "phase transitions" not in result.meaning
    target = {"family": "a", "n_params": 2e8, "n_tokens": 6e9}
    assert plain_fit.forecast(target).table["flag"][0] == ""


def test_the_spread_is_the_student_t_standard_deviation(plain_fit: Fit) -> None:
    tree = plain_fit.tree.copy(deep=True)
    for name, value in {"noise_floor": 0.03, "noise_slope": 0.04, "noise_df": 4.0}.items():
        tree["posterior"][name][:] = value
    assert unexplained_spread(Posterior(tree)) == pytest.approx(0.05 * np.sqrt(2))
