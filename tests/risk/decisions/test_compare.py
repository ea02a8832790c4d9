"""Paired comparison of two groups."""

import numpy as np
import pandas as pd
import pytest

from bayescale.errors import InputError
from bayescale.risk.fit import fit_risk


def test_compare_cancels_shared_difficulty(table: pd.DataFrame) -> None:
    """Two models with the same chances but for a mitigation that halves them: pairing shows it."""
    rng = np.random.default_rng(5)
    p = rng.beta(0.5, 5, 150)
    rows = [
        pd.DataFrame({"model": name, "problem": range(150), "attempts": 60, "successes": rng.binomial(60, factor * p)})
        for name, factor in (("before", 1.0), ("after", 0.4))
    ]
    found = fit_risk(pd.concat(rows), by=["model"], random_seed=1)
    paired = found.compare("before", "after", [10]).iloc[0]
    assert paired.new_upper < 0
    assert paired.second_lower > 0.98
    draws = found.at([10]).dataset["new"].to_numpy()[0, :, :, 0]
    apart = np.quantile(draws[:, 1] - np.random.default_rng(0).permutation(draws[:, 0]), [0.05, 0.95])
    assert paired.new_upper - paired.new_lower < np.ptp(apart)
    with pytest.raises(InputError, match="'later' is not a group of model"):
        found.compare("before", "later", [10])
