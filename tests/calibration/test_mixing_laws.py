"""Calibration of risk posteriors end to end, and its contrast: problems easier than the law says must be caught."""

from dataclasses import replace

import numpy as np
import pytest

from bayescale.calibration import mixing_laws
from bayescale.calibration.mixing_laws import check_risk_calibration
from bayescale.calibration.risk_truth import Plan, Truth, true_draw
from bayescale.errors import InputError
from bayescale.risk.mixing import mixings as laws_named

STRICT = 1e-3


def test_a_true_mixing_law_s_posteriors_hold_the_truth_as_often_as_they_say() -> None:
    said: list[str] = []
    found = check_risk_calibration(
        "beta", n_problems=60, n_attempts=50, simulations=25, random_seed=3, progress=said.append
    )
    assert len(said) == 25
    assert found.table["quantity"].tolist() == [
        "a", "b", "these_1000", "new_1000", "these_10000", "new_10000", "log_likelihood",
    ]  # fmt: skip
    assert found.table["p_value"].min() > STRICT / len(found.table)
    assert {"effective", "pareto_k"} <= set(found.fits)
    plan = Plan(laws_named("beta"), ("beta",), 1, 60, 50, (1_000, 10_000))
    again = mixing_laws.simulate(plan, 3, 17)  # whatever the order in which threads came
    assert {name: value.tolist() for name, value in again.ranks.items()} == {
        str(name): value.to_numpy()[17].tolist() for name, value in found.ranks.items()
    }


def test_problems_easier_than_the_law_says_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def easier(plan: Plan, rng: np.random.Generator) -> Truth:
        truth = true_draw(plan, rng)
        rate = 10 * truth.rate
        return replace(truth, rate=rate, successes=rng.binomial(plan.attempts, -np.expm1(-rate)))

    monkeypatch.setattr(mixing_laws, "true_draw", easier)
    wrong = check_risk_calibration("beta", n_problems=60, n_attempts=50, simulations=25, random_seed=3)
    assert not wrong.passed
    table = wrong.table.set_index("quantity")
    assert table["p_value"].min() < STRICT / len(table)
    assert table.loc["new_1000", "mean"] < 0.4  # fewer are broken in truth than posteriors say


def test_an_average_ranks_which_law_holds_and_groups_have_laws_of_their_own() -> None:
    names = ("beta", "kumaraswamy")
    plan = Plan(laws_named(names), names, 2, 20, 20, (1_000,))
    ones = [mixing_laws.simulate(plan, 1, index) for index in range(3)]
    for one in ones:
        assert set(one.ranks) == {
            "these_1000",
            "new_1000",
            "log_likelihood",
            "law",
        }  # no parameters: laws differ in them
        assert all(value.shape == (2,) for value in one.ranks.values())
        assert all((value >= 0).all() and (value <= mixing_laws.DRAWS).all() for value in one.ranks.values())
    assert len({one.ranks["new_1000"].tobytes() for one in ones}) == 3


def test_questions_that_cannot_be_asked_are_refused_at_once() -> None:
    with pytest.raises(InputError, match="n_groups=0") as caught:
        check_risk_calibration(n_groups=0, simulations=3)
    assert len(caught.value.problems) == 2
    with pytest.raises(InputError, match="'betta' is not a mixing law"):
        check_risk_calibration("betta")
