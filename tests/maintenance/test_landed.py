"""Agents that land forecasts of horizons: unknown when these were published, and released near their dates."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from bayescale.maintenance.forecast_scores import drift, horizon_level, measured_text
from bayescale.maintenance.horizon_forecasts import horizon_forecasts
from bayescale.maintenance.landed import Scores, landed_scores
from bayescale.maintenance.lineage import Change
from bayescale.maintenance.specs.spec import HorizonSpec, ModelSpec
from bayescale.maintenance.store.forecast_log import empty, merge
from tests.golden import golden_horizon

#: "late" of the golden posterior was released on 2025-01-01.
TARGETS = [
    {"date": "2025-01-20"},
    {"date": "2025-03-01"},
    {"date": "2025-01-01", "run": "other"},
    {"date": "2021-01-01", "run": "feeble"},
]
CONTENT = HorizonSpec.model_validate({"data": {"source": "x.csv"}, "horizon": {}, "forecast": TARGETS})


def scores(log: pd.DataFrame, change: Change | None = None) -> Scores:
    spec = ModelSpec("agents", Path("agents.toml"), CONTENT)
    store = cast(Any, SimpleNamespace(ledger=lambda _: log))
    change = change or Change("other", "", cast(Any, object()))
    return landed_scores(spec, store, cast(Any, None), change, golden_horizon("agents"))


def log_without(*agents: str) -> pd.DataFrame:
    """The forecast log of a version that did not know some agents."""
    horizon = golden_horizon("agents")
    rows = horizon_forecasts(CONTENT, horizon, 0.9).rows
    known = sorted(set(horizon.cells.agents) - {*agents})
    return merge(empty(), rows.assign(known_families=json.dumps(known)), 1, datetime(2026, 5, 1, tzinfo=UTC))


def test_an_unknown_agent_lands_the_forecast_near_its_release() -> None:
    scored = scores(log_without("late")).rows
    assert scored is not None
    assert scored["forecast"].tolist() == ["1.1"]
    assert scored["scored_run"].tolist() == ["late"]
    assert 0 < scored["pit"].iloc[0] < 1


def test_known_agents_and_first_versions_land_nothing() -> None:
    rows = scores(log_without()).rows
    assert rows is not None
    assert rows.empty
    assert scores(log_without("late"), Change("first", "")).rows is None


def test_a_named_agent_without_a_success_is_noted() -> None:
    log = log_without("weak")
    log.loc[log["run"] == "feeble", "run"] = "weak"
    found = scores(log)
    assert found.rows is not None
    assert found.rows.empty
    assert "no forecast is scored" in found.notes[0]


def test_drift_of_an_agent_is_written_as_times() -> None:
    scored = scores(log_without("late")).rows
    assert scored is not None
    (line,) = drift(scored.assign(pit=0.999, observed=6000.0), 0.9)
    assert line.startswith("agent late has a 50 % horizon of 100 h, outside the 90 % interval ")
    assert horizon_level("horizon_98") == 0.98
    assert horizon_level("horizon_far") is None
    assert measured_text("loss", 2.5) == "2.5"
