"""What can be said for and against a posterior, from its tree alone. Checks neither print nor raise."""

from types import MappingProxyType

import numpy as np
import xarray as xr

from bayescale.core.checks import Checks, findings_table
from bayescale.core.serialization import fact
from bayescale.scaling.checks.convergence import gate_of
from bayescale.scaling.checks.extrapolation import asked_of, regime, sensitivity
from bayescale.scaling.checks.family_conflict import families_apart
from bayescale.scaling.checks.loo import coverage, leave_one_out, left_by_law, residuals, training_rows
from bayescale.scaling.checks.residual_patterns import neighbours, trends
from bayescale.scaling.checks.residual_scores import scores_of
from bayescale.scaling.checks.undertrained import undertrained
from bayescale.scaling.predict.new_family import functions_of


def check(tree: xr.DataTree, targets: object = None) -> Checks:
    """Check a posterior: convergence (the gate), and for information

    - leave-one-run-out, coverage of the training runs, outlying runs, how much the law leaves unexplained
    - residuals: are neighbours alike, do they trend along an input, do the runs trained most briefly err one way
    - whether a family lies where the others' population does not put it
    - sensitivity of the forecast to priors, distance of the targets, rows and targets outside the law's range.

    `targets` are those of a forecast; without them sensitivity is asked at ten times the largest inputs of each family.
    A check that cannot say anything says why, with NaN for its value.
    Raises InputError for targets that cannot be used.
    """
    with np.errstate(all="ignore"):  # a posterior gone wrong is what checks are for
        functions = functions_of(tree)
        design = functions.design
        asked = asked_of(design, targets)
        gate, convergence = gate_of(tree)
        out, rows = training_rows(tree, functions)
        loo, runs = leave_one_out(design, out)
        covered, predictive = coverage(design, rows)
        left = left_by_law(design, tree)
        seed = int(fact(tree, "predictive_seed"))
        levels, fresh = scores_of(design, rows.score, seed), scores_of(design, rows.fresh, seed)
        by_runs = [one for one in levels if one.level == "runs"]
        alike, pairs = neighbours(design, [*by_runs, *(one for one in fresh if one.level == "checkpoints")])
        trend, along = trends(design, levels)
        rung, rungs = undertrained(design, levels)
        apart, families = families_apart(tree, design)
        far, sensitive = sensitivity(tree, functions, asked)
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
