"""Sources are read whole or only where they changed, and their rows become runs."""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.data.sources import Files, Sql, anchored, mark_of, read_source, runs_of, stamps
from bayescale.data.sources.reader import convert_untyped, trials_of
from bayescale.errors import InputError
from tests.data.sources.run_files import HEADER, refused, same, write


def test_untyped_columns_are_numbers_where_every_value_is_one() -> None:
    assert convert_untyped(pd.Series(["7", None, "8"], dtype=object)).tolist()[::2] == [7, 8]
    assert convert_untyped(pd.Series(["7", "moe"], dtype=object)).tolist() == ["7", "moe"]
    numbers = pd.Series([1, 2])
    assert convert_untyped(numbers) is numbers


def test_a_database_file_is_taken_from_a_folder(tmp_path: Path) -> None:
    moved = anchored(Sql("sqlite:///runs.db", "SELECT 1"), tmp_path)
    assert isinstance(moved, Sql)
    assert moved.url == f"sqlite:///{tmp_path}/runs.db"


def test_trials_are_read_from_attempts(folder: Path) -> None:
    with pytest.raises(InputError, match="trials are read from an Attempts source, not Files"):
        trials_of(read_source(Files(f"{folder}/runs/a.csv")))


def test_a_pattern_is_one_table(folder: Path) -> None:
    table = read_source(Files(f"{folder}/runs/**/*.csv"))
    assert list(table.rows["source_file"]) == ["a.csv", "a.csv", "deep/b.csv"]
    runs = runs_of(table)
    whole = pd.concat([read_runs(folder / "runs/a.csv").table, read_runs(folder / "runs/deep/b.csv").table])
    assert list(runs.table["run"]) == ["007", "008", "1"]  # text as written, not the numbers that it looks like
    assert list(runs.table["loss"]) == list(whole["loss"])
    assert "source_file" not in runs.table
    assert str(folder) in runs.source


def test_only_the_named_columns_are_selected(folder: Path) -> None:
    table = read_source(Files(f"{folder}/runs/*.csv"))
    few = runs_of(table, rename={"run": "run"}, columns=["n_params"])
    assert set(few.table.columns) == {"family", "run", "n_params", "loss", "row"}
    with pytest.raises(InputError, match=r"'n_parms' is not in the source\. Did you mean 'n_params'"):
        runs_of(table, columns=["n_parms"])


def test_a_problem_is_named_with_its_file(folder: Path) -> None:
    write(folder, "runs/deep/c.csv", "c,1,-5,2e9,3.3")
    with pytest.raises(InputError, match=r"-5\.0 \(row 4\)") as caught:
        runs_of(read_source(Files(f"{folder}/runs/**/*.csv")))
    assert f"4 to 4 of {folder}/runs/deep/c.csv" in str(caught.value)


def test_only_changed_files_are_read_again(folder: Path) -> None:
    source = Files(f"{folder}/runs/**/*.csv")
    first = read_source(source)
    assert read_source(source, since=first).fresh == ()
    write(folder, "runs/deep/b.csv", "b,1,1e8,2e9,3.35", "b,2,1e9,2e9,2.9")
    write(folder, "runs/new.csv", "n,1,1e8,2e9,3.0")
    second = read_source(source, since=first)
    assert [Path(name).name for name in second.fresh] == ["b.csv", "new.csv"]
    assert same(second, read_source(source))
    assert second.digest != first.digest
    (folder / "runs/a.csv").unlink()
    third = read_source(source, since=second)
    assert third.fresh == ()
    assert same(third, read_source(source))
    assert "a" not in set(third.rows["family"])


def test_a_cursor_is_json_and_tells_of_every_change(folder: Path) -> None:
    source = Files(f"{folder}/runs/**/*.csv")
    cursor = json.loads(json.dumps(read_source(source).cursor))
    assert stamps(source) == cursor
    write(folder, "runs/deep/b.csv", "b,1,1e8,2e9,3.45")
    changed = stamps(source)
    assert changed != cursor
    (folder / "runs/deep/b.csv").unlink()
    assert set(stamps(source)) < set(cursor)


def test_since_is_of_the_same_source(folder: Path) -> None:
    table = read_source(Files(f"{folder}/runs/a.csv"))
    with pytest.raises(InputError, match="was read from another source"):
        read_source(Files(f"{folder}/runs/*.csv"), since=table)


def test_relative_paths_are_taken_from_a_folder(folder: Path) -> None:
    moved = anchored(Files(("runs/*.csv", "example:pile", "s3://b/c.csv", "/d.csv")), folder)
    assert moved == Files((f"{folder}/runs/*.csv", "example:pile", "s3://b/c.csv", "/d.csv"))
    assert len(read_source(anchored(Files("runs/a.csv"), folder)).rows) == 2


def test_every_broken_file_is_named_at_once(folder: Path) -> None:
    write(folder, "runs/cut.csv", "a,009,2e8")  # the rest of the row is not there yet
    (folder / "runs/quote.csv").write_text(HEADER + 'a,"009,2e8,1e9,3\n')
    (folder / "runs/empty.csv").write_text("")
    text = refused(Files(f"{folder}/runs/**/*.csv"), "3 of 5 cannot be read", "cut.csv", "quote.csv", "empty.csv")
    assert "a.csv:" not in text


def test_a_mark_follows_the_content_of_files_not_their_times(folder: Path, tmp_path: Path) -> None:
    source = Files(f"{folder}/runs/**/*.csv")
    before, stamped = mark_of(source), stamps(source)
    path = folder / "runs/a.csv"
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    whole = path.read_text()
    path.write_text(whole.replace("3.1", "3.2"))
    os.utime(path, ns=times)  # as a copy does that keeps times, or a clock that went back
    assert stamps(source) == stamped
    assert mark_of(source) != before
    path.write_text(whole)
    assert mark_of(source) == before
    shutil.copytree(folder / "runs", tmp_path / "elsewhere")
    assert mark_of(Files(f"{tmp_path}/elsewhere/**/*.csv")) == before
    (folder / "runs/deep/b.csv").unlink()
    assert mark_of(source) != before
    with pytest.raises(InputError, match="there is no such file"):
        mark_of(Files(str(folder / "runs/deep/b.csv")))
