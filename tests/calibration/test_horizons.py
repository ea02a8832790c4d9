"""Calibration of horizons by simulation, and its contrast: trends steeper than the prior says must be caught."""

import numpy as np
import pytest

from bayescale.calibration import horizons
from bayescale.calibration.horizons import (
    Plan,
    check_horizon_calibration,
    check_trend_calibration,
    quantities,
    simulate,
    simulate_trend,
    true_table,
)
from bayescale.errors import InputError

STRICT = 1e-3
SMALL = Plan(2, 3, 2, 4)


def test_trends_hold_the_truth_as_often_as_they_say() -> None:
    result = check_trend_calibration(simulations=60, random_seed=2)
    assert result.table["p_value"].min() > STRICT / len(result.table)
    assert {"line_end", "slope_end", "scatter", "agent_next_year"} <= set(result.table["quantity"])
    again = simulate_trend(8, 1.0, 2, 17)
    assert int(again.ranks["slope_end"]) == int(result.ranks["slope_end"].to_numpy()[17])


def test_slopes_beyond_the_prior_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(horizons, "SLOPE_SCALE", 60.0)
    result = check_trend_calibration(n_agents=3, error=20.0, simulations=60, random_seed=2)
    assert not result.passed


def test_tables_come_from_the_priors() -> None:
    truth, cells = true_table(SMALL, np.random.default_rng(1))
    assert cells.successes.shape == (12,)
    assert (cells.successes <= 4).all()
    values = quantities({name: value[None] for name, value in truth.items()})
    assert values["log2_horizon_80"].shape == (1, 2)
    assert (values["log2_horizon_80"] < values["log2_horizon_50"]).all()


def test_one_simulation_ranks_every_quantity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(horizons, "FIT_DRAWS", 30)
    result = simulate(SMALL, 1, 0)
    assert result.ranks["success_60"].shape == (2,)
    assert result.ranks["cell_scale"].shape == ()
    assert not result.passed  # 30 draws are too few


def test_counts_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="simulations"):
        check_horizon_calibration(simulations=1)
    with pytest.raises(InputError, match="n_agents"):
        check_trend_calibration(n_agents=2)
