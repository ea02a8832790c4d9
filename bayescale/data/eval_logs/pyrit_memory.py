"""The memory of PyRIT in SQLite: results of attacks, each an attempt at its objective.

Format: table `AttackResultEntries` of https://github.com/microsoft/PyRIT (`pyrit/memory/memory_models.py`):
`objective`, `attack_identifier` (later `atomic_attack_identifier`), `outcome` ("success", "failure", "undetermined"),
and `PromptMemoryEntries` with `prompt_target_identifier` by `conversation_id`. An undetermined outcome did not run.
Objectives are named by their SHA-256: no harmful text is kept.
"""

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bayescale.core.notes import Note
from bayescale.data.eval_logs.samples import Sample
from bayescale.data.file_paths import error_reason
from bayescale.errors import InputError

RESULTS, MESSAGES = "AttackResultEntries", "PromptMemoryEntries"
_OUTCOMES = {"success": True, "failure": False}
_ID = 16  # hexadecimal digits of the name of an objective


def pyrit_samples(paths: Sequence[Path]) -> tuple[list[Sample], list[Note]]:
    """Read the results of attacks in memories of PyRIT, with the score "outcome".

    Parameters
    ----------
    paths : sequence of Path
        The databases, which are opened for reading only.

    Returns
    -------
    samples : list of Sample
        The results.
    notes : list of Note
        None.

    Raises
    ------
    InputError
        If a file is no such database, or holds no result of an attack.
    """
    return [sample for path in paths for sample in _samples(path)], []


def _samples(path: Path) -> list[Sample]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if RESULTS not in tables:
                raise InputError(
                    f"{path}: is no memory of PyRIT with results of attacks (table {RESULTS}); read another database "
                    "with SQL, or export its rows as a table."
                )
            results = [dict(row) for row in connection.execute(f"SELECT * FROM {RESULTS}")]
            targets = _targets(connection) if MESSAGES in tables else {}
    except sqlite3.Error as error:
        raise InputError(f"{path}: is not a whole SQLite database ({error_reason(error)}).") from error
    if not results:
        raise InputError(f"{path}: the memory holds no result of an attack; give one of attacks that ran.")
    return [_sample(path, row, targets) for row in results]


def _targets(connection: sqlite3.Connection) -> dict[str, str]:
    """The model that each conversation was held with."""
    columns = {row[1] for row in connection.execute(f"PRAGMA table_info({MESSAGES})")}
    if "prompt_target_identifier" not in columns:
        return {}
    rows = connection.execute(
        f"SELECT conversation_id, prompt_target_identifier FROM {MESSAGES} WHERE prompt_target_identifier IS NOT NULL"
    )
    named = {str(conversation): _name(identifier, ("model_name", "__type__")) for conversation, identifier in rows}
    return {conversation: name for conversation, name in named.items() if name}


def _sample(path: Path, row: dict[str, Any], targets: dict[str, str]) -> Sample:
    digest = row.get("objective_sha256") or hashlib.sha256(str(row["objective"]).encode()).hexdigest()
    identifier = row.get("attack_identifier") or row.get("atomic_attack_identifier")
    names = {
        "model": targets.get(str(row["conversation_id"]), ""),
        "attack": _name(identifier, ("__type__", "class_name", "name", "unique_name")),
    }
    return Sample(
        log=str(path),
        where=f"result {row['id']} of {path.name}",
        groups={name: value or "(unknown)" for name, value in names.items()},
        problem=str(digest)[:_ID],
        attempt=str(row["id"]),
        scores={"outcome": _OUTCOMES.get(str(row["outcome"]))},
    )


def _name(identifier: Any, keys: Sequence[str]) -> str:
    """The first of some keys in a JSON object, else in an object that it holds; "" where there is none."""
    try:
        content = json.loads(identifier) if isinstance(identifier, str) else identifier
    except ValueError:
        return ""
    if not isinstance(content, dict):
        return ""
    if key := next((key for key in keys if isinstance(content.get(key), str) and content[key]), ""):
        return str(content[key])
    return next((name for value in content.values() if (name := _name(value, keys))), "")
