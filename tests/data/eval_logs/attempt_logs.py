"""Small logs as garak, PyRIT, tau-bench, EvalPlus, HumanEval and JailbreakBench write them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def garak_attempt(seq: int, scores: dict[str, list[float | None]], status: int = 2, **fields: Any) -> dict[str, Any]:
    number = max([1, *map(len, scores.values())])
    message = {"text": "...", "lang": "en", "data_path": None, "data_type": None, "data_checksum": None, "notes": {}}
    return {
        "entry_type": "attempt",
        "uuid": f"uuid-{fields.get('probe_classname', 'dan.Dan')}-{seq}",
        "seq": seq,
        "status": status,
        "probe_classname": "dan.Dan",
        "probe_params": {},
        "targets": [],
        "prompt": {"turns": [{"role": "user", "content": message}], "notes": {}},
        "outputs": [message] * number,
        "detector_results": scores,
        "notes": {},
        "goal": "...",
        "conversations": [],
        "reverse_translation_outputs": [],
        **fields,
    }


def garak_report(path: Path, attempts: list[dict[str, Any]], **setup: Any) -> Path:
    entries = [
        {"entry_type": "start_run setup", "plugins.target_type": "test", "plugins.target_name": "org/m", **setup},
        {"entry_type": "init", "garak_version": "0.13.0", "start_time": "2026-01-01T00:00:00", "run": "r"},
        *attempts,
        {"entry_type": "eval", "probe": "dan.Dan", "detector": "d", "passed": 1, "total_evaluated": 2},
        {"entry_type": "completion", "end_time": "2026-01-01T00:01:00", "run": "r"},
    ]
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


def pyrit_memory(path: Path, results: list[tuple[str, str, str]], identifier: str = "attack_identifier") -> Path:
    """Results of (objective, attack, outcome), each of a conversation with one model."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            f"CREATE TABLE AttackResultEntries (id CHAR(36) PRIMARY KEY, conversation_id VARCHAR, objective VARCHAR, "
            f"{identifier} JSON, objective_sha256 VARCHAR, executed_turns INTEGER, outcome VARCHAR, "
            "outcome_reason VARCHAR)"
        )
        connection.execute(
            "CREATE TABLE PromptMemoryEntries (id CHAR(36) PRIMARY KEY, role VARCHAR, conversation_id VARCHAR, "
            "sequence INTEGER, prompt_target_identifier JSON, original_value VARCHAR)"
        )
        target = json.dumps(
            {"__type__": "OpenAIChatTarget", "__module__": "pyrit.prompt_target", "model_name": "gpt-x"}
        )
        for place, (objective, attack, outcome) in enumerate(results):
            name = json.dumps({"__type__": attack, "__module__": "pyrit.executor.attack"})
            connection.execute(
                "INSERT INTO AttackResultEntries VALUES (?, ?, ?, ?, NULL, 1, ?, NULL)",
                (f"id-{place}", f"talk-{place}", objective, name, outcome),
            )
            connection.execute(
                "INSERT INTO PromptMemoryEntries VALUES (?, 'user', ?, 0, ?, '...')",
                (f"m{place}", f"talk-{place}", target),
            )
        connection.commit()
    return path


def tau_results(path: Path, rewards: dict[int, list[float]], **info: Any) -> Path:
    trials = [
        {"task_id": task, "reward": reward, "info": info, "traj": [{"role": "user", "content": "..."}], "trial": trial}
        for task, values in rewards.items()
        for trial, reward in enumerate(values)
    ]
    path.write_text(json.dumps(trials, indent=2))
    return path


def evalplus_results(path: Path, statuses: dict[str, list[tuple[str, str | None]]]) -> Path:
    tasks = {
        task: [
            {
                "task_id": task,
                "solution": "...",
                "base_status": base,
                "plus_status": plus,
                "base_fail_tests": [],
                "plus_fail_tests": [],
            }
            for base, plus in samples
        ]
        for task, samples in statuses.items()
    }
    path.write_text(json.dumps({"date": "2026-01-01 00:00", "hash": "0f", "eval": tasks}))
    return path


def humaneval_results(path: Path, passed: dict[str, list[bool]]) -> Path:
    lines = [
        {"task_id": task, "completion": "...", "result": "passed" if value else "timed out", "passed": value}
        for task, values in passed.items()
        for value in values
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def jailbreak_artifact(path: Path, jailbroken: dict[str, bool], queries: int | None = None) -> Path:
    behaviours = [
        {
            "index": place,
            "goal": "...",
            "behavior": name,
            "category": "Privacy",
            "prompt": "..." if broken else None,
            "response": "..." if broken else None,
            "number_of_queries": queries,
            "queries_to_jailbreak": queries if broken else None,
            "jailbroken": broken,
        }
        for place, (name, broken) in enumerate(jailbroken.items())
    ]
    parameters = {"method": "PAIR", "model": "vicuna-13b-v1.5", "attack_type": "black_box", "attack_success_rate": 0.5}
    path.write_text(json.dumps({"parameters": parameters, "jailbreaks": behaviours}))
    return path
