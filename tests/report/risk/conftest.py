"""Risk posteriors and their reports, of groups with hostile names and of extreme groups."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.report.elements import Report
from bayescale.report.risk.content import risk_report
from bayescale.risk.fit import fit_risk
from bayescale.risk.judge import Judge
from bayescale.risk.result import Risk
from tests.report.conftest import HOSTILE, MATHEMATICAL

BUDGETS = [10_000, 1_000]


def trials(groups: dict[str, tuple[float, float]], name: str = "model", prompts: int = 40) -> pd.DataFrame:
    """Counts of 100 attempts at prompts whose rates are Beta; the same prompts in every group."""
    rng = np.random.default_rng(5)
    rows = [
        (group, f"<i>secret</i> {prompt}", 100, rng.binomial(100, rng.beta(a, b)))
        for group, (a, b) in groups.items()
        for prompt in range(prompts)
    ]
    return pd.DataFrame(rows, columns=[name, "problem", "attempts", "successes"])


def fitted_to(table: pd.DataFrame, **settings: Any) -> Risk:
    return fit_risk(table, mixing="beta", random_seed=1, **settings)


@pytest.fixture(scope="session")
def risk() -> Risk:
    return fitted_to(trials({HOSTILE: (0.4, 6.0), MATHEMATICAL: (0.4, 30.0)}))


@pytest.fixture(scope="session")
def content(risk: Risk) -> Report:
    return risk_report(risk, BUDGETS, title=HOSTILE, claim="<b>claim</b>")


@pytest.fixture(scope="session")
def extremes() -> Risk:
    """One group where nothing was broken, one where every attempt succeeded, one that was hardly tried."""
    table = trials({"none": (0.4, 1e9), "all": (1e9, 0.4)}, prompts=20)
    table["successes"] = np.where(table["model"] == "none", 0, 100)
    return fitted_to(pd.concat([table, trials({"one": (1.0, 20.0)}, prompts=1)]))


@pytest.fixture(scope="session")
def extreme_content(extremes: Risk) -> Report:
    return risk_report(extremes, BUDGETS, title="t", level=0.999)


@pytest.fixture(scope="session")
def judged() -> tuple[Risk, Risk]:
    table, rates = trials({"a": (0.4, 30.0)}, prompts=25), {"false_positive_rate": (2.0, 998.0)}
    return (
        fitted_to(table, judge=Judge(**rates, errors="independent")),
        fitted_to(table, judge=Judge(**rates, errors="persistent")),
    )


def stopped_at_success(prompts: int = 60, cap: int = 500, seed: int = 2) -> pd.DataFrame:
    """Attempts until the first success, `cap` at most."""
    first = np.random.default_rng(seed).geometric(np.random.default_rng(seed).beta(0.4, 20.0, prompts).clip(1e-6))
    ids = [f"p{i}" for i in range(prompts)]
    return pd.DataFrame({"problem": ids, "attempts": np.minimum(first, cap), "successes": (first <= cap).astype(int)})
