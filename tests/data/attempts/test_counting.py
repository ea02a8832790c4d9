"""One row per attempt: every format and the DataFrame count alike, whatever the names, and files are not loaded."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bayescale.data.attempts import counting
from bayescale.data.trials import read_trials
from tests.data.attempts.attempt_files import FORMATS, HOSTILE, Row, counts, refused, write_jsonl


def expected(rows: Sequence[Row], keys: Sequence[str]) -> dict[tuple[str, ...], tuple[int, int, int]]:
    """The same by plain Python: one dictionary of counters."""
    ran: Counter[tuple[str, ...]] = Counter()
    got: Counter[tuple[str, ...]] = Counter()
    not_run: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        key = tuple("" if row[name] is None else str(row[name]).strip() for name in keys)
        failed = bool(row["error"]) or row["success"] is None
        ran[key] += not failed
        got[key] += not failed and bool(row["success"])
        not_run[key] += failed
    return {key: (ran[key], got[key], not_run[key]) for key in ran}


TEXT = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=6),
).filter(lambda text: text.strip() != "")
ATTEMPT = st.fixed_dictionaries(
    {
        "problem": TEXT,
        "model": TEXT,
        "success": st.sampled_from([True, False, None]),
        "error": st.sampled_from([None, None, True, False]),
    }
)


EVERY_HOSTILE_TEXT: list[Row] = [
    {"problem": problem, "model": model, "success": [True, False, None][place % 3], "error": [None, True][place % 2]}
    for place, (problem, model) in enumerate(zip(HOSTILE, reversed(HOSTILE), strict=True))
]


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ATTEMPT, min_size=1, max_size=25))
@example(EVERY_HOSTILE_TEXT)
def test_attempts_counted_by_duckdb_are_the_counts(tmp_path: Path, rows: list[Row]) -> None:
    require_equal_counts(tmp_path, rows)


@pytest.mark.slow
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ATTEMPT, min_size=1, max_size=25))
def test_many_tables_of_attempts_are_counted_by_duckdb(tmp_path: Path, rows: list[Row]) -> None:
    require_equal_counts(tmp_path, rows)


def require_equal_counts(tmp_path: Path, rows: list[Row]) -> None:
    """Every format and the DataFrame count as plain Python does, and have the digest of the table of counts."""
    if not any(row["success"] is not None and not row["error"] for row in rows):
        rows = [*rows, {"problem": "p", "model": "m", "success": True, "error": None}]
    names, want = ["problem", "model", "success", "error"], expected(rows, ["model", "problem"])
    frame = read_trials(pd.DataFrame(rows))
    assert counts(frame) == want
    columns = ["model", "problem", "attempts", "successes", "errors"]
    table = pd.DataFrame([(*key, *value) for key, value in want.items()], columns=columns)
    assert read_trials(table).digest == frame.digest
    for write in FORMATS:
        read = read_trials(write(tmp_path / "attempts", rows, names))
        assert counts(read) == want
        assert read.digest == frame.digest


@pytest.mark.parametrize(("suffix", "n"), [("parquet", 2_000_000), ("csv", 2_000_000), ("jsonl", 300_000)])
def test_many_rows_are_counted_exactly(tmp_path: Path, suffix: str, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not loaded: DuckDB may hold less than the rows are, and the reader that loads is taken away."""
    monkeypatch.setattr("bayescale.data.attempts.scan.MEMORY", "256MB")
    path = tmp_path / f"attempts.{suffix}"
    kind = {"csv": "csv", "parquet": "parquet", "jsonl": "json"}[suffix]
    duckdb.connect().execute(
        f"""COPY (SELECT 'm' || i % 3 AS model, i % 7 AS problem, i % 11 = 0 AS success, i % 13 = 0 AS error,
                i AS attempt, 'response ' || i AS response FROM range({n}) AS rows(i))
            TO '{path}' (FORMAT {kind})"""
    )
    monkeypatch.setattr("bayescale.data.trials.read_table", None)
    read = read_trials(path)
    i = np.arange(n)
    ran = i % 13 != 0
    keys = [f"m{model}/{problem}" for model in range(3) for problem in range(7)]
    where = {f"m{model}/{problem}": (i % 3 == model) & (i % 7 == problem) for model in range(3) for problem in range(7)}
    got = read.table.set_index(read.table["model"] + "/" + read.table["problem"])
    assert got["attempts"].to_dict() == {key: int((where[key] & ran).sum()) for key in keys}
    assert got["successes"].to_dict() == {key: int((where[key] & ran & (i % 11 == 0)).sum()) for key in keys}
    assert got["errors"].sum() == int((~ran).sum())
    assert read.groups == ("model",)
    assert "more than 1000 different values distinguish attempts and are left out: response." in read.notes[0]


