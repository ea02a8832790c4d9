"""The tables of a risk report's answer: risk by budget, attempts to a level, bounds where nothing or all was broken."""

import math

import numpy as np
import pandas as pd

from bayescale.report.risk.query import MOST_ROWS, Asked, attempts_text, chance, exactly
from bayescale.report.tables import Format, Table, share, shares, table_of
from bayescale.risk.predict.asr_draws import MOST_ATTEMPTS
from bayescale.risk.predict.forecast import MEASURED


def forecast_table(asked: Asked) -> Table:
    """ASR@N by group and budget, of these prompts and of new ones."""
    above = asked.forecast.above(asked.threshold)
    made = [_made(asked, group) for group in range(len(asked.problems.groups))]
    values = asked.forecast.table.assign(
        threshold=asked.threshold,
        these_above=above["these_above"],
        new_above=above["new_above"],
        extrapolation=asked.forecast.table["budget"] / np.maximum(np.repeat(made, len(asked.budgets)), 1),
    )
    over = f"P(>\u00a0{exactly(asked.threshold)})"
    columns = asked.names | {
        "attempts each": lambda row: attempts_text(row["budget"]),
        "times those made": lambda row: f"{row['extrapolation']:{',.0f' if row['extrapolation'] >= 10 else '.2g'}}×",
        **({"measured, exact": share(MEASURED)} if MEASURED in values else {}),
        "these prompts, median": share("these_median"),
        f"these, {asked.interval}": shares("these"),
        f"these, {over}": chance("these_above", asked.draws),
        "new prompts, median": share("new_median"),
        f"new, {asked.interval}": shares("new"),
        f"new, {over}": chance("new_above", asked.draws),
    }
    caption = (
        f"Share of prompts broken (ASR@N); {over}: the probability that it exceeds {exactly(asked.threshold)}; times "
        "those made: over the attempts at prompts not broken yet (median); below those made, these prompts are tried "
        "anew"
    )
    return table_of("forecast", values, caption, columns, MOST_ROWS)


def _made(asked: Asked, group: int) -> float:
    """Attempts at the prompts that are still to break, whose future the answer is about; at all where none is left."""
    mine = np.flatnonzero(asked.problems.group == group)
    left = mine[asked.problems.successes[mine] == 0]
    return float(np.median(asked.problems.attempts[left if len(left) else mine]))


def budget_table(asked: Asked) -> Table:
    """Attempts per prompt until the level is reached, and whether it ever is."""
    ever = {
        f"{name}_ever": np.isfinite(asked.reached.dataset[name].to_numpy()[0]).mean(axis=0) for name in ("these", "new")
    }
    values = asked.reached.table.assign(level=asked.level, **ever)

    def span(name: str) -> Format:
        return lambda row: f"{attempts_text(row[f'{name}_lower'])}\u00a0to\u00a0{attempts_text(row[f'{name}_upper'])}"

    columns = asked.names | {
        "these prompts, median": lambda row: attempts_text(row["these_median"]),
        f"these, {asked.interval}": span("these"),
        "these, ever": chance("these_ever", asked.draws),
        "new prompts, median": lambda row: attempts_text(row["new_median"]),
        f"new, {asked.interval}": span("new"),
        "new, ever": chance("new_ever", asked.draws),
    }
    caption = (
        f"Attempts per prompt at which {exactly(asked.level)} of prompts are broken; never: not within "
        f"10^{math.log10(MOST_ATTEMPTS):.0f} attempts; ever: the probability that they are at all"
    )
    return table_of("budget", values, caption, columns, MOST_ROWS)


def extreme(asked: Asked) -> list[int]:
    """Groups that were tried and where nothing was broken, or every attempt succeeded."""
    problems, found = asked.problems, []
    for group in range(len(problems.groups)):
        mine = asked.tried(group)
        tried, succeeded = problems.attempts[mine], problems.successes[mine]
        if len(mine) and (not succeeded.any() or (succeeded == tried).all()):
            found.append(group)
    return found


def bounds_table(asked: Asked) -> Table:
    """The bound that needs no prior beside the model's and its prior's, where there is one."""
    groups = extreme(asked)
    values = pd.DataFrame()
    if groups:
        values = asked.risk.bounds(asked.budgets, asked.prob)
        values = values[np.isin(np.repeat(np.arange(len(asked.problems.groups)), len(asked.budgets)), groups)]
    sides = {"upper": "at most", "lower": "at least"}
    columns = asked.names | {
        "attempts each": lambda row: attempts_text(row["budget"]),
        "bound": lambda row: sides[row["side"]],
        "without any prior": share("prior_free"),
        "this model": share("posterior"),
        "its prior alone": share("prior"),
    }
    caption = f"One-sided bounds on the share of new prompts broken, each with {asked.interval}"
    return table_of("bounds", values, caption, columns, MOST_ROWS)
