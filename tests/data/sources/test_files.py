"""Tables in files: several at once, only what changed, and what is broken named all at once."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.data.sources import Files, read_source, runs_of
from bayescale.errors import InputError
from tests.data.sources.run_files import HEADER, refused, same, write


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


# Only what changed.


def test_the_digest_is_of_the_rows_alone(folder: Path, tmp_path: Path) -> None:
    first = read_source(Files(f"{folder}/runs/*.csv"))
    lines = (folder / "runs/a.csv").read_text().splitlines()
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (moved / "a.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    assert read_source(Files(f"{moved}/*.csv")).digest == first.digest


# What is broken.


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


def test_lines_of_commas_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(HEADER + 'a,1,1e8,2e9,3.1\n,,,,\na,2,2e8,4e9,2.9\n,,,,\n,,,\n"", , ,\n\n')
    assert read_runs(path).table["row"].tolist() == [1, 2]
    sheet = pd.read_csv(path, skip_blank_lines=False)
    assert len(read_runs(sheet.drop(index=1)).table) == 2
    assert len(read_source(Files(str(path))).rows) == 2
