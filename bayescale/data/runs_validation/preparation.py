"""A raw table made ready for validation: renamed columns, row numbers, float64 numbers, `family` and `run` as text."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bayescale.data.canonical_rows import has_source_run, row_run_ids
from bayescale.data.column_names import rename_problems, require_unique, row_numbers
from bayescale.data.columns import FAILED, arrow_text, as_numbers, as_text, as_text_column, convert_text, text_column
from bayescale.data.quantities import KNOWN
from bayescale.data.runs_validation.completeness import not_a_number
from bayescale.data.tables.frames import RawTable
from bayescale.errors import closest


def number_columns(rename: Mapping[str, str], response: str) -> set[str]:
    """Return the columns of a source that `make_numeric` converts.

    Parameters
    ----------
    rename : mapping of str to str
        New names by the names in the source.
    response : str
        Name of the measured column after renaming.

    Returns
    -------
    set of str
        Their names in the source.
    """
    converted = {response, "step", *KNOWN}
    return (converted - set(rename)) | {source_name for source_name, name in rename.items() if name in converted}


def renamed(raw: RawTable, rename: Mapping[str, str], response: str, problems: list[str]) -> pd.DataFrame:
    """Rename the columns of a raw table and number its rows.

    Parameters
    ----------
    raw : RawTable
        The table as the source has it; it is not changed.
    rename : mapping of str to str
        New names by the names in the source.
    response : str
        Name of the measured column after renaming.
    problems : list of str
        Receives a message for each name in `rename` and for the response that is missing.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        The columns under their new names, and `row`.

    Raises
    ------
    InputError
        If two columns have one name, before or after.
    """
    names = list(raw.table.columns)
    require_unique(names, raw.source)
    problems += rename_problems(rename, names)
    table = raw.table.rename(columns=dict(rename)) if rename else raw.table.copy(deep=False)
    require_unique(list(table.columns), f"{raw.source} after rename")
    if response not in table.columns:
        problems.append(
            f"the response {response!r} is not a column.{closest(response, table.columns)} Name it with response=..., "
            f"or rename={{source name: {response!r}}} (--rename NAME={response} on the command line)."
        )
    table["row"] = row_numbers(table, problems)
    return table


def make_numeric(table: pd.DataFrame, response: str, problems: list[str]) -> NDArray[np.bool_]:
    """Convert the response, `step` and the known inputs to float64, in place.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `row`.
    response : str
        Name of the measured column. Words such as "diverged" are missing values there.
    problems : list of str
        Receives a message for each column with values that are not numbers.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        Rows with a value that is not a number.
    """
    unread = np.zeros(len(table), dtype=bool)
    for name in dict.fromkeys((response, "step", *KNOWN)):
        if name not in table.columns:
            continue
        column = table[name]
        if column.dtype == np.float64:
            continue
        values, not_numbers = as_numbers(column)
        if name == response and not_numbers.any():
            not_numbers[not_numbers] = [text.lower() not in FAILED for text in as_text(column[not_numbers])]
        problems += not_a_number(table, name, not_numbers)
        table[name] = values
        unread |= not_numbers
    return unread


def make_text(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Make `family` and `run` text, in place.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `row`. Without `family` all rows are the family "all"; a missing or blank `run` becomes "row 17".

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        Rows with a run id of the source.
    """
    if "family" in table.columns:
        table["family"] = as_text_column(table["family"])
    else:
        table["family"] = text_column(pa.repeat(pa.scalar("all", pa.large_string()), len(table)))
    if "run" not in table.columns:
        table["run"] = text_column(row_run_ids(table["row"].to_numpy()))
        return np.zeros(len(table), dtype=bool)
    runs = arrow_text(as_text_column(table["run"]))
    blank = pc.equal(runs, "")
    if pc.any(blank).as_py():
        runs = pc.if_else(blank, row_run_ids(table["row"].to_numpy()), runs)
    table["run"] = text_column(runs)
    return has_source_run(table)


def convert_other_columns(table: pd.DataFrame, response: str) -> pd.DataFrame:
    """Convert the columns that `make_numeric` and `make_text` leave as text to the type of their values.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows of a source without types, such as CSV.
    response : str
        Name of the measured column.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        The converted table.
    """
    converted = {"family", "run", "row", "step", response, *KNOWN}
    others = {name: convert_text(table[name]) for name in table.columns if name not in converted}
    return table.assign(**others).set_axis(pd.Index(table.columns.tolist()), axis=1)
