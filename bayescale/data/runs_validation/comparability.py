"""Whether the responses and sizes of a table are one quantity: the same data, tokenizer, unit and size definition."""

import re
from collections.abc import Mapping

import pandas as pd

from bayescale.core.text import listing
from bayescale.data.columns import as_text

#: Columns that state what a loss or a size refers to, each with its other names. Several values in one table mean
#: several quantities.
QUANTITY: Mapping[str, tuple[str, ...]] = {
    "tokenizer": ("tokeniser", "tokenizer_name"),
    "eval_set": ("evalset", "eval_dataset", "eval_data", "evaluation_set", "val_set", "validation_set", "test_set"),
    "loss_unit": ("loss_units", "unit_of_loss"),
    "size_definition": ("params_definition", "n_params_definition"),
}


def mixed_quantities(table: pd.DataFrame, comparable: str = "") -> list[str]:
    """Describe columns whose values show that the table holds several quantities.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows to be fitted together.
    comparable : str, default ""
        Why they may be fitted together nevertheless; with a reason nothing is reported.

    Returns
    -------
    list of str
        One message per column: its values, and the two ways to continue.
    """
    if comparable.strip():
        return []
    return [
        f"column {column!r} has several values ({listing(values)}), so the losses or sizes are several quantities and "
        f"not comparable. Keep the rows of one value ({column} == {values[0]!r}; in a spec data.keep, on the command "
        "line a table of these rows alone), or state in comparable=... why they may be fitted together (--comparable "
        "on the command line, data.comparable in a spec)."
        for column, values in mixed_columns(table).items()
    ]


def mixed_columns(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return the columns that state what a loss or size refers to and have several values.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.

    Returns
    -------
    dict of str to list of str
        The values of each such column.
    """
    known = {alias for name, aliases in QUANTITY.items() for alias in (name, *aliases)}
    mixed: dict[str, list[str]] = {}
    for column in map(str, table.columns.tolist()):
        if re.sub(r"[\s-]+", "_", column.strip().lower()) in known:
            values = sorted({text.casefold(): text for text in as_text(table[column]) if text}.values())
            mixed |= {column: values} if len(values) > 1 else {}
    return mixed
