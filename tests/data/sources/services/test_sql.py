"""Rows of a query: SQLite files, and a PostgreSQL that the tests start."""

import socket
import sqlite3
import threading
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bayescale.data.sources import SourceError, Sql, anchored, described, mark_of, read_source, runs_of, stamps
from bayescale.data.sources.services.sql import _not_one_select
from bayescale.errors import InputError
from tests.data.sources import real_servers

sa = pytest.importorskip("sqlalchemy")

ROWS = [("a", "r1", 1e8, 2e9, 3.1, 1), ("a", "r2", 2e8, 4e9, 2.9, 2), ("b", "r1", 1e8, 2e9, 3.3, 3)]
TABLE = "CREATE TABLE runs (family text, run text, n_params float, n_tokens float, loss numeric(6, 3), version integer)"
QUERY = "SELECT * FROM runs"
SECRET = "p@ss/w:rd?100%"


def fill(url: str) -> Any:
    """Make the table of runs, for the tests to change it as its owner; gives a way to run statements."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)

    def run(statement: str, *rows: tuple[object, ...]) -> None:
        with engine.begin() as link:
            for row in rows or [()]:
                link.execute(sa.text(statement), {f"v{place}": value for place, value in enumerate(row)})

    run(TABLE)
    run("INSERT INTO runs VALUES (:v0, :v1, :v2, :v3, :v4, :v5)", *ROWS)
    return run


@pytest.fixture
def lite(tmp_path: Path) -> tuple[str, Any]:
    url = f"sqlite:///{tmp_path / 'runs.db'}"
    return url, fill(url)


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    pytest.importorskip("psycopg")
    with real_servers.postgres(SECRET) as port:
        yield port


@pytest.fixture
def post(server: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Any]]:
    monkeypatch.setenv("RUNS_PASSWORD", SECRET)
    owner = sa.URL.create("postgresql+psycopg", "owner", SECRET, "127.0.0.1", server, "postgres")
    run = fill(owner.render_as_string(hide_password=False))
    yield f"postgresql://owner:${{RUNS_PASSWORD}}@127.0.0.1:{server}/postgres", run
    run("DROP TABLE runs")


@pytest.fixture(params=["lite", "post"])
def database(request: pytest.FixtureRequest) -> tuple[str, Any]:
    found: tuple[str, Any] = request.getfixturevalue(request.param)
    return found


def refused(source: Sql, kind: type[InputError], *says: str) -> str:
    with pytest.raises(InputError) as caught:
        read_source(source)
    assert type(caught.value) is kind, repr(caught.value)
    for piece in says:
        assert piece in str(caught.value), str(caught.value)
    whole = "".join(traceback.format_exception(caught.value))
    assert SECRET not in whole
    return whole


def test_a_query_is_a_table_of_runs(database: tuple[str, Any]) -> None:
    url, _ = database
    table = read_source(Sql(url, QUERY + " ORDER BY loss;"))
    runs = runs_of(table, columns=["n_params", "n_tokens", "family", "run"])
    assert runs.table["loss"].tolist() == [2.9, 3.1, 3.3]
    assert runs.table["loss"].dtype == float
    assert runs.table["run"].tolist() == ["r2", "r1", "r1"]
    backwards = read_source(Sql(url, "WITH r AS (SELECT * FROM runs) SELECT * FROM r ORDER BY loss DESC"))
    assert backwards.digest == table.digest


def test_nothing_is_transferred_where_nothing_changed(database: tuple[str, Any]) -> None:
    url, run = database
    source = Sql(url, QUERY, updated="version")
    first = read_source(source)
    assert read_source(source, since=first).fresh == ()
    assert stamps(source) == first.cursor
    for change in (
        "UPDATE runs SET loss = 2.5, version = 4 WHERE run = 'r2'",
        "DELETE FROM runs WHERE family = 'b'",
        "INSERT INTO runs VALUES ('c', 'r1', 1e8, 2e9, 3.3, 5)",
    ):
        run(change)
        assert stamps(source) != first.cursor
        second = read_source(source, since=first)
        assert second.fresh == ("query",)
        assert second.digest == read_source(source).digest != first.digest
        first = second


def test_without_a_growing_column_rows_tell_of_every_change(database: tuple[str, Any]) -> None:
    url, run = database
    source = Sql(url, QUERY)
    first = read_source(source)
    assert stamps(source) == first.cursor
    run("UPDATE runs SET loss = 2.5 WHERE run = 'r2'")
    assert stamps(source) != first.cursor
    assert read_source(source, since=first).digest != first.digest
    # What a growing column cannot see, as its documentation says.
    seen = Sql(url, QUERY, updated="version")
    before = read_source(seen)
    run("UPDATE runs SET loss = 2.4 WHERE run = 'r2'")
    assert stamps(seen) == before.cursor


def test_colons_and_percent_signs_are_text(database: tuple[str, Any]) -> None:
    url, _ = database
    rows = read_source(Sql(url, "SELECT ':a %s 50% 12:30' AS t, loss FROM runs WHERE run LIKE 'r%'")).rows
    assert rows["t"].tolist() == [":a %s 50% 12:30"] * 3


def test_a_wrong_query_is_the_querys_fault(database: tuple[str, Any]) -> None:
    url, _ = database
    refused(Sql(url, "SELECT * FROM rnus"), InputError, "the query fails", "rnus")
    refused(Sql(url, "SELECT loss, loss FROM runs"), InputError, "more than one column loss")
    refused(Sql(url, QUERY, updated="vresion"), InputError, "vresion")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM runs",
        "SELECT 1; DROP TABLE runs",
        "SELECT 1 /* ; */ ; DELETE FROM runs",
        "WITH gone AS (DELETE FROM runs RETURNING *) SELECT * FROM gone",
        "SELECT * INTO copy_of FROM runs",
        "PRAGMA writable_schema = 1",
        "ATTACH 'other.db' AS other",
        "-- SELECT\nUPDATE runs SET loss = 0",
        "",
    ],
)
def test_only_one_select_is_let_through(query: str) -> None:
    with pytest.raises(InputError, match="query: must"):
        Sql("sqlite:///runs.db", query)


@pytest.mark.parametrize(
    "query",
    [
        "select 1",
        "  (SELECT 1);  ",
        "-- what it is\nSELECT ';' AS a, \"update\" FROM t",
        "WITH a AS (SELECT 1) SELECT * FROM a WHERE note = 'drop; it''s done'",
        "SELECT replace(name, 'a', 'b'), updated_at FROM t /* insert; */",
        "SELECT $tag$; delete $tag$",
    ],
)
def test_words_in_quotes_and_comments_do_not_count(query: str) -> None:
    assert _not_one_select(query) == ""


def test_the_connection_only_reads(database: tuple[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where a statement gets past the words that are looked for."""
    url, _ = database
    monkeypatch.setattr("bayescale.data.sources.services.sql._not_one_select", lambda _: "")
    for statement in ("DELETE FROM runs", "CREATE TABLE more (x integer)"):
        text = refused(Sql(url, statement), InputError)
        assert "read-only" in text or "readonly" in text
    assert len(read_source(Sql(url, QUERY)).rows) == 3


