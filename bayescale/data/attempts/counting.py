"""Attempts counted per problem by DuckDB: files are never loaded whole.

Memory is bounded by DuckDB's limit (the rest goes to a scratch folder on disk) and by the number of counted rows.
Nothing but the named files can be read, and nothing is fetched or installed.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayescale.core.notes import Note
from bayescale.core.text import SHOWN, count, in_rows, listing, values_in_rows
from bayescale.data.attempts.duplicates import repeated_attempts
from bayescale.data.attempts.files import literal
from bayescale.data.attempts.order import MOST_ORDERED, copied, first_by, multiples, same_attempts
from bayescale.data.attempts.scan import Scan, located, scanned
from bayescale.data.columns import BLANK, as_text
from bayescale.data.trials_validation.form import PER_ATTEMPT
from bayescale.data.trials_validation.grouped_counts import ordered_by
from bayescale.data.trials_validation.groups import COUNTS, FIRST, as_labels, is_bookkeeping
from bayescale.errors import InputError

MOST_VALUES = 1000  # different values of a column, above which it distinguishes attempts, not groups
MOST_ROWS = 2_000_000  # counted rows; more mean that an attempt's id was read as a problem or a group
SAMPLED_ROWS = 100_000

_TRUE, _FALSE = ("true", "1", "1.0"), ("false", "0", "0.0")
_NO_ERROR = (*BLANK, *_FALSE, "[]", "{}")


@dataclass(frozen=True, eq=False)
class Counted:
    """Attempts counted per value of the group columns and problem.

    Attributes
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Text columns `groups`, `problem` and, where there is one, `cluster`; int64 counts `attempts` that ran,
        `successes` among them, and `errors`, which did not run; `first_success` where attempts are numbered.
    groups : tuple of str
        The group columns.
    problems : tuple of str
        Messages that refuse the table.
    notes : tuple of Note
        The notes.
    """

    table: pd.DataFrame
    groups: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[Note, ...]


def count_attempts(
    data: pd.DataFrame | Sequence[Path], names: Mapping[str, str], source: str, *, check_duplicates: bool = False
) -> Counted:
    """Count attempts per problem and group.

    Columns beyond the known ones are group columns if they hold at most 1000 different values; the others are left out,
    with a note.

    Parameters
    ----------
    data : DataFrame or sequence of Path
        The attempts.
    names : mapping of str to str
        Names in the source by our names, of the columns to read.
    source : str
        What errors call the source.
    check_duplicates : bool, default False
        Whether to read all rows a second time to find repeated attempts.

    Returns
    -------
    Counted
        The counts, with problems and notes.

    Raises
    ------
    InputError
        If the files cannot be read, hold no rows, or give more than two million counted rows.
    """
    with scanned(data, names, source) as scan:
        groups, left_out = _counted_groups(scan, source)
        _require_size(scan, groups, source)
        table, both, problems = _fetched(scan, groups)
        if check_duplicates:
            problems += repeated_attempts(scan, groups)
        if not problems:
            table, problems = _with_order(scan, table, groups)
    order = [name for name in (*scan.keys(groups), *COUNTS, FIRST) if name in table.columns]
    return Counted(table[order], tuple(groups), tuple(problems), _notes(left_out, both))


def _with_order(scan: Scan, table: pd.DataFrame, groups: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """The counted rows with the positions of first successes where attempts are numbered, and repeated attempts."""
    within = ordered_by(groups)
    counted = table.groupby(within, sort=False)[list(COUNTS)].sum()
    numbered = "attempt" in scan.columns
    joined = multiples(counted["successes"].to_numpy(), (counted["attempts"] - counted["successes"]).to_numpy())
    if table[list(COUNTS)].to_numpy().sum() > MOST_ORDERED:
        return table, [] if numbered else joined
    rows = _attempts(scan, groups)
    keys = scan.keys([name for name in groups if not is_bookkeeping(name)])
    if not numbered:
        return table, joined or copied(rows, within)
    if problems := same_attempts(rows, keys):
        return table, problems
    first = first_by(rows, scan.keys(groups), within)
    if first is None:
        return table, []
    return table.join(first.rename(FIRST), on=scan.keys(groups)), []


def _attempts(scan: Scan, groups: Sequence[str]) -> pd.DataFrame:
    """Every attempt: its keys, `attempt`, `verdict`, `flagged`, and `whole`, a hash of all but bookkeeping columns."""
    keys = scan.keys(groups)
    names = [name for name in (*keys, "attempt") if name in scan.columns]
    compared = [scan.columns[name] for name in scan.columns if not is_bookkeeping(name)]
    selected = ", ".join([*(scan.columns[name] for name in names), f"{scan.columns['success']} AS success"])
    read = f"SELECT {selected}, {_flagged(scan)} AS flagged, hash({', '.join(compared)}) AS whole"
    fetched = scan.connection.sql(f"{read} FROM {scan.rows(list(scan.columns))}").to_arrow_table()
    rows: dict[str, Any] = {name: _labels(fetched[scan.columns[name]], scan.types[name], name) for name in names}
    _, texts, codes = _encoded(fetched["success"], scan.types["success"])
    rows["verdict"] = np.array([_verdict(text) for text in texts])[codes]
    return pd.DataFrame(rows).assign(flagged=fetched["flagged"].to_numpy(), whole=fetched["whole"].to_numpy())


def _labels(column: Any, kind: str, name: str) -> "pd.Series[str]":
    """The values of a column as text, equal numbers as one text."""
    _, texts, codes = _encoded(column, kind)
    labels = pd.Series([*as_labels(texts[:-1].tolist(), name), ""], dtype="str")
    return labels.iloc[codes].reset_index(drop=True)


def _counted_groups(scan: Scan, source: str) -> tuple[list[str], list[str]]:
    """Make the table `counted`. Returns its group columns, and the columns left out for their many values.

    A sample of rows excludes ids and texts of attempts first. The rule itself is exact, since the counted rows hold
    every value.
    """
    extras = [name for name in scan.columns if name not in PER_ATTEMPT]
    some = f"(SELECT * FROM {scan.rows([*extras, 'success'])} LIMIT {SAMPLED_ROWS})"
    few = _with_few_values(scan, [*extras, "success"], some)
    if "success" not in few:
        raise InputError(f"{source}: more than {MOST_VALUES} different values of 'success'", [_unread(scan)])
    few.remove("success")
    scan.run(f"CREATE TEMP TABLE counted AS {_counting(scan, scan.keys(few))}")
    groups = _with_few_values(scan, few, "counted")
    if groups != few:
        keys = ", ".join([*(scan.columns[name] for name in scan.keys(groups)), "success", "flagged"])
        scan.run("ALTER TABLE counted RENAME TO finer")
        sums = f"SELECT {keys}, CAST(sum(times) AS BIGINT) AS times FROM finer GROUP BY {keys}"
        scan.run(f"CREATE TEMP TABLE counted AS {sums}")
    return groups, [name for name in extras if name not in groups]


def _with_few_values(scan: Scan, names: Sequence[str], relation: str) -> list[str]:
    if not names:
        return []
    counted = ", ".join(f"count(DISTINCT {scan.columns[name]})" for name in names)
    (numbers,) = scan.run(f"SELECT {counted} FROM {relation}")
    return [name for name, number in zip(names, numbers, strict=True) if number <= MOST_VALUES]


def _counting(scan: Scan, keys: Sequence[str]) -> str:
    """How often each value of `success` occurs per key, and whether `error` marks the attempt as not run.

    The values are interpreted later, once per different value: per row this would cost more than the counting.
    """
    names = ", ".join(scan.columns[name] for name in keys)
    read = scan.rows([name for name in (*keys, "success", "error") if name in scan.columns])
    success = f"{scan.columns['success']} AS success"
    return f"SELECT {names}, {success}, {_flagged(scan)} AS flagged, count(*) AS times FROM {read} GROUP BY ALL"


def _flagged(scan: Scan) -> str:
    """Whether the attempt did not run: `error` is true, or holds a message."""
    if "error" not in scan.columns:
        return "false"
    column = scan.columns["error"]
    return f"coalesce({column}, false)" if scan.types["error"] == "BOOLEAN" else _is_other(column, _NO_ERROR)


def _is_other(column: str, words: Sequence[str]) -> str:
    """Whether a value is neither NULL nor one of `words`, whatever its case and the blanks around it."""
    pattern = rf'\s*"?\s*({"|".join(map(re.escape, words))})?\s*"?\s*'
    return f"coalesce(NOT regexp_full_match(CAST({column} AS VARCHAR), {literal(pattern)}, 'i'), false)"


def _require_size(scan: Scan, groups: Sequence[str], source: str) -> None:
    keys = ", ".join(scan.columns[name] for name in scan.keys(groups))
    ((rows,),) = scan.run(f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM counted)")
    if not rows:
        raise InputError(f"{source}: the table has columns but no rows; give one row per attempt.")
    if rows > MOST_ROWS:
        raise InputError(
            f"{source}: {rows:,} different combinations of {', '.join(scan.keys(groups))}, and {MOST_ROWS:,} are the "
            "most; if one of these columns numbers the attempts, read it with rename={source name: 'attempt'}."
        )


def _fetched(scan: Scan, groups: Sequence[str]) -> tuple[pd.DataFrame, int, list[str]]:
    """The counted rows as text and counts, sorted; the number of successes with an error; and messages on rows."""
    fetched = scan.connection.sql("FROM counted").to_arrow_table()
    table: dict[str, Any] = {}
    problems: list[str] = []
    for name in scan.keys(groups):
        raw, texts, _ = _encoded(fetched[scan.columns[name]], scan.types[name])
        table[name] = _labels(fetched[scan.columns[name]], scan.types[name], name)
        if name == "problem" and (table[name] == "").any():
            blank = [str(value) for value, text in zip(raw, texts, strict=False) if not text]
            problems.append(_blank_problems(scan, blank))
    _, texts, codes = _encoded(fetched["success"], scan.types["success"])
    verdict = np.array([_verdict(text) for text in texts])[codes]
    flagged, times = fetched["flagged"].to_numpy(), fetched["times"].to_numpy()
    ran = ~flagged & (verdict != "blank")
    if n_unread := int(times[ran & (verdict == "unread")].sum()):
        problems.append(_unread(scan, n_unread))
    counts = {"attempts": ran, "successes": ran & (verdict == "true"), "errors": ~ran}
    for name, where in counts.items():
        table[name] = np.where(where, times, 0)
    counted = pd.DataFrame(table).groupby(scan.keys(groups), sort=True, as_index=False).sum()
    return counted, int(times[flagged & (verdict == "true")].sum()), problems


def _encoded(column: Any, kind: str) -> tuple[list[object], np.ndarray, np.ndarray]:
    """The different values of an Arrow column, these as text with "" at the end, and their place for each row."""
    encoded = column.combine_chunks().dictionary_encode()
    raw = encoded.dictionary.to_pylist()
    values = [json.loads(value) for value in raw] if kind == "JSON" else raw
    texts = np.array([*as_text(pd.Series(values, dtype=object)), ""], dtype=object)
    return raw, texts, encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)


def _verdict(text: str) -> str:
    word = text.lower()
    return "true" if word in _TRUE else "false" if word in _FALSE else "blank" if word in BLANK else "unread"


def _blank_problems(scan: Scan, blank: Sequence[str]) -> str:
    column = scan.columns["problem"]
    among = f" OR CAST({column} AS VARCHAR) IN ({', '.join(map(literal, blank))})" if blank else ""
    rows = [row for _, row in located(scan, "problem", f"{column} IS NULL{among}")]
    more = " and more" if len(rows) > SHOWN else ""
    return f"column 'problem': blank in {in_rows(rows[:SHOWN])}{more}; give every attempt the id of its problem."


def _unread(scan: Scan, number: int | None = None) -> str:
    condition = f"{_is_other(scan.columns['success'], [*_TRUE, *_FALSE, *BLANK])} AND NOT {_flagged(scan)}"
    first = located(scan, "success", condition)[:SHOWN]
    values = values_in_rows([value for value, _ in first], [row for _, row in first])
    more = " and more" if number is None else f" and {number - len(first)} more" if number > len(first) else ""
    return (
        f"column 'success': {values}{more} must be true, false, 1 or 0, or blank where the attempt did not run; "
        "convert scores to true and false before."
    )


def _notes(left_out: Sequence[str], n_both: int) -> tuple[Note, ...]:
    """Notes on columns with many values, and on the number of attempts with both a success and an error."""
    notes = []
    if left_out:
        message = (
            f"Columns with more than {MOST_VALUES} different values distinguish attempts and are left out: "
            f"{listing(left_out)}."
        )
        notes.append(Note("many_values", message))
    if n_both:
        message = f"{count(n_both, 'attempt')} with success and an error: counted as not run."
        notes.append(Note("success_with_error", message))
    return tuple(notes)
