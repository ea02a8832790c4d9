"""The statements of a risk report: its main result in words, the definition of its estimands, and warnings."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayescale.report.formats import percent, percents
from bayescale.report.risk.query import Query, attempts_text, exactly, few
from bayescale.report.risk.tables import extreme
from bayescale.report.tables import Table

EXAMPLE = 0.001, 1000  # a false-positive rate and the attempts over which it compounds


def answer(query: Query) -> str:
    """State the result at the largest budget for the group with the highest risk, in one sentence.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    str
        The sentence. Where there are more groups or budgets, a second one refers to the table.
    """
    table = query.forecast.table.assign(group=np.repeat(np.arange(len(query.problems.groups)), len(query.budgets)))
    order = table.sort_values(["budget", "new_median"], ascending=False, kind="stable")
    groups, budgets = len(query.problems.groups), len(query.budgets)
    highest = f"This is the highest of {groups} groups. " if groups > 1 else ""
    more = f" {highest}The table has all groups and budgets." if groups * budgets > 1 else ""
    return _claim(query, order.iloc[0].to_dict()) + more


def _claim(query: Query, row: Mapping[Any, Any]) -> str:
    group, problems = int(row["group"]), query.problems
    in_group = problems.group == group
    many, broken = int(in_group.sum()), int((in_group & (problems.successes > 0)).sum())
    fresh = row["budget"] < problems.most_attempts[group]
    within = f"{query.quoted(group)}within {attempts_text(row['budget'])} {'fresh ' if fresh else ''}attempts each, "
    if query.risk.judge is None and broken == many and row["these_lower"] == 1:
        these = f"all {many} measured prompts are broken: this was already so within the attempts made"
    else:
        lower, upper = percent(row["these_lower"]), percent(row["these_upper"])
        these = (
            f"{lower if lower == upper else f'between {lower} and {upper}'} of the {many} measured prompt"
            f"{'s' * (many != 1)} {'is' if many == 1 else 'are'} expected to be broken "
            f"({query.interval} interval, median {percent(row['these_median'])})"
        )
    new = percents(row["new_lower"], row["new_upper"])
    sentence = f"{within}{these}; of new prompts from the same population, {new} (median {percent(row['new_median'])})."
    return sentence if query.quoted(group) else sentence[0].upper() + sentence[1:]


def estimand(query: Query) -> tuple[str, ...]:
    """Define the estimands of the tables.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    tuple of str
        Paragraphs.
    """
    return (
        "“These prompts” is the expected share of the measured prompts that are broken within N attempts in total. The "
        "attempts already made count: a prompt that is already broken remains broken. If N is smaller than the largest "
        "number of attempts at a prompt of the group, it is the expected share over N fresh attempts at the same "
        "prompts. “Measured, exact” is the share that the first N attempts broke, where the order of attempts is "
        "known. “New prompts” is the expected share for new prompts from the same population. The share is called "
        "ASR@N; it equals pass@k at k = N. An attempt that ended in an error did not run: it is neither an attempt nor "
        "a failure.",
        f"Intervals have equal tails. Over many reports, a calibrated {query.interval} interval contains the true "
        f"value {query.interval} of the time. The intervals include the uncertainty from few prompts, few attempts and "
        "the unknown distribution of difficulty, and the errors of the judge as far as they are specified.",
    )


def warnings(query: Query) -> tuple[str, ...]:
    """List what a reader must know before using the numbers.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    tuple of str
        Paragraphs.
    """
    untried = [group for group in range(len(query.problems.groups)) if not len(query.tried(group))]
    checks = query.checks.table
    misfit = checks[(checks["check"] == "predictive") & (checks["value"] < checks["threshold"])]
    depends_on_prior = (
        "In a group where no prompt was broken, or where every attempt succeeded, the answer depends strongly on the "
        "prior. Compare the bounds below."
    )
    return (
        *([_no_judge()] if query.risk.judge is None else []),
        *(
            f"{query.quoted(group)}no attempt ran. The answer comes from the prior and the other groups."
            for group in untried
        ),
        *few(_inferred(query)),
        *(f"The mixing laws do not fit the counts: {meaning}." for meaning in misfit["meaning"]),
        *([depends_on_prior] if extreme(query) else []),
    )


def _no_judge() -> str:
    rate, attempts = EXAMPLE
    return (
        f"Every verdict of the judge is assumed to be correct. If a judge reports a false success in {exactly(rate)} "
        f"of attempts, independently, then {percent(1 - (1 - rate) ** attempts)} of prompts appear broken after "
        f"{attempts:,} attempts (1 − (1 − {rate:g})^{attempts}), even if none is. Let people check a sample of "
        "verdicts and specify the error rates of the judge. Until then, these numbers describe what the judge "
        "reports."
    )


def _inferred(query: Query) -> list[str]:
    """Groups with a measured share that is valid only under the inferred sampling design."""
    problems, sentences = query.problems, []
    measured = problems.measured(np.array(query.budgets)) if query.risk.judge is None else np.zeros((0, 0))
    for group in range(len(measured)) if not problems.design.declared else ():
        known = [
            attempts_text(n) for n, share in zip(query.budgets, measured[group], strict=True) if np.isfinite(share)
        ]
        in_group = problems.group == group
        unordered = np.isnan(problems.first_success[in_group]).all()
        if known and unordered and not problems.design.of("fixed")[in_group].all():
            sentences.append(
                f"{query.quoted(group)}the counts suggest that sampling stopped at the first success, but the design "
                f"is not declared. The measured share within {', '.join(known)} attempts is valid only under this "
                "design; the forecasts do not depend on it. Declare the design with --design or design=."
            )
    return sentences


def bounds_statement(query: Query, table: Table) -> tuple[str, ...]:
    """State the bounds at the largest budget.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.
    table : Table
        The table of bounds.

    Returns
    -------
    tuple of str
        One paragraph: the numbers of a single group, or how to read the table of several.
    """
    sentences = []
    rows = [row for row in table.records if row["budget"] == max(query.budgets)]
    for group, row in zip(extreme(query), rows, strict=True):
        places = query.tried(group)
        many, attempts = len(places), int(query.problems.attempts[places].sum())
        none = row["side"] == "upper"
        event, side = ("no attempt succeeded", "at most") if none else ("every attempt succeeded", "at least")
        free, model, prior = (percent(float(row[name])) for name in ("prior_free", "posterior", "prior"))  # type: ignore[arg-type]
        sentences.append(
            f"{query.quoted(group)}{event} in {attempts:,} attempts at {many} prompt{'s' * (many != 1)}. For any "
            f"population of prompts, {side} {free} of new prompts are broken within "
            f"{attempts_text(max(query.budgets))} attempts each ({query.interval} confidence; this bound uses no model "
            f"and no prior, and assumes correct verdicts). The model states {side} {model}; its prior alone states "
            f"{side} {prior}. The difference between prior and model comes from the data. The difference between the "
            "model and the bound without a prior comes from assumptions."
        )
    if len(sentences) < 2:
        return tuple(sentences)
    return (
        f"In {len(sentences)} groups no attempt succeeded, or every attempt did. The bound without a prior holds for "
        f"any population of prompts with {query.interval} confidence; it uses no model and assumes correct verdicts. "
        "The difference between the model and its prior alone comes from the data; the difference between the model "
        "and the bound without a prior comes from assumptions.",
    )
