"""DuckDB reads the named files and nothing else, under any name, and locates rows in them."""

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from bayescale.data.attempts.scan import located, scanned
from bayescale.data.trials import read_trials
from tests.data.attempts.attempt_files import FORMATS, HOSTILE, counts, refused, write_csv


def test_rows_are_located_by_number_and_file(tmp_path: Path) -> None:
    rows = [{"problem": name} for name in "xyx"]
    paths = [write_csv(tmp_path / f"{name}.x", rows, ["problem"]) for name in "ab"]
    with scanned(paths, {"problem": "problem"}, "x") as scan:
        places = located(scan, "problem", f"{scan.columns['problem']} = 'x'")
    assert places == [("x", "1 of a.csv"), ("x", "3 of a.csv"), ("x", "1 of b.csv"), ("x", "3 of b.csv")]
    with scanned(paths[:1], {"problem": "problem"}, "x") as scan:
        assert located(scan, "problem", f"{scan.columns['problem']} = 'y'") == [("y", 2)]


def test_keys_are_groups_problem_and_cluster() -> None:
    frame = pd.DataFrame({"model": ["m"], "problem": ["p"], "cluster": ["c"]})
    names = {name: name for name in frame}
    with scanned(frame, names, "x") as scan:
        assert scan.keys(["model"]) == ["model", "problem", "cluster"]
    del names["cluster"]
    with scanned(frame, names, "x") as scan:
        assert scan.keys([]) == ["problem"]


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
    with scanned([path], {"problem": "problem", "success": "success"}, "x") as scan:
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


def test_text_that_is_not_unicode_in_a_frame() -> None:
    refused(pd.DataFrame({"problem": pd.Series(["\ud800"], dtype=object), "success": [True]}), "not Unicode")


def test_scratch_files_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (scratch := tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = write_csv(tmp_path / "a[1].x", [{"problem": "p", "success": True}], ["problem", "success"])
    read_trials(path)
    refused(write_csv(tmp_path / "b[1].x", [{"problem": "p", "success": "maybe"}], ["problem", "success"]))
    assert list(scratch.iterdir()) == []
