"""Artifacts of JailbreakBench: one attack on one model, with `jailbroken` for each of its behaviours.

Format: `parameters` (`method`, `model`, `attack_type`) and `jailbreaks`, https://github.com/JailbreakBench/artifacts.
An artifact has one final prompt per behaviour, judged once: one attempt. The queries that an attack needed to find its
prompt are an adaptive search, and no attempts at one rate.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bayescale.core.notes import Note
from bayescale.core.text import count
from bayescale.data.eval_logs.samples import Sample, json_content
from bayescale.errors import InputError

ARTIFACT_KEYS = {"parameters", "jailbreaks"}


def artifact_samples(paths: Sequence[Path]) -> tuple[list[Sample], list[Note]]:
    """Read the behaviours of artifacts of JailbreakBench, with the score "jailbroken".

    Parameters
    ----------
    paths : sequence of Path
        The artifacts.

    Returns
    -------
    samples : list of Sample
        One attempt per behaviour and artifact; no prompt, goal or answer is kept.
    notes : list of Note
        A note on queries that are not counted.

    Raises
    ------
    InputError
        If an artifact has another form.
    """
    samples: list[Sample] = []
    notes: list[Note] = []
    for path in paths:
        content = json_content(path)
        parameters, behaviours = content["parameters"], content["jailbreaks"]
        if not isinstance(parameters, dict) or not isinstance(behaviours, list):
            raise InputError(f"{path}: is not an artifact of JailbreakBench; export it again.")
        names = {"model": "model", "attack": "method", "attack_type": "attack_type"}
        groups = {name: str(parameters[key]) for name, key in names.items() if parameters.get(key) is not None}
        samples += [_sample(path, groups, place, entry) for place, entry in enumerate(behaviours)]
        searched = sum(bool(entry.get("number_of_queries")) for entry in behaviours)
        if searched:
            message = (
                f"{path.name}: {count(searched, 'behaviour')} with a number of queries; each behaviour counts as one "
                "attempt, because an adaptive search has no constant rate of success."
            )
            notes.append(Note("queries_not_counted", message, (path.name,)))
    return samples, notes


def _sample(path: Path, groups: dict[str, str], place: int, entry: dict[str, Any]) -> Sample:
    problem = str(entry.get("behavior") or entry.get("index", place))
    category = {"category": str(entry["category"])} if entry.get("category") else {}
    return Sample(
        log=str(path),
        where=f"behaviour {problem!r} of {path.name}",
        groups={**groups, **category},
        problem=problem,
        attempt=path.name,
        scores={"jailbroken": entry.get("jailbroken")},
    )
