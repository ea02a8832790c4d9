"""Values that a fit needs: columns that are missing, blank, or hold something other than numbers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.notes import Note
from bayescale.core.text import count, in_rows, values_in_rows
from bayescale.data.columns import as_numbers
from bayescale.data.runs_validation.exclusion import blank_rows
from bayescale.errors import closest


def missing_columns(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Describe columns that the table does not have.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.
    columns : sequence of str
        The columns that are needed.

    Returns
    -------
    list of str
        One message per missing column, with the closest name.
    """
    known = [str(name) for name in table.columns if name != "row"]
    return [
        f"column {name!r} is not in the table.{closest(name, known)} If it has another name there, read it with "
        f"rename={{source name: {name!r}}}."
        for name in dict.fromkeys(columns)
        if name not in table.columns
    ]


def incomplete_columns(table: pd.DataFrame, columns: Sequence[str], response: str) -> list[str]:
    """Describe columns that do not hold a finite number in every row.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.
    columns : sequence of str
        The columns that are needed, all of them in the table.
    response : str
        Name of the measured column.

    Returns
    -------
    list of str
        One message per column and kind of value, with the rows and the ways to continue.
    """
    problems = []
    for name in columns:
        values, not_numbers = as_numbers(table[name])
        problems += not_a_number(table, name, not_numbers | (np.isinf(values) & (name != response)))
        if name == response:
            problems += without_response(table, name)
    blank = {name: blank_values(table, name) for name in columns if name != response}
    arguments = ", ".join(f'"{name}"' for name in blank if blank[name].any())
    problems += [
        f"column {name!r}: blank in {in_rows(table['row'][rows].tolist())}; give the values, "
        f"or leave out incomplete rows with runs.complete({arguments}) (--complete on the command line)."
        for name, rows in blank.items()
        if rows.any()
    ]
    return problems


def blank_values(table: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """Return the rows in which a column is blank.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.
    name : str
        Name of the column.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        The rows; False where the value is not a number.
    """
    values, not_numbers = as_numbers(table[name])
    blank: NDArray[np.bool_] = np.isnan(values) & ~not_numbers
    return blank


def not_a_number(table: pd.DataFrame, name: str, rows: NDArray[np.bool_]) -> list[str]:
    """Describe values that are not finite numbers.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.
    name : str
        Name of the column.
    rows : ndarray of bool, shape (n_rows,)
        Where its values are not finite numbers.

    Returns
    -------
    list of str
        One message, or none where `rows` is False throughout.
    """
    if not rows.any():
        return []
    selected = table[rows]
    values = values_in_rows(selected[name].tolist(), selected["row"].tolist())
    return [f"column {name!r}: {values} is not a finite number; write plain numbers such as 7e9, blank if not known."]


def without_response(table: pd.DataFrame, response: str) -> list[Note]:
    """Describe rows without a finite response, with every way to leave them out.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.
    response : str
        Name of the measured column.

    Returns
    -------
    list of Note
        The note `missing_response`, or none. It is also the message of the error that a fit raises.
    """
    rows = blank_rows(table[response])
    if not rows.any():
        return []
    message = (
        f"column {response!r}: blank or not finite in {in_rows(table['row'][rows].tolist())}; a fit needs the number. "
        f'Leave these rows out with a reason: runs.exclude(blank="{response}", reason="diverged") in Python, '
        f'--exclude-blank {response} --reason "diverged" on the command line, [[data.exclude]] with '
        f'blank = "{response}" in a spec.'
    )
    return [Note("missing_response", message)]


def incomplete_rows_note(rows: pd.DataFrame, name: str) -> Note:
    """Return the note on rows that are left out because a column is blank.

    Parameters
    ----------
    rows : DataFrame of shape (n_rows, n_columns)
        The rows that are left out.
    name : str
        Name of the column.

    Returns
    -------
    Note
        The note `incomplete_rows`.
    """
    families = sorted(set(rows["family"]))
    verb = "is" if len(rows) == 1 else "are"
    message = (
        f"{count(len(rows), 'row')} {verb} left out because {name} is blank: {in_rows(rows['row'].tolist())} "
        f"({'family' if len(families) == 1 else 'families'} {', '.join(map(repr, families))})."
    )
    return Note("incomplete_rows", message, families)
