"""Names of a source's columns: renamed, each once, and the numbers of its rows."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.data.columns import as_numbers
from bayescale.errors import InputError, closest


def require_unique(names: Sequence[str], source: str) -> None:
    """Require that no two columns have one name.

    Parameters
    ----------
    names : sequence of str
        Names of the columns.
    source : str
        What the error calls the table.

    Raises
    ------
    InputError
        If a name occurs more than once.
    """
    repeated = sorted(name for name, times in Counter(names).items() if times > 1)
    if repeated:
        raise InputError(
            f"{source}: more than one column is called {', '.join(map(repr, repeated))}; "
            "keep one of each, or give the other a different name with rename={source name: new name}."
        )


def rename_problems(rename: Mapping[str, str], names: Sequence[str]) -> list[str]:
    """Describe entries of `rename` that are not columns of the source.

    Parameters
    ----------
    rename : mapping of str to str
        New names by the names in the source.
    names : sequence of str
        Names of the columns in the source.

    Returns
    -------
    list of str
        One message per missing column, with the closest name.
    """
    return [
        f"rename: {source_name!r} is not a column of the source."
        + (
            f" rename is {{source name: new name}}: write {{{new_name!r}: {source_name!r}}}."
            if new_name in names
            else closest(source_name, names)
        )
        for source_name, new_name in rename.items()
        if source_name not in names
    ]


def row_numbers(table: pd.DataFrame, problems: list[str]) -> NDArray[np.int64]:
    """Return the number of every data row.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows. A column `row`, as a table that was read before has it, gives the numbers.
    problems : list of str
        Receives a message where the column `row` does not hold different whole numbers from 1.

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        The numbers: 1 to n_rows without a usable column `row`.
    """
    counted = np.arange(1, len(table) + 1)
    if "row" not in table.columns:
        return counted
    values, not_numbers = as_numbers(table["row"])
    if not_numbers.any() or not (values >= 1).all() or (values % 1).any() or len(set(values)) < len(values):
        problems.append(
            "column 'row' is reserved for the number of the data row in the source and must hold different whole "
            "numbers from 1; give it another name with rename={'row': ...}."
        )
        return counted
    return values.astype(np.int64)
