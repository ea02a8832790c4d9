"""One real, small fit for all tests of reports: two families with names that nobody should trust."""

from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.core.checks import Checks
from bayescale.data.runs import read_runs
from bayescale.scaling.fit import fit
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit

HOSTILE = "<script>alert(1)</script>"
MATHEMATICAL = r"_$\frac{1$ & <b>模型</b>"
TARGETS: list[dict[str, Any]] = [
    {"name": "<img src=x onerror=alert(2)>", "family": HOSTILE, "n_params": 1e10, "n_tokens": 2e11},
    {"name": "second", "family": MATHEMATICAL, "n_params": 2e10, "n_tokens": 4e11},
    {"name": "unseen", "family": None, "n_params": 2e10, "n_tokens": 4e11},
]


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


def made_runs() -> pd.DataFrame:
    """Runs of a Chinchilla law with 1 % noise: one family on a path, one on a grid of sizes and tokens."""
    rng = np.random.default_rng(3)
    sizes = np.geomspace(5e7, 3e9, 8)
    path = pd.DataFrame({"family": HOSTILE, "n_params": sizes, "n_tokens": 20 * sizes})
    grid = [(n, d) for n in (1e8, 5e8, 2e9) for d in (5e9, 2e10, 8e10)]
    table = pd.concat(
        [path, pd.DataFrame(grid, columns=["n_params", "n_tokens"]).assign(family=MATHEMATICAL)], ignore_index=True
    )
    law = 1.7 + 406 / table["n_params"] ** 0.34 + 411 / table["n_tokens"] ** 0.28
    return table.assign(
        run=[f"run-{i}" for i in table.index], loss=law * np.exp(0.01 * rng.standard_normal(len(table)))
    )


@pytest.fixture(scope="session")
def fitted() -> Fit:
    return fit(read_runs(made_runs()), "chinchilla", discrepancy=False, noise="constant", random_seed=11)


@pytest.fixture(scope="session")
def forecast(fitted: Fit) -> Forecast:
    return fitted.forecast(TARGETS)


@pytest.fixture(scope="session")
def checks(fitted: Fit) -> Checks:
    return fitted.check(TARGETS)
