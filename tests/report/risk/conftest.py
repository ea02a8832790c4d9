"""Risk posteriors and their reports, of groups with hostile names and of extreme groups."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.report.elements import Report
from bayescale.report.risk.content import risk_report
from bayescale.risk.fit import fit_risk
from bayescale.risk.result import Risk
from tests.golden import golden_risk
from tests.report.conftest import HOSTILE

BUDGETS = [10_000, 1_000]


def fitted_to(table: pd.DataFrame, **settings: Any) -> Risk:
    return fit_risk(table, mixing="beta", random_seed=1, **settings)


@pytest.fixture(scope="session")
def risk() -> Risk:
    """The golden posterior of two groups whose names and prompts contain markup."""
    return golden_risk("hostile_groups")


@pytest.fixture(scope="session")
def content(risk: Risk) -> Report:
    return risk_report(risk, BUDGETS, title=HOSTILE, claim="<b>claim</b>")


@pytest.fixture(scope="session")
def extremes() -> Risk:
    """The golden posterior of groups where nothing was broken, where all was, and which was hardly tried."""
    return golden_risk("extreme_groups")


@pytest.fixture(scope="session")
def extreme_content(extremes: Risk) -> Report:
    return risk_report(extremes, BUDGETS, title="t", level=0.999)


@pytest.fixture(scope="session")
def judged() -> tuple[Risk, Risk]:
    """The golden posteriors of the same verdicts, with errors of the judge independent and persistent."""
    return golden_risk("independent_errors"), golden_risk("persistent_errors")


def stopped_at_success(prompts: int = 60, cap: int = 500, seed: int = 2) -> pd.DataFrame:
    """Attempts until the first success, `cap` at most."""
    first = np.random.default_rng(seed).geometric(np.random.default_rng(seed).beta(0.4, 20.0, prompts).clip(1e-6))
    ids = [f"p{i}" for i in range(prompts)]
    return pd.DataFrame({"problem": ids, "attempts": np.minimum(first, cap), "successes": (first <= cap).astype(int)})
