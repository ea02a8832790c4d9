"""What keeps a table of scores from being used, in words."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bayescale.core.text import in_rows, listing, values_in_rows
from bayescale.data.columns import as_numbers
from bayescale.errors import closest

FEWEST_MODELS = 6
FEWEST_SCORES = 2  # of a benchmark
MOST_CHANCE = 0.95
FEWEST_ITEMS = 5


def setting_problems(benchmarks: Sequence[str], chance: Mapping[str, float], items: Mapping[str, float]) -> list[str]:
    """List problems with the names of benchmarks, their chance levels and numbers of items.

    Parameters
    ----------
    benchmarks : sequence of str
        Columns of the scores.
    chance, items : mapping of str to float
        By benchmark.

    Returns
    -------
    list of str
        The problems.
    """
    problems = []
    if not benchmarks or len(set(benchmarks)) < len(benchmarks):
        problems.append(f"benchmarks={list(benchmarks)!r} must be one or more different columns")
    for option, values in (("chance", chance), ("items", items)):
        unknown = [name for name in values if name not in benchmarks]
        problems += [f"{option}: no benchmark {name!r}.{closest(name, benchmarks)}" for name in unknown]
    problems += [
        f"chance of {name!r}: {value!r} must be a share from 0 to {MOST_CHANCE:g}, such as 0.25 for four choices"
        for name, value in chance.items()
        if not 0 <= value <= MOST_CHANCE
    ]
    problems += [
        f"items of {name!r}: {value!r} must be {FEWEST_ITEMS} or more"
        for name, value in items.items()
        if not FEWEST_ITEMS <= value < np.inf
    ]
    return problems


def table_problems(table: pd.DataFrame, family: str | None, model: str) -> list[str]:
    """List problems with the columns of families and models.

    Parameters
    ----------
    table : DataFrame
        The table of runs.
    family : str or None
        Column of the families.
    model : str
        Column of the models.

    Returns
    -------
    list of str
        The problems.
    """
    problems = [
        f"no column {name!r} to take {purpose} from.{closest(name, table.columns)}"
        for name, purpose in ((family, "families"), (model, "names of models"))
        if name is not None and name not in table.columns
    ]
    if model in table.columns:
        repeated = table[table[model].duplicated(keep=False)]
        problems += [
            f"model {name!r} stands in {in_rows(rows['row'].tolist())}: give each model one row, and its name in the "
            f"column {model!r}"
            for name, rows in list(repeated.groupby(model))[:4]
        ]
    if len(table) < FEWEST_MODELS:
        problems.append(f"{len(table)} models are too few: capabilities need {FEWEST_MODELS} or more")
    return problems


def benchmark_problems(table: pd.DataFrame, benchmarks: Sequence[str]) -> list[str]:
    """List problems with the scores.

    Parameters
    ----------
    table : DataFrame
        The table of runs.
    benchmarks : sequence of str
        Columns of the scores.

    Returns
    -------
    list of str
        The problems.
    """
    problems = []
    missing = [name for name in benchmarks if name not in table.columns]
    problems += [f"no column {name!r}.{closest(name, table.columns)}" for name in missing]
    few = []
    for name in benchmarks:
        if name in missing:
            continue
        values, wrong = as_numbers(table[name])
        outside = wrong | (np.isfinite(values) & ~((values >= 0) & (values <= 1))) | np.isinf(values)
        if outside.any():
            listed = values_in_rows(table[name][outside], table["row"][outside])
            problems.append(
                f"column {name!r}: {listed} must be a share from 0 to 1; divide percentages by 100, and leave out "
                "scores that are no shares, such as BLEU"
            )
        elif np.isfinite(values).sum() < FEWEST_SCORES:
            few.append(name)
    if few:
        problems.append(f"fewer than {FEWEST_SCORES} models have a score on {listing(few)}")
    return problems
