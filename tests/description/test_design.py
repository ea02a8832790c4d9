"""Each design is recognised in rows that have it, and its limits are stated."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.description.design import design_of


def runs(n_params: list[float], n_tokens: list[float], **more: object) -> pd.DataFrame:
    loss = 1.7 + 400 / np.array(n_params) ** 0.34 + 420 / np.array(n_tokens) ** 0.28
    return bs.read_runs(pd.DataFrame({"n_params": n_params, "n_tokens": n_tokens, "loss": loss, **more})).table


SIZES = [1e7, 3e7, 1e8, 3e8]


@pytest.mark.parametrize(
    ("table", "design"),
    [
        (runs(SIZES, [2e9, 1e9, 7e9, 3e9]), "single runs: 4 runs, each measured once"),
        (
            runs([n for n in SIZES for _ in range(3)], [1e9, 4e9, 1.7e10] * 4),
            "a grid: 4 sizes, 3 amounts of data, 12 of their combinations",
        ),
        (
            runs([n for n in SIZES for _ in range(3)], [c / 6 / n for n in SIZES for c in (1e18, 1e19, 1e20)]),
            "isoFLOP: 3 compute budgets, each with several sizes",
        ),
        (
            runs([1e7] * 3 + [1e8] * 3, [1e9, 2e9, 3e9] * 2, run=["a"] * 3 + ["b"] * 3, step=[1, 2, 3] * 2),
            "curves: 2 runs of 3 checkpoints",
        ),
    ],
)
def test_designs(table: pd.DataFrame, design: str) -> None:
    assert design_of(table, "loss")[0] == design


def test_limits() -> None:
    _, limits = design_of(runs(SIZES, [20 * n for n in SIZES], lr=[1e-3] * 4), "loss")
    assert "n_tokens is 20 times n_params in all rows" in " ".join(limits)
    assert "lr has one value in all rows" in " ".join(limits)
    assert design_of(runs(SIZES, [2e9, 1e9, 7e9, 3e9]), "loss")[1] == []
