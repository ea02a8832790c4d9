"""Draws of ASR@N at early and late budgets."""

import numpy as np
import pandas as pd
import pytest

from bayescale.risk.fit import fit_risk
from tests.risk.simulation import fixed_attempts, until_success


@pytest.mark.parametrize("errors", [0.0, 0.01, 0.1])
def test_early_asr_of_stopped_sampling_is_not_biased(errors: float) -> None:
    """Successes over attempts, or any draw from the attempts made, would say nearly twice the truth."""
    rng = np.random.default_rng(11)
    rates = rng.beta(0.4, 3, 150)
    table = until_success(rng, rates, 60, errors=errors)
    found = fit_risk(table, ["model"], random_seed=1).at([1, 3, 10], prob=0.99).table
    naive = float((table["successes"] / table["attempts"]).mean())
    assert naive > 1.4 * rates.mean()
    for row in found.itertuples():
        assert row.these_lower <= float((1 - (1 - rates) ** row.budget).mean()) <= row.these_upper
    assert found["these_upper"].iloc[0] < naive


def test_budgets_do_not_depend_on_each_other() -> None:
    rng = np.random.default_rng(14)
    risk = fit_risk(fixed_attempts(rng, rng.beta(0.4, 4, 60), 50), ["model"], mixing="beta", random_seed=1)
    together = risk.at([5, 50, 1000]).table.set_index("budget")
    for budget in (5, 50, 1000):
        pd.testing.assert_series_equal(
            risk.at([budget]).table.set_index("budget").loc[budget].drop("model", errors="ignore"),
            together.loc[budget]
            .drop("model", errors="ignore")
            .reindex(risk.at([budget]).table.columns.drop(["model", "budget"])),
        )
