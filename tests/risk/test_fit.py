"""Fits: repeatability and validation of arguments."""

import pandas as pd
import pytest

from bayescale.errors import InputError
from bayescale.risk.fit import fit_risk
from tests.risk.simulation import without_rates


def test_same_seed_gives_the_same_draws(table: pd.DataFrame) -> None:
    first, again = (fit_risk(without_rates(table), by=["model"], random_seed=1) for _ in range(2))
    pd.testing.assert_frame_equal(again.at([1000]).table, first.at([1000]).table)


def test_bad_input_is_refused() -> None:
    good = pd.DataFrame({"model": "a", "problem": ["x", "y"], "attempts": [5, 5], "successes": [1, 0]})
    with pytest.raises(InputError, match="successes"):
        fit_risk(good.assign(successes=[6, 0]))
    with pytest.raises(InputError, match="Did you mean 'model'"):
        fit_risk(good, by=["modle"])
    with pytest.raises(InputError, match="has the name of a column of the results"):
        fit_risk(good.rename(columns={"model": "weight"}), by=["weight"])
    with pytest.raises(InputError, match="draws=5"):
        fit_risk(good, draws=5)
    with pytest.raises(InputError, match=r"must be a bayescale\.Judge"):
        fit_risk(good, judge=0.9)  # type: ignore[arg-type]
    found = fit_risk(good, mixing="beta", random_seed=1)
    for budgets, what in ((0, "0 must be"), ([1.5], "1.5 must be"), ([], "at least one"), ("many", "whole number")):
        with pytest.raises(InputError, match=what):
            found.at(budgets)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="prob=90"):
        found.at(1000, prob=90)
