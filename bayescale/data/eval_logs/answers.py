"""Scores of several answers: a mean over repeats counts as many attempts, and one verdict on all answers as none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bayescale.core.notes import Note
from bayescale.core.text import SHOWN, listing
from bayescale.data.eval_logs.samples import Sample
from bayescale.errors import InputError

#: Names of scores that are one verdict on k answers: whether any succeeded (pass@64, pass_at_10, best_of_8), or all
#: (pass^8).
TOGETHER = re.compile(
    r"(?<![a-z])(?:pass|best|bon|any|coverage|oracle)[\s_-]*(?:@|\^|at_|hat_|of[_-])\s*(\d+)", re.IGNORECASE
)
#: Why a score of several answers that is not a whole number of successes is refused.
SEVERAL = (
    "a score of several answers that is not a whole number of successes; name a metric of single answers, or "
    "evaluate with one answer a request"
)
_ROUNDING = 1e-6


def answers_per_verdict(name: str) -> int:
    """Return the number of answers on which a score is one verdict.

    Parameters
    ----------
    name : str
        Name of the score, such as "pass@64".

    Returns
    -------
    int
        1 for a score of single answers.
    """
    match = TOGETHER.search(name)
    return int(match[1]) if match else 1


def require_single(name: str, source: str) -> None:
    """Require a score of single answers.

    Parameters
    ----------
    name : str
        Name of the score.
    source : str
        What the error calls the source.

    Raises
    ------
    InputError
        If the score is one verdict on several answers.
    """
    if (many := answers_per_verdict(name)) > 1:
        raise InputError(
            f"{source}: {name!r} is one verdict on {many} answers and does not give how many succeeded. Counted as "
            f"one attempt each, N attempts would be {many} N answers. Name a score of single answers (such as pass@1) "
            "with scorer=, or give a table with the columns problem, attempts and successes."
        )


def aggregated(names: Mapping[str, str]) -> list[str]:
    """Describe columns of a table that hold one verdict on several answers.

    Parameters
    ----------
    names : mapping of str to str
        Names in the source by new name.

    Returns
    -------
    list of str
        One message per column.
    """
    return [
        f"column {source_name!r} is one verdict on {answers_per_verdict(source_name)} attempts, not one attempt. Give "
        "one row per attempt, or `attempts` and `successes` per problem."
        for name, source_name in names.items()
        if name in ("success", "successes") and answers_per_verdict(source_name) > 1
    ]


def answers_apart(
    samples: Sequence[Sample], scorer: str, success: str | float, source: str
) -> tuple[list[Sample], list[Note]]:
    """Split samples with a mean over answers into one sample per answer.

    Scores are means where at least one of them lies between 0 and 1 and all are whole numbers of successes, or where
    the metric is pass@1, which is defined so.

    Parameters
    ----------
    samples : sequence of Sample
        The samples.
    scorer : str
        The scorer that counts.
    success : str or float
        The score that is a success.
    source : str
        What errors call the source.

    Returns
    -------
    samples : list of Sample
        The samples, those of several answers split.
    notes : list of Note
        A note on samples of several answers.

    Raises
    ------
    InputError
        If the least score that is a success is given for means.
    """
    repeated = [sample for sample in samples if sample.answers > 1 and not sample.error]
    if not repeated:
        return list(samples), []
    scores = [sample.scores.get(scorer) for sample in repeated]
    means = [score for score in scores if isinstance(score, int | float) and score == score]
    whole = len(means) == sum(score is not None for score in scores) and all(
        0 <= score <= 1 and abs(score * sample.answers - round(score * sample.answers)) < _ROUNDING * sample.answers
        for sample, score in zip(repeated, scores, strict=True)
        if isinstance(score, int | float) and score == score
    )
    if not whole or not (TOGETHER.search(scorer) or any(0 < score < 1 for score in means)):
        return list(samples), [_as_one(repeated)]
    if isinstance(success, float):
        raise InputError(
            f"{source}: scores by {scorer!r} are means over {_many(repeated)} answers a document, and "
            f"success={success:g} makes each one verdict; leave success out, so that each answer counts as an attempt."
        )
    attempts = [
        attempt for sample in samples for attempt in (_each(sample, scorer) if sample.answers > 1 else [sample])
    ]
    message = (
        f"Scores by {scorer!r} are means over {_many(repeated)} answers a document: each answer counts as an attempt."
    )
    return attempts, [Note("answers_counted_singly", message, (scorer,))]


def _each(sample: Sample, scorer: str) -> list[Sample]:
    """One sample per answer."""
    score = sample.scores.get(scorer)
    if sample.error or not isinstance(score, int | float) or score != score:
        return [replace(sample, attempt=f"{sample.attempt} {place}", answers=1) for place in range(sample.answers)]
    successes = round(score * sample.answers)
    return [
        replace(sample, attempt=f"{sample.attempt} {place}", scores={scorer: float(place < successes)}, answers=1)
        for place in range(sample.answers)
    ]


def _as_one(repeated: Sequence[Sample]) -> Note:
    logs = sorted({sample.log.replace("\\", "/").rpartition("/")[2] for sample in repeated})
    message = f"{listing(logs)}: {_many(repeated)} answers a document have one score; they count as one attempt."
    return Note("answers_counted_as_one", message, logs[:SHOWN])


def _many(repeated: Sequence[Sample]) -> str:
    least, most = (bound(sample.answers for sample in repeated) for bound in (min, max))
    return f"{most}" if least == most else f"{least} to {most}"
