"""The rows of one query to a database, by SQLAlchemy; nothing is written to the database."""

import hashlib
import math
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from bayescale.core.notes import Note
from bayescale.data.sources.credentials import CONNECTION, Opened, hidden, opened
from bayescale.data.sources.table import OpenSource
from bayescale.errors import InputError, SourceError

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/", re.DOTALL)
_WRITES = re.compile(
    r"\b(insert|update|delete|merge|into|drop|alter|create|truncate|grant|call|copy|attach|pragma|vacuum)\b",
    re.IGNORECASE,
)
#: A setting in a query whose value may be a secret, as in dblink('... password=...').
_SETTING = re.compile(r"(?i)(\w*(?:pass|pwd|token|secret|identified\s+by)\w*\s*[=:]?)\s*[^\s,)]+")
_BIND = re.compile(r"(?<![:\w\\]):(?=\w)")
MOST_ROWS = 5_000_000  # of a query: as many as memory holds
#: PostgreSQL's classes of errors of the connection, resources or operator, not of the query.
_SERVER = ("08", "53", "57")


@dataclass(frozen=True)
class Sql:
    """The rows of one SELECT.

    PostgreSQL reads in a read-only transaction, SQLite a file opened read-only; other databases as their driver does.

    Attributes
    ----------
    url : str
        SQLAlchemy URL; `${NAME}` is taken from the environment, as in "postgresql://reader:${PASSWORD}@db/runs". Use an
        account that may only read.
    query : str
        A single SELECT (or WITH ... SELECT).
    updated : str, default ""
        A column of the result that grows whenever a row is added or changed (a time, a version). Its largest value and
        the number of rows then decide whether the query is read again. A change that does not touch it is not detected.
    timeout : float, default 30
        Seconds for connecting, and for each statement.
    """

    url: str = field(repr=False, metadata=CONNECTION)
    query: str
    updated: str = ""
    timeout: float = 30.0

    def __post_init__(self) -> None:
        if not self.timeout > 0:
            raise InputError(f"timeout={self.timeout!r} must be more than 0 (seconds).")
        if wrong := _not_one_select(self.query):
            raise InputError(f"query: {wrong}", [_SETTING.sub(r"\1 ***", self.query.strip())[:200]])


def _not_one_select(query: str) -> str:
    """Why a query is not a single SELECT, as far as its words tell; "" where it is."""
    bare = _QUOTED.sub(" ", query).strip().removesuffix(";")
    if not re.match(r"\(*\s*(select|with|values)\b", bare.strip(), re.IGNORECASE):
        return "must be a SELECT, or WITH ... SELECT."
    if ";" in bare:
        return "must be a single statement; take out what follows the ';'."
    if word := _WRITES.search(bare):
        return f"must only read, and {word[0]!r} does not; put a column of that name in double quotes."
    return ""


def sqlite_in(url: str, folder: Path) -> str:
    """Return a URL with a relative SQLite file taken from a folder.

    Parameters
    ----------
    url : str
        An SQLAlchemy URL.
    folder : Path
        The folder.

    Returns
    -------
    str
        The new URL; other URLs as they are.
    """
    name = url.removeprefix("sqlite:///")
    if name == url or not name or name.startswith("/"):
        return url
    return f"sqlite:///{os.path.join(folder.resolve(), name)}"


@contextmanager
def open_sql(source: Sql) -> Iterator[OpenSource]:
    """Open the query's result as one part; stamp and rows are read in one transaction.

    Parameters
    ----------
    source : Sql
        The source.

    Yields
    ------
    OpenSource
        The result.

    Raises
    ------
    InputError
        If the URL is invalid, its driver is not installed, or the query fails.
    SourceError
        If the database cannot be reached or does not answer in time.
    """
    secret = opened(source.url, "url")
    address = hidden(source.url)
    engine = _engine(source, secret, address)
    try:
        with _connected(engine, source, secret, address) as link:
            stamp = _stamp(link, source, secret, address) if source.updated else ""
            yield OpenSource(
                address, {"query": stamp}, lambda _: (_rows(link, source, secret, address), ()), notes=_notes(engine)
            )
    finally:
        engine.dispose()


def _notes(engine: Any) -> tuple[Note, ...]:
    if engine.dialect.name in ("postgresql", "sqlite"):
        return ()
    message = (
        f"{engine.dialect.name}: the connection neither prevents the query from writing nor ends it after a time; use "
        "an account that may only read."
    )
    return (Note("unrestricted_query", message),)


def _engine(source: Sql, secret: Opened, address: str) -> Any:
    try:
        import sqlalchemy as sa
    except ImportError as error:
        raise InputError(f"{address}: a database needs SQLAlchemy: pip install 'bayescale[sql]'.") from error
    try:
        url = sa.make_url(secret.text)
        if url.get_backend_name() == "sqlite":
            return _sqlite(sa, _sqlite_file(url.database, address), source.timeout)
        options: dict[str, Any] = {}
        if url.get_backend_name() == "postgresql":
            url = url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url
            seconds = math.ceil(source.timeout)
            options = {"connect_timeout": max(2, seconds), "tcp_user_timeout": 1000 * seconds}
        return sa.create_engine(url, connect_args=options, poolclass=sa.NullPool, hide_parameters=True)
    except (ImportError, sa.exc.NoSuchModuleError) as error:
        failed = f"{address}: its driver is not installed ({secret.scrubbed(error)})."
    except sa.exc.ArgumentError:
        failed = f"{address}: is not a database URL; write it as 'postgresql://user:${{PASSWORD}}@host/database'."
    raise InputError(failed)  # not from the driver's error, whose text may hold the password


