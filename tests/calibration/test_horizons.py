"""Simulated tables of agents and tasks, and the ranks of true horizons."""

import numpy as np
import pytest

from bayescale.calibration import horizons
from bayescale.calibration.horizons import (
    Plan,
    check_horizon_calibration,
    quantities,
    simulate,
    true_table,
)
from bayescale.errors import InputError

SMALL = Plan(2, 3, 2, 4)


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
