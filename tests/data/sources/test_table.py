"""Raw rows of a source: united columns, stamps by part, and a digest of the rows alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.sources.table import Part, Table, rows_stamp

ROWS = pd.DataFrame({"run": ["a", "b", "c", "d"], "loss": [3.0, 2.5, np.nan, 2.5]})


def table(*frames: pd.DataFrame) -> Table:
    parts = tuple(Part(f"part {place}", rows_stamp(rows), rows) for place, rows in enumerate(frames))
    return Table(None, "source", parts, ())


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(4)), st.permutations(list(ROWS)), st.integers(1, 3))
def test_the_digest_is_of_the_rows_alone(order: list[int], names: list[str], first: int) -> None:
    rows = ROWS.loc[order, names].reset_index(drop=True)
    split = table(rows[:first], rows[first:].reset_index(drop=True))
    assert split.digest == table(ROWS).digest
    assert split.rows.index.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "other",
    [ROWS.fillna(0.0), ROWS[:3], ROWS.rename(columns={"loss": "error"}), pd.concat([ROWS, ROWS[:1]]), ROWS.assign(n=1)],
)
def test_the_digest_and_the_stamp_change_with_the_rows(other: pd.DataFrame) -> None:
    assert table(other.reset_index(drop=True)).digest != table(ROWS).digest
    assert rows_stamp(other) != rows_stamp(ROWS)


def test_columns_are_united() -> None:
    rows = table(ROWS[:1], pd.DataFrame(), pd.DataFrame({"lr": [0.1]})).rows
    assert list(rows) == ["run", "loss", "lr"]
    assert rows["lr"].isna().tolist() == [True, False]
    assert list(table(pd.DataFrame({"run": []})).rows) == ["run"]
    assert table().rows.empty


def test_the_cursor_has_a_stamp_of_every_part() -> None:
    parts = (Part("a", "1", ROWS), Part("b", "", pd.DataFrame()))
    assert Table(None, "source", parts, ()).cursor == {"a": "1", "b": ""}
