"""Dates as days, from text, dates, a column or a mapping."""

import datetime

import numpy as np
import pandas as pd
import pytest

from bayescale.errors import InputError
from bayescale.horizon.release_dates import date_text, dates_of_agents, day_of, read_dates


@pytest.mark.parametrize(
    "value", ["2025-03-18", datetime.date(2025, 3, 18), pd.Timestamp("2025-03-18"), np.datetime64("2025-03-18")]
)
def test_dates_of_every_type(value: object) -> None:
    assert date_text(day_of(value)) == "2025-03-18"
    assert read_dates("dates", [value]).tolist() == [day_of("2025-03-18")]


@pytest.mark.parametrize("value", ["soon", "18/03/2025", 2025, None, True, "0001-01-01", ["x"], pd.NaT])
def test_what_is_no_date(value: object) -> None:
    with pytest.raises(InputError, match="must be a date such as"):
        read_dates("dates", value)


def test_a_column_gives_one_date_for_each_agent() -> None:
    table = pd.DataFrame(
        {"model": ["a", "a", "b", "c"], "release_date": ["2024-01-01", "2024-01-01", "", "2025-01-01"]}
    )
    days, problems = dates_of_agents(table, "model", None)
    assert days == {"a": day_of("2024-01-01"), "c": day_of("2025-01-01")}
    assert problems == []
    table.loc[1, "release_date"] = "2024-01-02"
    assert "2024-01-01 and 2024-01-02; give one" in dates_of_agents(table, "model", None)[1][0]
