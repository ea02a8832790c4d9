"""What can be said for and against a posterior, from its tree alone. Checks neither print nor raise."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from bayescale.core.checks import Checks, findings_table
from bayescale.scaling.checks.convergence import gate_of
from bayescale.scaling.checks.extrapolation import asked_of, regime, sensitivity
from bayescale.scaling.checks.family_conflict import families_apart
from bayescale.scaling.checks.loo import coverage, leave_one_out, left_by_law, residuals, training_rows
from bayescale.scaling.checks.residual_patterns import neighbours, trends
from bayescale.scaling.checks.residual_scores import scores_of
from bayescale.scaling.checks.undertrained import undertrained
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import read_targets


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
    """Check the posterior of one law: convergence (the gate), and for information

    - leave-one-run-out, coverage of the training runs, outlying runs, how much the law leaves unexplained
    - residuals: are neighbours alike, do they trend along an input, do the runs trained most briefly err one way
    - whether a family lies where the others' population does not put it
    - sensitivity of the forecast to priors, distance of the targets, rows and targets outside the law's range.

    `targets` are those of a forecast; without them sensitivity is asked at ten times the largest inputs of each family.
    A check that cannot say anything says why, with NaN for its value.
    Raises InputError for targets that cannot be used.
    """
    with np.errstate(all="ignore"):  # a posterior gone wrong is what checks are for
        tree, design, seed = posterior.tree, posterior.design, posterior.predictive_seed
        asked = asked_of(design, targets)
        gate, convergence = gate_of(tree)
        out, rows = training_rows(posterior)
        loo, runs = leave_one_out(design, out)
        covered, predictive = coverage(design, rows)
        left = left_by_law(posterior)
        levels, fresh = scores_of(design, rows.score, seed), scores_of(design, rows.fresh, seed)
        by_runs = [one for one in levels if one.level == "runs"]
        alike, pairs = neighbours(design, [*by_runs, *(one for one in fresh if one.level == "checkpoints")])
        trend, along = trends(design, levels)
        rung, rungs = undertrained(design, levels)
        apart, families = families_apart(tree, design)
        far, sensitive = sensitivity(posterior, asked)
        inside, ranges = regime(design, asked)
    findings = [*gate, *loo, *covered, left, alike, trend, rung, apart, *far, inside]
    table = findings_table(findings)
    details = {
        "convergence": convergence,
        "leave_one_out": runs,
        "predictive": predictive,
        "residuals": residuals(design, rows),
        "neighbours": pairs,
        "trends": along,
        "rungs": rungs,
        "families": families,
        "sensitivity": sensitive,
        "ranges": ranges,
    }
    return Checks(table, MappingProxyType(details))
