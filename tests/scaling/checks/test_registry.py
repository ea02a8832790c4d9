"""The registry: the order of checks, their tables, and odd data that no check may fail on."""

import numpy as np
import pandas as pd
import pytest

from bayescale.scaling.checks.registry import CHECKS, check_posterior
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from tests.conftest import MadeUp
from tests.scaling.checks.check_cases import design_of
from tests.scaling.model.law_cases import SIGMOID, runs_of

GATE = ["R-hat", "ESS bulk", "ESS tail", "divergences", "E-BFMI"]
WEIGHTS = ["Pareto k̂ of the weights", "effective size of the weights"]
INFORMATIONAL = [
    "leave-one-run-out",
    "rows inside their 50 % interval",
    "rows inside their 90 % interval",
    "outlying runs",
    "unexplained spread",
    "neighbouring residuals",
    "residuals along the inputs",
    "undertrained runs",
    "conflict between families",
    "prior sensitivity of the forecast",
    "distance of the forecast",
    "law's range of validity",
]
TARGET_ONLY = "distance of the forecast"


def test_checks_are_listed_in_the_order_of_the_table(plain_fit: Fit, joint_fit: Fit) -> None:
    assert [check.name for check in CHECKS] == [*GATE, *WEIGHTS, *INFORMATIONAL]
    for fit in (plain_fit, joint_fit):
        checks = fit.check()
        assert checks.passed
        assert checks.failures == ()
        assert checks.table.columns.tolist() == ["check", "state", "passed", "value", "threshold", "meaning"]
        assert checks.table["check"].tolist() == [*GATE, *(name for name in INFORMATIONAL if name != TARGET_ONLY)]
        assert checks.table["passed"][:5].tolist() == [True] * 5
        assert all(value is None for value in checks.table["passed"][5:])
        assert "passed  R-hat" in checks.text


def test_targets_add_their_distance(plain_fit: Fit) -> None:
    checks = plain_fit.check([{"n_params": 1e13, "n_tokens": 1e14}])
    assert checks.table["check"].tolist() == [*GATE, *INFORMATIONAL]


def test_every_check_has_its_table(joint_fit: Fit) -> None:
    rows = {name: len(details) for name, details in joint_fit.check().details.items()}
    assert rows.pop("convergence") > 20
    assert rows.pop("rungs") == 8
    assert rows == {
        "leave_one_out": 50,
        "predictive": 50,
        "residuals": 50,
        "neighbours": 6,
        "trends": 2,
        "families": 0,  # two families cannot be compared
        "sensitivity": 2,
        "ranges": 2,
    }


def test_a_fit_of_its_own_law_has_no_pattern(plain_fit: Fit, joint_fit: Fit) -> None:
    for fit in (plain_fit, joint_fit):
        results = fit.check().table.set_index("check")
        for name in ("neighbouring residuals", "residuals along the inputs", "undertrained runs"):
            assert results["value"][name] > results["threshold"][name], name
        assert results["value"]["law's range of validity"] == 0


def test_checks_neither_print_nor_warn(plain_fit: Fit, capfd: pytest.CaptureFixture[str]) -> None:
    html = plain_fit.check()._repr_html_()
    assert "R-hat" in html
    assert capfd.readouterr() == ("", "")


ODD = {
    "one family": runs_of(SIGMOID).assign(family="x"),
    "few rows": runs_of(SIGMOID)[:3],
    "a family a row": runs_of(SIGMOID)[:6].assign(family=list("abcdef")),
    "one run": runs_of(SIGMOID).assign(run="r", family="x"),
    "ties": runs_of(SIGMOID).assign(n_params=1e9),
    "seeds": pd.concat([runs_of(SIGMOID)[:4].assign(seed=seed) for seed in range(3)], ignore_index=True),
}


@pytest.mark.parametrize("runs", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("discrepancy", [True, False])
def test_odd_tables_are_checked_or_the_reason_is_stated(runs: pd.DataFrame, discrepancy: bool, made_up: MadeUp) -> None:
    design = design_of(runs, SIGMOID, discrepancy)
    posterior = Posterior(to_tree(design, made_up(design), Sampler(), 1))
    results = check_posterior(posterior, [{"n_params": 1e11, "mantissa_bits": 0.0}]).table
    for row in results.itertuples():
        assert np.isfinite(row.value) or row.meaning.startswith("cannot be computed: "), row.check
    assert (results["meaning"] != "").all()


def test_scores_that_are_not_finite_are_reported(plain_fit: Fit) -> None:
    tree = plain_fit.tree.copy(deep=True)
    tree["posterior"]["noise_df"].data[:] = np.nan
    results = check_posterior(Posterior(tree)).table.set_index("check")
    for name in ("neighbouring residuals", "residuals along the inputs", "undertrained runs"):
        assert "with finite residuals" in results["meaning"][name]