def test_functions_that_write_are_stopped_too(post: tuple[str, Any]) -> None:
    url, run = post
    run("CREATE OR REPLACE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM runs RETURNING 1'")
    assert "read-only" in refused(Sql(url, "SELECT wipe()"), InputError)
    assert len(read_source(Sql(url, QUERY)).rows) == 3


# Down, slow, refused.


def test_a_missing_file_is_not_made(tmp_path: Path) -> None:
    refused(Sql(f"sqlite:///{tmp_path}/none.db", QUERY), InputError, "there is no file")
    assert not (tmp_path / "none.db").exists()
    refused(Sql("sqlite://", QUERY), InputError, "names no file")
    assert anchored(Sql("sqlite:///runs.db", QUERY), tmp_path).url == f"sqlite:///{tmp_path}/runs.db"  # type: ignore[union-attr]


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs.db").write_bytes(b"family,run\n" * 1000)
    refused(Sql(f"sqlite:///{tmp_path}/runs.db", QUERY), InputError, "not a database")


def test_a_locked_or_slow_database_is_given_up(lite: tuple[str, Any], tmp_path: Path) -> None:
    url, _ = lite
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    refused(Sql(url, endless, timeout=0.3), SourceError, "did not end within 0.3 s")
    with closing(sqlite3.connect(tmp_path / "runs.db")) as link:
        link.execute("BEGIN EXCLUSIVE")
        refused(Sql(url, QUERY, timeout=0.2), SourceError, "locked")


