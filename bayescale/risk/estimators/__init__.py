"""Published estimators of success at many attempts, one module for each source, and the exact ones. No posterior."""

from collections.abc import Mapping

from bayescale.risk.estimators.beta_binomial import beta_binomial
from bayescale.risk.estimators.coverage_line import coverage_line_brown, coverage_line_hughes
from bayescale.risk.estimators.estimate import Estimate, Estimator
from bayescale.risk.estimators.naive import naive
from bayescale.risk.estimators.saber import anchored, plugin

#: The estimators by name, each called as f(attempts, successes, budgets, prob=0.9).
ESTIMATORS: Mapping[str, Estimator] = {
    "naive": naive,
    "beta_binomial": beta_binomial,
    "plugin": plugin,
    "anchored": anchored,
    "coverage_line_brown": coverage_line_brown,
    "coverage_line_hughes": coverage_line_hughes,
}

__all__ = ["ESTIMATORS", "Estimate", "Estimator"]
