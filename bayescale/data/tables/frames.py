"""Tables in memory, of any library, as pandas DataFrames: the one conversion for runs, trials, targets and labels.

Whatever exports Arrow data (polars, PyArrow, DuckDB, cuDF ...) is taken over Arrow, as a Parquet file is; what has to
be collected first (a lazy frame, a table of Ibis) is collected by Narwhals.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bayescale.core.notes import Note
from bayescale.core.text import count
from bayescale.data.file_paths import error_reason
from bayescale.errors import InputError

#: What `read_frame` reads, for messages.
FRAMES = "a table of pandas, polars, PyArrow, xarray or another library that exports Arrow data"


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as its source has it.

    Attributes
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.
    source : str
        Path, type of the table in memory, or "example:NAME".
    typed : bool, default True
        False where values are text, as in CSV.
    notes : tuple of Note, default ()
        What looks odd about the file.
    """

    table: pd.DataFrame
    source: str
    typed: bool = True
    notes: tuple[Note, ...] = ()


def read_frame(source: object) -> RawTable | None:
    """Convert a table in memory.

    Parameters
    ----------
    source : object
        A DataFrame; a mapping of columns, or of the values of one row; a sequence of mappings, one per row; an xarray
        Dataset or DataArray, one row per cell; anything that exports Arrow data or that Narwhals can collect.

    Returns
    -------
    RawTable or None
        The table; None where the source is no table in memory.

    Raises
    ------
    InputError
        If it is one and cannot be converted.
    """
    name = _name(source)
    try:
        if isinstance(source, pd.DataFrame):
            return RawTable(source, name)
        if (xarray := sys.modules.get("xarray")) and isinstance(source, xarray.Dataset | xarray.DataArray):
            return _of_cells(source, name)  # a Dataset is a mapping, too
        if isinstance(source, Mapping):
            return RawTable(_of_mapping(source), name)
        if isinstance(source, Sequence) and not isinstance(source, str | bytes):
            rows = [row for row in source if isinstance(row, Mapping)]
            return RawTable(pd.DataFrame([dict(row) for row in rows]), name) if len(rows) == len(source) > 0 else None
        table = _of_arrow(source)
    except InputError:
        raise
    except Exception as error:  # a value of another library may raise anything
        raise InputError(f"{name}: cannot be read as a table ({error_reason(error)[:200]}).") from error
    return None if table is None else RawTable(table, name)


def _name(source: object) -> str:
    kind = type(source)
    package = kind.__module__.partition(".")[0]
    return kind.__name__ if package in ("builtins", "pandas") else f"{package}.{kind.__name__}"


def _of_mapping(source: Mapping[Any, Any]) -> pd.DataFrame:
    """A table of columns; of one row where no value is a sequence."""
    columns = {name: _plain_column(value) for name, value in source.items()}
    lengths = {str(name): len(value) for name, value in columns.items() if pd.api.types.is_list_like(value)}
    if len(set(lengths.values())) > 1:
        written = ", ".join(f"{name}: {length}" for name, length in list(lengths.items())[:12])
        raise InputError(f"dict: its columns have different lengths ({written}); give every column one value per row.")
    return pd.DataFrame(columns) if lengths else pd.DataFrame([columns])


def _plain_column(value: Any) -> Any:
    """Values without labels of rows: columns of a mapping are joined by their order."""
    if pd.api.types.is_list_like(value) and not isinstance(value, list | tuple) and hasattr(value, "tolist"):
        return value.tolist()
    return value


def _of_cells(source: Any, name: str) -> RawTable:
    """One row per cell of an xarray object; of several dimensions, cells without any value are no rows."""
    data = source.to_dataset(name=source.name or "value") if hasattr(source, "to_dataset") else source
    positions = [str(dimension) for dimension in data.dims if dimension not in data.coords]
    table = data.to_dataframe().reset_index().drop(columns=positions)
    full = [str(variable) for variable in data.data_vars if set(data[variable].dims) == set(data.dims)]
    empty = table[full].isna().all(axis=1) if len(data.dims) > 1 and full else pd.Series(False, index=table.index)
    if not empty.any():
        return RawTable(table, name)
    message = f"{count(int(empty.sum()), 'cell')} of the grid without a value left out."
    return RawTable(table[~empty].reset_index(drop=True), name, notes=(Note("empty_cells", message),))


def _of_arrow(source: Any) -> pd.DataFrame | None:
    import pyarrow as pa

    if not hasattr(source, "__arrow_c_stream__"):
        import narwhals as nw

        native = nw.from_native(source, pass_through=True)
        if isinstance(native, nw.LazyFrame):
            native = native.collect("pyarrow")
        if not isinstance(native, nw.DataFrame):
            return None
        source = native.to_arrow()
    table: pd.DataFrame = pa.table(source).to_pandas()
    return table
