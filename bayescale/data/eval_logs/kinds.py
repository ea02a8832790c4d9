"""The kinds of logs that are read as attempts, told apart by their content."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bayescale.core.notes import Note
from bayescale.core.text import listing
from bayescale.data.attempts.files import json_keys
from bayescale.data.eval_logs.agent_results import is_tau_bench, tau_bench_samples
from bayescale.data.eval_logs.code_results import EVALPLUS_KEYS, HUMANEVAL_KEYS, evalplus_samples, humaneval_samples
from bayescale.data.eval_logs.garak_reports import GARAK_KEYS, garak_samples
from bayescale.data.eval_logs.harness_logs import HARNESS_KEYS, harness_samples
from bayescale.data.eval_logs.inspect_logs import inspect_samples
from bayescale.data.eval_logs.jailbreak_artifacts import ARTIFACT_KEYS, artifact_samples
from bayescale.data.eval_logs.pyrit_memory import pyrit_samples
from bayescale.data.eval_logs.samples import Sample
from bayescale.data.file_paths import suffix_of
from bayescale.data.tables.formats import DATABASE_SUFFIXES, JSON_LINES, LOG_SUFFIXES, format_of
from bayescale.errors import InputError

type ReadSamples = Callable[[Sequence[Path]], tuple[list[Sample], list[Note]]]


@dataclass(frozen=True)
class LogKind:
    """A kind of log.

    Attributes
    ----------
    name : str
        What messages call a log of this kind, with its article.
    samples : callable
        Reads the samples of logs, with notes.
    """

    name: str
    samples: ReadSamples


INSPECT = LogKind("an Inspect log", inspect_samples)
PYRIT = LogKind("a memory of PyRIT", pyrit_samples)
#: JSON lines by the keys that such a log has.
JSON_LINES_KINDS = (
    (HARNESS_KEYS, LogKind("a sample log of the LM Evaluation Harness", harness_samples)),
    (GARAK_KEYS, LogKind("a report of garak", garak_samples)),
    (HUMANEVAL_KEYS, LogKind("results of HumanEval", humaneval_samples)),
)
#: JSON objects by the keys that such a log has.
JSON_KINDS = (
    (ARTIFACT_KEYS, LogKind("an artifact of JailbreakBench", artifact_samples)),
    (EVALPLUS_KEYS, LogKind("results of EvalPlus", evalplus_samples)),
)
TAU_BENCH = LogKind("results of tau-bench", tau_bench_samples)


def log_kind(paths: Sequence[Path]) -> LogKind | None:
    """Return of what kind the files are.

    Parameters
    ----------
    paths : sequence of Path
        Files of one format.

    Returns
    -------
    LogKind or None
        The kind; None where the files are tables.

    Raises
    ------
    InputError
        If the files are of several kinds.
    """
    kinds = {path: _kind(path) for path in paths}
    distinct = dict.fromkeys(kinds.values())
    if len(distinct) > 1:
        first = next(kind for kind in distinct if kind)
        others = [path.name for path, kind in kinds.items() if kind != first]
        raise InputError(f"{listing(others)}: not {first.name} as the other files; read it separately.")
    return next(iter(distinct))


def _kind(path: Path) -> LogKind | None:
    suffix = suffix_of(path.name)
    if suffix in DATABASE_SUFFIXES:
        return PYRIT
    if suffix in LOG_SUFFIXES:
        return _kind_of_json(path) if suffix == ".json" else INSPECT
    if format_of(path.name) is JSON_LINES:
        keys = set(json_keys(path))
        return next((kind for needed, kind in JSON_LINES_KINDS if keys >= needed), None)
    return None


def _kind_of_json(path: Path) -> LogKind:
    """The kind of a JSON file; Inspect's reader reports what is wrong with any other."""
    try:
        content: Any = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return INSPECT
    if is_tau_bench(content):
        return TAU_BENCH
    keys = set(content) if isinstance(content, dict) else set()
    return next((kind for needed, kind in JSON_KINDS if keys >= needed), INSPECT)
