"""What holds of every source: no code from data, no secrets in what is shown, drivers imported only where used."""

import ast
import pickle
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from bayescale.data import sources
from bayescale.data.sources import Attempts, Files, MLflow, Sql, TensorBoard, WandB, described, read_source
from bayescale.data.sources.credentials import hidden, is_connection, opened
from bayescale.errors import InputError

MODULES = sorted(Path(sources.__file__).parent.glob("*.py"))


class Harmful:
    """Unpickled, it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (self.path, "ran"))


@pytest.mark.parametrize("suffix", ["pkl", "pickle", "csv", "jsonl", "parquet", "tfevents.1"])
@pytest.mark.parametrize("kind", [Files, WandB, TensorBoard, Attempts])
def test_a_pickle_is_never_run(tmp_path: Path, suffix: str, kind: type) -> None:
    if kind is TensorBoard:
        pytest.importorskip("tensorboard")
    (tmp_path / f"runs.{suffix}").write_bytes(pickle.dumps(Harmful(tmp_path / "harm")))
    with pytest.raises(InputError):
        read_source(kind(f"{tmp_path}/runs.{suffix}"))
    assert not (tmp_path / "harm").exists()


def test_no_module_calls_what_can_run() -> None:
    unsafe = ("read_pickle", "eval", "exec", "compile", "__import__", "system", "popen", "Popen", "load_extension")
    for path in MODULES:
        nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        called = [ast.unparse(node.func) for node in nodes]
        assert not [name for name in called if name.split(".")[-1] in unsafe and name != "re.compile"], path.name


def test_only_connections_take_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_FOLDER", str(tmp_path))
    (tmp_path / "runs.csv").write_text("loss\n3\n")
    with pytest.raises(InputError, match=r"\$\{SECRET_FOLDER\}/runs\.csv: there is no such file"):
        read_source(Files("${SECRET_FOLDER}/runs.csv"))
    marked = {kind.__name__: [one.name for one in fields(kind) if is_connection(one)] for kind in (Sql, MLflow, Files)}
    assert marked == {"Sql": ["url"], "MLflow": ["tracking_uri", "token"], "Files": []}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:pw@host:5432/db", "postgresql://***@host:5432/db"),
        ("postgresql://me:p@w/x:y?z@host/db?sslpassword=pw#f", "postgresql://***@host/db"),
        ("https://token@host/path?sig=abc", "https://***@host/path"),
        ("postgresql://${A}:${B}@host/db", "postgresql://***@host/db"),
        ("postgresql://host/db?user=me&password=p@w", "postgresql://***@w"),
        ("sqlite:////data/a@b/runs.db", "sqlite:////data/a@b/runs.db"),
        ("${DATABASE_URL}", "${DATABASE_URL}"),
    ],
)
def test_an_address_is_shown_without_secrets(address: str, shown: str) -> None:
    assert hidden(address) == shown


def test_a_message_is_shown_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_SECRET", "s3/cr@t")
    found = opened("postgresql://me:${THE_SECRET}@host/db", "url")
    assert found.text == "postgresql://me:s3%2Fcr%40t@host/db"
    assert "s3" not in repr(found)
    said = found.scrubbed("no s3/cr@t, no s3%2Fcr%40t\nat https://host/x?sig=abc or there")
    assert said == "no ***, no *** at https://host/x or there"
    literal = opened("postgresql://me:p@w/x@host/db?sslpassword=hush", "url")
    assert literal.scrubbed("p@w/x and hush") == "*** and ***"
    assert opened(" ${THE_SECRET} ", "token").text == "s3/cr@t"


def test_sources_are_described_for_json() -> None:
    files = {"kind": "files", "patterns": ["a.csv", "b.csv"], "timeout": 30.0, "complete_file": True}
    assert described(Files(("a.csv", "b.csv"))) == files
    assert described(Sql("mysql://u:pw@h/db", "SELECT 1"))["url"] == "mysql://***@h/db"
    assert described(MLflow("http://h", "e"))["token"] == ""


def test_another_thing_is_no_source() -> None:
    with pytest.raises(InputError, match=r"str is not a source; give one of Files, Sql"):
        read_source("runs.csv")  # type: ignore[arg-type]


def test_drivers_are_imported_where_they_are_used() -> None:
    drivers = ("sqlalchemy", "psycopg", "fsspec", "obstore", "tensorboard", "mlflow", "inspect_ai")
    code = f"import sys, bayescale.data.sources; print([name for name in {drivers!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("source", "package"),
    [
        (Sql("sqlite:///x.db", "SELECT 1"), "sqlalchemy"),
        (Files("s3://bucket/x.csv"), "fsspec"),
        (TensorBoard("logs"), "tensorboard"),
    ],
)
def test_a_missing_extra_is_named(source: Any, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=r"pip install 'bayescale\["):
        read_source(source)
