"""Evaluation logs as tables with one row per attempt: which scorer counts, and what a score means.

Inspect logs (.eval, .json; extra `inspect`) are read by Inspect's reader. Each sample and epoch is one attempt at
the problem named by the sample's id; `model`, `task`, `task_version`, the arguments of the task (`task_arg_NAME`) and,
where logs differ in them, the solver, its arguments (`solver_arg_NAME`), those of the model (`model_arg_NAME`),
settings of generation (`generate_NAME`) and limits (`log_NAME`) are group columns. A sample that ended in an error,
was not scored, or was invalidated did not run.

The LM Evaluation Harness has no reader of its samples_TASK_DATE.jsonl; they are read in the format that it documents:
an object per document and filter with `doc_id`, `filter`, `metrics` (their names) and each metric under its own name. A
document of a file is one attempt or, where its score is a mean over several answers, as many as it has answers; a
metric such as pass@64 reports whether any of 64 succeeded, and is refused. `task` is in the file's name, `model` in
results_DATE.json beside it, else it is the folder's name.

`kinds` lists the other logs; each module states their format.

Successes, in all: scores C, true and 1 are successes, and I, N, false and 0 are not. With success="I", scores I, false
and 0 are successes and the others are not (for graders that grade a refusal as correct). With a number, scores of at
least that number are successes (C counts 1, P 0.5, I and N 0). Any other score is an error.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from bayescale.core.notes import Note
from bayescale.core.text import count, listing
from bayescale.data.eval_logs.answers import SEVERAL, answers_apart, require_single
from bayescale.data.eval_logs.kinds import log_kind
from bayescale.data.eval_logs.samples import Sample
from bayescale.errors import InputError, closest

type LogReader = Callable[[str | None, str | float | None], tuple[pd.DataFrame, list[Note]]]

GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}  # as Inspect counts them


def log_reader(paths: Sequence[Path]) -> LogReader | None:
    """Return how to read files as evaluation logs.

    Parameters
    ----------
    paths : sequence of Path
        Files of one format.

    Returns
    -------
    callable or None
        Returns table and notes for a scorer and a success; None where the files are tables.

    Raises
    ------
    InputError
        If the files are not all of one kind.
    """
    kind = log_kind(paths)
    return partial(_read, paths, kind.samples) if kind else None


def _read(
    paths: Sequence[Path],
    samples_of: Callable[[Sequence[Path]], tuple[list[Sample], list[Note]]],
    scorer: str | None,
    success: str | float | None,
) -> tuple[pd.DataFrame, list[Note]]:
    """The attempts of logs as a table, and notes. Raises InputError for scores that are neither success nor failure."""
    success_score = _success_score(success)
    samples, notes = samples_of(paths)
    source = listing([str(path) for path in paths])
    chosen = _chosen(samples, scorer, source)
    require_single(chosen, source)
    samples, answer_notes = answers_apart(samples, chosen, success_score, source)
    rows, unclear = [], []
    for sample in samples:
        score = None if sample.error else sample.scores.get(chosen)
        try:
            verdict = _verdict(score, success_score)
        except ValueError as error:
            reason = SEVERAL if sample.answers > 1 and isinstance(score, int | float) else str(error)
            unclear.append((f"{score!r} ({sample.where})", reason))
            continue
        identity = {"problem": sample.problem, "attempt": sample.attempt}
        rows.append({**sample.groups, **identity, "success": verdict, "error": sample.error})
    if unclear:
        problems = [
            f"{listing([score for score, score_reason in unclear if score_reason == reason])} by {chosen!r}: {reason}."
            for reason in dict.fromkeys(reason for _, reason in unclear)
        ]
        raise InputError(f"{source}: some scores do not decide whether the attempt succeeded", problems)
    return pd.DataFrame(rows), [*answer_notes, *notes, *_notes(samples, chosen, success_score)]


def _success_score(success: str | float | None) -> str | float:
    if success is None or success in ("C", "I"):
        return success or "C"
    if isinstance(success, int | float) and not isinstance(success, bool) and math.isfinite(success):
        return float(success)
    raise InputError(
        f'success={success!r}: give "C" (graded correct), "I" (graded incorrect), or the least number that is a '
        "success, such as 0.5."
    )


def _chosen(samples: Sequence[Sample], scorer: str | None, source: str) -> str:
    """The named scorer, or the only one; "metric" names "metric,filter" where one filter has it."""
    names = list(dict.fromkeys(name for sample in samples for name in sample.scores))
    if not names:
        failed = all(sample.error for sample in samples)
        problem = "every sample ended in an error" if failed else "no sample has a score; score the log first"
        raise InputError(f"{source}: {problem}.")
    if scorer is None and len(names) > 1:
        raise InputError(
            f"{source}: several scorers ({', '.join(map(repr, names))}); name the one that counts with scorer=."
        )
    matches = [name for name in names if scorer in (None, name)] or [
        name for name in names if name.rpartition(",")[0] == scorer
    ]
    if len(matches) > 1:
        raise InputError(f"{source}: scorer={scorer!r} fits {', '.join(map(repr, matches))}; name one of them.")
    if not matches:
        raise InputError(f"{source}: there is no scorer {scorer!r}.{closest(scorer, names)}")
    ran = {sample.log for sample in samples if not sample.error}
    without = ran - {sample.log for sample in samples if matches[0] in sample.scores}
    if without:
        raise InputError(
            f"{source}: no sample of {listing(sorted(without))} is scored by {matches[0]!r}; read it separately."
        )
    return matches[0]


def _verdict(score: Any, success_score: str | float) -> bool | None:
    """Whether a score is a success; None without a score. Raises ValueError with the reason where it is neither."""
    number = _number(score)
    if number is None or math.isnan(number):
        return None
    if isinstance(success_score, float):
        return number >= success_score
    if score == "N":
        return False
    if number not in (0.0, 1.0):
        raise ValueError("neither a success nor a failure; give the least score that is a success, as in success=0.5")
    return number == (1.0 if success_score == "C" else 0.0)


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


def _notes(samples: Sequence[Sample], chosen: str, success_score: str | float) -> list[Note]:
    ran = [sample for sample in samples if not sample.error]
    means = {"C": "is C, true or 1", "I": "is I, false or 0"}.get(str(success_score), f"is {success_score} or more")
    notes = [Note("success_score", f"An attempt is a success where {chosen!r} {means}.", (chosen,))]
    for code, treatment, names, number in (
        ("samples_with_error", "with an error, or invalidated: counted as not run", (), len(samples) - len(ran)),
        (
            "samples_not_scored",
            f"not scored by {chosen!r}: counted as not run",
            (chosen,),
            sum(_verdict(sample.scores.get(chosen), 1.0) is None for sample in ran),
        ),
        (
            "samples_without_answer",
            "scored N (no answer): counted as failures",
            (),
            sum(sample.scores.get(chosen) == "N" for sample in ran),
        ),
        ("samples_cut_off", "cut off by a limit: counted as scored", (), sum(sample.limited for sample in ran)),
    ):
        if number:
            notes.append(Note(code, f"{count(number, 'sample')} {treatment}.", names))
    return notes
