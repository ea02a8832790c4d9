"""One row per attempt: every format and the DataFrame count alike, whatever the names, and files are not loaded."""

import csv
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayescale.data.attempts import counting, files
from bayescale.data.trials import Trials, read_trials
from bayescale.errors import InputError

type Row = dict[str, Any]

HOSTILE = [
    "it's",
    'say "x"',
    "a;DROP TABLE counted;--",
    "'); COPY counted TO 'x.csv'; --",
    "a,b",
    "new\nline",
    "tab\there",
    "bell\x07",
    "\u202eright to left",
    "ünïcödé 中文 🙂",
    "c0",
    "NULL",
    "$1",
    "{x}",
    "read_csv('/etc/passwd')",
    "back\\slash",
]


def write_parquet(path: Path, rows: Sequence[Row], names: Sequence[str]) -> Path:
    columns = {name: [row.get(name) for row in rows] for name in names}
    pq.write_table(pa.table(columns), path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def write_csv(path: Path, rows: Sequence[Row], names: Sequence[str]) -> Path:
    path = path.with_suffix(".csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(names)
        writer.writerows([["" if row.get(name) is None else row[name] for name in names] for row in rows])
    return path


def write_jsonl(path: Path, rows: Sequence[Row], names: Sequence[str]) -> Path:
    path = path.with_suffix(".jsonl")
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


FORMATS: list[Callable[[Path, Sequence[Row], Sequence[str]], Path]] = [write_parquet, write_csv, write_jsonl]


def refused(source: object, *says: str, **options: Any) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        read_trials(source, **options)
    for piece in says:
        assert piece in str(caught.value), str(caught.value)
    return caught.value.problems


def counts(trials: Trials) -> dict[tuple[str, ...], tuple[int, int, int]]:
    keys = [*trials.columns, "problem"]
    return {
        tuple(row[name] for name in keys): (row["attempts"], row["successes"], row["errors"])
        for row in trials.table.to_dict("records")
    }


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


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ATTEMPT, min_size=1, max_size=25))
def test_attempts_counted_by_duckdb_are_the_counts(tmp_path: Path, rows: list[Row]) -> None:
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


