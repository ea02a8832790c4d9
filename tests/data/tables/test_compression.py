"""Compressed files, tab-separated text and workbooks give the table that the plain file gives, at every door."""

import bz2
import gzip
import lzma
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import bayescale as bs
from bayescale.data.sources import Attempts, Files, read_source, runs_of, trials_of
from bayescale.data.tables.compression import unpacked
from bayescale.errors import InputError

RUNS = pd.DataFrame({"family": ["a", "b"], "n_params": [1e8, 2e8], "loss": [3.5, 3.1]})
ATTEMPTS = pd.DataFrame({"problem": ["p", "p", "q"], "attempt": [1, 2, 1], "success": [0, 1, 0]})


def zstandard(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


PACK = {".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress, ".zst": zstandard}


def write(frame: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".xlsx":
        pytest.importorskip("openpyxl")
        frame.to_excel(path, index=False)
        return path
    kind = path.name.split(".", 1)[1].split(".")[0]
    separator = "\t" if kind == "tsv" else ","
    lines = frame.to_json(orient="records", lines=True) if kind == "jsonl" else frame.to_csv(index=False, sep=separator)
    path.write_bytes(PACK.get(path.suffix, bytes)(str(lines).encode()))
    return path


NAMES = [f"t{kind}{suffix}" for kind in (".csv", ".tsv", ".jsonl") for suffix in ("", *PACK)] + ["t.xlsx"]


@pytest.mark.parametrize("name", NAMES)
def test_one_table_in_every_file(name: str, tmp_path: Path) -> None:
    path = write(RUNS, tmp_path / name)
    expected = bs.read_runs(RUNS).digest
    assert bs.read_runs(path).digest == expected
    assert bs.read_runs(f"{tmp_path}/*").digest == expected
    assert runs_of(read_source(Files(str(path)))).digest == expected


@pytest.mark.parametrize("name", NAMES)
def test_attempts_in_every_file(name: str, tmp_path: Path) -> None:
    path = write(ATTEMPTS, tmp_path / name)
    expected = bs.read_trials(ATTEMPTS).digest
    trials = bs.read_trials(path)
    assert (trials.digest, trials.source) == (expected, str(path))
    assert trials_of(read_source(Attempts(str(path)))).digest == expected


def test_errors_name_the_packed_file(tmp_path: Path) -> None:
    path = write(ATTEMPTS.assign(success="maybe"), tmp_path / "t.csv.gz")
    with pytest.raises(InputError, match=r"t\.csv\.gz: 1 problem in this table of trials") as caught:
        bs.read_trials(path)
    assert "bayescale-" not in str(caught.value)


def test_half_written_rows_of_packed_files_are_left_out(tmp_path: Path) -> None:
    text = RUNS.to_csv(index=False) + "c,4e8,2"
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(text.encode()))
    table = read_source(Files(f"{tmp_path}/t.csv.gz", complete_file=False))
    assert table.rows["family"].tolist() == ["a", "b"]
    assert "half written" in table.notes[0]


@pytest.mark.parametrize("suffix", PACK)
def test_cut_files_are_refused(suffix: str) -> None:
    whole = PACK[suffix](RUNS.to_csv(index=False).encode() * 50)
    with pytest.raises(InputError, match=rf"t\.csv{suffix}: is not a whole {suffix} file"):
        unpacked(whole[: len(whole) // 2], f"t.csv{suffix}")


def test_a_workbook_of_several_tables_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter(tmp_path / "t.xlsx") as book:
        RUNS.to_excel(book, sheet_name="first", index=False)
        RUNS.to_excel(book, sheet_name="second", index=False)
    with pytest.raises(InputError, match=r"several sheets hold rows \(first, second\)"):
        bs.read_runs(tmp_path / "t.xlsx")
