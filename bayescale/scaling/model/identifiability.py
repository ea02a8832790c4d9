"""Whether a law can be fitted to a table of runs: errors where it cannot, notes on what the data do not identify."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.notes import Note
from bayescale.data.quantities import impossible, weight_columns, wrong_weight_sums
from bayescale.data.runs import Runs
from bayescale.errors import InputError
from bayescale.scaling_laws.law import Law

type Array = NDArray[np.float64]

CONSTANT = 1e-9  # range of an input, on its axis, below which it does not vary
COLLINEAR = 1e-3  # least over largest singular value of the inputs, below which they vary only together
MOST_ROWS_NAMED = 8  # in an error
MOST_FAMILIES_NAMED = 4  # in a note


def with_defaults(runs: Runs, law: Law) -> Runs:
    """Add the inputs that the law has a default for and the table does not hold.

    Parameters
    ----------
    runs : Runs
        Training runs.
    law : Law
        The law.

    Returns
    -------
    Runs
        Runs with a column for each, and a note on it.
    """
    left_out = {name: value for name, value in law.defaults.items() if name not in runs.table}
    if not left_out:
        return runs
    notes = [
        Note("default_input", f"no column {name!r}: {value:g} in every row, as {law.name!r} has it")
        for name, value in left_out.items()
    ]
    return replace(runs, table=runs.table.assign(**left_out), notes=(*runs.notes, *notes))


def require_possible(law: Law, runs: Runs) -> None:
    """Refuse impossible inputs, and responses outside the law's scale.

    Parameters
    ----------
    law : Law
        The law.
    runs : Runs
        Training runs.

    Raises
    ------
    InputError
        With the rows, and the values that are allowed.
    """
    table, problems = runs.table, []
    for name in law.inputs:
        bad = impossible(name, table[name].to_numpy(dtype=float))
        rows = _listed_rows(table, [i for i, _ in bad])
        problems += [f"{name} in rows {rows} must be {allowed}" for _, allowed in bad[:1]]
    weights = weight_columns(law.inputs)
    wrong = wrong_weight_sums(table[weights].to_numpy(dtype=float)) if weights else []
    if wrong:
        rows = _listed_rows(table, [i for i, _ in wrong])
        problems.append(
            f"{' + '.join(weights)} must sum to 1: the sum is {wrong[0][1]:.4g} in rows {rows}; divide them by it"
        )
    response = table[runs.response].to_numpy(dtype=float)
    below = response <= law.link.least
    if below.any():
        problems.append(
            f"{runs.response} in rows {_listed_rows(table, below)} must be above {law.link.least:g}: the law is fitted "
            f"to the response plus {-law.link.least:g}"
        )
    outside = ~law.scale.reaches(response)
    if outside.any():
        problems.append(
            f"{runs.response} in rows {_listed_rows(table, outside)} must be {law.scale.allowed}: the law is fitted "
            f"on its {law.scale.name} scale"
        )
    if problems:
        raise InputError(f"law {law.name!r} cannot be fitted to {runs.source}:", problems)


def require_varied(law: Law, table: pd.DataFrame, source: str, log_inputs: Array, latent: Array) -> None:
    """Refuse tables from which no useful posterior can come.

    Parameters
    ----------
    law : Law
        The law.
    table : DataFrame
        Training rows.
    source : str
        Where they are from, for the error.
    log_inputs : array, shape (obs, input)
        Inputs on their axes.
    latent : array, shape (obs,)
        The response through the inverse of the law's link.

    Raises
    ------
    InputError
        For fewer than two rows, inputs that never vary, and responses that the law's link does not reach.
    """
    problems, response = [], law.response
    if len(table) < 2:
        problems.append(f"{len(table)} row: a slope needs at least two rows, of different size")
    constant = [name for name, spread in zip(law.inputs, np.ptp(log_inputs, axis=0), strict=True) if spread < CONSTANT]
    if len(table) >= 2 and len(constant) == len(law.inputs):
        problems.append(f"{' and '.join(constant)} never vary: the table does not show how {response} depends on them")
    positive = np.isfinite(latent) & (latent > 0)
    if (law.expression.floor or law.expression.powers) and not positive.all():
        problems.append(f"rows {_listed_rows(table, ~positive)}: {response} lies outside what the law's link can reach")
    if problems:
        raise InputError(f"law {law.name!r} cannot be fitted to {source}:", problems)


def _listed_rows(table: pd.DataFrame, chosen: NDArray[np.bool_] | list[int]) -> str:
    """Numbers of the first of the chosen rows."""
    return ", ".join(map(str, table["row"].to_numpy()[chosen][:MOST_ROWS_NAMED]))


def too_few_rows(law: Law, families: Sequence[str] | NDArray[np.str_], family: NDArray[np.int64]) -> list[Note]:
    """Note where there are no more rows than parameters.

    Parameters
    ----------
    law : Law
        The law.
    families : sequence of str
        Labels of the families.
    family : array of int, shape (obs,)
        Index of each row's family.

    Returns
    -------
    list of Note
        At most one.
    """
    parameters, rows = len(law.parameter_names), np.bincount(family)
    if rows.sum() <= parameters:
        message = (
            f"{rows.sum()} rows for the {parameters} parameters of law {law.name!r}: the posterior rests largely on "
            "the priors. More runs of different size, or a law of fewer parameters, would help."
        )
        return [Note("too_few_rows", message)]
    few = [str(name) for name, count in zip(families, rows, strict=True) if count < parameters]
    if len(families) < 2 or not few:
        return []
    named = few[:MOST_FAMILIES_NAMED]
    more = f" and {len(few) - len(named)} more" if len(few) > len(named) else ""
    message = (
        f"fewer rows than the {parameters} parameters of law {law.name!r} in {', '.join(map(repr, named))}{more}: "
        "these families rest on the others and on the priors."
    )
    return [Note("few_rows_in_families", message, named)]


def single_run_note(run_labels: Sequence[str] | NDArray[np.str_]) -> list[Note]:
    """Note where all rows are checkpoints of one run.

    Parameters
    ----------
    run_labels : sequence of str
        One label per run.

    Returns
    -------
    list of Note
        At most one.
    """
    if len(run_labels) > 1:
        return []
    message = (
        "one run: its own course can be forecast (name it in the target's `run`); the distance of another run from it "
        "rests on the prior of the noise alone."
    )
    return [Note("single_run", message)]


def unidentified(
    law: Law, log_inputs: Array, families: Sequence[str] | NDArray[np.str_], family: NDArray[np.int64]
) -> list[Note]:
    """Note which parameters rest on their priors because an input does not vary, or varies only with another.

    Parameters
    ----------
    law : Law
        The law.
    log_inputs : array, shape (obs, input)
        Inputs on their axes.
    families : sequence of str
        Labels of the families.
    family : array of int, shape (obs,)
        Index of each row's family.

    Returns
    -------
    list of Note
        In the order of the inputs.
    """
    notes = []
    for j, name in enumerate(law.inputs):
        powers = dict.fromkeys(p.exponent for p in law.expression.powers if name in p.quantity.names)
        parameters = " and ".join(powers) or f"the effect of {name}"
        if np.ptp(log_inputs[:, j]) < CONSTANT:
            if name in law.defaults:  # a setting of the question, not something whose effect is estimated
                continue
            message = (
                f"{name} is constant: {parameters} rests on its prior alone, and so does a forecast at another {name}."
            )
            notes.append(Note("constant_input", message))
        elif len(families) > 1:
            still = [str(label) for k, label in enumerate(families) if np.ptp(log_inputs[family == k, j]) < CONSTANT]
            if still:
                message = (
                    f"{name} is constant within {', '.join(map(repr, still))}: {parameters} there is borrowed from the "
                    "other families."
                )
                notes.append(Note("constant_input_in_families", message, still))
    if _collinear(log_inputs):
        message = f"{' and '.join(law.inputs)} vary only together: these data cannot separate their exponents."
        notes.append(Note("collinear_inputs", message))
    if len(families) == 1:
        notes.append(Note("single_family", "one family: exponents rest on it and on the priors; nothing is pooled."))
    return notes


def _collinear(log_inputs: Array) -> bool:
    """Whether inputs vary, but only together."""
    if log_inputs.shape[1] < 2:
        return False
    values = np.linalg.svd(log_inputs - log_inputs.mean(axis=0), compute_uv=False)
    varied = np.all(np.ptp(log_inputs, axis=0) > CONSTANT)
    return bool(values[0] > 0 and values[-1] < COLLINEAR * values[0] and varied)
