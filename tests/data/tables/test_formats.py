"""Bytes of each format become the same table."""

import io

import pandas as pd
import pytest

from bayescale.data.tables.formats import CSV, JSON_LINES, PARQUET, TABLE_FORMATS, plain_frame
from bayescale.errors import InputError

FRAME = pd.DataFrame({"family": ["a", "b"], "loss": [2.5, 3.0]})

LOOSE = {"check_dtype": False, "check_column_type": False}


def test_formats_agree() -> None:
    parquet = io.BytesIO()
    FRAME.to_parquet(parquet)
    pd.testing.assert_frame_equal(PARQUET.parse(parquet.getvalue(), "t"), FRAME, **LOOSE)
    lines = FRAME.to_json(orient="records", lines=True).encode()
    pd.testing.assert_frame_equal(JSON_LINES.parse(lines, "t"), FRAME, **LOOSE)
    table = CSV.parse(FRAME.to_csv(index=False).encode(), "t")
    assert table.to_numpy().tolist() == [["a", "2.5"], ["b", "3.0"]]
    assert [TABLE_FORMATS[suffix].typed for suffix in (".csv", ".parquet", ".jsonl", ".ndjson")] == [False] + [True] * 3


@pytest.mark.parametrize("name", TABLE_FORMATS)
def test_broken_bytes_are_refused_by_name(name: str) -> None:
    with pytest.raises(InputError, match=r"^t: "):
        TABLE_FORMATS[name].parse(b"\xff\0{", "t")


def test_named_levels_become_columns_and_empty_rows_go() -> None:
    frame = FRAME.assign(run=["r", "s"]).set_index("run").reindex(["r", "s", None])
    assert plain_frame(frame.iloc[:2]).columns.tolist() == ["family", "loss", "run"]
    assert len(plain_frame(FRAME.reindex([0, 1, 2]))) == 2