def _sqlite_file(database: str | None, address: str) -> Path:
    if not database or database == ":memory:":
        raise InputError(f"{address}: names no file; write sqlite:///runs.db, or sqlite:////absolute/path/runs.db.")
    path = Path(database).expanduser()
    if not path.is_file():
        raise InputError(f"{address}: there is no file {str(path)!r}.")
    return path


def _sqlite(sa: Any, path: Path, timeout: float) -> Any:
    """An engine that opens the file read-only, and ends a statement after `timeout` seconds."""

    def open_file() -> sqlite3.Connection:
        link = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, timeout=timeout)
        end = time.monotonic() + timeout
        link.set_progress_handler(lambda: int(time.monotonic() > end), 10_000)
        return link

    return sa.create_engine("sqlite://", creator=open_file, poolclass=sa.NullPool, hide_parameters=True)


@contextmanager
def _connected(engine: Any, source: Sql, secret: Opened, address: str) -> Iterator[Any]:
    """A connection in a transaction that reads one state of the database."""
    import sqlalchemy as sa

    failed = ""
    try:
        link = engine.connect()
        if engine.dialect.name == "postgresql":
            link = link.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            link.exec_driver_sql(f"SET LOCAL statement_timeout = {math.ceil(1000 * source.timeout)}")
    except sa.exc.SQLAlchemyError as error:
        failed = secret.scrubbed(getattr(error, "orig", None) or error)
    if failed:
        raise SourceError(
            f"{address}: the database cannot be reached within {source.timeout:g} s, or refuses: {failed}"
        )
    try:
        yield link
    finally:
        link.close()


def _stamp(link: Any, source: Sql, secret: Opened, address: str) -> str:
    """A digest of the number of rows and the largest value of the growing column; values are not recorded."""
    import sqlalchemy as sa

    column: Any = sa.column(source.updated)
    rows = _text(source.query).columns(column).subquery("bayescale_rows")
    statement = sa.select(sa.func.count(), sa.func.max(rows.c[source.updated])).select_from(rows)
    number, latest = _fetched(link, statement, source, secret, address)[1][0]
    return hashlib.sha256(f"{number} {latest}".encode()).hexdigest()[:16]


def _text(query: str) -> Any:
    """The query as it stands: a colon in it is no parameter."""
    import sqlalchemy as sa

    return sa.text(_BIND.sub(r"\\:", query.strip().removesuffix(";")))


def _rows(link: Any, source: Sql, secret: Opened, address: str) -> pd.DataFrame:
    names, rows = _fetched(link, _text(source.query), source, secret, address)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(
            f"{address}: the query gives more than one column {', '.join(repeated)}; give each its name with AS."
        )
    return pd.DataFrame.from_records(rows, columns=names, coerce_float=True)


def _fetched(
    link: Any, statement: Any, source: Sql, secret: Opened, address: str
) -> tuple[list[str], list[tuple[Any, ...]]]:
    import sqlalchemy as sa

    try:
        result = link.execute(statement)
        return [str(name) for name in result.keys()], _within_limits(result, source, address)  # noqa: SIM118 - no mapping
    except sa.exc.SQLAlchemyError as error:
        failed = _failure(error, source, secret, address)
    raise failed


def _within_limits(result: Any, source: Sql, address: str) -> list[tuple[Any, ...]]:
    """The rows of a result, up to a time and a number: a query may return rows without end."""
    ends, rows = time.monotonic() + source.timeout, []
    for row in result:
        rows.append(tuple(row))
        if len(rows) > MOST_ROWS:
            raise InputError(f"{address}: the query gives more than {MOST_ROWS} rows; aggregate or filter them in it.")
        if len(rows) % 10_000 == 0 and time.monotonic() > ends:
            raise SourceError(
                f"{address}: not all rows came within {source.timeout:g} s; ask for fewer, or raise timeout."
            )
    return rows


def _failure(error: Any, source: Sql, secret: Opened, address: str) -> InputError:
    """The error for a statement that failed: SourceError for the source's fault, InputError for the query's."""
    cause = getattr(error, "orig", None) or error
    reason = secret.scrubbed(cause)
    state = getattr(cause, "sqlstate", None)
    lost = getattr(error, "connection_invalidated", False)
    busy = isinstance(cause, sqlite3.OperationalError) and re.search("interrupted|locked|busy", reason) is not None
    if lost or busy or (state or "").startswith(_SERVER):
        return SourceError(
            f"{address}: the query did not end within {source.timeout:g} s, or was interrupted: {reason}"
        )
    return InputError(f"{address}: the query fails: {reason}")
