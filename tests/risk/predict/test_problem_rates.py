"""Posterior means of the rates of measured problems."""

import numpy as np
import pandas as pd

from bayescale.risk.grid import RATE
from bayescale.risk.predict.problem_rates import mean_rates, posterior_means
from bayescale.risk.result import Risk


def test_mean_rates_are_shrunk_towards_the_group(risk: Risk, table: pd.DataFrame) -> None:
    """Means rise with the observed rate, and lie between it and the mean of the group at both ends."""
    rates = mean_rates(risk, 0)
    observed = table.loc[table["model"] == "a", "successes"].to_numpy() / 50
    order = np.argsort(observed, kind="stable")
    assert (np.diff(rates[order]) >= -2e-3).all()  # up to what the other group says about the problem
    assert rates[observed == 0].min() > 0
    assert rates[observed.argmax()] < observed.max()


def test_mean_of_a_constant_is_the_constant(risk: Risk) -> None:
    np.testing.assert_allclose(posterior_means(risk, 1, np.full(len(RATE), 2.0), at_zero=2.0), 2.0)
