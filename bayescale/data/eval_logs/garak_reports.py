"""Reports of garak (garak.ID.report.jsonl): attempts with the scores of detectors for every answer of the model.

Format: https://reference.garak.ai (Reporting). Lines have `entry_type`; "attempt" has `probe_classname`, `seq`,
`status` (2: evaluated), `outputs`, and `detector_results` with one score per output. A score of at least
`run.eval_threshold` of the setup (0.5) is a hit, which is the success of the attack. An output without an answer, or
without a score, did not run.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bayescale.core.notes import Note
from bayescale.core.text import count, listing
from bayescale.data.attempts.files import invalid_lines
from bayescale.data.eval_logs.samples import Sample
from bayescale.errors import InputError

GARAK_KEYS = {"entry_type", "detector_results"}
THRESHOLD = 0.5  # of garak, where the setup names none
ONE_DETECTOR = "detector"  # the score where every attempt has one detector, whichever it is
_SENT, _EVALUATED = 1, 2


def garak_samples(paths: Sequence[Path]) -> tuple[list[Sample], list[Note]]:
    """Read the answers in reports of garak, each an attempt at the prompt of a probe.

    Scores are named by their detectors. Where every prompt has one detector, its score is "detector", and the column
    `judge` names it.

    Parameters
    ----------
    paths : sequence of Path
        The reports.

    Returns
    -------
    samples : list of Sample
        The answers; no prompt or answer is kept.
    notes : list of Note
        Notes on the threshold, and on prompts that were not evaluated.

    Raises
    ------
    InputError
        If a line is not an object, or a report has no evaluated attempt.
    """
    if invalid := invalid_lines(paths):
        raise InputError(f"{listing([str(path) for path in paths])}: not every line is a JSON object", invalid)
    samples: list[Sample] = []
    notes: list[Note] = []
    for path in paths:
        setup, attempts = _entries(path)
        evaluated = {entry["uuid"]: entry for entry in attempts if entry.get("status") == _EVALUATED}
        unfinished = [e for e in attempts if e.get("status") == _SENT and e.get("uuid") not in evaluated]
        if not evaluated:
            raise InputError(f"{path}: the report has no evaluated attempt; give a report of a scan that ran.")
        threshold = float(setup.get("run.eval_threshold", THRESHOLD))
        model = str(setup.get("plugins.target_name") or setup.get("plugins.model_name") or path.name.split(".")[0])
        single = all(len(entry.get("detector_results") or {}) == 1 for entry in evaluated.values())
        for entry in evaluated.values():
            samples += _answers(path, entry, model, threshold, single)
        for entry in unfinished:
            samples += _not_evaluated(path, entry, model)
        notes.append(Note("garak_threshold", f"{path.name}: a score of at least {threshold:g} is a hit.", (path.name,)))
        if unfinished:
            message = f"{path.name}: {count(len(unfinished), 'prompt')} not evaluated: counted as not run."
            notes.append(Note("not_evaluated", message, (path.name,)))
    return samples, notes


def _entries(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    setup: dict[str, Any] = {}
    attempts = []
    with path.open(encoding="utf-8-sig") as lines:
        for entry in (json.loads(line) for line in lines if line.strip()):
            if entry.get("entry_type") == "start_run setup":
                setup = entry
            elif entry.get("entry_type") == "attempt":
                attempts.append(entry)
    return setup, attempts


def _answers(path: Path, entry: Mapping[str, Any], model: str, threshold: float, single: bool) -> list[Sample]:
    results: dict[str, list[Any]] = entry.get("detector_results") or {}
    outputs = entry.get("outputs") or []
    groups, problem, where = _place(path, entry, model)
    if single:
        groups |= {"judge": next(iter(results))}
    return [
        Sample(
            log=str(path),
            where=f"answer {place} to {where}",
            groups=groups,
            problem=problem,
            attempt=f"{entry['uuid']} {place}",
            scores={
                ONE_DETECTOR if single else name: _hit(scores[place] if place < len(scores) else None, threshold)
                for name, scores in results.items()
            },
            error=output is None,
        )
        for place, output in enumerate(outputs)
    ]


def _not_evaluated(path: Path, entry: Mapping[str, Any], model: str) -> list[Sample]:
    groups, problem, where = _place(path, entry, model)
    answers = range(max(1, len(entry.get("outputs") or [])))
    return [Sample(str(path), where, groups, problem, f"{entry.get('uuid')} {n}", {}, error=True) for n in answers]


def _place(path: Path, entry: Mapping[str, Any], model: str) -> tuple[dict[str, str], str, str]:
    """Groups, problem and place of an attempt. The prompts of a probe are its own: their ids name it."""
    probe = str(entry.get("probe_classname"))
    number = entry.get("seq", -1)
    prompt = entry.get("uuid") if number in (None, -1) else number  # older reports do not number prompts
    return {"model": model, "attack": probe}, f"{probe} {prompt}", f"prompt {prompt} of {probe} in {path.name}"


def _hit(score: Any, threshold: float) -> bool | None:
    return None if score is None else float(score) >= threshold
