"""Stacking weights against known mixtures and an exact integral."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from bayescale.errors import InputError
from bayescale.scaling.evaluation.stacking import equal_weights, stack


def points_of(scores: dict[str, np.ndarray]) -> pd.DataFrame:
    count = len(next(iter(scores.values())))
    keys = {"family": "a", "run": [f"r{i}" for i in range(count)], "cut": 1.0, "row": range(count)}
    return pd.concat([pd.DataFrame({**keys, "law": law, "log_score": value}) for law, value in scores.items()])


def test_stacking_recovers_a_mixture() -> None:
    """Data from 70 % of one density and 30 % of the other: the best weights are those, more surely with more runs."""
    rng = np.random.default_rng(2)
    widths = []
    for count in (60, 2000):
        first = rng.random(count) < 0.7
        y = np.where(first, rng.normal(0, 1, count), rng.normal(4, 1, count))
        stacked = stack(points_of({"near": norm.logpdf(y, 0, 1), "far": norm.logpdf(y, 4, 1)}))
        row = stacked.table.set_index("law").loc["near"]
        assert row["lower"] <= 0.7 <= row["upper"]
        widths.append(row["upper"] - row["lower"])
        assert stacked.runs == count
    assert widths[1] < 0.4 * widths[0]
    assert stacked.table["weight"].sum() == pytest.approx(1)
    assert stacked.table["weight"].iloc[0] == pytest.approx(0.7, abs=0.05)


def test_a_law_that_is_never_better_gets_no_weight() -> None:
    y = np.random.default_rng(3).normal(size=300)
    stacked = stack(points_of({"right": norm.logpdf(y), "wrong": norm.logpdf(y, 6, 1)})).table
    assert stacked["weight"].iloc[0] > 0.99


def test_too_few_runs_and_unequal_rows_are_refused() -> None:
    single_run = points_of({"a": np.zeros(1), "b": np.zeros(1)})
    with pytest.raises(InputError, match="at least two held-out runs"):
        stack(single_run)
    with pytest.raises(InputError, match="same rows"):
        stack(points_of({"a": np.zeros(3), "b": np.zeros(3)}).iloc[:5])


def scored(runs: int, better: float) -> pd.DataFrame:
    """Points of two laws; the first has `better` nats more on every run."""
    each = pd.DataFrame({"family": "a", "run": [f"r{i}" for i in range(runs)], "cut": 1.0, "row": range(runs)})
    noise = np.random.default_rng(1).normal(size=runs)
    return pd.concat([each.assign(law="one", log_score=noise + better), each.assign(law="two", log_score=noise)])


def test_weights_stay_equal_without_evidence() -> None:
    few, many = (stack(scored(runs, 0.05)).table.set_index("law") for runs in (4, 400))
    assert 0.45 < few.loc["one", "weight"] < 0.55
    assert few.loc["one", "upper"] - few.loc["one", "lower"] > 0.8
    assert many.loc["one", "weight"] > 0.85
    assert many.loc["one", "lower"] > few.loc["one", "lower"]


def test_weights_of_two_laws_agree_with_an_exact_integral() -> None:
    points = scored(30, 0.0)
    rng = np.random.default_rng(3)
    points["log_score"] += rng.normal(size=len(points))
    wide = points.pivot_table("log_score", "run", "law")
    density = np.exp(wide.to_numpy() - wide.to_numpy().max(axis=1, keepdims=True))
    grid = (np.arange(20_000) + 0.5) / 20_000
    likelihood = np.log(grid[:, None] * density[:, 0] + (1 - grid[:, None]) * density[:, 1]).sum(axis=1)
    posterior = np.exp(likelihood - likelihood.max())
    exact = (posterior * grid).sum() / posterior.sum()
    assert stack(points).table.set_index("law").loc["one", "weight"] == pytest.approx(exact, abs=0.02)


def test_equal_weights_rest_on_no_runs() -> None:
    weights = equal_weights(["one", "two"])
    assert weights.table["weight"].tolist() == [0.5, 0.5]
    assert weights.runs == 0
