"""Simulated larger studies."""

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.risk.decisions.next_measurements import simulated_study
from bayescale.risk.fit import fit_risk
from tests.risk.simulation import beta_counts, until_success, without_rates


@pytest.mark.slow
def test_larger_studies_narrow_the_interval() -> None:
    found = fit_risk(
        without_rates(beta_counts({"a": (0.8, 8.0)}, problems=40, attempts=30)), mixing="beta", random_seed=1
    )
    plan = found.plan(1000)
    assert plan.table["expected_width"].min() < 0.7 * plan.width
    more = plan.table[plan.table["buy"] == "problems"]["expected_width"]
    assert more.iloc[-1] < more.iloc[0]
    assert "halve" in plan.advice
    with pytest.raises(InputError, match="price_attempt=0"):
        found.plan(1000, price_attempt=0)


def test_simulated_study_stops_where_the_present_one_did() -> None:
    rng = np.random.default_rng(12)
    table = until_success(rng, rng.beta(0.8, 8, 40), 30)
    risk = fit_risk(table, ["model"], mixing="beta", random_seed=1)
    grown = simulated_study(risk, 0, 2, 4, rng)
    before = risk.problems
    broken = before.successes > 0
    assert (grown.attempts[:40][broken] == before.attempts[broken]).all()
    assert grown.successes.max() == 1
    assert grown.attempts.max() <= 4 * 30
    assert (grown.attempts[grown.successes == 0] == 4 * 30).all()
    with pytest.raises(InputError, match="by an unknown rule"):
        fit_risk(table, ["model"], design="adaptive", mixing="beta", random_seed=1).plan(100)
