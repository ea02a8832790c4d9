"""Attempts that occur more than once, found by DuckDB in a second pass over all rows."""

from collections.abc import Sequence

from bayescale.core.text import SHOWN, count
from bayescale.data.attempts.scan import Scan
from bayescale.errors import closest


def repeated_attempts(scan: Scan, groups: Sequence[str]) -> list[str]:
    """Describe attempts that occur more than once, with one key per attempt.

    Parameters
    ----------
    scan : Scan
        The attempts.
    groups : sequence of str
        The group columns.

    Returns
    -------
    list of str
        One message per problem; also where the column `attempt` is missing or blank.
    """
    if "attempt" not in scan.columns:
        known = [name for name in scan.columns if name != "attempt"]
        return [
            f"check_duplicates needs the column 'attempt', the attempt's id or number.{closest('attempt', known)} "
            "Name it with rename={source name: 'attempt'}."
        ]
    blank = f"{scan.columns['attempt']} IS NULL"
    messages = _repeated(scan, [*groups, "problem", "attempt"], f"NOT {blank}")
    ((number,),) = scan.run(f"SELECT count(*) FROM {scan.rows(['attempt'])} WHERE {blank}")
    if number:
        messages.append(
            f"column 'attempt': blank in {count(number, 'row')}, which cannot be distinguished; number every attempt."
        )
    return messages


def _repeated(scan: Scan, names: Sequence[str], where: str) -> list[str]:
    """A message on keys of several rows. A small hash of all rows is counted first, then rows whose hash recurs."""
    keys = ", ".join(scan.columns[name] for name in names)
    rows = f"(SELECT {keys}, hash({keys}) AS hashed FROM {scan.rows(names)} WHERE {where})"
    scan.run(f"CREATE TEMP TABLE recurring AS SELECT hashed FROM {rows} GROUP BY hashed HAVING count(*) > 1")
    if scan.run("SELECT count(*) FROM recurring") == [(0,)]:
        return []
    again = f"SELECT {keys}, count(*) AS times FROM {rows} WHERE hashed IN (FROM recurring) GROUP BY {keys}"
    scan.run(f"CREATE TEMP TABLE twice AS SELECT * FROM ({again}) WHERE times > 1")
    ((number,),) = scan.run("SELECT count(*) FROM twice")
    first = scan.run(f"SELECT {', '.join(map(scan.as_text, names))}, times FROM twice ORDER BY ALL LIMIT {SHOWN}")
    attempts = [
        f"{', '.join(f'{name} {text}' for name, text in zip(names, row, strict=True))} ({times} times)"
        for *row, times in first
    ]
    more = f" and {number - len(first)} more" if number > len(first) else ""
    return [f"the same attempt more than once: {'; '.join(attempts)}{more}; keep one row of each."] if number else []
