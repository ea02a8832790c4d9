"""Leave-one-run-out: runs for which PSIS-LOO is unreliable are named."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from bayescale.scaling.checks.loo import leave_one_run_out
from bayescale.scaling.checks.registry import check_posterior
from bayescale.scaling.checks.training_rows import LeaveOneOut
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.result import Fit
from tests.scaling.checks.check_cases import DESIGN


def test_runs_with_a_large_pareto_k_are_named(plain_fit: Fit) -> None:
    tree = plain_fit.tree.copy(deep=True)
    values = tree["log_likelihood"]["log_likelihood"].data
    rng = np.random.default_rng(0)
    values[:, :, 3] = -1.2 * rng.standard_exponential(values.shape[:2])  # importance ratios of Pareto k 1.2
    checks = check_posterior(Posterior(tree))
    assert checks.passed
    meaning = checks.table.set_index("check")["meaning"]["leave-one-run-out"]
    run = str(tree["log_likelihood"].coords["run"].to_numpy()[3])
    assert f"PSIS-LOO is unreliable for {run}" in meaning


def test_reliable_runs_are_not_named() -> None:
    elpd, pareto_k = np.full(50, 2.0), np.linspace(-0.2, 0.69, 50)
    context: Any = SimpleNamespace(design=DESIGN, leave_one_out=LeaveOneOut(elpd, pareto_k, 7.5))
    result = leave_one_run_out(context)
    assert result.value == 0.69
    assert result.meaning == (
        "the elpd of 50 runs is 100.0 with 7.5 effective parameters; the largest Pareto k̂ is 0.69"
    )
    assert result.details["leave_one_out"]["run"].tolist() == list(DESIGN.runs)
