"""Horizons, success by human time, and measured shares."""

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.horizon.answers import NO_SUCCESS, read_levels
from tests.golden import golden_horizon
from tests.horizon.simulation import HORIZONS


def test_intervals_hold_the_horizons_that_were_simulated() -> None:
    table = golden_horizon("agents").horizons(0.5, 0.95).set_index("model")
    for agent, minutes in HORIZONS.items():
        if agent != "weak":
            # the effects of the 24 tasks of the simulation move all horizons together
            assert table.loc[agent, "minutes_lower"] < minutes * 2
            assert minutes / 2 < table.loc[agent, "minutes_upper"]
    assert table["minutes_median"].is_monotonic_increasing


def test_an_agent_without_success_has_an_upper_bound_only() -> None:
    table = golden_horizon("agents").horizons([0.5, 0.8]).set_index(["model", "level"])
    weak = table.loc[("weak", 0.5)]
    assert weak["note"] == NO_SUCCESS
    assert weak["minutes_upper"] < 1
    assert weak["minutes_lower"] < weak["minutes_upper"] / 30


def test_success_at_the_horizon_is_its_level() -> None:
    horizon = golden_horizon("agents")
    for level in (0.5, 0.8):
        median = horizon.horizons(level).set_index("model")["minutes_median"]
        for agent in ("early", "late"):
            share = horizon.success(float(median[agent]), agent)["success_median"].iloc[0]
            assert share == pytest.approx(level, abs=0.01)


def test_success_falls_with_length_and_lies_within_its_interval() -> None:
    table = golden_horizon("agents").success([1, 10, 100, 1000], ["late"])
    assert (np.diff(table["success_median"]) < 0).all()
    assert (table["success_lower"] < table["success_median"]).all()
    assert (table["success_median"] < table["success_upper"]).all()


def test_measured_shares_are_those_of_families() -> None:
    shares = golden_horizon("agents").measured(1).set_index("model")
    cells = golden_horizon("agents").cells
    late = cells.agent == cells.agents.index("late")
    by_task = cells.successes[late] / cells.attempts[late]
    assert shares.loc["late", "share"] == pytest.approx(by_task.mean())  # families of equal size
    assert shares.loc["weak", "share"] == 0


@pytest.mark.parametrize("levels", [0, 1, 1.5, [0.5, -1], [], float("nan")])
def test_levels_lie_between_0_and_1(levels: object) -> None:
    with pytest.raises(InputError):
        read_levels(levels)  # type: ignore[arg-type]
