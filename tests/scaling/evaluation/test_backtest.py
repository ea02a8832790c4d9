"""Does a backtest fit below, score above, keep families, continued runs and failures apart, and say what it means?"""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gaussian_kde

import bayescale as bs
from bayescale.errors import InputError
from bayescale.scaling.evaluation.backtest import Backtest
from bayescale.scaling.predict.forecast import log_density
from tests.conftest import TRUTH, simulated_runs

SHORT = bs.Sampler(draws=250, tune=300, attempts=1)


@pytest.fixture(scope="module")
def found() -> Backtest:
    runs = simulated_runs(n=16)
    compute = 6 * runs["n_params"] * runs["n_tokens"]
    cuts = [float(compute.quantile(0.5)), float(compute.quantile(0.7))]
    said: list[str] = []
    laws = ["chinchilla", "kaplan_params"]
    done = bs.backtest(runs, laws, cuts=cuts, discrepancy=False, sampler=SHORT, random_seed=1, progress=said.append)
    assert len(said) == 4
    return done


def test_one_row_per_law_cut_and_family(found: Backtest) -> None:
    assert len(found.table) == 2 * 2 * 3
    assert set(found.table["family"]) == {*TRUTH, "(all)"}
    whole = found.table[found.table["family"] == "(all)"]
    assert whole["n_test"].tolist() == [16, 10, 16, 10]
    assert (whole["n_train"] + whole["n_test"] == 32).all()
    assert (whole.loc[whole["law"] == "chinchilla", "extrapolation"] > 1).all()
    needed = ["error", "coverage", "width", "interval_score", "crps", "coverage_50", "log_score", "passed"]
    assert set(needed) <= set(found.table)


def test_the_law_that_is_true_is_better_and_gets_the_weight(found: Backtest) -> None:
    summary = found.summary.set_index("law")
    assert summary.loc["chinchilla", "error"] < summary.loc["kaplan_params", "error"]
    assert summary.loc["chinchilla", "crps"] < summary.loc["kaplan_params", "crps"]
    assert summary.loc["chinchilla", "coverage"] > 0.7
    weights = found.weights().table.set_index("law")["weight"]
    assert weights["chinchilla"] > 0.9


def test_points_say_where_every_figure_comes_from(found: Backtest) -> None:
    own = found.points[(found.points["law"] == "chinchilla") & (found.points["cut"] == found.points["cut"].min())]
    row = found.table[found.table["family"] == "(all)"].iloc[0]
    assert row["error"] == pytest.approx(own["error"].abs().mean())
    assert ((own["lower"] <= own["observed"]) & (own["observed"] <= own["upper"]) == own["inside"]).all()
    assert own["pit"].between(0, 1).all()


def test_log_scores_are_densities_of_the_draws() -> None:
    """The exact density against a kernel estimate from the forecast's own draws."""
    runs = simulated_runs(n=16)
    fit = bs.fit(runs, "chinchilla", discrepancy=False, random_seed=1)
    target = [{"family": "a", "n_params": 5e8, "n_tokens": 1e10}]
    draws = np.log(fit.forecast(target).dataset["run"].to_numpy().ravel())
    for level in (0.2, 0.5, 0.8):
        value = float(np.quantile(draws, level))
        exact = log_density(fit, target, [np.exp(value)])[0]
        assert exact == pytest.approx(np.log(gaussian_kde(draws)(value)[0]), abs=0.12)


def test_a_family_above_every_cut_and_continued_runs_are_said() -> None:
    small = simulated_runs({"a": TRUTH["a"]}, n=12)
    large = simulated_runs({"b": TRUTH["b"]}, n=3, seed=4).assign(n_params=lambda t: t["n_params"] * 100)
    later = small.iloc[:4].assign(n_params=lambda t: t["n_params"] * 1.0, n_tokens=lambda t: t["n_tokens"] * 3000)
    later = later.assign(loss=later["loss"] * 0.8)
    table = pd.concat([small, large, later], ignore_index=True)
    compute = float((6 * small["n_params"] * small["n_tokens"]).max())
    done = bs.backtest(table, "chinchilla", cuts=[compute], discrepancy=False, sampler=SHORT, random_seed=1)
    assert any(note.startswith("b: no row below") for note in done.notes)
    assert any("continue runs" in note for note in done.notes)
    assert set(done.table["continues"]) == {True, False}


def test_bad_questions_are_refused_before_sampling() -> None:
    runs = simulated_runs(n=6)
    with pytest.raises(InputError, match="none twice"):
        bs.backtest(runs, ["chinchilla", "chinchilla"])
    with pytest.raises(InputError, match="cannot be cut"):
        bs.backtest(runs, cuts=[1.0])
    with pytest.raises(InputError, match="prob=2"):
        bs.backtest(runs, prob=2)
    with pytest.raises(InputError, match="different responses"):
        bs.backtest(runs, ["chinchilla", "downstream_error"])
