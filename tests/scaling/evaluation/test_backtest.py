"""A backtest fits below cuts, scores above them, and keeps families and continued runs separate."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gaussian_kde

import bayescale as bs
from bayescale.errors import InputError
from bayescale.scaling.evaluation.backtest import Backtest
from bayescale.scaling.predict.predictive import log_density
from bayescale.scaling.result import Fit
from tests.conftest import TRUTH, simulated_runs

SHORT = bs.Sampler(draws=250, tune=300, attempts=1)


@pytest.fixture(scope="module")
def tested() -> Backtest:
    runs = simulated_runs(n=16)
    compute = 6 * runs["n_params"] * runs["n_tokens"]
    cuts = [float(compute.quantile(0.5)), float(compute.quantile(0.7))]
    lines: list[str] = []
    laws = ["chinchilla", "kaplan_params"]
    done = bs.backtest(runs, laws, cuts=cuts, discrepancy=False, sampler=SHORT, random_seed=1, progress=lines.append)
    assert len(lines) == 4
    return done


def test_one_row_per_law_cut_and_family(tested: Backtest) -> None:
    assert len(tested.table) == 2 * 2 * 3
    assert set(tested.table["family"]) == {*TRUTH, "(all)"}
    whole = tested.table[tested.table["family"] == "(all)"]
    assert whole["n_test"].tolist() == [16, 10, 16, 10]
    assert (whole["n_train"] + whole["n_test"] == 32).all()
    assert (whole.loc[whole["law"] == "chinchilla", "extrapolation"] > 1).all()
    needed = ["error", "coverage", "width", "interval_score", "crps", "coverage_50", "log_score", "passed"]
    assert set(needed) <= set(tested.table)


def test_the_true_law_scores_better_and_gets_the_weight(tested: Backtest) -> None:
    summary = tested.summary.set_index("law")
    assert summary.loc["chinchilla", "error"] < summary.loc["kaplan_params", "error"]
    assert summary.loc["chinchilla", "crps"] < summary.loc["kaplan_params", "crps"]
    assert summary.loc["chinchilla", "coverage"] > 0.7
    weights = tested.weights().table.set_index("law")["weight"]
    assert weights["chinchilla"] > 0.9


def test_the_table_averages_the_points(tested: Backtest) -> None:
    points = tested.points[
        (tested.points["law"] == "chinchilla") & (tested.points["cut"] == tested.points["cut"].min())
    ]
    row = tested.table[tested.table["family"] == "(all)"].iloc[0]
    assert row["error"] == pytest.approx(points["error"].abs().mean())
    assert ((points["lower"] <= points["observed"]) & (points["observed"] <= points["upper"]) == points["inside"]).all()
    assert points["pit"].between(0, 1).all()


def test_log_scores_are_densities_of_the_draws(plain_fit: Fit) -> None:
    """The exact density against a kernel estimate from the forecast's own draws."""
    target = [{"family": "a", "n_params": 5e8, "n_tokens": 1e10}]
    draws = np.log(plain_fit.forecast(target).dataset["run"].to_numpy().ravel())
    for level in (0.2, 0.5, 0.8):
        value = float(np.quantile(draws, level))
        exact = log_density(plain_fit, target, [np.exp(value)])[0]
        assert exact == pytest.approx(np.log(gaussian_kde(draws)(value)[0]), abs=0.12)


def test_new_families_and_continued_runs_are_noted() -> None:
    small = simulated_runs({"a": TRUTH["a"]}, n=12)
    large = simulated_runs({"b": TRUTH["b"]}, n=3, seed=4).assign(n_params=lambda t: t["n_params"] * 100)
    later = small.iloc[:4].assign(n_params=lambda t: t["n_params"] * 1.0, n_tokens=lambda t: t["n_tokens"] * 3000)
    later = later.assign(loss=later["loss"] * 0.8)
    table = pd.concat([small, large, later], ignore_index=True)
    compute = float((6 * small["n_params"] * small["n_tokens"]).max())
    done = bs.backtest(table, "chinchilla", cuts=[compute], discrepancy=False, sampler=SHORT, random_seed=1)
    assert any(note.startswith("'b': no row below") for note in done.notes)
    assert any("continue runs" in note for note in done.notes)
    assert set(done.table["continues"]) == {True, False}


def test_priors_are_those_of_every_fold() -> None:
    """With an exponent that is nearly zero by its prior, larger runs are forecast to be no better."""
    runs = simulated_runs(n=12).query("family == 'a'")
    cut = float((6 * runs["n_params"] * runs["n_tokens"]).quantile(0.6))
    priors = {"alpha_N": bs.lognormal(0.01, 0.001)}
    settings = {"cuts": [cut], "discrepancy": False, "sampler": SHORT, "random_seed": 1}
    usual, flat = (bs.backtest(runs, "kaplan_params", priors=chosen, **settings).points for chosen in (None, priors))
    assert flat["median"].mean() > usual["median"].mean()
    with pytest.raises(InputError, match=r"must be a bayescale\.Prior"):
        bs.backtest(runs, "kaplan_params", priors={"alpha_N": 0.05}, **settings)  # type: ignore[dict-item]


def test_unusable_arguments_are_refused_before_sampling() -> None:
    runs = simulated_runs(n=6)
    with pytest.raises(InputError, match="none twice"):
        bs.backtest(runs, ["chinchilla", "chinchilla"])
    with pytest.raises(InputError, match="cannot be cut"):
        bs.backtest(runs, cuts=[1.0])
    with pytest.raises(InputError, match="prob=2"):
        bs.backtest(runs, prob=2)
    with pytest.raises(InputError, match="different responses"):
        bs.backtest(runs, ["chinchilla", "downstream_error"])
