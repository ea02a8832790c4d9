"""What a version of a horizon model publishes, and which agents land its forecasts."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.data.trials import read_trials
from bayescale.errors import InputError
from bayescale.horizon.result import Horizon
from bayescale.maintenance.horizon_forecasts import (
    horizon_forecasts,
    measured_agents,
    require_trend,
    unmeasured_note,
)
from bayescale.maintenance.specs.spec import HorizonSpec
from tests.golden import golden_horizon
from tests.horizon.simulation import RELEASED, agent_trials


def content(**tables: Any) -> HorizonSpec:
    data = {"source": "example:agent_horizons"}
    return HorizonSpec.model_validate({"data": data, "horizon": {}, **tables})


TARGETS = [{"date": "2026-01-01", "name": "next"}, {"date": "2027-01-01", "run": "later"}]


def test_targets_are_forecast_with_the_trend_and_a_measured_agent() -> None:
    published = horizon_forecasts(content(forecast=TARGETS), golden_horizon("agents"), 0.9)
    assert published.table["date"].tolist() == ["2026-01-01", "2027-01-01"]
    assert (published.table["agent_lower"] < published.table["trend_lower"]).all()
    assert (published.table["agent_upper"] > published.table["trend_upper"]).all()
    assert published.rows["response"].tolist() == ["horizon_50"] * 2
    assert published.rows["run"].tolist() == ["", "later"]
    assert (published.rows["extrapolation"] > 1).all()
    assert published.rows["q50"].to_numpy() == pytest.approx(published.rows["run_median"].to_numpy())
    assert set(published.tables) == {"horizons", "trend", "reached"}
    assert published.tables["reached"]["minutes"].tolist() == [60, 60, 480, 480]


def test_an_agent_that_is_fitted_already_is_not_forecast() -> None:
    published = horizon_forecasts(
        content(forecast=[{"date": "2025-01-01", "run": "late"}]), golden_horizon("agents"), 0.9
    )
    assert published.table.empty
    assert "trend" in published.tables


def test_without_release_dates_only_horizons_are_published() -> None:
    tree = golden_horizon("agents").tree.copy(deep=True)
    tree["constant_data"]["release_day"].data[:] = np.nan
    published = horizon_forecasts(content(), Horizon(tree), 0.9)
    assert set(published.tables) == {"horizons"}
    assert published.rows.empty


def test_agents_without_a_success_land_nothing() -> None:
    agents, unmeasured = measured_agents(content(), golden_horizon("agents"))
    assert unmeasured == ("weak",)
    assert "weak" not in set(agents["run"])
    late = agents.set_index("run").loc["late"]
    assert late["horizon_50"] == pytest.approx(golden_horizon("agents").horizons(0.5)["minutes_median"].iloc[-1])
    assert "'weak'" in unmeasured_note(unmeasured) or "weak" in unmeasured_note(unmeasured)


@pytest.mark.parametrize(
    ("tables", "dated", "message"),
    [
        ({"forecast": TARGETS}, False, "0 different release dates"),
        ({"trend": {"agents": ["lat"]}}, True, "trend.agents: 'lat'.*Did you mean 'late'"),
        ({"trend": {"agents": ["late", "early"]}}, True, "2 different release dates"),
        ({"horizon": {"agent": "bot"}}, True, "column 'bot'"),
    ],
)
def test_what_cannot_be_forecast_is_refused_before_sampling(tables: dict[str, Any], dated: bool, message: str) -> None:
    table = agent_trials(families=3)
    if dated:
        table = table.assign(release_date=table["model"].map(RELEASED))
    with pytest.raises(InputError, match=message):
        require_trend(content(**tables), read_trials(pd.DataFrame(table)))
