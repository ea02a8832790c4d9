"""Tables in files: paths, patterns and addresses of one kind, put together with the union of their columns."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pandas as pd

from bayescale.core.text import listing
from bayescale.data.examples import example
from bayescale.data.io import CONVERSIONS, PARSERS, POSSIBLY_CUT
from bayescale.data.sources.incomplete import ends_in_line, without_last_row
from bayescale.data.sources.object_store import Place, digest, marks, places
from bayescale.data.sources.table import SOURCE_FILE, Look
from bayescale.errors import InputError

type Parse = Callable[[bytes, str], tuple[pd.DataFrame, tuple[str, ...]]]

_KINDS = {".csv": "CSV", ".parquet": "Parquet", ".jsonl": "JSON lines", ".ndjson": "JSON lines"}


@dataclass(frozen=True)
class Files:
    """Tables in .csv, .parquet, .jsonl or .ndjson files.

    patterns  a path, a pattern ("runs/*.csv", "runs/**/*.parquet"), an address (s3://, gs://, abfs://, https://; extra
              `remote`), "example:NAME", or several of these.
    timeout   seconds that a store may take to answer one request.
    complete_file  whether a last row of a text file that no line break follows is used, with a note. A scheduled job
              leaves it out until the line break is there: the row may be half written.

    Several files are one table with the union of their columns; the column `source_file` says which file a row is of.
    """

    patterns: str | tuple[str, ...]
    timeout: float = 30.0
    complete_file: bool = True

    def __post_init__(self) -> None:
        checked(self.patterns, self.timeout)


def checked(patterns: str | Sequence[str], timeout: float) -> None:
    """Raise InputError unless there is a pattern, each is text, and the timeout is more than 0."""
    given = as_patterns(patterns)
    if not given or not all(isinstance(one, str) and one.strip() for one in given):
        raise InputError(f"patterns={patterns!r}: give a path or pattern, or several, such as 'runs/*.csv'.")
    if not timeout > 0:
        raise InputError(f"timeout={timeout!r} must be more than 0 (seconds).")


def as_patterns(patterns: str | Sequence[str]) -> tuple[str, ...]:
    return (patterns,) if isinstance(patterns, str) else tuple(patterns)


@contextmanager
def look_at_files(source: Files) -> Iterator[Look]:
    """The files under the source's patterns, each a part."""
    patterns = as_patterns(source.patterns)
    found = [_example(one) for one in patterns if one.startswith("example:")]
    found += places([one for one in patterns if not one.startswith("example:")], source.timeout)
    kinds = _kinds(found)
    yield file_look(found, partial(_parse, source.complete_file), typed=kinds != {"CSV"})


def file_look(found: Sequence[Place], parse: Parse, *, typed: bool) -> Look:
    """Files read one by one with `parse`; where its rows do not say which file they are of, `source_file` is added."""
    by_name = {place.name: place for place in found}

    def read(name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
        place = by_name[name]
        try:
            data = place.read()
        except OSError as error:
            raise InputError(f"{name}: the file cannot be read ({error.strerror or error}).") from error
        rows, notes = parse(data, name)
        return (rows if SOURCE_FILE in rows else rows.assign(**{SOURCE_FILE: place.inside})), notes

    stamps = {place.name: place.stamp for place in found}
    return Look(listing(list(by_name)), stamps, read, typed, mark=lambda name: marks([by_name[name]]))


def _kinds(found: Sequence[Place]) -> set[str]:
    """The kind of the files, which are all of one. Raises InputError naming every file that is not."""
    kinds: dict[str, list[str]] = {}
    wrong = []
    for place in found:
        suffix = "." + place.name.rpartition("/")[2].rpartition(".")[2].lower()
        if suffix in _KINDS or place.name.startswith("example:"):
            kinds.setdefault(_KINDS.get(suffix, "CSV"), []).append(place.name)
        else:
            conversion = CONVERSIONS.get(suffix, "save the table")
            wrong.append(
                f"{place.name}: the suffix {suffix!r} is not read; {conversion} as one of {', '.join(_KINDS)}."
            )
    if wrong:
        raise InputError("Files that are no tables; name others, or narrow the pattern", wrong)
    if len(kinds) > 1:
        shown = [f"{kind}: {listing(names)}" for kind, names in kinds.items()]
        raise InputError("Files of several kinds; read one kind at a time", shown)
    return set(kinds)


def _parse(complete_file: bool, data: bytes, name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    suffix = "." + name.rpartition(".")[2].lower()
    notes: tuple[str, ...] = ()
    if suffix != ".parquet" and not ends_in_line(data):
        data, notes = (data, (POSSIBLY_CUT.format(name=name),)) if complete_file else without_last_row(data, name)
        if not data:
            return pd.DataFrame(), notes
    rows = PARSERS[suffix if suffix in PARSERS else ".csv"](data, name)
    return rows, (f"{name}: the table has columns but no rows.",) * rows.empty + notes


def _example(name: str) -> Place:
    data = example(name.removeprefix("example:")).read_bytes()
    return Place(name, name, digest(data), lambda: data, lambda: digest(data))
