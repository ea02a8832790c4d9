"""The table of estimators and posterior."""

import numpy as np
import pandas as pd
import pytest

from bayescale.risk.fit import fit_risk
from bayescale.risk.result import Risk


@pytest.fixture(scope="module")
def risk() -> Risk:
    rng = np.random.default_rng(4)
    successes = rng.binomial(50, rng.beta(0.4, 6.0, 40))
    table = pd.DataFrame({"problem": [f"p{i}" for i in range(40)], "attempts": 50, "successes": successes})
    return fit_risk(table, [], mixing="beta", random_seed=1)


def test_table_has_posterior_and_estimators(risk: Risk) -> None:
    table = risk.estimators([1000, 10_000])
    assert table["method"].to_list()[:4] == ["posterior_new"] * 2 + ["posterior_these"] * 2
    assert len(table) == 2 * (2 + 6)
    forecast = risk.at([1000, 10_000]).table
    assert table.loc[table["method"] == "posterior_new", "value"].to_numpy() == pytest.approx(forecast["new_median"])
    assert table.loc[table["method"] == "naive", "lower"].isna().all()
    assert (table["value"].between(0, 1)).all()


def test_group_column_with_a_table_column_name_is_renamed() -> None:
    table = pd.DataFrame({"problem": list("abcdef"), "attempts": 20, "successes": [0, 1, 5, 0, 2, 9]})
    table = table.assign(method=["gcg"] * 3 + ["pair"] * 3)
    risk = fit_risk(table, ["method"], mixing="beta", random_seed=1)
    beside = risk.estimators([1000])
    assert set(beside["method (group)"]) == {"gcg", "pair"}
    assert "anchored" in set(beside["method"])
    assert set(risk.next_attempts(100, 10).table["method"]) == {"gcg", "pair"}
