"""The context of checks: points of the forecast, and shared results that are computed once."""

from typing import Any

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.scaling.checks import context as context_module
from bayescale.scaling.checks.context import CheckContext, forecast_points
from bayescale.scaling.checks.registry import check_posterior
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.result import Fit
from tests.scaling.checks.check_cases import DESIGN


def test_without_targets_points_lie_at_ten_times_the_largest_inputs() -> None:
    points = forecast_points(DESIGN, None)
    assert not points.are_targets
    assert points.family.tolist() == [0, 1]
    largest = [DESIGN.log_inputs[DESIGN.family == index].max(axis=0) for index in (0, 1)]
    np.testing.assert_allclose(points.log_inputs, np.array(largest) + np.log(10))


def test_targets_are_the_points() -> None:
    points = forecast_points(DESIGN, [{"n_params": 1e9, "n_tokens": 1e10, "family": "b"}])
    assert points.are_targets
    assert points.family.tolist() == [1]
    np.testing.assert_allclose(np.exp(points.log_inputs), [[1e9, 1e10]])
    with pytest.raises(InputError, match="n_tokens"):
        forecast_points(DESIGN, [{"n_params": 1e9}])


def test_leave_one_out_is_computed_once(plain_fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Posterior] = []
    compute = context_module.training_rows

    def count_and_compute(posterior: Posterior) -> Any:
        calls.append(posterior)
        return compute(posterior)

    monkeypatch.setattr(context_module, "training_rows", count_and_compute)
    check_posterior(plain_fit.posterior)
    assert len(calls) == 1


def test_innovations_replace_scores_of_checkpoints(plain_fit: Fit) -> None:
    context = CheckContext(plain_fit.posterior, forecast_points(plain_fit.posterior.design, None))
    assert [scores.level for scores in context.residual_scores] == ["runs"]
    assert context.innovation_scores == context.residual_scores  # no run has several rows