def test_files_of_one_table_may_differ_in_types_and_order(tmp_path: Path) -> None:
    pq.write_table(pa.table({"problem": [1, 2], "success": [True, False]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"success": ["1", "no"], "problem": ["1", "x"]}), tmp_path / "b.parquet")
    pq.write_table(pa.table({"success": [1.0, 0.5], "problem": [1.0, 2.0]}), tmp_path / "c.parquet")
    assert refused(str(tmp_path / "*.parquet"))[0].startswith(
        "column 'success': 'no' (row 2 of b.parquet), '0.5' (row 2 of c.parquet) must be"
    )
    pq.write_table(pa.table({"success": [1.0, 0.0], "problem": [1.0, 2.0]}), tmp_path / "c.parquet")
    read = read_trials([tmp_path / "a.parquet", tmp_path / "c.parquet"])
    assert counts(read) == {("1",): (2, 2, 0), ("2",): (2, 0, 0)}
    (tmp_path / "a.csv").write_text("problem,success\np,1\n")
    (tmp_path / "b.csv").write_text("success,problem\n0,p\n")
    assert counts(read_trials(str(tmp_path / "*.csv"))) == {("p",): (2, 1, 0)}


@pytest.mark.parametrize(
    ("values", "want"),
    [
        ([True, False, None], (2, 1, 1)),
        ([1, 0, 1], (3, 2, 0)),
        ([1.0, 0.0, None], (2, 1, 1)),
        ([1.0, 0.0, float("nan")], (2, 1, 1)),
        (["true", " FALSE ", ""], (2, 1, 1)),
        (["1", "0.0", "NA"], (2, 1, 1)),
    ],
)
@pytest.mark.parametrize("write", [*FORMATS, None])
def test_what_success_may_be(tmp_path: Path, values: list[Any], want: tuple[int, ...], write: Any) -> None:
    rows = [{"problem": "p", "success": value} for value in values]
    source = write(tmp_path / "a.x", rows, ["problem", "success"]) if write else pd.DataFrame(rows)
    assert counts(read_trials(source)) == {("p",): want}


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ([True, False, None], 1),
        ([1, 0, 1], 2),
        (["timeout", "", None], 1),
        (["true", "False", "none"], 1),
        (["0", "rate limit\nexceeded", "[]"], 1),
    ],
)
@pytest.mark.parametrize("write", [*FORMATS, None])
def test_what_error_may_be(tmp_path: Path, values: list[Any], errors: int, write: Any) -> None:
    rows = [{"problem": "p", "success": True, "error": value} for value in values]
    source = write(tmp_path / "a.x", rows, ["problem", "success", "error"]) if write else pd.DataFrame(rows)
    read = read_trials(source)
    assert counts(read) == {("p",): (3 - errors, 3 - errors, errors)}
    assert f"{errors} attempt{'s' * (errors > 1)} with success and an error: counted as not run." in read.notes


def test_an_error_that_is_an_object(tmp_path: Path) -> None:
    rows = [{"problem": "p", "success": True, "error": value} for value in ({"type": "timeout"}, {}, [], None)]
    assert counts(read_trials(write_jsonl(tmp_path / "a.x", rows, []))) == {("p",): (3, 3, 1)}