def test_a_slow_statement_is_ended_by_the_server(post: tuple[str, Any]) -> None:
    url, _ = post
    refused(Sql(url, "SELECT pg_sleep(20)", timeout=0.3), SourceError, "statement timeout")


def test_a_wrong_password_is_refused_and_not_shown(post: tuple[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    url, _ = post
    monkeypatch.setenv("RUNS_PASSWORD", "not-the-passw0rd")
    text = refused(Sql(url, QUERY), SourceError, "cannot be reached", "password authentication failed")
    assert "not-the-passw0rd" not in text
    refused(Sql(url.replace("/postgres", "/nothing"), QUERY), SourceError)


def test_a_silent_server_is_given_up() -> None:
    """One that takes the connection and never says a word."""
    pytest.importorskip("psycopg")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"postgresql://u:{SECRET[:4]}@127.0.0.1:{listening.getsockname()[1]}/db"
        text = refused(Sql(url, QUERY, timeout=1), SourceError, "cannot be reached within 1 s")
    assert f"u:{SECRET[:4]}" not in text


def test_a_server_that_goes_away_is_said(server: int, post: tuple[str, Any]) -> None:
    url, run = post
    timer = threading.Timer(
        0.7,
        lambda: run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"),
    )
    timer.start()
    refused(Sql(url, "SELECT pg_sleep(20)", timeout=15), SourceError, "was interrupted")
    timer.join()


def test_an_unknown_database_is_said() -> None:
    refused(Sql("oracl://u:hushhush@h/db", QUERY), InputError, "driver is not installed")
    refused(Sql("runs at h", QUERY), InputError, "is not a database URL")
    with pytest.raises(InputError, match="NO_SUCH_VARIABLE, NOR_THIS"):
        read_source(Sql("postgresql://${NO_SUCH_VARIABLE}:${NOR_THIS}@h/db", QUERY))


# Secrets.


def test_a_password_is_shown_nowhere(post: tuple[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    url, _ = post
    monkeypatch.setenv("WHOLE_URL", sa.make_url(url).set(password=SECRET).render_as_string(hide_password=False))
    for source in (Sql(url, QUERY), Sql("${WHOLE_URL}", QUERY)):
        table = read_source(source)
        runs = runs_of(table)
        shown = f"{source!r} {described(source)} {table.source} {table.cursor} {table.notes} {table!r} {runs!r}"
        for spelling in (SECRET, "p%40ss", "100%25"):
            assert spelling not in shown
        refused(Sql(source.url, "SELECT * FROM rnus"), InputError)


def test_placeholders_are_filled_in_the_url_alone(post: tuple[str, Any]) -> None:
    url, _ = post
    rows = read_source(Sql(url, "SELECT '${RUNS_PASSWORD}' AS shown")).rows
    assert rows["shown"].tolist() == ["${RUNS_PASSWORD}"]


def test_a_mark_is_made_of_the_growing_column(database: tuple[str, Any]) -> None:
    url, run = database
    assert mark_of(Sql(url, QUERY)) == "", "without such a column only the rows could tell"
    source = Sql(url, QUERY, updated="version")
    before = mark_of(source)
    assert mark_of(source) == before
    run("UPDATE runs SET loss = 3.0, version = 4 WHERE run = 'r2'")
    assert mark_of(source) not in ("", before)


def test_rows_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bayescale.data.sources.services import sql

    monkeypatch.setattr(sql, "MOST_ROWS", 20_000)
    sqlite3.connect(tmp_path / "a.db").close()
    (tmp_path / "a.db").touch()
    query = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"
    with pytest.raises(InputError, match="more than 20000 rows"):
        read_source(Sql(f"sqlite:///{tmp_path / 'a.db'}", query, timeout=60.0))


def test_a_refused_query_shows_no_password() -> None:
    with pytest.raises(InputError) as caught:
        Sql("sqlite:///a.db", "DELETE FROM dblink('host=a password=hush')")
    assert "hush" not in str(caught.value)
