"""Do the checks say what is for and against a posterior?"""

from typing import Any

import numpy as np
import pytest

from bayescale.core.checks import Checks
from bayescale.scaling.checks.loo import left_by_law
from bayescale.scaling.checks.registry import check_posterior
from bayescale.scaling.fit import fit
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.result import Fit
from tests.conftest import simulated_runs


def meaning(checks: Checks, check: str) -> str:
    return str(dict(zip(checks.table["check"], checks.table["meaning"], strict=True))[check])


GATE = ["R-hat", "ESS bulk", "ESS tail", "divergences", "E-BFMI"]
FOR_INFORMATION = [
    "leave-one-run-out",
    "rows inside their 50 % interval",
    "rows inside their 90 % interval",
    "outlying runs",
    "what the law leaves",
    "neighbouring residuals",
    "residuals along the inputs",
    "undertrained rungs",
    "families that do not belong together",
    "prior sensitivity of the forecast",
    "inside the law's range",
]


def test_the_gate_passes(plain_fit: Fit, joint_fit: Fit) -> None:
    for fitted in (plain_fit, joint_fit):
        checks = fitted.check()
        assert checks.passed
        assert checks.failures == ()
        assert checks.table.columns.tolist() == ["check", "state", "passed", "value", "threshold", "meaning"]
        assert checks.table["check"].tolist() == [*GATE, *FOR_INFORMATION]
        assert checks.table["passed"][:5].tolist() == [True] * 5
        assert all(value is None for value in checks.table["passed"][5:])
        assert "passed  R-hat" in checks.text


def test_every_check_has_its_table(joint_fit: Fit) -> None:
    rows = {name: len(table) for name, table in joint_fit.check().details.items()}
    assert rows.pop("convergence") > 20
    assert rows.pop("rungs") == 8
    assert rows == {
        "leave_one_out": 50,
        "predictive": 50,
        "residuals": 50,
        "neighbours": 6,
        "trends": 2,
        "families": 0,  # of two nothing can be said
        "sensitivity": 2,
        "ranges": 2,
    }


def test_every_reported_quantity_is_diagnosed(joint_fit: Fit) -> None:
    names = joint_fit.check().details["convergence"].index
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
    checks = check_posterior(Posterior(tree))
    assert not checks.passed
    assert name in checks.table["check"][[value is False for value in checks.table["passed"]]].tolist()
    assert "FAILED" in checks.text


def test_predictions_with_the_run_left_out_are_calibrated(plain_fit: Fit) -> None:
    table = plain_fit.check().table.set_index("check")
    assert table.loc["rows inside their 50 % interval", "value"] == pytest.approx(0.5, abs=0.2)
    assert table.loc["rows inside their 90 % interval", "value"] == pytest.approx(0.9, abs=0.1)


def test_where_no_law_holds_it_is_told_and_forecasts_are_flagged(plain_fit: Fit) -> None:
    """The same posterior with noise of a third of the loss: runs that have learnt something and runs that have not."""
    tree = plain_fit.tree.copy(deep=True)
    tree["posterior"]["noise_floor"][:] = 0.3
    target = {"family": "a", "n_params": 2e8, "n_tokens": 6e9}
    found, usual = (left_by_law(Posterior(one)) for one in (tree, plain_fit.tree))
    assert usual.value < 0.02 < 0.15 < found.value
    assert "phase transitions" in found.meaning
    assert "phase transitions" not in usual.meaning
    assert "rely on no forecast" in Fit(tree).forecast(target).table["flag"][0]
    assert plain_fit.forecast(target).table["flag"][0] == ""


def test_an_outlying_run_is_named() -> None:
    runs = simulated_runs()
    runs["loss"] *= np.where(np.arange(len(runs)) == 11, 1.05, 1.0)
    found = fit(runs, law="chinchilla", discrepancy=False, random_seed=1).check()
    assert meaning(found, "outlying runs").startswith("look at a11 (a);")
    assert (found.details["predictive"].set_index("run")["tail_probability"] < 0.01).to_dict()["a11"]


def test_power_scaling_tells_the_priors_share(joint_fit: Fit, plain_fit: Fit) -> None:
    found = joint_fit.check().details["sensitivity"]
    assert found["family"].tolist() == ["a", "b"]
    assert found["prior_share"].between(0, 1).all()
    far = {"n_params": 1e12, "n_tokens": 1e14}
    shares = plain_fit.check([{**far, "family": "a"}, far]).details["sensitivity"]["prior_share"]
    assert shares[1] > shares[0]  # of a family never seen the priors say more


def test_distance_is_told_for_targets_only(plain_fit: Fit) -> None:
    assert "distance of the forecast" not in plain_fit.check().table["check"].tolist()
    checks = plain_fit.check([{"n_params": 1e13, "n_tokens": 1e14}])
    assert "farther than was ever tested" in meaning(checks, "distance of the forecast")
    assert "n_params of 1 targets: 1 above 1e+12, by up to 10x" in meaning(checks, "inside the law's range")


def test_runs_that_cannot_be_left_out_are_named(plain_fit: Fit) -> None:
    tree = plain_fit.tree.copy(deep=True)
    values = tree["log_likelihood"]["log_likelihood"].data
    rng = np.random.default_rng(0)
    values[:, :, 3] = -1.2 * rng.standard_exponential(values.shape[:2])  # importance ratios of Pareto k 1.2
    checks = check_posterior(Posterior(tree))
    assert checks.passed
    run = str(tree["log_likelihood"].coords["run"].to_numpy()[3])
    assert f"k̂ above 0.7 for {run}" in meaning(checks, "leave-one-run-out")


def test_checks_neither_print_nor_warn(plain_fit: Fit, capfd: pytest.CaptureFixture[str]) -> None:
    html = plain_fit.check()._repr_html_()
    assert "R-hat" in html
    assert capfd.readouterr() == ("", "")
