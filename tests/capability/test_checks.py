"""Checks of a capability posterior: convergence, and measured scores inside their intervals."""

import numpy as np

from bayescale.capability.result import Capability
from tests.golden import golden_capability


def test_the_golden_posterior_passes() -> None:
    checks = golden_capability("models").check()
    assert checks.passed
    assert not checks.warnings
    assert checks.details["scores"]["inside"].min() > 0.8
    assert checks.details["convergence"].index[0].startswith(("score[", "slope[", "curvature[", "level["))


def test_chains_that_differ_fail_and_impossible_scores_warn() -> None:
    tree = golden_capability("models").tree.copy(deep=True)
    tree["posterior"]["coefficient"].values[0] += 1
    tree["observed_data"]["score"].values[:, 1] = np.linspace(0, 1, 40)
    checks = Capability(tree).check()
    assert not checks.passed
    assert any("open" in warning for warning in checks.warnings)