def test_ids_are_the_same_text_in_every_format(tmp_path: Path) -> None:
    rows = [{"problem": 7, "success": True}, {"problem": 7.0, "success": True}, {"problem": "7", "success": False}]
    assert counts(read_trials(write_jsonl(tmp_path / "a.x", rows, []))) == {("7",): (3, 2, 0)}
    rows[2]["problem"] = "7.0"  # as a file writes it whose column had blanks
    assert counts(read_trials(write_jsonl(tmp_path / "a.x", rows, []))) == {("7",): (3, 2, 0)}
    rows[2]["problem"] = "7.10"  # a section is no number
    assert set(counts(read_trials(write_jsonl(tmp_path / "a.x", rows, [])))) == {("7",), ("7.10",)}
    for values in ([7, 8], [7.0, 8.0], ["7", " 8 "]):
        pq.write_table(pa.table({"problem": values, "success": [True, False]}), tmp_path / "a.parquet")
        assert set(counts(read_trials(tmp_path / "a.parquet"))) == {("7",), ("8",)}
    dates = pa.table({"problem": ["a"], "success": [True], "day": pa.array([19_000], pa.date32()), "n": [[1, 2]]})
    pq.write_table(dates, tmp_path / "a.parquet")
    assert set(counts(read_trials(tmp_path / "a.parquet"))) == {("2022-01-08", "[1, 2]", "a")}


def test_columns_of_many_values_are_left_out_by_an_exact_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the first rows do not show how many values there are."""
    monkeypatch.setattr(counting, "SAMPLED_ROWS", 10)
    rows = [
        {"problem": f"p{i % 5}", "success": i % 2, "few": i // 3 % 1000, "many": i // 3 % 1001} for i in range(4000)
    ]
    for write in FORMATS:
        read = read_trials(write(tmp_path / "a.x", rows, list(rows[0])))
        assert (read.groups, read.unused) == ((), ("few",))
        assert read.notes == (
            "Columns with more than 1000 different values distinguish attempts and are left out: many.",
            "Groups are defined by no column; columns not used: few. few varies within a problem's attempts. by=[...] "
            "(--by) names the columns that define groups.",
        )
        assert read.table["attempts"].sum() == 4000
        assert read.grouped([]).table["successes"].tolist() == [400] * 5


def test_too_many_problems_name_the_column_to_look_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_ROWS", 50)
    rows = [{"problem": f"id {i}", "success": True, "model": "m"} for i in range(51)]
    refused(pd.DataFrame(rows), "51 different combinations of model, problem, and 50 are the most", "'attempt'")
    assert len(read_trials(pd.DataFrame(rows[1:])).table) == 50


def test_csv_written_by_a_spreadsheet_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "ATTEMPTS.CSV"
    path.write_bytes(b"\xef\xbb\xbf" + b'\r\n problem ,success,"a ""b"" c"\r\n"x, y",TRUE,1\r\n"x, y",False,1\r\n')
    read = read_trials(path)
    assert counts(read) == {("1", "x, y"): (2, 1, 0)}
    assert read.unused == ('a "b" c',)


def test_groups_may_have_the_names_used_inside() -> None:
    row = {"problem": "p", "success": True, "error": None}
    row |= dict.fromkeys(("both", "times", "flagged", "counted", "c0", "c1", "index", "self", "0", "level_0"), "x")
    trials = read_trials(pd.DataFrame([row, row]))
    assert trials.table["attempts"].tolist() == [2]
    assert trials.columns == tuple(name for name in row if name not in ("problem", "success", "error"))
    assert trials.groups == ()
    assert trials.grouped(["both", "self"]).table["attempts"].tolist() == [2]
    per_problem = pd.DataFrame([row]).drop(columns=["success", "error"]).assign(attempts=2, successes=2)
    assert read_trials(per_problem).digest == trials.digest


def test_pandas_row_labels_are_no_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"problem": ["p", "q"], "success": [True, False]}, index=[7, 9])
    frame.to_parquet(tmp_path / "a.parquet")
    assert read_trials(tmp_path / "a.parquet").groups == ()


def test_a_score_for_a_verdict_is_refused_at_once(tmp_path: Path) -> None:
    rows = [{"problem": "p", "success": place / 3001} for place in range(1, 3000)]
    for write in FORMATS:
        (problem,) = refused(write(tmp_path / "a.x", rows, ["problem", "success"]), "more than 1000 different values")
        assert "(row 8) and more must be true, false, 1 or 0" in problem
