"""The file formats of tables: their suffixes, defined here and nowhere else, and how their bytes become a DataFrame."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from bayescale.core.limits import strict_json
from bayescale.core.text import listing
from bayescale.data.columns import is_blank
from bayescale.data.file_paths import error_reason, suffix_of
from bayescale.data.tables.csv_text import parse_csv, utf8_bytes
from bayescale.errors import InputError


@dataclass(frozen=True, eq=False)
class TableFormat:
    """A file format of tables.

    Attributes
    ----------
    name : str
        The name for messages, such as "CSV".
    parse : callable
        Makes a DataFrame of the bytes of a file and the name that errors give it.
    typed : bool, default True
        False where every value is text.
    is_text : bool, default True
        Whether a row is a line of text, so that a file may end inside a row.
    separator : str, default ""
        The character between columns of a format without types; else "".
    """

    name: str
    parse: Callable[[bytes, str], pd.DataFrame]
    typed: bool = True
    is_text: bool = True
    separator: str = ""


def plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of a frame with names of columns as text, named index levels as columns and no empty last rows.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Any frame.

    Returns
    -------
    DataFrame
        The copy, with the index 0..n-1.

    Raises
    ------
    InputError
        If its columns have several levels.
    """
    if isinstance(frame.columns, pd.MultiIndex):
        raise InputError("DataFrame: its columns have several levels; flatten them to one name each.")
    frame = frame.iloc[: _used_length(frame)]
    table = frame.reset_index(drop=True)
    table.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
    for level, name in enumerate(frame.index.names):
        if name is not None and str(name) not in table.columns:
            table[str(name)] = frame.index.get_level_values(level).to_numpy()
    return table


def _used_length(frame: pd.DataFrame) -> int:
    """Rows up to the last one that holds a value."""
    if frame.empty or not all(map(is_blank, frame.iloc[-1].tolist())):
        return len(frame)
    filled = np.flatnonzero(~frame.map(is_blank).all(axis=1).to_numpy())
    return int(filled[-1]) + 1 if len(filled) else 0


def _parse_json_lines(data: bytes, name: str) -> pd.DataFrame:
    records: list[dict[str, Any]] = []
    invalid: list[str] = []
    for number, line in enumerate(utf8_bytes(data, name).decode().split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = strict_json(line)
        except (ValueError, RecursionError) as error:
            invalid.append(f"line {number}: {error_reason(error)}")
            continue
        if isinstance(record, dict):
            records.append(record)
        else:
            invalid.append(f"line {number}: {type(record).__name__}, not an object")
    if invalid:
        raise InputError(
            f'{name}: every line must be one JSON object such as {{"model": "a", "loss": 2.1}}; '
            f"{listing(invalid, separator='; ')}."
        )
    if not records:
        raise InputError(f"{name}: the file is empty; give one JSON object per row.")
    return plain_frame(pd.DataFrame.from_records(records))


def _parse_parquet(data: bytes, name: str) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return plain_frame(pq.ParquetFile(pa.BufferReader(data)).read().to_pandas())
    except (pa.ArrowException, OSError, ValueError) as error:
        raise not_whole_parquet(name, error) from error


def not_whole_parquet(name: str, error: BaseException) -> InputError:
    """Return the error for a file that is not, or not wholly, a Parquet file.

    Parameters
    ----------
    name : str
        Name of the file.
    error : BaseException
        The error that reading raised.

    Returns
    -------
    InputError
        The error to raise.
    """
    return InputError(
        f"{name}: is not a whole Parquet file ({error_reason(error)}); it may be truncated: write it again."
    )


def _parse_excel(data: bytes, name: str) -> pd.DataFrame:
    try:
        sheets = pd.read_excel(
            io.BytesIO(data), sheet_name=None, engine="openpyxl", na_values=[], keep_default_na=False
        )
    except ImportError as error:
        raise InputError(f"{name}: needs openpyxl: pip install 'bayescale[excel]'.") from error
    except Exception as error:  # the reader may raise any error for a file that is no workbook
        raise InputError(
            f"{name}: is not a whole Excel workbook ({error_reason(error)}); save it as .xlsx again."
        ) from error
    filled = {sheet: plain_frame(table) for sheet, table in sheets.items() if not table.empty}
    if len(filled) > 1:
        raise InputError(f"{name}: several sheets hold rows ({listing(list(filled))}); keep the table's sheet alone.")
    return next(iter(filled.values()), pd.DataFrame())


CSV = TableFormat("CSV", parse_csv, typed=False, separator=",")
TSV = TableFormat("TSV", partial(parse_csv, separator="\t"), typed=False, separator="\t")
EXCEL = TableFormat("Excel", _parse_excel, is_text=False)
PARQUET = TableFormat("Parquet", _parse_parquet, is_text=False)
JSON_LINES = TableFormat("JSON lines", _parse_json_lines)
#: Formats of tables by suffix in lower case.
TABLE_FORMATS = {
    ".csv": CSV,
    ".tsv": TSV,
    ".parquet": PARQUET,
    ".jsonl": JSON_LINES,
    ".ndjson": JSON_LINES,
    ".xlsx": EXCEL,
}
#: Suffixes of evaluation logs and of databases of attempts, which only `read_trials` reads.
LOG_SUFFIXES = (".eval", ".json")
DATABASE_SUFFIXES = (".db", ".sqlite", ".sqlite3")


def format_of(name: str) -> TableFormat | None:
    """Return the format of a file by its suffix; a suffix of compression after it does not matter.

    Parameters
    ----------
    name : str
        Name, path or address of the file.

    Returns
    -------
    TableFormat or None
        The format; None where the file is no table.
    """
    return TABLE_FORMATS.get(suffix_of(name))
