"""Runs are read from whatever names them: a table, a file, a pattern, a source."""

from pathlib import Path

import pandas as pd

import bayescale as bs
from bayescale.data.reading import named_source
from bayescale.data.sources import Files

RUNS = pd.DataFrame({"family": ["a", "b"], "n_params": [1e8, 2e8], "loss": [3.5, 3.1]})


def test_patterns_addresses_and_sources_are_sources() -> None:
    source = Files("runs/*.csv")
    assert named_source(source) is source
    assert named_source("runs/*.csv") == source
    assert named_source("s3://bucket/a.csv") == Files("s3://bucket/a.csv")
    assert [named_source(value) for value in ("runs.csv", "example:pile", RUNS, Path("runs.csv"), None)] == [None] * 5


def test_every_name_of_rows_gives_the_same_runs(tmp_path: Path) -> None:
    for place in (0, 1):
        RUNS.iloc[[place]].to_csv(tmp_path / f"{place}.csv", index=False)
    expected = bs.read_runs(RUNS).digest
    pattern = f"{tmp_path}/*.csv"
    assert bs.read_runs(pattern).digest == bs.read_runs(Files(pattern)).digest == expected
    assert bs.read_runs(pattern, rename={"loss": "nll"}, response="nll").response == "nll"


def test_a_file_whose_name_holds_a_wildcard_is_that_file(tmp_path: Path) -> None:
    RUNS.to_csv(tmp_path / "a[1].csv", index=False)
    assert bs.read_runs(f"{tmp_path}/a[1].csv").source.endswith("a[1].csv")
