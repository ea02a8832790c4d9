"""Tables in files: several at once, only what changed, and what is broken named all at once."""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest

from bayescale.data.runs import read_runs
from bayescale.data.sources import Files, Table, anchored, mark_of, read_source, runs_of, stamps
from bayescale.errors import InputError

HEADER = "family,run,n_params,n_tokens,loss\n"


def write(folder: Path, name: str, *rows: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return path


def refused(source: Files, *says: str) -> str:
    with pytest.raises(InputError) as caught:
        read_source(source)
    for piece in says:
        assert piece in str(caught.value), str(caught.value)
    return str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "runs/a.csv", "a,007,1e8,2e9,3.1", "a,008,2e8,4e9,2.9")
    write(tmp_path, "runs/deep/b.csv", "b,1,1e8,2e9,3.3")
    return tmp_path


def test_a_pattern_is_one_table(folder: Path) -> None:
    table = read_source(Files(f"{folder}/runs/**/*.csv"))
    assert list(table.rows["source_file"]) == ["a.csv", "a.csv", "deep/b.csv"]
    runs = runs_of(table)
    whole = pd.concat([read_runs(folder / "runs/a.csv").table, read_runs(folder / "runs/deep/b.csv").table])
    assert list(runs.table["run"]) == ["007", "008", "1"]  # text as written, not the numbers that it looks like
    assert list(runs.table["loss"]) == list(whole["loss"])
    assert "source_file" not in runs.table
    assert str(folder) in runs.source


def test_one_file_says_what_read_runs_says(folder: Path) -> None:
    path = folder / "runs/a.csv"
    assert runs_of(read_source(Files(str(path)))).digest == read_runs(path).digest
    assert runs_of(read_source(Files("example:pile"))).digest == read_runs("example:pile").digest


def test_columns_are_united_and_files_may_name_families(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"loss": 3.0, "n_params": 1e8, "lr": 0.1}\n')
    (tmp_path / "y.jsonl").write_text('{"loss": 2.0, "n_params": 2e8, "bits": 8}\n')
    runs = runs_of(read_source(Files((f"{tmp_path}/x.jsonl", f"{tmp_path}/y.jsonl"))), rename={"source_file": "family"})
    assert list(runs.table["family"]) == ["x.jsonl", "y.jsonl"]
    assert runs.table["lr"].isna().tolist() == [False, True]
    assert runs.table["bits"].isna().tolist() == [True, False]


def test_text_of_csv_is_settled_over_all_files(tmp_path: Path) -> None:
    for name, value in (("a", "7"), ("b", "")):
        (tmp_path / f"{name}.csv").write_text(f"run,loss,depth,kind\n{name},3,{value},{value or 'moe'}\n")
    table = runs_of(read_source(Files(f"{tmp_path}/*.csv"))).table
    assert table["depth"].dtype == float
    assert table["kind"].tolist() == ["7", "moe"]


def test_kept_columns_are_all_that_is_seen(folder: Path) -> None:
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


# Only what changed.


def same(one: Table, other: Table) -> bool:
    return one.digest == other.digest and one.cursor == other.cursor


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


def test_the_digest_is_of_the_rows_alone(folder: Path, tmp_path: Path) -> None:
    first = read_source(Files(f"{folder}/runs/*.csv"))
    lines = (folder / "runs/a.csv").read_text().splitlines()
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (moved / "a.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    assert read_source(Files(f"{moved}/*.csv")).digest == first.digest


def test_since_is_of_the_same_source(folder: Path) -> None:
    table = read_source(Files(f"{folder}/runs/a.csv"))
    with pytest.raises(InputError, match="was read from another source"):
        read_source(Files(f"{folder}/runs/*.csv"), since=table)


def test_relative_paths_are_taken_from_a_folder(folder: Path) -> None:
    moved = anchored(Files(("runs/*.csv", "example:pile", "s3://b/c.csv", "/d.csv")), folder)
    assert moved == Files((f"{folder}/runs/*.csv", "example:pile", "s3://b/c.csv", "/d.csv"))
    assert len(read_source(anchored(Files("runs/a.csv"), folder)).rows) == 2


# What is broken.


def test_every_broken_file_is_named_at_once(folder: Path) -> None:
    write(folder, "runs/cut.csv", "a,009,2e8")  # the rest of the row is not there yet
    (folder / "runs/quote.csv").write_text(HEADER + 'a,"009,2e8,1e9,3\n')
    (folder / "runs/empty.csv").write_text("")
    text = refused(Files(f"{folder}/runs/**/*.csv"), "3 of 5 cannot be read", "cut.csv", "quote.csv", "empty.csv")
    assert "a.csv:" not in text


@pytest.mark.parametrize("keep", [4, 0.5, -6])
def test_a_cut_parquet_file_is_found(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "runs.parquet"
    pd.DataFrame({"loss": [1.0, 2.0] * 500}).to_parquet(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data)) if keep == 0.5 else int(keep)])
    refused(Files(str(path)), "runs.parquet", "truncated")


