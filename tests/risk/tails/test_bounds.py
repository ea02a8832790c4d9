"""Bounds without successes or without failures."""

import numpy as np
import pandas as pd
import pytest

from bayescale.risk.fit import fit_risk


def test_bounds_without_successes_or_failures() -> None:
    none = fit_risk(pd.DataFrame({"problem": range(50), "attempts": 100, "successes": 0}), random_seed=1)
    found = none.bounds([1000, 10_000], prob=0.95)
    assert found["prior_free"].tolist() == pytest.approx([1 - 0.05**0.2, 1 - 0.05**2], abs=1e-9)
    assert (found["posterior"] < found["prior"]).all()
    assert found["posterior"].iloc[0] < found["prior_free"].iloc[0]
    assert (found["side"] == "upper").all()
    every = fit_risk(pd.DataFrame({"problem": range(50), "attempts": 10, "successes": 10}), random_seed=1)
    bound = every.bounds(1000, prob=0.95)
    assert bound["side"].tolist() == ["lower"]
    assert bound["prior_free"].tolist() == pytest.approx([0.05 ** (1 / 50)])
    assert bound["posterior"].iloc[0] > bound["prior"].iloc[0]


def test_prior_free_bound_holds_over_mixing_laws() -> None:
    """The worst case at its edge: when data as clean as these have probability 5 %, no law exceeds the bound."""
    k, n, budget = 20, 30, 500
    bound = 1 - 0.05 ** (budget / (k * n))
    rng = np.random.default_rng(0)
    for _ in range(300):
        p, share = rng.beta(0.3, 20, 4), rng.dirichlet(np.ones(4))
        if (share @ (1 - p) ** n) ** k >= 0.05:
            assert share @ (1 - (1 - p) ** budget) <= bound + 1e-12
