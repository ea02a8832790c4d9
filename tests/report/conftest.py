"""The golden posterior of two families with hostile names, for all tests of reports."""

from collections.abc import Collection, Sequence
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.core.checks import Checks
from bayescale.report.elements import Report
from bayescale.report.loss.content import loss_report
from bayescale.scaling.evaluation.backtest import Backtest, backtest_of_points
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit
from tests.golden import golden
from tests.simulation import HOSTILE, MATHEMATICAL
from tests.simulation import hostile_runs as made_runs

__all__ = ["HOSTILE", "MATHEMATICAL", "TARGETS", "Page", "made_backtest", "made_runs"]

TARGETS: list[dict[str, Any]] = [
    {"name": "<img src=x onerror=alert(2)>", "family": HOSTILE, "n_params": 1e10, "n_tokens": 2e11},
    {"name": "second", "family": MATHEMATICAL, "n_params": 2e10, "n_tokens": 4e11},
    {"name": "unseen", "family": None, "n_params": 2e10, "n_tokens": 4e11},
]


def made_backtest(families: Sequence[str], cuts: Sequence[float], known: Collection[str]) -> Backtest:
    """One run of each family above each cut, forecast by the Chinchilla law, and its scores."""
    rows = [
        {"law": "chinchilla", "cut": cut, "family": family, "run": f"gnu-{place}", "known_family": family in known}
        for cut in cuts
        for place, family in enumerate(families)
    ]
    scores = {"error": 0.01, "pit": 0.4, "width": 0.1, "extrapolation": 3.0, "n_train": 10, "passed": True}
    more = dict.fromkeys(("coverage_50", "coverage_80", "coverage_90", "coverage_95", "coverage"), 1.0)
    zero = dict.fromkeys(("interval_score", "crps", "log_score"), 0.1)
    points = pd.DataFrame(rows).assign(continues=False, inside=True, **scores, **more, **zero)
    return backtest_of_points(points, 0.9)


class Page(HTMLParser):
    """What stands in a page: elements with their attributes, and the text outside of style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="session")
def fitted() -> Fit:
    return golden("hostile")


@pytest.fixture(scope="session")
def forecast(fitted: Fit) -> Forecast:
    return fitted.forecast(TARGETS)


@pytest.fixture(scope="session")
def checks(fitted: Fit) -> Checks:
    return fitted.check(TARGETS)


@pytest.fixture(scope="session")
def content(fitted: Fit, forecast: Forecast, checks: Checks) -> Report:
    """A report of hostile texts, with one measurement inside its interval, one outside, and one unknown."""
    actual = [float(forecast.table["run_median"].iloc[0]), 100.0, np.nan]
    return loss_report(
        fitted, forecast, checks, title=HOSTILE, claim="<b>claim</b>", actual=actual, notes=["{{ 7 * 7 }}"]
    )
