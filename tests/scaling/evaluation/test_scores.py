"""Scores against closed forms, folds against what was asked, stacking weights against known mixtures."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from bayescale.data.runs import read_runs
from bayescale.errors import InputError
from bayescale.scaling.evaluation.folds import make_folds
from bayescale.scaling.evaluation.scores import crps, score_points, summarise
from bayescale.scaling.evaluation.stacking import stack
from tests.conftest import simulated_runs


def test_crps_of_a_normal() -> None:
    """sigma (z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)), Gneiting and Raftery 2007, equation 20."""
    sigma, z = 0.3, np.array([-1.5, 0.0, 2.0])
    draws = norm.ppf((np.arange(20_000) + 0.5) / 20_000)[:, None] * sigma + np.zeros(3)
    exact = sigma * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    np.testing.assert_allclose(crps(draws, sigma * z), exact, rtol=2e-3)


def test_points_of_a_calibrated_forecast() -> None:
    rng = np.random.default_rng(1)
    centre = rng.normal(size=4000)
    draws = np.exp(centre + 0.1 * norm.ppf((np.arange(999) + 0.5) / 999)[:, None])
    observed = np.exp(centre + 0.1 * rng.normal(size=4000))
    points = score_points(draws, observed, np.zeros(4000), 0.9)
    means = summarise(points)
    for level in (50, 80, 90, 95):
        assert means[f"coverage_{level}"] == pytest.approx(level / 100, abs=0.02)
    assert means["coverage"] == pytest.approx(0.9, abs=0.02)
    assert points["width"].to_numpy() == pytest.approx(0.2 * 1.6449, rel=0.01)
    missed = points[~points["inside"]]
    assert (missed["interval_score"] > missed["width"]).all()
    narrow = score_points(np.exp(centre + 0.3 * np.log(draws / np.exp(centre))), observed, np.zeros(4000), 0.9)
    assert narrow["interval_score"].mean() > points["interval_score"].mean()
    assert narrow["crps"].mean() > points["crps"].mean()


def test_folds_split_at_the_cut() -> None:
    runs = read_runs(simulated_runs())
    compute = 6 * runs.table["n_params"] * runs.table["n_tokens"]
    (fold,) = make_folds(runs, "flops", [float(compute.median())])
    assert len(fold.train.table) == 25
    assert len(fold.test) == 25
    assert not fold.test["continues"].any()
    usual = make_folds(runs, "flops", None)
    assert [len(one.train.table) for one in usual] == sorted(len(one.train.table) for one in usual)
    assert usual[-1].cut == pytest.approx(compute.max() / 3.16)


def test_continued_runs_are_told() -> None:
    table = simulated_runs(n=8)
    later = table.assign(n_tokens=table["n_tokens"] * 50, loss=table["loss"] * 0.97)
    runs = read_runs(pd.concat([table, later]))
    (fold,) = make_folds(runs, "n_tokens", [float(table["n_tokens"].max())])
    assert fold.test["continues"].mean() > 0.5


def test_cuts_that_cannot_be_are_all_named() -> None:
    runs = read_runs(simulated_runs())
    with pytest.raises(InputError) as caught:
        make_folds(runs, "n_params", [1.0, 1e30])
    assert len(caught.value.problems) == 2
    assert "0 rows below" in caught.value.problems[0]
    with pytest.raises(InputError, match="Did you mean 'n_tokens'"):
        make_folds(runs, "n_token", [1e9])


def points_of(scores: dict[str, np.ndarray]) -> pd.DataFrame:
    count = len(next(iter(scores.values())))
    keys = {"family": "a", "run": [f"r{i}" for i in range(count)], "cut": 1.0, "row": range(count)}
    return pd.concat([pd.DataFrame({**keys, "law": law, "log_score": value}) for law, value in scores.items()])


def test_stacking_finds_the_mixture_and_says_how_sure_it_is() -> None:
    """Data from 70 % of one density and 30 % of the other: the best weights are those, more surely with more runs."""
    rng = np.random.default_rng(2)
    widths = []
    for count in (60, 2000):
        first = rng.random(count) < 0.7
        y = np.where(first, rng.normal(0, 1, count), rng.normal(4, 1, count))
        found = stack(points_of({"near": norm.logpdf(y, 0, 1), "far": norm.logpdf(y, 4, 1)}))
        row = found.table.set_index("law").loc["near"]
        assert row["lower"] <= 0.7 <= row["upper"]
        widths.append(row["upper"] - row["lower"])
        assert found.runs == count
    assert widths[1] < 0.4 * widths[0]
    assert found.table["weight"].sum() == pytest.approx(1)
    assert found.table["weight"].iloc[0] == pytest.approx(0.7, abs=0.05)


def test_a_law_that_is_never_better_gets_nothing() -> None:
    y = np.random.default_rng(3).normal(size=300)
    found = stack(points_of({"right": norm.logpdf(y), "wrong": norm.logpdf(y, 6, 1)})).table
    assert found["weight"].iloc[0] > 0.99


def test_stacking_refuses_what_it_cannot_weigh() -> None:
    one = points_of({"a": np.zeros(1), "b": np.zeros(1)})
    with pytest.raises(InputError, match="at least two held-out runs"):
        stack(one)
    with pytest.raises(InputError, match="same rows"):
        stack(points_of({"a": np.zeros(3), "b": np.zeros(3)}).iloc[:5])
