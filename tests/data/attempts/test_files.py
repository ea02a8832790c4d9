"""Columns of files of attempts are found without reading all rows, and files that cannot be read are refused."""

import json
import random
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.attempts import files
from bayescale.data.trials import read_trials
from tests.data.attempts.attempt_files import FORMATS, counts, refused, write_parquet

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None)
@given(TEXT, TEXT)
def test_any_text_is_one_literal_and_one_name(text: str, name: str) -> None:
    with duckdb.connect(":memory:") as connection:
        result = connection.execute(f"SELECT {files.literal(text)} AS {files.identifier(name)}")
        assert result.description[0][0] == name
        assert result.fetchall() == [(text,)]


@pytest.mark.parametrize("write", FORMATS)
def test_columns_and_rows_of_a_file(tmp_path: Path, write: object) -> None:
    rows = [{"problem": "p", "a,b": 'x "y"'}, {"problem": "q", "a,b": "z"}, {"problem": "r", "a,b": "z"}]
    path = write(tmp_path / "a.x", rows, ["problem", "a,b"])  # type: ignore[operator]
    assert files.file_columns(path) == ["problem", "a,b"]
    assert files.row_count(path, 100) == 3
    with duckdb.connect(":memory:") as connection:
        values = connection.execute(f"SELECT CAST(c0 AS VARCHAR) FROM ({files.file_reader(path, ['a,b'])})").fetchall()
    texts = [json.loads(value) if path.suffix == ".jsonl" else value for (value,) in values]
    assert texts == ['x "y"', "z", "z"]


def test_lines_that_are_not_objects_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"problem": 1}\n\n[1]\nnull\n{"problem": 2}\n')
    assert files.invalid_lines([path, tmp_path / "b.csv"]) == [
        "a.jsonl, line 3: list, not an object",
        "a.jsonl, line 4: NoneType, not an object",
    ]
    path.write_text("[1]\n" * 30)
    (message,) = files.invalid_lines([path])
    assert message.startswith("a.jsonl, line 1: list, not an object; ")


def test_an_error_key_late_in_json_lines_counts(tmp_path: Path) -> None:
    """It stands in one line of a file so large that looking for keys may miss it."""
    lines = [json.dumps({"problem": "p", "success": False, "response": "x" * 300})] * 40_000
    late = random.Random(1).randrange(1000, 39_000)
    lines[late] = json.dumps({"problem": "p", "success": False, "error": "timeout"})
    path = tmp_path / "attempts.jsonl"
    path.write_text("\n".join(lines) + "\n")
    assert counts(read_trials(path).grouped([])) == {("p",): (39_999, 0, 1)}


def test_keys_are_found_throughout_a_large_json_lines_file(tmp_path: Path) -> None:
    path = tmp_path / "attempts.jsonl"
    with path.open("w") as file:
        for place in range(60_000):
            late = {"judge": "second"} if place > 50_000 else {}
            file.write(json.dumps({"problem": "p", "success": True, "text": "x" * 200, **late}) + "\n")
    assert path.stat().st_size > 1.5 * files._PIECES * files._BYTES
    assert files.file_columns(path) == ["problem", "success", "text", "judge"]
    (path := tmp_path / "long.jsonl").write_text(json.dumps({"problem": "x" * 10_000_000, "success": True}) + "\n")
    assert files.file_columns(path) == ["problem", "success"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"\n\n", "the file is empty"),
        ("a.csv", b"problem,success\n", "has columns but no rows"),
        ("a.csv", b"problem;success\np;1\n", "separated by ';'"),
        ("a.csv", b"problem,success\np,1\np\n", "CSV Error on Line: 3"),
        ("a.csv", b"problem,success\np,1\np,1,0\n", "CSV Error on Line: 3"),
        ("a.csv", b'problem,success\np,1\n"p,1\n', "CSV Error on Line: 3"),
        ("a.csv", b"problem,success\np\xff,1\n", "CSV Error on Line: 2"),
        ("a.csv", b"problem\xff,success\np,1\n", "not CSV in UTF-8"),
        ("a.csv", "problem,success\np,1\n".encode("utf-16"), "not CSV in UTF-8"),
        ("a.csv", b"problem,success,success\np,1,1\n", "more than one column is called 'success'"),
        ("a.jsonl", b"", "the file is empty"),
        ("a.jsonl", b"\n \n", "the file is empty"),
        ("a.jsonl", b"problem\n", "is not JSON lines"),
        ("a.jsonl", b'{"problem": "p", "success": true}\n{"problem": "p", "succ', "a.jsonl, line 2: "),
        ("a.jsonl", b'{"problem": "p", "success": true}\n\n[1]\n', "a.jsonl, line 3: list, not an object"),
        ("a.jsonl", b'{"problem": "p", "success": true, "success": false}\n', 'duplicate key "success"'),
        ("a.jsonl", b'{"problem": "p", "success": true}\n{"Problem": "p"}\n', "differ only in upper and lower case"),
        ("a.jsonl", b'{"problem": "\\ud800", "success": true}\n', "cannot be read"),
        ("a.parquet", b"", "not a whole Parquet file"),
        ("a.parquet", b"PAR1 something else PAR1", "not a whole Parquet file"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    refused(path, str(path), says)


def test_a_parquet_file_broken_inside(tmp_path: Path) -> None:
    path = write_parquet(
        tmp_path / "a.x", [{"problem": f"p{i}", "success": True} for i in range(9999)], ["problem", "success"]
    )
    data = path.read_bytes()
    path.write_bytes(data[:1000])
    refused(path, "not a whole Parquet file")
    path.write_bytes(data[:4] + b"\xff" * 2000 + data[2004:])
    refused(path, str(path), "cannot be read")


def test_columns_that_differ_in_case_are_refused_where_they_would_be_mixed_up(tmp_path: Path) -> None:
    rows = [{"problem": "p", "success": True, "Model": "a", "model": "b"}]
    for write in FORMATS:
        refused(write(tmp_path / "a.x", rows, list(rows[0])), "'Model', 'model' differ only in upper and lower case")
    assert counts(read_trials(pd.DataFrame(rows))) == {("a", "b", "p"): (1, 1, 0)}
