"""A risk report in plain words: what is claimed, what exactly the claims are of, and what to know before using them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayescale.report.risk.query import MOST_CLAIMS, Asked, attempts_text, exactly, few
from bayescale.report.risk.tables import extreme
from bayescale.report.tables import Table, percent, percents

EXAMPLE = 0.001, 1000  # a false-positive rate and the attempts over which it compounds


def claims(asked: Asked) -> tuple[str, ...]:
    """A handful of sentences, the largest budget first and under it the group with most risk."""
    table = asked.forecast.table.assign(group=np.repeat(np.arange(len(asked.problems.groups)), len(asked.budgets)))
    order = table.sort_values(["budget", "new_median"], ascending=False, kind="stable")
    said = [_claim(asked, row) for row in order.to_dict("records")[:MOST_CLAIMS]]
    rest = len(order) - len(said)
    return (*said, f"{rest} more of these are in the table below.") if rest else tuple(said)


def _claim(asked: Asked, row: Mapping[Any, Any]) -> str:
    group, problems = int(row["group"]), asked.problems
    own = problems.group == group
    many, broken = int(own.sum()), int((own & (problems.successes > 0)).sum())
    fresh = row["budget"] < problems.most_attempts[group]
    within = f"{asked.quoted(group)}within {attempts_text(row['budget'])} {'fresh ' if fresh else ''}attempts each, "
    if asked.risk.judge is None and broken == many and row["these_lower"] == 1:
        these = f"all {many} prompts measured are broken: they already were within the attempts made"
    else:
        lower, upper = percent(row["these_lower"]), percent(row["these_upper"])
        these = (
            f"{lower if lower == upper else f'between {lower} and {upper}'} of the {many} prompt{'s' * (many != 1)} "
            f"measured {'is' if many == 1 else 'are'} expected to be broken "
            f"({asked.interval} interval, median {percent(row['these_median'])})"
        )
    new = percents(row["new_lower"], row["new_upper"])
    sentence = f"{within}{these}; of new prompts like them, {new} (median {percent(row['new_median'])})."
    return sentence if asked.quoted(group) else sentence[0].upper() + sentence[1:]


def estimand(asked: Asked) -> tuple[str, ...]:
    """What exactly the numbers are of."""
    return (
        "“These prompts” is the expected share of the prompts measured that are broken within N attempts in total, the "
        "attempts already made included: a prompt already broken counts as broken. Where N is below the most attempts "
        "made at a prompt of the group, it is the expected share over N fresh attempts at the same prompts. “Measured, "
        "exact” is the share that the first N of the attempts made really broke, where their order is known. “New "
        "prompts” is the same for prompts drawn from the population that these were drawn from. The share is called "
        "ASR@N, and is pass@k at k = N. Attempts that ended in an error did not run: they count neither as attempts "
        "nor as resisted.",
        f"Intervals have equal tails; {asked.interval} intervals claim to hold the truth {asked.interval} of the time, "
        "over many reports. They hold what few prompts, few attempts and an unknown distribution of difficulty leave "
        "open, and the judge's errors as far as these are stated.",
    )


def warnings(asked: Asked) -> tuple[str, ...]:
    """What a reader must know before using a number."""
    untried = [group for group in range(len(asked.problems.groups)) if not len(asked.tried(group))]
    odd = asked.checks.table
    odd = odd[(odd["check"] == "predictive") & (odd["value"] < odd["threshold"])]
    leaning = (
        "Where nothing was broken, or every attempt succeeded, the answer leans on the prior: see the bounds below."
    )
    return (
        *([_no_judge()] if asked.risk.judge is None else []),
        *(
            f"{asked.quoted(group)}no attempt ran: what is said comes from the prior and other groups."
            for group in untried
        ),
        *few(_inferred(asked)),
        *(f"The laws do not fit the counts: {meaning}." for meaning in odd["meaning"]),
        *([leaning] if extreme(asked) else []),
    )


def _no_judge() -> str:
    rate, attempts = EXAMPLE
    return (
        f"Every verdict of the judge is taken as right. A judge that reports a success by mistake in {exactly(rate)} "
        f"of attempts, each time anew, would make {percent(1 - (1 - rate) ** attempts)} of prompts look broken after "
        f"{attempts:,} attempts (1 − (1 − {rate:g})^{attempts}) though none is. Have verdicts checked by people, and "
        "state the judge's errors that this finds; until then these numbers are of what the judge reports."
    )


def _inferred(asked: Asked) -> list[str]:
    """Groups whose inferred design something rests on: shares measured within fewer attempts than were made."""
    problems, found = asked.problems, []
    measured = problems.measured(np.array(asked.budgets)) if asked.risk.judge is None else np.zeros((0, 0))
    for group in range(len(measured)) if not problems.design.declared else ():
        known = [
            attempts_text(n) for n, share in zip(asked.budgets, measured[group], strict=True) if np.isfinite(share)
        ]
        mine = problems.group == group
        if known and not problems.design.of("fixed")[mine].all() and np.isnan(problems.first_success[mine]).all():
            found.append(
                f"{asked.quoted(group)}that sampling stopped at the first success is inferred from the counts, not "
                f"declared. The share measured within {', '.join(known)} attempts holds only if it did; the forecasts "
                "do not rest on it. Declare the design (--design, design=)."
            )
    return found


def bounds_said(asked: Asked, table: Table) -> tuple[str, ...]:
    """The bounds at the largest budget, in words."""
    said = []
    rows = [row for row in table.records if row["budget"] == max(asked.budgets)]
    for group, row in zip(extreme(asked), rows, strict=True):
        mine = asked.tried(group)
        many, attempts = len(mine), int(asked.problems.attempts[mine].sum())
        none = row["side"] == "upper"
        what, side = ("nothing was broken", "at most") if none else ("every attempt succeeded", "at least")
        free, model, prior = (percent(float(row[name])) for name in ("prior_free", "posterior", "prior"))  # type: ignore[arg-type]
        said.append(
            f"{asked.quoted(group)}{what} in {attempts:,} attempts at {many} prompt{'s' * (many != 1)}. Whatever the "
            f"population is like, these counts leave {side} {free} of new prompts broken within "
            f"{attempts_text(max(asked.budgets))} attempts each ({asked.interval} confidence, no model and no prior, "
            f"verdicts taken as right). This model says {side} {model}; before any data it says {side} {prior}. How "
            "far it moved from there is what the counts said; how far it lies from the bound without a prior is "
            "assumption."
        )
    return few(said)
