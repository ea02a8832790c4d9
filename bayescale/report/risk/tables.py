"""The tables of a risk report: ASR@N by budget, attempts to a level, and bounds."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from bayescale.report.formats import Format, share, shares
from bayescale.report.risk.query import MOST_ROWS, Query, attempts_text, chance, exactly
from bayescale.report.tables import Table, table_of
from bayescale.risk.mixing import MIXINGS
from bayescale.risk.predict.asr_draws import MOST_ATTEMPTS
from bayescale.risk.predict.forecast import MEASURED


def forecast_table(query: Query) -> Table:
    """Format ASR@N of these prompts and of new prompts.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    Table
        One row per group and budget.
    """
    above = query.forecast.above(query.threshold)
    attempts = [_attempts_made(query, group) for group in range(len(query.problems.groups))]
    values = query.forecast.table.assign(
        threshold=query.threshold,
        these_above=above["these_above"],
        new_above=above["new_above"],
        extrapolation=query.forecast.table["budget"] / np.maximum(np.repeat(attempts, len(query.budgets)), 1),
    )
    over = f"P(>\u00a0{exactly(query.threshold)})"
    columns = query.names | {
        "attempts each": lambda row: attempts_text(row["budget"]),
        "times attempts made": lambda row: f"{row['extrapolation']:{',.0f' if row['extrapolation'] >= 10 else '.2g'}}×",
        **({"measured, exact": share(MEASURED)} if MEASURED in values else {}),
        "these prompts, median": share("these_median"),
        f"these, {query.interval}": shares("these"),
        f"these, {over}": chance("these_above", query.draws),
        "new prompts, median": share("new_median"),
        f"new, {query.interval}": shares("new"),
        f"new, {over}": chance("new_above", query.draws),
    }
    caption = (
        f"Share of prompts broken (ASR@N). {over}: probability that the share exceeds {exactly(query.threshold)}. "
        "Times attempts made: attempts divided by the median number of attempts at prompts that are not broken yet. "
        "Below the largest number of attempts made, “these prompts” refers to fresh attempts."
    )
    return table_of("forecast", values, caption, columns, MOST_ROWS)


def _attempts_made(query: Query, group: int) -> float:
    """Median of the attempts at prompts that are not broken yet; at all prompts where none is left."""
    places = np.flatnonzero(query.problems.group == group)
    unbroken = places[query.problems.successes[places] == 0]
    return float(np.median(query.problems.attempts[unbroken if len(unbroken) else places]))


def budget_table(query: Query) -> Table:
    """Format the attempts per prompt until the level is reached, and the probability that it is ever reached.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    Table
        One row per group.
    """
    ever = {
        f"{name}_ever": np.isfinite(query.reached.dataset[name].to_numpy()[0]).mean(axis=0) for name in ("these", "new")
    }
    values = query.reached.table.assign(level=query.level, **ever)

    def span(name: str) -> Format:
        return lambda row: f"{attempts_text(row[f'{name}_lower'])}\u00a0to\u00a0{attempts_text(row[f'{name}_upper'])}"

    columns = query.names | {
        "these prompts, median": lambda row: attempts_text(row["these_median"]),
        f"these, {query.interval}": span("these"),
        "these, ever": chance("these_ever", query.draws),
        "new prompts, median": lambda row: attempts_text(row["new_median"]),
        f"new, {query.interval}": span("new"),
        "new, ever": chance("new_ever", query.draws),
    }
    caption = (
        f"Attempts per prompt at which {exactly(query.level)} of prompts are broken. Never: not within "
        f"10^{math.log10(MOST_ATTEMPTS):.0f} attempts. Ever: probability that this share is ever reached."
    )
    return table_of("budget", values, caption, columns, MOST_ROWS)


def extreme(query: Query) -> list[int]:
    """Return the groups in which no attempt, or every attempt, succeeded.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    list of int
        Places of the groups; groups without attempts are not among them.
    """
    problems, groups = query.problems, []
    for group in range(len(problems.groups)):
        places = query.tried(group)
        tried, succeeded = problems.attempts[places], problems.successes[places]
        if len(places) and (not succeeded.any() or (succeeded == tried).all()):
            groups.append(group)
    return groups


def bounds_table(query: Query) -> Table:
    """Compare the bound without a prior with the bounds of the model and of its prior.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    Table
        One row per budget and group of `extreme`.
    """
    groups = extreme(query)
    values = pd.DataFrame()
    if groups:
        values = query.risk.bounds(query.budgets, query.prob)
        values = values[np.isin(np.repeat(np.arange(len(query.problems.groups)), len(query.budgets)), groups)]
    sides = {"upper": "at most", "lower": "at least"}
    columns = query.names | {
        "attempts each": lambda row: attempts_text(row["budget"]),
        "bound": lambda row: sides[row["side"]],
        "without a prior": share("prior_free"),
        "this model": share("posterior"),
        "its prior alone": share("prior"),
    }
    caption = f"One-sided {query.interval} bounds on the share of new prompts broken"
    return table_of("bounds", values, caption, columns, MOST_ROWS)


def law_title(row: Mapping[str, Any]) -> str:
    """Return the name of the mixing law of a row for readers.

    Parameters
    ----------
    row : mapping
        A row with the name of a law in calls, `law`.

    Returns
    -------
    str
        Such as "generalised gamma, some never" for "generalised_gamma_or_never".
    """
    return MIXINGS[str(row["law"])].title
