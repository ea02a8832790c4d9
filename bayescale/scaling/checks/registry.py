"""The checks of a posterior of losses, in the order of the table, and the functions that run them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np
import pandas as pd

from bayescale.core.checks import Check, CheckResult, Checks, run_checks
from bayescale.core.gate import CHAIN_CRITERIA, WEIGHT_CRITERIA
from bayescale.scaling.checks.context import CheckContext, forecast_points
from bayescale.scaling.checks.coverage import COVERAGE_50, COVERAGE_90
from bayescale.scaling.checks.extrapolation import forecast_distance
from bayescale.scaling.checks.family_conflict import family_conflict
from bayescale.scaling.checks.loo import leave_one_run_out
from bayescale.scaling.checks.outlying_runs import outlying_runs
from bayescale.scaling.checks.prior_sensitivity import prior_sensitivity
from bayescale.scaling.checks.residual_patterns import neighbouring_residuals, residuals_along_inputs
from bayescale.scaling.checks.undertrained import undertrained_runs
from bayescale.scaling.checks.unexplained import unexplained
from bayescale.scaling.checks.validity_range import validity_range
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import read_targets


def _gate_result(name: str, context: CheckContext) -> CheckResult:
    (result,) = (result for result in context.gate.results if result.check == name)
    return replace(result, details={"convergence": context.gate.quantities})


def _in_gate(name: str, context: CheckContext) -> bool:
    return any(result.check == name for result in context.gate.results)


#: What a posterior must pass to be published: criteria of its chains, or of its weights where it was re-weighted.
GATE = tuple(
    Check(criterion.check, partial(_gate_result, criterion.check), partial(_in_gate, criterion.check))
    for criterion in (*CHAIN_CRITERIA, *WEIGHT_CRITERIA)
)

#: Every check, in the order of the table. The checks of the gate come first.
CHECKS: tuple[Check[CheckContext], ...] = (
    *GATE,
    leave_one_run_out,
    COVERAGE_50,
    COVERAGE_90,
    outlying_runs,
    unexplained,
    neighbouring_residuals,
    residuals_along_inputs,
    undertrained_runs,
    family_conflict,
    prior_sensitivity,
    forecast_distance,
    validity_range,
)


def check(self: FittedLaws, targets: object = None) -> Checks:
    """Check the posterior of every law.

    Parameters
    ----------
    targets : object, optional
        Targets of a forecast, as `forecast` takes them. Without them the sensitivity of forecasts to priors is computed
        at ten times the largest inputs of each family.

    Returns
    -------
    Checks
        Of a stack, the checks of each law with the law's name before theirs.

    Raises
    ------
    InputError
        If the targets cannot be used.
    """
    if targets is not None:
        require_target_units(self.designs, read_targets(self.designs[0], targets).table)
    of_laws = {name: check_posterior(posterior, targets) for name, posterior in self.posteriors.items()}
    return _joined(of_laws) if self.is_stack else next(iter(of_laws.values()))


def _joined(of_laws: Mapping[str, Checks]) -> Checks:
    """Join the checks of several laws, each under its law's name."""
    tables = [checks.table.assign(check=law + ": " + checks.table["check"]) for law, checks in of_laws.items()]
    details = {f"{law}/{name}": table for law, checks in of_laws.items() for name, table in checks.details.items()}
    return Checks(pd.concat(tables, ignore_index=True), MappingProxyType(details))


def check_posterior(posterior: Posterior, targets: object = None) -> Checks:
    """Check the posterior of one law: every check of `CHECKS` that applies.

    Parameters
    ----------
    posterior : Posterior
        Posterior of one law.
    targets : object, optional
        Targets of a forecast, as `forecast` takes them.

    Returns
    -------
    Checks
        One row per check. A check that cannot be computed says why, with NaN for its value.

    Raises
    ------
    InputError
        If the targets cannot be used.
    """
    context = CheckContext(posterior, forecast_points(posterior.design, targets))
    with np.errstate(all="ignore"):  # a posterior that went wrong must be checked too
        return run_checks(CHECKS, context)
