"""Counts, clusters of near-duplicates, and measured shares."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.risk.fit import fit_risk
from tests.risk.simulation import beta_counts, width, without_rates


def test_near_duplicates_count_as_one() -> None:
    base = without_rates(beta_counts({"a": (0.5, 6.0)}, problems=30)).drop(columns="model")
    copies = pd.concat([base.assign(problem=base["problem"] + f"/{i}", cluster=base["problem"]) for i in range(8)])
    clustered = fit_risk(copies, random_seed=1)
    once = fit_risk(base, random_seed=1)
    naive = fit_risk(copies.drop(columns="cluster"), random_seed=1)
    assert width(clustered.at(1000).table)[0] == pytest.approx(width(once.at(1000).table)[0], rel=0.2)
    assert width(naive.at(1000).table)[0] < 0.7 * width(clustered.at(1000).table)[0]
    assert any("near-duplicates" in note for note in clustered.notes)


def test_measured_share_is_exact_where_the_order_is_known() -> None:
    rng = np.random.default_rng(9)
    broke = rng.random((40, 20)) < rng.beta(0.5, 4, 40)[:, None]
    rows = [(p, k, bool(broke[p, k])) for p in range(40) for k in range(20)]
    raw = pd.DataFrame(rows, columns=["problem", "attempt", "success"]).sample(frac=1, random_state=1)
    found = fit_risk(raw, mixing="beta", random_seed=1).at([1, 7, 20, 50]).table.set_index("budget")
    for attempts in (1, 7, 20):
        assert found.loc[attempts, "these_measured"] == pytest.approx(broke[:, :attempts].any(axis=1).mean())
    assert np.isnan(found.loc[50, "these_measured"])
    assert found.loc[7, "these_lower"] < found.loc[7, "these_upper"]
    unordered = fit_risk(raw.drop(columns="attempt"), mixing="beta", random_seed=1)
    assert "these_measured" not in unordered.at([1, 7]).table
    failed = raw.assign(error=raw["attempt"] == 0)  # the first call fails everywhere: what ran second came first
    first = fit_risk(failed, mixing="beta", random_seed=1).at([1]).table["these_measured"]
    assert first.tolist() == pytest.approx([broke[:, 1].mean()])


def test_trials_keep_the_position_of_the_first_success() -> None:
    raw = pd.DataFrame({"problem": ["p", "p", "q", "q"], "attempt": [1, 2, 1, 2], "success": [0, 1, 0, 0]})
    trials = bs.read_trials(raw)
    assert trials.table["first_success"].fillna(0).tolist() == [2, 0]
    again = bs.read_trials(trials.table)
    assert again.table["first_success"].fillna(0).tolist() == [2, 0]
    assert again.digest == trials.digest
