"""Parts of a source with the same rows are refused, in any order of rows and columns."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.sources import Files, read_source, runs_of
from bayescale.data.sources.duplicate_parts import require_different_rows
from bayescale.data.sources.table import Part
from bayescale.errors import InputError
from tests.data.sources.run_files import refused

ROWS = pd.DataFrame({"run": ["a", "b", "c"], "loss": [3.0, 2.5, 2.25], "tags": [["x"], ["y"], None]})


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(3)), st.permutations(list(ROWS)), st.sampled_from([None, *range(3)]))
def test_the_order_of_rows_and_columns_does_not_matter(order: list[int], names: list[str], changed: int | None) -> None:
    other = ROWS.loc[order, names].reset_index(drop=True).assign(source_file="b.csv")
    if changed is not None:
        other.loc[changed, "loss"] += 1.0
    parts = [Part("a.csv", "1", ROWS.assign(source_file="a.csv")), Part("b.csv", "2", other)]
    if changed is None:
        with pytest.raises(InputError, match=r"a\.csv, b\.csv hold the same rows"):
            require_different_rows(parts, "source")
    else:
        require_different_rows(parts, "source")


def test_parts_of_one_row_may_agree() -> None:
    require_different_rows([Part("a", "1", ROWS[:1]), Part("b", "2", ROWS[:1]), Part("c", "3", ROWS)], "source")


def test_files_with_the_same_rows_are_refused(folder: Path) -> None:
    first = (folder / "runs/a.csv").read_text().splitlines(keepends=True)
    (folder / "runs/copy.csv").write_text("".join([first[0], first[2], first[1]]))
    refused(Files(f"{folder}/runs/**/*.csv"), "a.csv", "copy.csv hold the same rows", "name one of them")
    named = Files(f"{folder}/runs/*.csv")
    with pytest.raises(InputError):  # also where the file's name would make them two families
        runs_of(read_source(named), rename={"source_file": "family", "family": "series"})


def test_files_of_one_equal_row_are_separate_runs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pd.DataFrame({"n_params": [1e8], "loss": [3.1]}).to_csv(tmp_path / f"{name}.csv", index=False)
    table = read_source(Files(f"{tmp_path}/*.csv"))
    assert len(runs_of(table, rename={"source_file": "run"}).table) == 2
    with pytest.raises(InputError, match="the same row more than once: rows 1, 2"):
        runs_of(table)
