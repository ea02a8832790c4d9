"""Posteriors that several test modules read."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.risk.result import Risk
from tests.golden import golden_risk
from tests.risk.simulation import beta_counts, option_counts

type Array = np.ndarray[Any, np.dtype[Any]]


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    """Counts of two groups, with their rates."""
    return beta_counts({"a": (0.4, 4.0), "b": (0.6, 20.0)})


@pytest.fixture(scope="session")
def risk() -> Risk:
    """The golden posterior of these counts."""
    return golden_risk("groups")


@pytest.fixture(scope="session")
def unlike_options() -> tuple[Array, Risk]:
    """Rates and golden posterior of two options whose rates are almost unrelated."""
    return option_counts(4.0)[0], golden_risk("unlike_options")


@pytest.fixture(scope="session")
def equal_options() -> tuple[Array, Risk]:
    """Rates and golden posterior of two options whose rates are the same."""
    return option_counts(0.0)[0], golden_risk("equal_options")
