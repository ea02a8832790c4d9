"""Rows that stand in a table twice because exports were joined: rounded, with other columns, or under another name."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayescale.core.notes import Note
from bayescale.core.text import in_rows, listing
from bayescale.data.aliases import normalized
from bayescale.data.columns import as_text
from bayescale.data.row_groups import combined_hashes, group_codes, repeats_another, varies_in_group
from bayescale.data.runs_validation.measurements import Measurements, rows_of_groups

#: Least measurements of trainings under two run names that are taken for one export joined twice.
LEAST_RENAMED = 4
#: Normalized names of the columns by which exports of trackers link nested runs.
PARENT_RUN = ("mlflow_parent_run_id", "parent_run_id", "parent_id", "parent_run")
RUN_ID = ("run_id", "run_uuid", "run")
_ROUNDED = 1e-4  # largest relative distance between a rounded number and the number itself


def rounded_copies(rows: Measurements) -> list[str]:
    """Describe rows whose response is the rounded response of another row.

    Parameters
    ----------
    rows : Measurements
        The rows.

    Returns
    -------
    list of str
        One message, or none.
    """
    agreeing = rows.agreeing(rows.response)
    if not agreeing.any():
        return []
    table, keys = rows.table[agreeing], rows.combined(rows.response)[agreeing]
    values = table[rows.response].to_numpy()
    order = np.lexsort((values, keys))
    low, high = values[order[:-1]], values[order[1:]]
    with np.errstate(invalid="ignore"):
        close = (keys[order[:-1]] == keys[order[1:]]) & (np.float32(low) != np.float32(high))
        close &= np.abs(high - low) <= _ROUNDED * np.abs(high)
    places = [place for place in np.flatnonzero(close) if _is_rounding(low[place], high[place])]
    if len(places) < 3 or 20 * len(places) < len(rows.table):  # a few pairs may agree by chance
        return []
    numbers = table["row"].to_numpy()
    pairs = sorted(sorted((int(numbers[order[place]]), int(numbers[order[place + 1]]))) for place in places)
    return [
        f"the same measurement more than once: {listing([in_rows(pair) for pair in pairs], separator='; ')} agree in "
        f"family, run and inputs, and {rows.response} of the one is {rows.response} of the other, rounded; keep the "
        "row with all digits."
    ]


def _is_rounding(first: float, second: float) -> bool:
    """Whether one number is the other, rounded to at least five digits and two digits fewer."""
    short, long = sorted((repr(float(first)), repr(float(second))), key=len)
    if "e" in short or "e" in long or len(long) < len(short) + 2 or len(short.replace(".", "").lstrip("0")) < 5:
        return False
    return round(float(long), len(short.partition(".")[2])) == float(short)


def blank_in_one(rows: Measurements, partial: Sequence[str]) -> list[str]:
    """Describe rows that agree in all inputs that both have: joined exports with different columns.

    Parameters
    ----------
    rows : Measurements
        The rows.
    partial : sequence of str
        Columns that are blank in some rows.

    Returns
    -------
    list of str
        One message, or none.
    """
    if not partial:
        return []
    keys = rows.combined(*partial)
    group, agreeing = group_codes(keys), repeats_another(keys)
    for name in partial:
        filled = rows.table[name].notna().to_numpy()
        agreeing = agreeing & ~varies_in_group(rows.hashes[name], filled, group)
    if not agreeing.any():
        return []
    return [
        f"the same measurement more than once: {rows_of_groups(rows.table[agreeing], group[agreeing])} agree in "
        f"family, run and {rows.response} to the last digit, and in all inputs that both have; they differ only in "
        f"where {listing([repr(name) for name in partial])} is blank. Keep one row of each."
    ]


def renamed_runs(rows: Measurements) -> list[str]:
    """Describe joined exports that give the same trainings different run names.

    At least half of the rows must belong to runs whose every row also occurs under another run name.

    Parameters
    ----------
    rows : Measurements
        The rows.

    Returns
    -------
    list of str
        One message, or none.
    """
    if not rows.hashes["run"].any():
        return []  # no run is named
    agreeing = rows.agreeing("run")
    n_rows = len(rows.table)
    if 2 * agreeing.sum() < n_rows:
        return []
    runs = group_codes(combined_hashes((rows.hashes["family"], rows.hashes["run"])))
    whole = np.bincount(runs, ~agreeing)[runs] == 0
    group = group_codes(rows.combined("run")[whole])
    if 2 * whole.sum() < n_rows or group.max() + 1 < LEAST_RENAMED:
        return []
    return [
        f"the same measurement more than once: {rows_of_groups(rows.table[whole], group)} agree in family, inputs and "
        f"{rows.response} to the last digit, and differ in the name of the run: the same trainings seem to be exported "
        "twice. Keep one row of each."
    ]


def under_two_names(rows: Measurements) -> list[Note]:
    """Return a note where rows of different families, runs or seeds agree to the last digit.

    Parameters
    ----------
    rows : Measurements
        The rows.

    Returns
    -------
    list of Note
        The note `same_training_under_two_names`, or none.
    """
    names = ("family", "run", "seed")
    agreeing = rows.agreeing(*names)
    inputs = [column for name, column in rows.hashes.items() if name not in (*names, rows.response)]
    if not agreeing.any() or not any((column != column[0]).any() for column in inputs):
        return []
    group = group_codes(rows.combined(*names)[agreeing])
    message = (
        f"Rows of different families, runs or seeds have equal inputs and equal {rows.response} to the last digit: "
        f"{rows_of_groups(rows.table[agreeing], group)}; keep one of the rows if they are one training."
    )
    return [Note("same_training_under_two_names", message)]


def parent_runs(table: pd.DataFrame, response: str) -> list[str]:
    """Describe rows of a tracker's parent runs that repeat the response of a child.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `row`.
    response : str
        Name of the measured column.

    Returns
    -------
    list of str
        One message, or none.
    """
    names = {normalized(str(name)): name for name in table.columns}
    parent, run = (next((names[key] for key in keys if key in names), None) for keys in (PARENT_RUN, RUN_ID))
    if parent is None or run is None:
        return []
    keys = pd.DataFrame(
        {"run": as_text(table[run]), "parent": as_text(table[parent]), "response": table[response], "row": table["row"]}
    )
    pairs = keys.merge(keys[keys["parent"] != ""], left_on=["run", "response"], right_on=["parent", "response"])
    if pairs.empty:
        return []
    rows = [in_rows(sorted(pair)) for pair in zip(pairs["row_x"].tolist(), pairs["row_y"].tolist(), strict=True)]
    return [
        f"the same measurement more than once: {listing(rows, separator='; ')} are a parent run and its child "
        f"({parent!r}) with the same {response}; keep the child."
    ]
