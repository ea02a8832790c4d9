"""One row per attempt, counted per problem by DuckDB: files are read where they lie and never held whole.

Memory is bounded by DuckDB's limit (the rest goes to a scratch folder on disk) and by the number of counted rows.
Nothing outside the files that were named can be read, and nothing is fetched or installed.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayescale.core.text import SHOWN, count, in_rows, listing, values_in_rows
from bayescale.data.attempts.files import literal
from bayescale.data.attempts.order import MOST_ORDERED, copied, first_by, multiples, same_attempts
from bayescale.data.attempts.scan import Scan, located, scanned
from bayescale.data.columns import BLANK, as_text
from bayescale.data.trials_validation.count_checks import COUNTS, PER_ATTEMPT
from bayescale.data.trials_validation.groups import FIRST, as_labels, is_bookkeeping, ordered_by
from bayescale.errors import InputError, closest

MOST_VALUES = 1000  # a column with more different values than this tells attempts apart, not groups
MOST_ROWS = 2_000_000  # of counted rows; what is beyond is an attempt's id taken for a problem or a group
SAMPLED_ROWS = 100_000

_TRUE, _FALSE = ("true", "1", "1.0"), ("false", "0", "0.0")
_NO_ERROR = (*BLANK, *_FALSE, "[]", "{}")


@dataclass(frozen=True, eq=False)
class Counted:
    """Attempts per (group columns, problem): text columns `groups`, `problem`, `cluster` where given, and int64 counts.

    `attempts` ran, `successes` of them succeeded, `errors` did not run. `problems` and `notes` are sentences.
    """

    table: pd.DataFrame
    groups: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def count_attempts(
    given: pd.DataFrame | Sequence[Path], names: Mapping[str, str], source: str, *, check_duplicates: bool = False
) -> Counted:
    """Count attempts per problem and group; `names` is {ours: theirs} of the columns to read.

    Columns beyond the known ones are group columns as far as they hold at most 1000 different values; the others are
    left out, with a note. `check_duplicates` reads all rows a second time.

    Raises InputError where the files cannot be read, hold no rows, or would give more than two million counted rows.
    """
    with scanned(given, names, source) as scan:
        groups, left_out = _counted_groups(scan, source)
        _require_size(scan, groups, source)
        table, both, problems = _fetched(scan, groups)
        if check_duplicates:
            problems += _duplicates(scan, groups)
        if not problems:
            table, problems = _one_by_one(scan, table, groups)
    order = [name for name in (*scan.keys(groups), *COUNTS, FIRST) if name in table.columns]
    return Counted(table[order], tuple(groups), tuple(problems), _notes(left_out, both))


def _one_by_one(scan: Scan, table: pd.DataFrame, groups: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """The counted rows with the positions of first successes where attempts are numbered; and what stands there
    twice."""
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
    """Every attempt: the columns it is counted by, `attempt`, `verdict`, `flagged`, and `whole`, a hash of all columns
    but those that number or date rows."""
    keys = scan.keys(groups)
    names = [name for name in (*keys, "attempt") if name in scan.columns]
    compared = [scan.columns[name] for name in scan.columns if not is_bookkeeping(name)]
    taken = ", ".join([*(scan.columns[name] for name in names), f"{scan.columns['success']} AS success"])
    read = f"SELECT {taken}, {_flagged(scan)} AS flagged, hash({', '.join(compared)}) AS whole"
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
    """Make the table `counted`; the group columns it has, and the columns left out for their many values.

    A first look at some rows keeps ids and texts of attempts from being counted by. The rule itself is exact, since the
    counted rows hold every value.
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
    """How often each value of `success` occurs per key, and whether `error` says that the attempt did not run.

    What the values mean is decided later, once per different value: per row it would cost more than the counting.
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
            "most; if one of these columns numbers the attempts, read it with rename={theirs: 'attempt'}."
        )


def _fetched(scan: Scan, groups: Sequence[str]) -> tuple[pd.DataFrame, int, list[str]]:
    """The counted rows as text and counts, sorted; how many successes carry an error; and the problems of rows."""
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
    if unread := int(times[ran & (verdict == "unread")].sum()):
        problems.append(_unread(scan, unread))
    counts = {"attempts": ran, "successes": ran & (verdict == "true"), "errors": ~ran}
    for name, where in counts.items():
        table[name] = np.where(where, times, 0)
    counted = pd.DataFrame(table).groupby(scan.keys(groups), sort=True, as_index=False).sum()
    return counted, int(times[flagged & (verdict == "true")].sum()), problems


def _encoded(column: Any, kind: str) -> tuple[list[object], np.ndarray, np.ndarray]:
    """The different values of an Arrow column, these as text with "" at the end, and which one each row has."""
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
    found = located(scan, "success", condition)[:SHOWN]
    shown = values_in_rows([value for value, _ in found], [row for _, row in found])
    more = " and more" if number is None else f" and {number - len(found)} more" if number > len(found) else ""
    return (
        f"column 'success': {shown}{more} must be true, false, 1 or 0, or blank where the attempt did not run; turn "
        "scores into true and false before."
    )


def _duplicates(scan: Scan, groups: Sequence[str]) -> list[str]:
    """Attempts that stand in the table more than once: one more pass, with one key per attempt."""
    if "attempt" not in scan.columns:
        known = [name for name in scan.columns if name != "attempt"]
        return [
            f"check_duplicates needs the column 'attempt', the attempt's id or number.{closest('attempt', known)} "
            "Name it with rename={theirs: 'attempt'}."
        ]
    blank = f"{scan.columns['attempt']} IS NULL"
    found = _repeated(scan, [*groups, "problem", "attempt"], f"NOT {blank}")
    ((number,),) = scan.run(f"SELECT count(*) FROM {scan.rows(['attempt'])} WHERE {blank}")
    if number:
        found.append(f"column 'attempt': blank in {count(number, 'row')}, so that they cannot be told apart.")
    return found


def _repeated(scan: Scan, names: Sequence[str], where: str) -> list[str]:
    """Keys that several rows have. Rows are counted by a small hash first, and then only those whose hash recurs."""
    keys = ", ".join(scan.columns[name] for name in names)
    rows = f"(SELECT {keys}, hash({keys}) AS hashed FROM {scan.rows(names)} WHERE {where})"
    scan.run(f"CREATE TEMP TABLE recurring AS SELECT hashed FROM {rows} GROUP BY hashed HAVING count(*) > 1")
    if scan.run("SELECT count(*) FROM recurring") == [(0,)]:
        return []
    again = f"SELECT {keys}, count(*) AS times FROM {rows} WHERE hashed IN (FROM recurring) GROUP BY {keys}"
    scan.run(f"CREATE TEMP TABLE twice AS SELECT * FROM ({again}) WHERE times > 1")
    ((number,),) = scan.run("SELECT count(*) FROM twice")
    first = scan.run(f"SELECT {', '.join(map(scan.shown, names))}, times FROM twice ORDER BY ALL LIMIT {SHOWN}")
    shown = [
        f"{', '.join(f'{name} {text}' for name, text in zip(names, row, strict=True))} ({times} times)"
        for *row, times in first
    ]
    more = f" and {number - len(first)} more" if number > len(first) else ""
    return [f"the same attempt more than once: {'; '.join(shown)}{more}; keep one row of each."] if number else []


def _notes(left_out: Sequence[str], both: int) -> tuple[str, ...]:
    notes = []
    if left_out:
        notes.append(
            f"Columns with more than {MOST_VALUES} different values tell attempts apart and are left out: "
            f"{listing(left_out)}."
        )
    if both:
        notes.append(f"{count(both, 'attempt')} with success and an error: they count as not run.")
    return tuple(notes)
