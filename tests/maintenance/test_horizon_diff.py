"""What moved between two posteriors of time horizons."""

import numpy as np
import pandas as pd
import pytest

from bayescale.core.serialization import frozen
from bayescale.errors import InputError
from bayescale.horizon.result import Horizon
from bayescale.maintenance.diff import diff
from bayescale.maintenance.horizon_diff import agents_between, horizons_moved, trend_moved
from tests.golden import golden, golden_horizon

DATES = pd.DataFrame({"date": ["2026-01-01"], "level": [0.5], "agents": [[]]})


def shifted(doublings: float) -> Horizon:
    """The golden posterior with one more success of "late", and all its horizons moved."""
    tree = golden_horizon("agents").tree.copy(deep=True)
    cells = golden_horizon("agents").cells
    place = np.flatnonzero((cells.agent == cells.agents.index("late")) & (cells.successes < cells.attempts))[0]
    tree["observed_data"]["successes"].data[place] += 1
    tree["posterior"]["log2_horizon"].data[:] += doublings
    tree.attrs = {**tree.attrs, **frozen({"source": "other"})}
    return Horizon(tree)


def test_equal_posteriors_do_not_differ() -> None:
    horizon = golden_horizon("agents")
    assert agents_between(horizon.cells, horizon.cells).empty
    assert (horizons_moved(horizon, horizon)["moved"] == 0).all()
    assert trend_moved(horizon, horizon, DATES)["moved"].tolist() == [0]


def test_a_shift_of_all_horizons_is_found() -> None:
    before, after = golden_horizon("agents"), shifted(2.0)
    changes = diff(before.tree, after.tree, DATES)
    assert changes.runs["model"].tolist() == ["late"]
    assert changes.runs["change"].tolist() == ["changed"]
    assert (changes.runs["successes_after"] - changes.runs["successes_before"]).tolist() == [1]
    moved = changes.parameters.set_index(["parameter", "agent"]).loc[("minutes_50", "late")]
    assert moved["after"] == pytest.approx(4 * moved["before"])
    assert moved["moved"] > 0
    assert changes.forecasts["after"].iloc[0] > 2 * changes.forecasts["before"].iloc[0]
    assert changes.tables[0][1] == "Agents added, removed or changed"
    assert changes.influence.empty


def test_an_earlier_posterior_without_a_trend_has_no_before() -> None:
    tree = golden_horizon("agents").tree.copy(deep=True)
    tree["constant_data"]["release_day"].data[:] = np.nan
    assert np.isnan(trend_moved(Horizon(tree), golden_horizon("agents"), DATES)["before"]).all()


def test_other_kinds_are_not_compared() -> None:
    with pytest.raises(InputError, match="two posteriors of runs, or two of time horizons"):
        diff(golden_horizon("agents").tree, golden("plain").tree)
    with pytest.raises(InputError, match="must be a DataFrame"):
        diff(golden_horizon("agents").tree, golden_horizon("agents").tree, [1])
