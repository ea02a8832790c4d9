"""Files that cannot be read: one InputError each, with the path and the fix, never an error of the parser."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.reading import read_runs
from bayescale.errors import InputError

CSV = b"family,n_params,loss\na,1e9,3.0\nb,2e9,2.5\n"


def refused(path: Path, *says: str) -> None:
    with pytest.raises(InputError) as caught:
        read_runs(path)
    text = str(caught.value)
    for piece in (str(path), *says):
        assert piece in text, text


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("runs.csv", b"", "the file is empty"),
        ("runs.csv", b"\n\n", "the file is empty"),
        ("runs.csv", b"family,loss\n", "columns (family, loss) but no rows"),
        ("runs.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not a text file"),
        ("runs.csv", CSV.decode().encode("utf-16"), "not a text file"),
        ("runs.csv", CSV + b"\xff,1,2\n", "line 4 is not UTF-8 text"),
        ("runs.csv", CSV + b"c,1e9\n", "the header has 3 columns, but line 4 (row 3) has 2"),
        ("runs.csv", CSV + b"c,1,000,2.0\n", "the header has 3 columns, but line 4 (row 3) has 4"),
        ("runs.csv", CSV + b'"c,1e9,2.0\n', "check for an unclosed quote"),
        ("runs.csv", CSV.replace(b",", b";"), "separated by ';'"),
        ("runs.csv", CSV.replace(b",", b"\t"), "separated by '\\t'"),
        ("runs.jsonl", b"", "the file is empty"),
        ("runs.jsonl", b'{"loss": 3.0}\n\n{"loss": 2.0\n{"loss": 1.0}\n7\n', "line 3: "),
        ("runs.jsonl", b'{"loss": 3.0}\n7\n', "line 2: int, not an object"),
        ("runs.ndjson", b"\0\0", "not a text file"),
        ("runs.parquet", b"", "not a whole Parquet file"),
        ("runs.parquet", b"PAR1 something else PAR1", "not a whole Parquet file"),
        ("runs.xlsx", b"PK", "is not a whole Excel workbook"),
        ("runs.xls", b"", "save the workbook as .xlsx"),
        ("runs.csv.gz", CSV, "is not a whole .gz file"),
        ("runs.csv.zst", CSV, "is not a whole .zst file"),
        ("runs.csv.xz", b"", "is not a whole .xz file"),
        ("runs.tsv", CSV, "separated by ','"),
        ("runs.pkl", b"", "pickles can run code"),
        ("runs", b"", "the suffix '' is not read"),
    ],
)
def test_unreadable_files(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    refused(path, says)


def test_all_malformed_lines_are_named(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text('{"loss": 3.0}\n{"loss"\n\n{"loss": 2.5}\n[1]\n')
    refused(path, "line 2: ", "line 5: list, not an object")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_truncated_parquet(tmp_path: Path, share: float) -> None:
    path = tmp_path / "runs.parquet"
    pd.DataFrame({"family": ["a"] * 500, "loss": [1.0 + i for i in range(500)]}).to_parquet(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    refused(path, "not a whole Parquet file", "write it again")


def test_parquet_with_a_damaged_middle(tmp_path: Path) -> None:
    path = tmp_path / "runs.parquet"
    pd.DataFrame({"family": ["a"] * 500, "loss": [1.0 + i for i in range(500)]}).to_parquet(path)
    whole = bytearray(path.read_bytes())
    whole[4:400] = b"\xff" * 396
    path.write_bytes(bytes(whole))
    refused(path, "not a whole Parquet file")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([".csv", ".jsonl", ".parquet"]))
def test_junk_is_refused_by_name(tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"junk{suffix}"
    path.write_bytes(content)
    refused(path)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.sampled_from([".csv", ".jsonl"]))
def test_text_junk_under_a_good_header_is_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, content: str, suffix: str
) -> None:
    """Whatever stands in the first row, the negative loss of the last one is never read as data."""
    path = tmp_path_factory.getbasetemp() / f"text{suffix}"
    start, end = ("run,loss\n", "\nlast,-1.0\n") if suffix == ".csv" else ("", '\n{"run": "last", "loss": -1.0}\n')
    path.write_text(start + content + end, encoding="utf-8", newline="")
    refused(path)


def test_a_missing_file_names_its_closest_neighbour(tmp_path: Path) -> None:
    (tmp_path / "pythia_runs.csv").write_bytes(CSV)
    (tmp_path / "notes.txt").write_bytes(b"")
    refused(tmp_path / "pythia_run.csv", "there is no such file", "Did you mean 'pythia_runs.csv'?")
    refused(tmp_path / "nowhere" / "runs.csv", "there is no such file", "There is no folder")


def test_a_directory_names_what_can_be_read_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    refused(tmp_path, "is a folder", "Known: a.csv")


def test_addresses_of_unknown_protocols_are_not_read() -> None:
    with pytest.raises(InputError, match="files of this protocol are not read"):
        read_runs("ftp://host/runs.csv")


def test_a_path_with_a_nul_character() -> None:
    with pytest.raises(InputError):
        read_runs("runs\0.csv")


@pytest.mark.parametrize("source", [None, 7, [], [7], b"runs.csv\0", object()])
def test_errors_on_other_sources_list_the_readable_ones(source: object) -> None:
    with pytest.raises(InputError, match=r"Cannot read runs from \w+: give a path"):
        read_runs(source)


def test_empty_frames() -> None:
    with pytest.raises(InputError, match="DataFrame: the table has no columns"):
        read_runs(pd.DataFrame())
    with pytest.raises(InputError, match="no rows"):
        read_runs(pd.DataFrame({"loss": []}))
    with pytest.raises(InputError, match="several levels"):
        read_runs(pd.DataFrame([[1.0]], columns=pd.MultiIndex.from_tuples([("loss", "mean")])))


def test_what_spreadsheets_write_is_read(tmp_path: Path) -> None:
    path = tmp_path / "RUNS.CSV"
    path.write_bytes(b"\xef\xbb\xbf" + b'family, n_params ,loss\r\n"a, b",1E9, 3.0\r\n\r\nc,#N/A,2.5\r\n')
    table = read_runs(path).table
    assert table["family"].tolist() == ["a, b", "c"]
    assert table["n_params"].isna().tolist() == [False, True]
    assert table["loss"].tolist() == [3.0, 2.5]
    assert table["row"].tolist() == [1, 2]