def test_a_cut_line_is_found_or_said(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text('{"loss": 2.5}\n{"loss": 2')
    refused(Files(str(path)), "line 2")
    path = write(tmp_path, "runs.csv", "a,1,1e8,2e9,2.31")
    path.write_bytes(path.read_bytes()[:-2])  # 2.3: whole to look at
    assert any("last row may be cut" in note for note in read_source(Files(str(path))).notes)


def test_a_file_that_changes_while_it_is_read_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Path.read_bytes

    def slowly(path: Path) -> bytes:
        data = whole(path)
        path.write_bytes(data + b"a,010,2e8,4e9,2.8\n")
        return data

    monkeypatch.setattr(Path, "read_bytes", slowly)
    refused(Files(f"{folder}/runs/a.csv"), "a.csv: was changed while it was read")


def test_nothing_there_says_what_is(folder: Path) -> None:
    refused(Files(f"{folder}/runs/*.parquet"), "no file matches", "a.csv, deep/")
    refused(Files(f"{folder}/rnus/*.csv"), "There is no folder")
    refused(Files(f"{folder}/runs/aa.csv"), "no such file", "Did you mean 'a.csv'?")
    refused(Files(f"{folder}/runs"), "is a folder", "/*.csv")
    refused(Files(f"{folder}/runs/a\0.csv"), "no such file")
    refused(Files((f"{folder}/x.csv", f"{folder}/y.csv")), "x.csv", "y.csv")


def test_a_pattern_may_begin_with_a_wildcard(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert list(read_source(Files("r*/*.csv")).rows["source_file"]) == ["runs/a.csv"] * 2
    monkeypatch.chdir(folder / "runs")
    assert list(read_source(Files("*.csv")).rows["source_file"]) == ["a.csv"] * 2
    assert len(read_source(Files("./**/b.csv")).rows) == 1
    (folder / "runs/[a].csv").write_text(HEADER + "x,1,1e8,2e9,3\n")
    assert read_source(Files("[a].csv")).rows["family"].tolist() == ["x"]  # a file of that very name


def test_kinds_do_not_mix(folder: Path) -> None:
    (folder / "runs/notes.txt").write_text("")
    (folder / "runs/model.pkl").write_bytes(b"")
    refused(Files(f"{folder}/runs/*.*"), "notes.txt", "pickles can run code")
    (folder / "runs/c.jsonl").write_text('{"loss": 1}\n')
    refused(Files(f"{folder}/runs/[ac].*"), "CSV: ", "JSON lines: ")
    refused(Files((f"{folder}/runs/a.csv", f"{folder}/runs/*.csv")), "more than once")


@pytest.mark.parametrize("patterns", ["", (), ("a.csv", ""), " "])
def test_a_source_names_something(patterns: str | tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="give a path or pattern"):
        Files(patterns)


def test_a_table_without_rows_is_said(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "a,1,1e8,2e9,3")
    write(tmp_path, "begun.csv")
    table = read_source(Files(f"{tmp_path}/*.csv"))
    assert len(table.rows) == 1
    assert any("begun.csv: the table has columns but no rows" in note for note in table.notes)
    write(tmp_path, "a.csv")
    with pytest.raises(InputError, match="no rows"):
        runs_of(read_source(Files(f"{tmp_path}/*.csv")))


# Elsewhere: fsspec's file system in memory, and a web server.


@pytest.fixture
def memory() -> Iterator[object]:
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    system.pipe_file("/bayescale/runs/a.csv", (HEADER + "a,1,1e8,2e9,3.1\n").encode())
    system.pipe_file("/bayescale/runs/deep/b.csv", (HEADER + "b,1,1e8,2e9,3.3\n").encode())
    yield system
    system.rm("/bayescale", recursive=True)


def test_an_object_store_is_read_as_a_folder_is(memory: object) -> None:
    source = Files("memory://bayescale/runs/**/*.csv")
    first = read_source(source)
    assert list(first.rows["source_file"]) == ["a.csv", "deep/b.csv"]
    assert runs_of(first).table["loss"].tolist() == [3.1, 3.3]
    assert read_source(source, since=first).fresh == ()
    memory.pipe_file("/bayescale/runs/a.csv", (HEADER + "a,1,1e8,2e9,3.2\n").encode())  # type: ignore[attr-defined]
    second = read_source(source, since=first)
    assert second.fresh == ("memory://bayescale/runs/a.csv",)
    assert same(second, read_source(source))
    assert len(read_source(Files("memory://bayescale/runs/a.csv")).rows) == 1


def test_an_empty_store_says_what_is_there(memory: object) -> None:
    refused(Files("memory://bayescale/runs/*.parquet"), "no file matches", "a.csv, deep")
    refused(Files("memory://bayescale/runs/z.csv"), "no such file", "a.csv, deep")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_a_web_address_is_one_file(folder: Path) -> None:
    pytest.importorskip("obstore")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/runs/a.csv"
    try:
        table = read_source(Files(address))
        assert runs_of(table).digest == read_runs(folder / "runs/a.csv").digest
        assert read_source(Files(address), since=table).fresh == ()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    refused(Files(address, timeout=1.0), "cannot be reached")


@pytest.mark.parametrize(
    "address",
    ["https://u:secret@host/a.csv", "https://host/a.csv?sig=secret", "https://host/*.csv", "ftp://host/a.csv"],
)
def test_addresses_hold_no_secrets_and_no_patterns(address: str) -> None:
    assert "secret" not in refused(Files(address), "://: ")


def test_a_mark_follows_what_is_in_files_whatever_their_times_say(folder: Path, tmp_path: Path) -> None:
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


CUT = HEADER + "a,1,1e8,2e9,3.1\na,2,2e8,4e9,2.9\na,3,4e8,8e9,2"  # the last loss was to be 2.5388


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_half_a_number_is_left_out_until_its_line_break_follows(tmp_path: Path, kind: str, newline: str) -> None:
    path = tmp_path / f"runs.{kind}"
    text = CUT if kind == "csv" else '{"run": "1", "loss": 3.1}\n{"run": "2", "loss": 2.9}\n{"run": "3", "loss": 2}'
    path.write_bytes(text.replace("\n", newline).encode())
    source = Files(str(path), complete_file=False)
    table = read_source(source)
    assert list(map(float, table.rows["loss"])) == [3.1, 2.9]
    (note,) = table.notes
    assert "the last row is left out until a line break follows it" in note
    assert "complete_file = true" in note
    assert len(read_source(Files(str(path))).rows) == 3
    path.write_bytes((text + (".5388" if kind == "csv" else "") + "\n").replace("\n", newline).encode())
    again = read_source(source, since=table)
    assert len(again.rows) == 3
    assert again.notes == ()


@pytest.mark.parametrize("last", ["a,3,4e8", 'a,3,"4e8', 'a,"3\n4', "a"])
def test_any_part_of_a_row_is_left_out(tmp_path: Path, last: str) -> None:
    path = tmp_path / "runs.csv"
    path.write_text(HEADER + f"a,1,1e8,2e9,3.1\n{last}")
    assert read_source(Files(str(path), complete_file=False)).rows["loss"].tolist() == ["3.1"]


@pytest.mark.parametrize("text", ["family,run,n_pa", HEADER[:-1], HEADER + "a,1,1e8"])
def test_a_file_without_a_whole_row_does_not_block_others(folder: Path, text: str) -> None:
    (folder / "runs/new.csv").write_text(text)
    table = read_source(Files(f"{folder}/runs/**/*.csv", complete_file=False))
    assert len(table.rows) == 3
    assert any("new.csv: the last row is left out" in note for note in table.notes)


def test_a_file_read_by_hand_is_taken_whole_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text(CUT)
    runs = read_runs(path)
    assert len(runs.table) == 3
    assert "does not end with a line break" in runs.notes[0]


def test_files_with_the_same_rows_are_refused(folder: Path) -> None:
    first = (folder / "runs/a.csv").read_text().splitlines(keepends=True)
    (folder / "runs/copy.csv").write_text("".join([first[0], first[2], first[1]]))
    refused(Files(f"{folder}/runs/**/*.csv"), "a.csv", "copy.csv hold the same rows", "name one of them")
    named = Files(f"{folder}/runs/*.csv")
    with pytest.raises(InputError):  # also where the file's name would make them two families
        runs_of(read_source(named), rename={"source_file": "family", "family": "series"})


def test_files_of_one_equal_row_are_told_apart_by_their_runs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pd.DataFrame({"n_params": [1e8], "loss": [3.1]}).to_csv(tmp_path / f"{name}.csv", index=False)
    table = read_source(Files(f"{tmp_path}/*.csv"))
    assert len(runs_of(table, rename={"source_file": "run"}).table) == 2
    with pytest.raises(InputError, match="the same row more than once: rows 1, 2"):
        runs_of(table)


def test_lines_of_commas_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(HEADER + 'a,1,1e8,2e9,3.1\n,,,,\na,2,2e8,4e9,2.9\n,,,,\n,,,\n"", , ,\n\n')
    assert read_runs(path).table["row"].tolist() == [1, 2]
    sheet = pd.read_csv(path, skip_blank_lines=False)
    assert len(read_runs(sheet.drop(index=1)).table) == 2
    assert len(read_source(Files(str(path))).rows) == 2
