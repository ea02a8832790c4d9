"""What can be said for and against a posterior, from its tree alone. Checks neither print nor raise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.core.display import Page, Shown
from bayescale.core.serialization import fact
from bayescale.scaling.checks.convergence import STATES, State, findings_table, gate_of
from bayescale.scaling.checks.extrapolation import asked_of, regime, sensitivity
from bayescale.scaling.checks.family_conflict import families_apart
from bayescale.scaling.checks.loo import coverage, leave_one_out, left_by_law, residuals, training_rows
from bayescale.scaling.checks.residual_patterns import neighbours, trends
from bayescale.scaling.checks.residual_scores import scores_of
from bayescale.scaling.checks.undertrained import undertrained
from bayescale.scaling.predict.new_family import functions_of


@dataclass(frozen=True, repr=False)
class Checks(Shown):
    """Findings about a posterior.

    table    one row per check: check, state ("failed": the gate, not published; "warning": published, and to be known;
             "informational"; "passed": the gate), passed (of the gate alone, else None), value, threshold, meaning.
    details  tables behind it: `convergence` per quantity; `leave_one_out` per run; `predictive` and `residuals` per
             training row; `neighbours` and `trends` per input; `families` per family and pooled parameter; `rungs` per
             bin of training length; `sensitivity` per target; `ranges` per input.
    """

    table: pd.DataFrame
    details: Mapping[str, pd.DataFrame] = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether every check of the gate passed; informational ones do not count."""
        return all(value is not False for value in self.table["passed"])

    @property
    def failures(self) -> tuple[str, ...]:
        """What failed, in words."""
        failed = [row.passed is False for row in self.table.itertuples()]
        return tuple(self.table["meaning"][failed])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What does not keep the posterior from being published and must be known, in words."""
        warned = self.table[self.table["state"] == "warning"]
        return tuple(f"{row.check}: {row.meaning}" for row in warned.itertuples())

    @property
    def counts(self) -> str:
        """How many checks are in which state: "5 passed, 2 warnings, 6 informational"."""
        numbers = self.table["state"].value_counts().to_dict()
        words = {"warning": "warning" if numbers.get("warning") == 1 else "warnings"}
        order: tuple[State, ...] = ("failed", "warning", "passed", "informational")
        return ", ".join(f"{numbers[state]} {words.get(state, state)}" for state in order if numbers.get(state))

    @property
    def text(self) -> str:
        """How many checks are in which state, then all findings, one line each: what failed and what warns first."""
        ordered = self.table.sort_values("state", key=lambda states: states.map(STATES.index), kind="stable")
        mark = {"failed": "FAILED", "warning": "WARN", "informational": "note", "passed": "passed"}
        lines = [f"{mark[str(row.state)]:6}  {row.check}: {row.meaning}" for row in ordered.itertuples()]
        return "\n".join([f"Checks: {self.counts}.", *lines])

    @property
    def _page(self) -> Page:
        verdict = "passed its checks" if self.passed else "FAILED its checks: do not rely on it"
        return Page(f"The posterior {verdict} ({self.counts})", self.table, self.warnings)


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
