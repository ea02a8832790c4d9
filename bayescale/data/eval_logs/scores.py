"""Evaluation logs as tables with one row per attempt: which scorer is asked, and what a score means.

Inspect logs (.eval, .json; extra `inspect`) are read by Inspect's own reader. Each sample and epoch is one attempt at
the problem named by the sample's id; `model`, `task`, `task_version`, the arguments of the task (`task_arg_NAME`) and,
where logs differ in them, the solver, its arguments (`solver_arg_NAME`), those of the model (`model_arg_NAME`),
settings of generation (`generate_NAME`) and limits (`log_NAME`) are group columns. A sample that ended in an error,
was not scored, or was invalidated did not run.

The LM Evaluation Harness has no reader of its samples_TASK_DATE.jsonl; they are read by the format it documents: an
object per document and filter with `doc_id`, `filter`, `metrics` (their names) and each metric under its own name. A
document of a file is one attempt or, where its score is a mean over several answers, as many as it has answers; a
metric such as pass@64 says whether any of 64 succeeded, and is refused. `task` is in the file's name, `model` in
results_DATE.json beside it, else it is the folder's name.

What is a success, in both: scores C, true and 1 are, and I, N, false and 0 are not. With success="I", scores I, false
and 0 are and the others are not (for graders whose right answer is that the model held). With a number, scores of at
least that are (C counts 1, P 0.5, I and N 0). Any other score is an error, not a guess.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from bayescale.core.text import count, listing
from bayescale.data.attempts.files import json_keys
from bayescale.data.eval_logs.answers import SEVERAL, answers_apart, require_single
from bayescale.data.eval_logs.samples import HARNESS_KEYS, Sample, harness_samples, inspect_samples
from bayescale.data.trials_validation.inputs import kind
from bayescale.errors import InputError, closest

type LogReader = Callable[[str | None, str | float | None], tuple[pd.DataFrame, list[str]]]

GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}  # as Inspect counts them


def log_reader(paths: Sequence[Path]) -> LogReader | None:
    """How to read these files as evaluation logs, given (scorer, success); None where they are tables.

    Raises InputError where only some of them are logs.
    """
    if kind(paths[0]) == "Inspect logs":
        return partial(_read, paths, inspect_samples)
    if kind(paths[0]) != "JSON lines":
        return None
    tables = [path.name for path in paths if not set(json_keys(path)) >= HARNESS_KEYS]
    if len(tables) == len(paths):
        return None
    if tables:
        raise InputError(
            f"{listing(tables)}: not a sample log of the LM Evaluation Harness as the other files are; read it apart."
        )
    return partial(_read, paths, harness_samples)


def _read(
    paths: Sequence[Path],
    samples_of: Callable[[Sequence[Path]], tuple[list[Sample], list[str]]],
    scorer: str | None,
    success: str | float | None,
) -> tuple[pd.DataFrame, list[str]]:
    """The attempts of logs as a table, and notes; raises InputError for every score that says neither yes nor no."""
    wanted = _wanted(success)
    samples, notes = samples_of(paths)
    source = listing([str(path) for path in paths])
    chosen = _chosen(samples, scorer, source)
    require_single(chosen, source)
    samples, summed = answers_apart(samples, chosen, wanted, source)
    rows, unclear = [], []
    for sample in samples:
        score = None if sample.error else sample.scores.get(chosen)
        try:
            verdict = _verdict(score, wanted)
        except ValueError as error:
            why = SEVERAL if sample.answers > 1 and isinstance(score, int | float) else str(error)
            unclear.append((f"{score!r} ({sample.where})", why))
            continue
        identity = {"problem": sample.problem, "attempt": sample.attempt}
        rows.append({**sample.groups, **identity, "success": verdict, "error": sample.error})
    if unclear:
        problems = [
            f"{listing([shown for shown, why in unclear if why == reason])} by {chosen!r}: {reason}."
            for reason in dict.fromkeys(why for _, why in unclear)
        ]
        raise InputError(f"{source}: not every score says whether the attempt succeeded", problems)
    return pd.DataFrame(rows), [*summed, *notes, *_notes(samples, chosen, wanted)]


def _wanted(success: str | float | None) -> str | float:
    if success is None or success in ("C", "I"):
        return success or "C"
    if isinstance(success, int | float) and not isinstance(success, bool) and math.isfinite(success):
        return float(success)
    raise InputError(
        f'success={success!r}: give "C" (graded correct), "I" (graded incorrect), or the least number that is a '
        "success, such as 0.5."
    )


def _chosen(samples: Sequence[Sample], scorer: str | None, source: str) -> str:
    """The scorer asked for, or the only one there is; "metric" names "metric,filter" where one filter has it."""
    names = list(dict.fromkeys(name for sample in samples for name in sample.scores))
    if not names:
        failed = all(sample.error for sample in samples)
        says = "every sample ended in an error" if failed else "no sample carries a score; score the log first"
        raise InputError(f"{source}: {says}.")
    if scorer is None and len(names) > 1:
        raise InputError(
            f"{source}: several scorers ({', '.join(map(repr, names))}); name the one that counts with scorer=."
        )
    found = [name for name in names if scorer in (None, name)] or [
        name for name in names if name.rpartition(",")[0] == scorer
    ]
    if len(found) > 1:
        raise InputError(f"{source}: scorer={scorer!r} fits {', '.join(map(repr, found))}; name one of them.")
    if not found:
        raise InputError(f"{source}: there is no scorer {scorer!r}.{closest(scorer, names)}")
    ran = {sample.log for sample in samples if not sample.error}
    without = ran - {sample.log for sample in samples if found[0] in sample.scores}
    if without:
        raise InputError(f"{source}: no sample of {listing(sorted(without))} is scored by {found[0]!r}; read it apart.")
    return found[0]


def _verdict(score: Any, wanted: str | float) -> bool | None:
    """Whether a score is a success, None where there is none. Raises ValueError, saying why, where it is neither."""
    number = _number(score)
    if number is None or math.isnan(number):
        return None
    if isinstance(wanted, float):
        return number >= wanted
    if score == "N":
        return False
    if number not in (0.0, 1.0):
        raise ValueError("neither a success nor a failure; give the least score that is a success, as in success=0.5")
    return number == (1.0 if wanted == "C" else 0.0)


def _number(score: Any) -> float | None:
    if score is None or isinstance(score, bool | int | float):
        return None if score is None else float(score)
    if isinstance(score, str):
        if score in GRADES:
            return GRADES[score]
        if score.lower() in _WORDS:
            return _WORDS[score.lower()]
        try:
            return float(score)
        except ValueError:
            pass
    raise ValueError("neither a grade (C, I, P, N) nor a number; name another scorer")


def _notes(samples: Sequence[Sample], chosen: str, wanted: str | float) -> list[str]:
    ran = [sample for sample in samples if not sample.error]
    means = {"C": "is C, true or 1", "I": "is I, false or 0"}.get(str(wanted), f"is {wanted} or more")
    found = [f"An attempt is a success where {chosen!r} {means}."]
    for says, number in (
        ("with an error, or invalidated: counted as not run", len(samples) - len(ran)),
        (
            f"not scored by {chosen!r}: counted as not run",
            sum(_verdict(sample.scores.get(chosen), 1.0) is None for sample in ran),
        ),
        ("scored N (no answer): counted as failures", sum(sample.scores.get(chosen) == "N" for sample in ran)),
        ("cut off by a limit: counted as scored", sum(sample.limited for sample in ran)),
    ):
        if number:
            found.append(f"{count(number, 'sample')} {says}.")
    return found
