"""Are the responses and sizes of a table one quantity: of the same data, tokenizer, unit and definition of size?"""

import re
from collections.abc import Mapping

import pandas as pd

from bayescale.core.text import listing
from bayescale.data.columns import as_text

#: Columns that say what a loss or a size is of, each with other names it goes by. Several values in one table are
#: several quantities.
QUANTITY: Mapping[str, tuple[str, ...]] = {
    "tokenizer": ("tokeniser", "tokenizer_name"),
    "eval_set": ("evalset", "eval_dataset", "eval_data", "evaluation_set", "val_set", "validation_set", "test_set"),
    "loss_unit": ("loss_units", "unit_of_loss"),
    "size_definition": ("params_definition", "n_params_definition"),
}


def mixed_quantities(table: pd.DataFrame, comparable: str = "") -> list[str]:
    """Columns whose values say that the table holds several quantities.

    Parameters
    ----------
    table
        Rows that are to be fitted together.
    comparable
        Why they may stand together nevertheless; with a reason nothing is found.

    Returns
    -------
    list of str
        One sentence for each column: its values, and the two ways out.
    """
    if comparable.strip():
        return []
    return [
        f"column {column!r}: {column} differs ({listing(values)}), so the losses or sizes are several quantities and "
        f"not comparable. Keep the rows of one ({column} == {values[0]!r}; in a spec data.keep, on the command line a "
        "table of these alone), or say in comparable=... why they may stand together (--comparable on the command "
        "line, data.comparable in a spec)."
        for column, values in mixed_columns(table).items()
    ]


def mixed_columns(table: pd.DataFrame) -> dict[str, list[str]]:
    """Columns that say what a loss or size is of and have several values, with these."""
    known = {alias for name, aliases in QUANTITY.items() for alias in (name, *aliases)}
    found: dict[str, list[str]] = {}
    for column in map(str, table.columns.tolist()):
        if re.sub(r"[\s-]+", "_", column.strip().lower()) in known:
            values = sorted({text.casefold(): text for text in as_text(table[column]) if text}.values())
            found |= {column: values} if len(values) > 1 else {}
    return found
