"""Tables of horizons from a posterior, and from what a store records of one."""

import numpy as np

from bayescale.maintenance.horizon_forecasts import horizon_forecasts
from bayescale.maintenance.model_kinds import plain
from bayescale.maintenance.specs.spec import HorizonSpec
from bayescale.report.horizon.tables import agents_table, days_text, horizons_table, published_tables, reached_table
from tests.golden import golden_horizon


def lineage() -> dict[str, object]:
    spec = {"data": {"source": "x.csv"}, "horizon": {}, "forecast": [{"date": "2026-01-01", "name": "next"}]}
    published = horizon_forecasts(HorizonSpec.model_validate(spec), golden_horizon("agents"), 0.9)
    tables = {name: plain(table.to_dict("records")) for name, table in published.tables.items()}
    return {"spec": spec, "forecast": plain(published.table.to_dict("records")), "tables": tables}


def test_a_version_shows_forecast_horizons_trend_and_probabilities() -> None:
    tables = {table.name: table for table in published_tables(lineage())}
    assert list(tables) == ["forecast", "horizons", "trend", "reached"]
    assert tables["forecast"].rows[0][:2] == ("next", "2026-01-01") or list(tables["forecast"].rows[0][:2]) == [
        "next",
        "2026-01-01",
    ]
    direct = horizons_table(golden_horizon("agents").horizons(), "model", 0.9)
    assert tables["horizons"].rows == direct.rows
    assert published_tables({"spec": {}}) == []


def test_a_doubling_time_may_be_never() -> None:
    assert days_text(212.4) == "212 days"
    assert days_text(None) == days_text(np.inf) == "never"


def test_a_probability_of_no_draw_is_less_than_one_draw() -> None:
    trend = golden_horizon("agents").trend()
    cells = [row[-2] for row in reached_table(trend, ["2026-01-01"], [1e-9, 1e12]).rows]
    assert cells[0].startswith(">99.9")
    assert cells[1].startswith("<0.0")


def test_agents_have_their_release_dates() -> None:
    table = agents_table(golden_horizon("agents"))
    assert "2025-01-01" in table.rows[-1]
