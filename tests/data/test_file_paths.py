"""Paths and patterns: one expansion for runs, trials and sources."""

from pathlib import Path

import pytest

from bayescale.data.file_paths import (
    compression_of,
    error_reason,
    is_pattern,
    matching_files,
    no_match,
    pattern_folder,
    require_file,
    suffix_of,
    unsupported_suffix,
)
from bayescale.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.csv", "b.csv", "c[1].csv", "deep/d.csv", "deep/e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n")
    (tmp_path / "folder.csv").mkdir()
    return tmp_path


def test_patterns_match_files_alone_sorted(folder: Path) -> None:
    paths, base = matching_files(f"{folder}/*.csv")
    assert [path.name for path in paths] == ["a.csv", "b.csv", "c[1].csv"]
    assert base == folder
    assert [path.name for path in matching_files(f"{folder}/**/*.csv")[0]] == ["a.csv", "b.csv", "c[1].csv", "d.csv"]


def test_a_file_whose_name_is_a_pattern_is_itself(folder: Path) -> None:
    assert matching_files(f"{folder}/c[1].csv")[0] == [folder / "c[1].csv"]
    assert matching_files(f"{folder}/nothing.csv") == ([], folder)


def test_home_is_expanded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert matching_files("~/a.csv") == ([folder / "a.csv"], folder)
    assert require_file("~/a.csv", {".csv"}) == folder / "a.csv"


def test_errors_name_what_is_there(folder: Path) -> None:
    assert "no file matches this pattern." in str(no_match(f"{folder}/*.parquet"))
    assert "holds a.csv, b.csv, c[1].csv, deep/, folder.csv/" in str(no_match(f"{folder}/*.parquet"))
    assert "there is no such file. Did you mean 'a.csv'?" in str(no_match(f"{folder}/a.cs"))
    assert "There is no folder" in str(no_match(f"{folder}/none/*.csv"))
    with pytest.raises(InputError, match=r"the suffix '\.txt' is not read; save the table as one of \.csv"):
        require_file(str(folder / "deep/e.txt"), [".csv"])
    with pytest.raises(InputError, match="addresses are not read"):
        require_file("s3://bucket/a.csv", [".csv"])
    with pytest.raises(InputError, match="there is no such file"):
        require_file("a\0.csv", [".csv"])
    assert unsupported_suffix("a.xls", ".XLS", [".csv"]).startswith(
        "a.xls: the suffix '.XLS' is not read; save the workbook as .xlsx"
    )
    assert [suffix_of(name) for name in ("RUNS.CSV", "s3://a.b/runs.csv.GZ", "a.d/runs", ".csv", "runs.gz")] == [
        *(".csv", ".csv", "", "", ""),
    ]
    assert [compression_of(name) for name in ("a.csv.ZST", "a.csv")] == [".zst", ""]


def test_parts_of_patterns() -> None:
    assert [is_pattern(text) for text in ("a*", "a?", "a[1]", "s3://a/b.csv")] == [True, True, True, False]
    assert [pattern_folder(text) for text in ("runs/*.csv", "runs/a*/b.csv", "*.csv")] == ["runs", "runs", ""]
    assert error_reason(ValueError("first\nsecond")) == "first"
    assert error_reason(ValueError()) == "ValueError"
