"""Memories of PyRIT: every result of an attack is an attempt at its objective, which is named by its hash."""

import hashlib
import sqlite3
from pathlib import Path

import pytest

from bayescale.data.trials import read_trials
from tests.data.eval_logs.attempt_logs import pyrit_memory
from tests.data.eval_logs.log_files import counts, refused

RESULTS = [
    ("do it", "CrescendoAttack", "success"),
    ("do it", "CrescendoAttack", "failure"),
    ("do it", "CrescendoAttack", "undetermined"),
    ("do that", "RedTeamingAttack", "failure"),
]


@pytest.mark.parametrize("identifier", ["attack_identifier", "atomic_attack_identifier"])
def test_results_are_attempts(tmp_path: Path, identifier: str) -> None:
    trials = read_trials(pyrit_memory(tmp_path / "memory.db", RESULTS, identifier))
    names = {text: hashlib.sha256(text.encode()).hexdigest()[:16] for text in ("do it", "do that")}
    assert counts(trials, "model", "attack") == {
        ("gpt-x", "CrescendoAttack", names["do it"]): (2, 1, 1),
        ("gpt-x", "RedTeamingAttack", names["do that"]): (1, 0, 0),
    }


def test_other_databases_are_refused(tmp_path: Path) -> None:
    refused(pyrit_memory(tmp_path / "a.db", []), "holds no result of an attack")
    (tmp_path / "b.sqlite").write_bytes(b"not a database at all, but long enough to be one")
    refused(tmp_path / "b.sqlite", "is not a whole SQLite database")
    sqlite3.connect(tmp_path / "c.sqlite3").execute("CREATE TABLE runs (loss REAL)").connection.close()
    refused(tmp_path / "c.sqlite3", "is no memory of PyRIT")
