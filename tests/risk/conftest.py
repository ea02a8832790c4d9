"""Posteriors that several test modules read."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.risk.fit import fit_risk
from bayescale.risk.result import Risk
from tests.risk.simulation import beta_counts, option_counts, without_rates

type Array = np.ndarray[Any, np.dtype[Any]]


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    """Counts of two groups, with their rates."""
    return beta_counts({"a": (0.4, 4.0), "b": (0.6, 20.0)})


@pytest.fixture(scope="session")
def risk(table: pd.DataFrame) -> Risk:
    """The posterior of these counts."""
    return fit_risk(without_rates(table), by=["model"], random_seed=1)


@pytest.fixture(scope="session")
def unlike_options() -> tuple[Array, Risk]:
    """Rates and posterior of two options whose rates are almost unrelated."""
    rates, counts = option_counts(4.0)
    return rates, fit_options(counts)


@pytest.fixture(scope="session")
def equal_options() -> tuple[Array, Risk]:
    """Rates and posterior of two options whose rates are the same."""
    rates, counts = option_counts(0.0)
    return rates, fit_options(counts)


def fit_options(counts: pd.DataFrame) -> Risk:
    """Fit counts of options."""
    return fit_risk(counts, by=["temperature"], mixing="logit_normal", draws=300, random_seed=1)
