"""The publication gate: every criterion fails on draws that violate it, and a sound posterior passes."""

from typing import Any

import numpy as np
import pytest

from bayescale.core.draws.chain_statistics import quantity_diagnostics
from bayescale.scaling.checks.convergence import publication_gate
from bayescale.scaling.checks.registry import GATE, check_posterior
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.diagnostics import diagnose

CHAIN_CHECKS = ["R-hat", "ESS bulk", "ESS tail", "divergences", "E-BFMI"]
WEIGHT_CHECKS = ["Pareto k̂ of the weights", "effective size of the weights"]


def test_the_gate_lists_every_criterion() -> None:
    assert [check.name for check in GATE] == [*CHAIN_CHECKS, *WEIGHT_CHECKS]


def test_a_sound_posterior_passes(plain_fit: Fit, joint_fit: Fit) -> None:
    for fit in (plain_fit, joint_fit):
        gate = publication_gate(fit.tree)
        assert [result.check for result in gate.results] == CHAIN_CHECKS
        assert gate.failures == ()


def test_every_reported_quantity_is_diagnosed(joint_fit: Fit) -> None:
    names = publication_gate(joint_fit.tree).quantities.index
    assert {"E[a]", "alpha[b]", "q[a]", "noise_floor", "discrepancy_scale", "discrepancy_weights[0]"} <= set(names)
    assert {"population[alpha]", "spread[E]"} <= set(names)


@pytest.mark.parametrize(
    ("group", "variable", "change", "name"),
    [
        ("posterior", "alpha", lambda x: x + np.arange(len(x))[:, None, None], "R-hat"),
        ("posterior", "noise_df", lambda x: np.repeat(x[:, ::50], 50, axis=1)[:, : x.shape[1]], "ESS bulk"),
        ("posterior", "q", lambda x: np.where(x > 0, np.nan, x), "R-hat"),
        ("sample_stats", "diverging", lambda x: x | True, "divergences"),
        ("sample_stats", "energy", lambda x: np.sort(x, axis=1), "E-BFMI"),
    ],
)
def test_a_bad_posterior_fails(joint_fit: Fit, group: str, variable: str, change: Any, name: str) -> None:
    tree = joint_fit.tree.copy(deep=True)
    values = tree[group][variable].to_numpy()
    tree[group][variable].data[:] = change(values)
    failures = {result.check: result.meaning for result in publication_gate(tree).failures}
    assert name in failures
    checks = check_posterior(Posterior(tree))
    assert not checks.passed
    assert "FAILED" in checks.text
    if group == "posterior":
        assert f"({variable}" in failures[name]


def test_retries_and_checks_share_one_gate(plain_fit: Fit) -> None:
    """A diagnosis of the reported quantities fails exactly where the gate of the tree fails."""
    for shift in (0.0, 5.0):
        tree = plain_fit.tree.copy(deep=True)
        tree["posterior"]["alpha"].data[0] += shift
        draws = [
            variable.to_numpy().reshape(*variable.shape[:2], -1)
            for name, variable in tree["posterior"].data_vars.items()
            if name != "coordinate"
        ]
        stats = {name: tree["sample_stats"][name].to_numpy() for name in ("diverging", "energy")}
        diagnosis = diagnose(quantity_diagnostics(np.concatenate(draws, axis=-1)), stats)
        assert len(diagnosis.failures) == len(publication_gate(tree).failures)
        assert diagnosis.passed is (shift == 0)


def test_the_gate_of_a_reweighted_posterior_is_that_of_its_weights(plain_fit: Fit) -> None:
    tree = plain_fit.tree.copy()
    tree.attrs = tree.attrs | {
        "bayescale_weighted_from": "{}",
        "bayescale_pareto_k": "0.2",
        "bayescale_effective_size": "150.0",
    }
    passed, failed = publication_gate(tree).results
    assert (passed.check, passed.passed) == (WEIGHT_CHECKS[0], True)
    assert (failed.check, failed.passed) == (WEIGHT_CHECKS[1], False)
    assert "is 150, below 400: few draws have most of the weight; fit again" in failed.meaning
