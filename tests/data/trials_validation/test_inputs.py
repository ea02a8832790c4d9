"""Sources of trials: what can be read, which files go together, and the names of columns."""

from pathlib import Path

import pandas as pd
import pytest

from bayescale.data.trials import read_trials
from bayescale.data.trials_validation.inputs import named_columns, require_different
from bayescale.errors import InputError
from tests.data.eval_logs.log_files import repeated_log
from tests.data.trials_validation.attempt_tables import exports, refused
from tests.data.trials_validation.count_tables import good, only, problems


def test_names_of_columns_after_renaming() -> None:
    frame = pd.DataFrame({"id": ["p"], "model": ["m"], "__index_level_0__": [0]})
    names, messages = named_columns(frame, "frame", {"id": "problem", "modle": "judge"})
    assert names == {"problem": "id", "model": "model"}
    assert len(messages) == 1
    assert "'modle'" in messages[0]


def test_small_files_of_equal_bytes_may_be_allowed(tmp_path: Path) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_text("problem,success\np,1\n")
    require_different(paths, least=2)
    with pytest.raises(InputError, match="files with the same bytes"):
        require_different(paths, least=1)
    paths[1].write_text("problem,success\np,0\n")  # as many bytes
    require_different(paths)


@pytest.mark.parametrize("source", [None, 7, [], [good()], object()])
def test_errors_on_other_sources_list_the_readable_ones(source: object) -> None:
    with pytest.raises(InputError, match=r"Cannot read trials from [\w ]+: give a path"):
        read_trials(source)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    good().to_csv(tmp_path / "trials.csv", index=False)
    assert "Did you mean 'trials.csv'?" in only(problems(tmp_path / "trial.csv"))
    assert "no file matches this pattern" in only(problems(str(tmp_path / "*.parquet")))
    assert "is a folder; give one file in it." in only(problems(tmp_path))
    assert "files of this protocol are not read" in only(problems("ftp://host/a.csv"))
    assert only(problems("a\0*.csv")).startswith("a\0*.csv: ")
    (tmp_path / "trials.xlsx").write_bytes(b"")
    assert "is not a whole Excel workbook" in only(problems(tmp_path / "trials.xlsx"))


def test_files_that_do_not_go_together(tmp_path: Path) -> None:
    good().to_csv(tmp_path / "a.csv", index=False)
    good().drop(columns="model").to_csv(tmp_path / "b.csv", index=False)
    good().to_parquet(tmp_path / "a.parquet")
    paths = [tmp_path / "a.csv", tmp_path / "a.parquet"]
    assert "files of several formats (CSV, Parquet); read one format at a time." in only(problems(paths))
    assert "b.csv without the column 'model'; give every file the same columns." in only(
        problems(str(tmp_path / "*.csv"))
    )
    (tmp_path / "again.csv").symlink_to(tmp_path / "a.csv")
    assert "the same file more than once" in only(problems([tmp_path / "a.csv", tmp_path / "again.csv"]))
    (tmp_path / "c.csv").write_text("problem,success\np,1\n")
    assert "c.csv" in only(problems([tmp_path / "b.csv", tmp_path / "c.csv"]))


def test_files_with_the_same_bytes_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        exports().drop(columns="attempt").to_csv(tmp_path / f"{name}.csv", index=False)
    refused(lambda: read_trials(str(tmp_path / "*.csv")), "files with the same bytes", "a.csv and ")


def test_logs_with_the_same_bytes_are_refused(tmp_path: Path) -> None:
    first = repeated_log(tmp_path, [0.0, 1.0], "acc", 1)
    copy = tmp_path / "samples_mgsm_2026-01-02T00-00-00.1.jsonl"
    copy.write_bytes(first.read_bytes())
    refused(lambda: read_trials([first, copy]), "files with the same bytes")
