"""Several responses of the same runs, such as the losses of several domains, fitted as one table.

Each response is a family: its parameters are pooled with those of the others where the law pools over families, so that
a response measured on few runs takes exponents from the others. Runs keep their names, so that what one run adds to
several responses can be correlated (`scaling/predict/response_mean.py`); the likelihood takes the effects of a run on
its responses as independent.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from bayescale.core.arguments import checked
from bayescale.core.text import listing
from bayescale.data.quantities import known_columns, weight_columns
from bayescale.data.reading import read_runs
from bayescale.data.runs import Runs
from bayescale.data.runs_validation.thinning import thinned
from bayescale.errors import InputError, closest
from bayescale.scaling.model.spec import NOISE, Pooling
from bayescale.scaling_laws.catalog.data_mixing import FORMS, mixture_law
from bayescale.scaling_laws.law import Law

#: Rows of each run that are fitted, evenly spaced along it, its last one included: seven responses of 200 runs stay
#: below the most rows of a fit.
CHECKPOINTS = 3

#: Pooling of a fit of several responses: what a law misses, and luck, differ in size between responses.
POOLING: Mapping[str, Pooling] = {NOISE: "partial"}


@checked
def stack_responses(
    runs: object,
    responses: Sequence[str],
    response: str = "loss",
    checkpoints: int | None = CHECKPOINTS,
    comparable: str = "",
) -> Runs:
    """Arrange several measured columns as one response, whose families are the columns.

    Parameters
    ----------
    runs : Runs, path, DataFrame or str
        A `Runs`, or what `read_runs` takes. Without a column `run`, every row is a run.
    responses : sequence of str
        Two or more measured columns. Blank values are left out.
    response : str, default "loss"
        Name of the response in the arranged table: that of the law.
    checkpoints : int or None, default 3
        Rows of each run that are kept, evenly spaced along it, its last one included. None keeps all. Rows that repeat
        all responses of the row before them in their run, as a last checkpoint that is written twice, are left out.
    comparable : str, default ""
        Why losses of different evaluation sets may be fitted together; by default, that each is a family of its own.

    Returns
    -------
    Runs
        One row per row and response, with the response's name in `family`.

    Raises
    ------
    InputError
        If a response is missing, has no values, is named twice, or the table has families of its own.
    """
    first = runs if isinstance(runs, Runs) else _first_read(runs, list(responses), comparable)
    table = first.table
    problems = _problems(table, list(responses))
    if checkpoints is not None and checkpoints < 1:
        problems.append(f"checkpoints={checkpoints} must be 1 or more, or None for all rows")
    if problems:
        raise InputError(f"{first.source}: these responses cannot be fitted together:", problems)
    table = _without_repeats(table, list(responses))
    if checkpoints is not None:
        table = table[thinned(table, checkpoints)]
    inputs = [name for name in known_columns(table.columns) if name not in (*responses, response)]
    labels = [name for name in ("run", "seed", "step") if name in table.columns]
    parts = [
        table[[*labels, *inputs]].assign(family=name, **{response: table[name].to_numpy(dtype=float)})
        for name in responses
    ]
    stacked = pd.concat(parts, ignore_index=True).dropna(subset=[response])
    grounds = comparable or "each response is a family of its own"
    return read_runs(stacked.reset_index(drop=True), response=response, comparable=grounds)


def law_of_table(law: str | Law, runs: Runs) -> str | Law:
    """Write a mixture law of the catalogue for the domains of a table; return any other law unchanged.

    Parameters
    ----------
    law : str or Law
        Name of a law, or a law.
    runs : Runs
        The table, whose columns `weight_*` name the domains.

    Returns
    -------
    str or Law
        The law.

    Raises
    ------
    InputError
        If a mixture law is named and the table has no weights.
    """
    return mixture_law(law, weight_columns(runs.table.columns)) if isinstance(law, str) and law in FORMS else law


def _first_read(runs: object, responses: list[str], comparable: str) -> Runs:
    """The table, validated for the first of the responses."""
    if not responses:
        raise InputError("responses=[] names no measured column: name two or more")
    return read_runs(runs, response=responses[0], comparable=comparable)


def _problems(table: pd.DataFrame, responses: list[str]) -> list[str]:
    """What keeps responses from being fitted together, in words."""
    problems = []
    if len(responses) < 2 or len(set(responses)) < len(responses):
        problems.append(f"responses={responses!r} must be two or more different columns")
    for name in dict.fromkeys(responses):
        if name not in table.columns:
            problems.append(f"no column {name!r}.{closest(name, table.columns)}")
            continue
        values = pd.to_numeric(table[name], errors="coerce")
        wrong = table["row"].to_numpy()[(values.isna() & table[name].notna()).to_numpy()]
        if len(wrong):
            problems.append(f"column {name!r} holds no number in row {', '.join(map(str, wrong[:8]))}")
        elif values.isna().all():
            problems.append(f"column {name!r} has no values")
    families = table["family"].unique()
    if len(families) > 1:
        problems.append(
            f"the table has families ({listing([str(name) for name in families[:4]])}), and several responses take "
            "their place: fit one family at a time"
        )
    return problems


def _without_repeats(table: pd.DataFrame, responses: list[str]) -> pd.DataFrame:
    """Rows but those that repeat all responses of the row before them in their run."""
    order_column = next((name for name in ("step", "n_tokens") if name in table.columns), "row")
    ordered = table.sort_values(["run", order_column], kind="stable").reset_index(drop=True)
    values = ordered[responses].apply(pd.to_numeric, errors="coerce")
    same = (values == values.shift()).all(axis=1) & (ordered["run"] == ordered["run"].shift())
    distinct: pd.DataFrame = ordered[~same].reset_index(drop=True)
    return distinct
