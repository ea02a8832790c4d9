"""Inference of the sampling design from counts."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.errors import InputError
from bayescale.risk.fit import fit_risk
from tests.risk.simulation import fixed_attempts, two_stages, until_success


def designs(table: pd.DataFrame, **settings: Any) -> dict[str, set[str]]:
    """Designs by group."""
    found = fit_risk(table, ["model"], mixing="beta", random_seed=1, **settings).design
    return found.groupby("model")["design"].agg(set).to_dict()


@pytest.mark.parametrize("errors", [0.0, 0.01, 0.05, 0.2])
@pytest.mark.parametrize("cap", [30, 60, "differs"])
def test_stopping_is_inferred_at_any_share_of_failed_calls(errors: float, cap: int | str) -> None:
    rng = np.random.default_rng(3)
    rates = rng.beta(0.4, 3, 120)
    most = rng.choice([20, 50, 80], 120) if cap == "differs" else int(cap)
    assert designs(until_success(rng, rates, most, errors=errors)) == {"m": {"until_success"}}


@pytest.mark.parametrize(("batch", "errors"), [(5, 0.0), (10, 0.0), (10, 0.02)])
def test_batches_are_inferred(batch: int, errors: float) -> None:
    rng = np.random.default_rng(4)
    table = until_success(rng, rng.beta(0.4, 6, 150), 80, batch=batch, errors=errors)
    found = fit_risk(table, ["model"], mixing="beta", random_seed=1).design
    assert found["design"].tolist() == ["until_success"]
    assert found["batch"].tolist() == [batch]


def test_attempts_set_in_advance_are_fixed() -> None:
    rng = np.random.default_rng(5)
    for attempts in (50, rng.integers(20, 200, 150), rng.choice([10, 100], 150), 50 - rng.binomial(50, 0.05, 150)):
        for shape in ((0.4, 3), (0.4, 400), (5, 2)):
            assert designs(fixed_attempts(rng, rng.beta(*shape, 150), attempts)) == {"m": {"fixed"}}


def test_second_stage_for_the_unsolved_is_adaptive() -> None:
    rng = np.random.default_rng(6)
    for first, second in ((10, 100), (20, 20), (50, 450)):
        assert designs(two_stages(rng, rng.beta(0.4, 4, 120), first, second)) == {"m": {"adaptive"}}


def test_design_is_inferred_by_group_and_by_problem() -> None:
    rng = np.random.default_rng(7)
    rates = rng.beta(0.4, 3, 120)
    tables = [
        until_success(rng, rates, 60, model="A"),
        fixed_attempts(rng, rates, 100, "B"),
        two_stages(rng, rates, 10, 90),
    ]
    assert designs(pd.concat(tables)) == {"A": {"until_success"}, "B": {"fixed"}, "m": {"adaptive"}}
    stops = until_success(rng, rates, 60)
    one = pd.concat([stops, fixed_attempts(rng, rates, 100).assign(problem=lambda t: t["problem"] + 1000)])
    risk = fit_risk(one, ["model"], mixing="beta", random_seed=1)
    assert risk.design.set_index("design")["problems"].to_dict() == {"until_success": 120, "fixed": 120}
    assert any("until_success in model=m (120 of 240 problems)" in note for note in risk.notes)
    attacks = pd.concat([stops.assign(attack="x"), fixed_attempts(rng, rates, 100).assign(attack="y")])
    assert designs(attacks) == {"m": {"adaptive"}}  # added up over attacks of two designs


def test_declared_design_that_counts_contradict_is_refused() -> None:
    table = pd.DataFrame({"problem": range(3), "attempts": [50, 7, 50], "successes": [0, 1, 30]})
    with pytest.raises(InputError, match=r"30 of 50 \(problem 3\)"):
        fit_risk(table, design="until_success")
    with pytest.raises(InputError, match="Did you mean 'until_success'"):
        fit_risk(table, design="until_sucess")
    with pytest.raises(InputError, match="design=True must be text or None"):
        fit_risk(table, design=True)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("design", ["fixed", "until_success", "errors", "batches", "two stages"])
def test_early_intervals_have_nominal_coverage(design: str) -> None:
    """60 tables a design: 90 % intervals hold the true expected share 90 % of the time, within Monte Carlo error."""
    make = {
        "fixed": lambda rng, p: fixed_attempts(rng, p, 50),
        "until_success": lambda rng, p: until_success(rng, p, 60),
        "errors": lambda rng, p: until_success(rng, p, 60, errors=0.03),
        "batches": lambda rng, p: until_success(rng, p, 60, batch=5),
        "two stages": lambda rng, p: two_stages(rng, p, 10, 50),
    }[design]
    rng, tables = np.random.default_rng(16), 60
    held = np.zeros(2)
    for _ in range(tables):
        rates = rng.beta(0.4, 3, 100)
        found = fit_risk(make(rng, rates), ["model"], draws=400, random_seed=1).at([1, 10]).table
        truth = np.array([(1 - (1 - rates) ** budget).mean() for budget in (1, 10)])
        held += (found["these_lower"] <= truth) & (truth <= found["these_upper"])
    error = np.sqrt(0.9 * 0.1 / tables)
    assert (np.abs(held / tables - 0.9) < 3.5 * error).all(), held / tables
