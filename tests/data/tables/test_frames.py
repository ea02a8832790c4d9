"""A table is the same whatever library holds it, for runs, trials, targets and labels alike."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xarray as xr

import bayescale as bs
from bayescale.data.tables.frames import read_frame
from bayescale.errors import InputError
from bayescale.scaling.predict.targets import read_targets

pl = pytest.importorskip("polars")

RUNS = {
    "family": ["a", "a", "b", "b"],
    "n_params": [1e8, 2e8, 1e8, 4e8],
    "n_tokens": [2e9, 4e9, 2e9, 8e9],
    "seed": [1, 2, 1, 2],
    "loss": [3.5, 3.1, 3.4, 2.9],
}
TRIALS = {"model": ["m", "m", "m"], "problem": ["p", "q", "r"], "attempts": [4, 4, 4], "successes": [1, 0, 4]}


class Stream:
    """Exports Arrow data and has nothing else."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


def rows(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


HOLDERS: dict[str, Callable[[dict[str, list[Any]]], object]] = {
    "polars": pl.DataFrame,
    "lazy polars": pl.LazyFrame,
    "PyArrow": pa.table,
    "Arrow stream": lambda columns: Stream(pa.table(columns)),
    "DuckDB": lambda columns: duckdb.from_arrow(pa.table(columns)),
    "xarray": lambda columns: xr.Dataset({name: ("row", values) for name, values in columns.items()}),
    "dict of lists": lambda columns: columns,
    "dict of arrays": lambda columns: {name: pd.Series(values) for name, values in columns.items()},
    "list of dicts": rows,
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_every_library_gives_the_runs_trials_and_labels_that_pandas_gives(holder: str) -> None:
    make = HOLDERS[holder]
    assert bs.read_runs(make(RUNS)).digest == bs.read_runs(pd.DataFrame(RUNS)).digest
    assert bs.read_trials(make(TRIALS)).digest == bs.read_trials(pd.DataFrame(TRIALS)).digest
    labels = {"truth": [1, 1, 0, 0], "verdict": [1, 0, 0, 0]}
    assert bs.calibrate_judge(make(labels)) == bs.calibrate_judge(pd.DataFrame(labels))


@pytest.mark.parametrize("holder", HOLDERS)
def test_targets_may_be_of_any_library(holder: str) -> None:
    design = bs.load(Path(__file__).parents[2] / "fixtures" / "joint.nc").posterior.design
    columns = {"n_params": [1e10, 2e10], "n_tokens": [2e11, 4e11]}
    expected = read_targets(design, pd.DataFrame(columns)).log_inputs
    np.testing.assert_array_equal(read_targets(design, HOLDERS[holder](columns)).log_inputs, expected)


def test_cells_of_a_grid_without_a_value_are_no_rows() -> None:
    coords = {"n_params": [1e8, 2e8], "n_tokens": [1e9, 2e9]}
    loss = xr.DataArray([[3.5, 3.2], [3.1, np.nan]], dims=("n_params", "n_tokens"), coords=coords)
    runs = bs.read_runs(loss.rename("loss"))
    assert runs.table[["n_params", "n_tokens", "loss"]].to_numpy().tolist() == [
        [1e8, 1e9, 3.5],
        [1e8, 2e9, 3.2],
        [2e8, 1e9, 3.1],
    ]
    assert "1 cell of the grid without a value left out." in runs.notes


def test_a_mapping_of_values_is_one_row() -> None:
    raw = read_frame({"n_params": 7e10, "family": "a"})
    assert raw is not None
    assert raw.table.to_dict("records") == [{"n_params": 7e10, "family": "a"}]


def test_missing_values_stay_missing() -> None:
    columns = {**RUNS, "loss": [3.5, None, 3.4, 2.9]}
    for holder in ("polars", "PyArrow", "list of dicts", "dict of lists"):
        with pytest.raises(InputError, match=r"loss.*row 2"):
            bs.fit(HOLDERS[holder](columns), "joint")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ({"loss": [3.0, 2.0], "n_params": [1e8]}, r"different lengths \(loss: 2, n_params: 1\)"),
        (Stream(None), r"test_frames\.Stream|tests\.Stream: cannot be read as a table"),  # type: ignore[arg-type]
        (pl.DataFrame({"loss": []}), "no rows"),
        (pl.DataFrame(), "no columns"),
        (pl.DataFrame({**RUNS, "loss": ["x", "3", "3", "3"]}), r"'x' \(row 1\)"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(source: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        bs.read_runs(source)
