"""Columns of a raw table made numbers or text, and rows written the same way on every machine."""

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bayescale.data.arrow import arrow_text, is_text, mask, parsed_integers, parsed_numbers, stripped, text_column
from bayescale.errors import InputError

#: What a text table writes where a value is not available, in lower case.
BLANK = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "null", "none"})
#: The same where a number is expected: dashes, and what spreadsheets write for a failed formula, count too.
NO_NUMBER = BLANK | {
    *("-nan", "n.a.", "nil", "-", "--", "\N{EN DASH}", "\N{EM DASH}"),
    *("#na", "#div/0!", "#num!", "#value!", "#ref!", "#null!"),
}
#: What people write for the loss of a run that gave none.
FAILED = frozenset({"diverged", "divergence", "oom", "failed", "crashed", "crash", "killed", "running", "pending", "?"})

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_HEAD = 20  # rows that show that a column is text
_EXACT = 2**53  # every integer up to here is a float64


def is_blank(value: object) -> bool:
    """Whether a single value is missing: None, NaN, NA, NaT or text that is empty."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or bool(pd.api.types.is_scalar(value) and pd.isna(value))  # type: ignore[call-overload]


def as_numbers(column: "pd.Series[Any]") -> tuple[np.ndarray, np.ndarray]:
    """The column as float64 (n_rows,), blanks as NaN, and which values are no numbers (bool, n_rows)."""
    kind = getattr(column.dtype, "kind", "O")
    if kind in "iuf":
        return column.to_numpy(dtype=np.float64, na_value=np.nan), np.zeros(len(column), dtype=bool)
    if is_text(column):
        parsed = parsed_numbers(arrow_text(column))
        if parsed is not None:
            return parsed, np.zeros(len(column), dtype=bool)
    elif pd.api.types.infer_dtype(column, skipna=False) == "string":
        try:
            return np.fromiter(map(float, column.tolist()), np.float64, len(column)), np.zeros(len(column), dtype=bool)
        except ValueError:  # some are blank, or no numbers
            pass
    values = np.full(len(column), np.nan)
    wrong = np.zeros(len(column), dtype=bool)
    for place, value in enumerate(column.tolist()):
        try:
            values[place] = _number(value)
        except Exception:  # a value may be any object
            wrong[place] = True
    return values, wrong


def _number(value: object) -> float:
    if is_blank(value) or (isinstance(value, str) and value.strip().lower() in NO_NUMBER):
        return math.nan
    if isinstance(value, bool | np.bool_):
        raise TypeError("a truth value is not a number")
    return float(value)  # type: ignore[arg-type]


def as_text(column: "pd.Series[Any]") -> list[str]:
    """The column as text without surrounding blanks; missing values are "", and 17.0 is "17"."""
    return [value.strip() if type(value) is str else _text(value) for value in column.tolist()]


def as_text_column(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """The same as a column of dtype `str`."""
    return text_column(
        stripped(arrow_text(column)) if is_text(column) else pa.array(as_text(column), pa.large_string())
    )


def _text(value: object) -> str:
    if is_blank(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    try:
        return str(value).strip()
    except Exception as error:
        raise InputError(f"a value of type {type(value).__name__} cannot be read as text") from error


def settle(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column that is still text (from CSV) as numbers or truth values, where every value is one; else as text."""
    if is_text(column) and (plain := _settled_whole(column)) is not None:
        return plain
    texts = [str(value).strip() for value in column.tolist()]
    if all(_INTEGER.fullmatch(text) for text in texts):
        return pd.Series([int(text) for text in texts], index=column.index, dtype="int64")
    if all(text in ("True", "False") for text in texts):
        return pd.Series([text == "True" for text in texts], index=column.index, dtype="bool")
    numbers, wrong = as_numbers(column)
    if not wrong.any():
        return pd.Series(numbers, index=column.index)
    return column.replace("", None).astype("str")


def _settled_whole(column: "pd.Series[Any]") -> "pd.Series[Any] | None":
    """The same for columns of plain integers, plain numbers, and text already in the first rows; else None."""
    array = arrow_text(column)
    values: np.ndarray | None = parsed_integers(array)
    if values is None:
        values = parsed_numbers(array)
        if values is not None and not (values % 1 != 0).any():  # may be integers, written in another way
            return None
    if values is not None:
        return pd.Series(values, index=column.index)
    head = column.iloc[:_HEAD]
    if head.str.strip().isin(["True", "False"]).all() or not as_numbers(head)[1].any():
        return None
    return column.replace("", None).astype("str")


def canonical_rows(table: pd.DataFrame) -> list[str]:
    """One line of text per row, equal exactly where the rows are: 7 and 7.0 are one number, all blanks one blank."""
    encoded = [_encode(table[name]) for name in sorted(table.columns)]
    return ["\t".join(parts) for parts in zip(*encoded, strict=True)]


def _encode(column: "pd.Series[Any]") -> list[str]:
    if column.dtype == np.float64:
        return ["" if value != value else repr(value + 0.0) for value in column.tolist()]  # + 0.0: no minus zero
    return [_quoted(value) if type(value) is str else _encode_one(value) for value in column.tolist()]


def _quoted(value: str) -> str:
    return encode_basestring_ascii(value) if value and not value.isspace() else ""


def _encode_one(value: object) -> str:
    if is_blank(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, int | np.integer):
        return repr(float(value)) if abs(int(value)) <= _EXACT else str(int(value))
    if isinstance(value, float | np.floating):
        return repr(float(value) + 0.0)
    return json.dumps(str(value))


def made_up_run(row: int) -> str:
    """The run id of a row whose source gives none."""
    return f"row {row}"


def made_up_runs(rows: np.ndarray) -> pa.Array:
    """The run ids of rows (int64, n_rows) whose source gives none, as text."""
    numbers = pc.cast(pa.array(rows), pa.large_string())
    before, between = (pa.scalar(text, pa.large_string()) for text in (made_up_run(0)[:-1], ""))
    return pc.binary_join_element_wise(before, numbers, between)


def given_runs(table: pd.DataFrame) -> np.ndarray:
    """Which rows carry a run id of their source rather than one made up from the row number (bool, n_rows)."""
    runs = arrow_text(table["run"])
    if not pc.any(pc.starts_with(runs, made_up_run(0)[:-1])).as_py():
        return np.ones(len(table), dtype=bool)
    return mask(pc.not_equal(runs, made_up_runs(table["row"].to_numpy())))


def as_given(table: pd.DataFrame) -> pd.DataFrame:
    """The table without what reading added: row numbers, and run ids made up from them."""
    return table.assign(run=table["run"].where(given_runs(table), "")).drop(columns="row")


def require_unique(names: Sequence[str], where: str) -> None:
    """Raise InputError where two columns carry one name."""
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        shown = ", ".join(map(repr, twice))
        raise InputError(
            f"{where}: more than one column is called {shown}; "
            "keep one of each, or give the other a name of its own with rename={theirs: ours}."
        )
