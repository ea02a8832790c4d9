"""Scores that sum several answers up: a mean over repeats is as many attempts as it has answers, and a score that says
whether any of many answers succeeded is no attempt at all."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bayescale.core.text import listing
from bayescale.data.eval_logs.samples import Sample
from bayescale.errors import InputError

#: Names of scores that are one verdict on k answers: whether any succeeded (pass@64, pass_at_10, best_of_8), or all
#: (pass^8).
TOGETHER = re.compile(
    r"(?<![a-z])(?:pass|best|bon|any|coverage|oracle)[\s_-]*(?:@|\^|at_|hat_|of[_-])\s*(\d+)", re.IGNORECASE
)
#: What is said of a score of several answers that is no whole number of successes.
SEVERAL = (
    "a score of several answers that is no whole number of successes among them; name a metric of single answers, or "
    "evaluate with one answer a request"
)
_ROUNDING = 1e-6


def together(name: str) -> int:
    """On how many answers a score is one verdict; 1 for a score of single answers."""
    match = TOGETHER.search(name)
    return int(match[1]) if match else 1


def require_single(name: str, source: str) -> None:
    """Raise InputError for a score that is one verdict on several answers."""
    if (many := together(name)) > 1:
        raise InputError(
            f"{source}: {name!r} is one verdict on {many} answers and does not say how many succeeded: counted as one "
            f"attempt, N attempts would be {many} N answers. Name a score of single answers (such as pass@1) with "
            "scorer=, or give a table with the columns problem, attempts and successes."
        )


def aggregated(names: Mapping[str, str]) -> list[str]:
    """What is wrong with columns of a table, {ours: theirs}, that hold one verdict on several answers."""
    return [
        f"column {theirs!r} is one verdict on {together(theirs)} attempts, not one attempt. Give one row per attempt, "
        "or `attempts` and `successes` per problem."
        for ours, theirs in names.items()
        if ours in ("success", "successes") and together(theirs) > 1
    ]


def answers_apart(
    samples: Sequence[Sample], scorer: str, wanted: str | float, source: str
) -> tuple[list[Sample], list[str]]:
    """Samples with a mean over answers as one sample per answer, and notes on samples of several answers.

    Scores are taken for means where at least one of them lies between 0 and 1 and all are whole numbers of successes,
    or where the metric is pass@1, which is defined so.
    Raises InputError where the least score that is a success is given for such means.
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
    if isinstance(wanted, float):
        raise InputError(
            f"{source}: scores by {scorer!r} are means over {_many(repeated)} answers a document, which "
            f"success={wanted:g} would turn into one verdict each; leave it out: each answer then counts as an attempt."
        )
    out = [one for sample in samples for one in (_each(sample, scorer) if sample.answers > 1 else (sample,))]
    return out, [
        f"Scores by {scorer!r} are means over {_many(repeated)} answers a document: each answer counts as an attempt."
    ]


def _each(sample: Sample, scorer: str) -> list[Sample]:
    score = sample.scores.get(scorer)
    if sample.error or not isinstance(score, int | float) or score != score:
        return [replace(sample, attempt=f"{sample.attempt} {place}", answers=1) for place in range(sample.answers)]
    successes = round(score * sample.answers)
    return [
        replace(sample, attempt=f"{sample.attempt} {place}", scores={scorer: float(place < successes)}, answers=1)
        for place in range(sample.answers)
    ]


def _as_one(repeated: Sequence[Sample]) -> str:
    logs = sorted({sample.log.replace("\\", "/").rpartition("/")[2] for sample in repeated})
    return f"{listing(logs)}: {_many(repeated)} answers a document are scored as one; they count as one attempt."


def _many(repeated: Sequence[Sample]) -> str:
    least, most = (of(sample.answers for sample in repeated) for of in (min, max))
    return f"{most}" if least == most else f"{least} to {most}"