@pytest.mark.parametrize("write", FORMATS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_of_columns_files_and_problems(tmp_path: Path, name: str, write: Any) -> None:
    rows = [
        {"their problem": name, name: "m'1\"", "success": success, "attempt": place}
        for place, success in enumerate([True, False, True])
    ]
    path = write(tmp_path / f"{name.replace('/', '')} .x", rows, ["their problem", name, "success", "attempt"])
    read = read_trials(path, rename={"their problem": "problem"}, check_duplicates=True)
    assert counts(read) == {("m'1\"", name): (3, 2, 0)}
    assert read.unused == (name,)
    assert read.grouped([name]).table["attempts"].tolist() == [3]


@pytest.mark.parametrize("write", FORMATS)
@pytest.mark.parametrize("name", ["a[1]", "a*", "what?", "[a-z]", "k=v"])
def test_names_that_look_like_patterns_are_files(tmp_path: Path, name: str, write: Any) -> None:
    """Beside files that the pattern would match."""
    folder = tmp_path / f"in {name}"
    folder.mkdir()
    for other in ("a1", "ab", "what1", "k"):
        write(folder / f"{other}.x", [{"problem": "other", "success": False}], ["problem", "success"])
    path = write(folder / f"{name}.x", [{"problem": "own", "success": True}], ["problem", "success"])
    read = read_trials(path)
    assert counts(read) == {("own",): (1, 1, 0)}
    assert read.source == str(path)


def test_only_the_named_files_can_be_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.x", [{"problem": "p", "success": True}], ["problem", "success"])
    other = write_csv(tmp_path / "b.x", [{"problem": "q", "success": True}], ["problem", "success"])
    with counting.scanned([path], {"problem": "problem", "success": "success"}, "x") as scan:
        for sql in (
            f"FROM read_csv('{other}')",
            "FROM read_csv('/etc/passwd')",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            "SET enable_external_access = true",
            "INSTALL httpfs",
            "LOAD httpfs",
        ):
            with pytest.raises(duckdb.Error):
                scan.run(sql)
        assert scan.run(f"SELECT count(*) FROM ({scan.rows(['problem'])})") == [(1,)]


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


def test_rows_far_into_a_file_are_named(tmp_path: Path) -> None:
    for suffix, kind in (("csv", "csv"), ("parquet", "parquet"), ("jsonl", "json")):
        path = tmp_path / f"attempts.{suffix}"
        duckdb.connect().execute(
            f"""COPY (SELECT CASE WHEN i = 119_999 THEN '' ELSE 'p' END AS problem,
                    CASE WHEN i IN (100_000, 777) THEN 'maybe' ELSE 'true' END AS success
                FROM range(120_000) AS rows(i)) TO '{path}' (FORMAT {kind})"""
        )
        blank, unread = refused(path, "2 problems in this table of trials")
        assert blank.startswith("column 'problem': blank in row 120000;")
        assert unread.startswith(
            "column 'success': 'maybe' (row 778), 'maybe' (row 100001) must be true, false, 1 or 0"
        )


@pytest.mark.parametrize("write", FORMATS)
def test_rows_of_several_files_are_named_by_file(tmp_path: Path, write: Any) -> None:
    good = [{"problem": "p", "success": "true"}] * 3
    for name, rows in (("a", good), ("b", [*good, {"problem": "p", "success": "0.5"}]), ("c", good)):
        write(tmp_path / f"{name}.x", rows, ["problem", "success"])
    path = str(write(tmp_path / "x.x", good, ["problem", "success"]))
    suffix = Path(path).suffix
    (problem,) = refused(str(tmp_path / f"[abc]{suffix}"))
    assert f"'0.5' (row 4 of b{suffix}) must be true, false, 1 or 0" in problem
    read = read_trials([tmp_path / f"a{suffix}", str(tmp_path / f"c{suffix}")])
    assert counts(read) == {("p",): (6, 6, 0)}


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


def test_an_error_key_met_late_in_json_lines_counts(tmp_path: Path) -> None:
    """It stands in one line of a file so large that looking for keys may miss it."""
    lines = [json.dumps({"problem": "p", "success": False, "response": "x" * 300})] * 40_000
    late = random.Random(1).randrange(1000, 39_000)
    lines[late] = json.dumps({"problem": "p", "success": False, "error": "timeout"})
    path = tmp_path / "attempts.jsonl"
    path.write_text("\n".join(lines) + "\n")
    assert counts(read_trials(path).grouped([])) == {("p",): (39_999, 0, 1)}


def test_keys_are_looked_for_all_over_a_large_file(tmp_path: Path) -> None:
    path = tmp_path / "attempts.jsonl"
    with path.open("w") as file:
        for place in range(60_000):
            late = {"judge": "second"} if place > 50_000 else {}
            file.write(json.dumps({"problem": "p", "success": True, "text": "x" * 200, **late}) + "\n")
    assert path.stat().st_size > 1.5 * files._PIECES * files._BYTES
    assert files.column_names(path) == ["problem", "success", "text", "judge"]
    (path := tmp_path / "long.jsonl").write_text(json.dumps({"problem": "x" * 10_000_000, "success": True}) + "\n")
    assert files.column_names(path) == ["problem", "success"]


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


DUPLICATES = [
    {"problem": "p", "model": "a", "attempt": 1, "success": True},
    {"problem": "p", "model": "a", "attempt": 2, "success": True},
    {"problem": "p", "model": "b", "attempt": 1, "success": True},
    {"problem": "p", "model": "a", "attempt": 1, "success": False},
]


@pytest.mark.parametrize("write", [*FORMATS, None])
def test_the_same_attempt_twice_is_found_when_asked(tmp_path: Path, write: Any) -> None:
    def source(rows: list[Row]) -> object:
        return (
            write(tmp_path / "a.x", rows, ["problem", "model", "attempt", "success"]) if write else pd.DataFrame(rows)
        )

    assert read_trials(source(DUPLICATES)).table["attempts"].sum() == 4
    (problem,) = refused(source(DUPLICATES), check_duplicates=True)
    assert problem == "the same attempt more than once: model a, problem p, attempt 1 (2 times); keep one row of each."
    assert read_trials(source(DUPLICATES[:3]), check_duplicates=True).table["attempts"].sum() == 3
    blank = [*DUPLICATES[:3], {"problem": "p", "model": "a", "attempt": None, "success": True}]
    (problem,) = refused(source(blank), check_duplicates=True)
    assert problem == "column 'attempt': blank in 1 row, which cannot be distinguished; number every attempt."


def test_many_repeated_attempts_are_cut_with_a_count(tmp_path: Path) -> None:
    rows = [{"problem": f"p{i % 3}", "attempt": i, "success": True} for i in range(30)]
    (problem,) = refused(write_parquet(tmp_path / "a.x", rows + rows, list(rows[0])), check_duplicates=True)
    assert problem.startswith(
        "the same attempt more than once: problem p0, attempt 0 (2 times); problem p0, attempt 12 "
    )
    assert problem.endswith("(2 times) and 22 more; keep one row of each.")


def test_checking_duplicates_needs_attempts_with_ids() -> None:
    frame = pd.DataFrame({"problem": ["p"], "success": [True], "attempt_no": [1]})
    (problem,) = refused(frame, check_duplicates=True)
    assert "needs the column 'attempt', the attempt's id or number. Did you mean 'attempt_no'?" in problem


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


def test_what_a_spreadsheet_writes_is_counted(tmp_path: Path) -> None:
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


def test_text_that_is_not_unicode_in_a_frame() -> None:
    refused(pd.DataFrame({"problem": pd.Series(["\ud800"], dtype=object), "success": [True]}), "not Unicode")


def test_a_score_for_a_verdict_is_refused_at_once(tmp_path: Path) -> None:
    rows = [{"problem": "p", "success": place / 3001} for place in range(1, 3000)]
    for write in FORMATS:
        (problem,) = refused(write(tmp_path / "a.x", rows, ["problem", "success"]), "more than 1000 different values")
        assert "(row 8) and more must be true, false, 1 or 0" in problem


def test_scratch_files_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (scratch := tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = write_csv(tmp_path / "a[1].x", [{"problem": "p", "success": True}], ["problem", "success"])
    read_trials(path)
    refused(write_csv(tmp_path / "b[1].x", [{"problem": "p", "success": "maybe"}], ["problem", "success"]))
    assert list(scratch.iterdir()) == []
