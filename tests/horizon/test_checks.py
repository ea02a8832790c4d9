"""Checks notice chains that disagree, and success that does not fall with length."""

import numpy as np

from bayescale.horizon.result import Horizon
from tests.golden import golden_horizon


def test_a_good_posterior_passes() -> None:
    checks = golden_horizon("agents").check()
    assert checks.passed
    assert set(checks.details) == {"convergence", "lengths"}
    assert checks.table["check"].tolist()[:3] == ["R-hat", "ESS bulk", "ESS tail"]
    assert "weak" in checks.warnings[0]


def test_chains_that_disagree_fail() -> None:
    tree = golden_horizon("agents").tree.copy(deep=True)
    tree["posterior"]["log2_horizon"].values[:] += np.arange(4)[:, None, None]
    assert any("R-hat" in failure for failure in Horizon(tree).check().failures)


def test_success_that_rises_with_length_warns() -> None:
    tree = golden_horizon("agents").tree.copy(deep=True)
    observed, minutes = tree["observed_data"], tree["constant_data"]["human_minutes"].to_numpy()
    long = minutes[observed["task_index"].to_numpy()] > 60
    observed["successes"].values[:] = np.where(long, observed["attempts"], 0)
    assert any(warning.startswith("success by length") for warning in Horizon(tree).check().warnings)
