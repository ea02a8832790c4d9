"""Whether a law can be fitted to a table of runs: what is refused, and what is odd and only noted."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.data.quantities import impossible
from bayescale.data.runs import Runs
from bayescale.errors import InputError
from bayescale.scaling_laws.law import Law

type Array = NDArray[np.float64]


def with_defaults(runs: Runs, law: Law) -> Runs:
    """Runs with a column for each input that the law has a default for and the table leaves out, and a note of it."""
    left_out = {name: value for name, value in law.defaults.items() if name not in runs.table}
    notes = [f"no column {name!r}: {value:g} in every row, as {law.name!r} has it" for name, value in left_out.items()]
    return replace(runs, table=runs.table.assign(**left_out), notes=(*runs.notes, *notes)) if left_out else runs


def require_possible(law: Law, runs: Runs) -> None:
    """Raise InputError naming values of the law's inputs that cannot be, and responses its scale does not reach."""
    table, problems = runs.table, []
    for name in law.inputs:
        bad = impossible(name, table[name].to_numpy(dtype=float))
        rows = table["row"].to_numpy()[[i for i, _ in bad]][:8]
        problems += [f"{name} in rows {', '.join(map(str, rows))} must be {said}" for _, said in bad[:1]]
    outside = ~law.scale.reaches(table[runs.response].to_numpy(dtype=float))
    if outside.any():
        rows = table["row"].to_numpy()[outside][:8]
        problems.append(
            f"{runs.response} in rows {', '.join(map(str, rows))} must be {law.scale.allowed}: the law is fitted on "
            f"its {law.scale.name} scale"
        )
    if problems:
        raise InputError(f"law {law.name!r} cannot be fitted to {runs.source}:", problems)


def require_varied(law: Law, table: pd.DataFrame, source: str, log_inputs: Array, latent: Array) -> None:
    """Raise where no posterior worth the name can come out."""
    problems, response = [], law.response
    if len(table) < 2:
        problems.append(f"{len(table)} row: a slope needs at least two, of different size")
    constant = [name for name, spread in zip(law.inputs, np.ptp(log_inputs, axis=0), strict=True) if spread < 1e-9]
    if len(table) >= 2 and len(constant) == len(law.inputs):
        problems.append(f"{' and '.join(constant)} never vary: nothing can be learnt about how {response} falls")
    positive = np.isfinite(latent) & (latent > 0)
    if (law.expression.floor or law.expression.powers) and not positive.all():
        rows = table["row"].to_numpy()[~positive][:8]
        problems.append(f"rows {', '.join(map(str, rows))}: {response} lies outside what the law's link can reach")
    if problems:
        raise InputError(f"law {law.name!r} cannot be fitted to {source}:", problems)


def too_few_rows(law: Law, families: NDArray[np.str_], family: NDArray[np.int64]) -> list[str]:
    """Notes where rows are no more than what is asked of them."""
    parameters, rows = len(law.parameter_names), np.bincount(family)
    if rows.sum() <= parameters:
        return [
            f"{rows.sum()} rows for the {parameters} parameters of law {law.name!r}: the answer rests on the priors to "
            "a large part. More runs of different size, or a law of fewer parameters, would say more."
        ]
    few = [str(name) for name, count in zip(families, rows, strict=True) if count < parameters]
    if len(families) < 2 or not few:
        return []
    listed = ", ".join(few[:4]) + (f" and {len(few) - 4} more" if len(few) > 4 else "")
    return [
        f"fewer rows than the {parameters} parameters of law {law.name!r} in {listed}: these families lean on the "
        "others and on the priors."
    ]


def single_run_note(names: NDArray[np.str_]) -> list[str]:
    """A note where all rows are checkpoints of one run."""
    if len(names) > 1:
        return []
    return [
        "one run: its own course can be forecast (name it in the target's `run`); how far another run would lie from "
        "it rests on the prior of the noise alone."
    ]


def unidentified(law: Law, log_inputs: Array, families: NDArray[np.str_], family: NDArray[np.int64]) -> list[str]:
    """Notes on parameters that rest on their priors because an input does not vary (or varies only with another)."""
    notes = []
    for j, name in enumerate(law.inputs):
        own = dict.fromkeys(p.exponent for p in law.expression.powers if name in p.quantity.names)
        exponents = " and ".join(own) or f"what the law says of {name}"
        if np.ptp(log_inputs[:, j]) < 1e-9:
            if name in law.defaults:  # a setting of the question, not something whose effect is estimated
                continue
            notes.append(
                f"{name} is constant: {exponents} rests on its prior alone, and a forecast at another {name} with it."
            )
        elif len(families) > 1:
            still = [str(label) for k, label in enumerate(families) if np.ptp(log_inputs[family == k, j]) < 1e-9]
            if still:
                notes.append(
                    f"{name} is constant within {', '.join(still)}: {exponents} there is borrowed from "
                    "the other families."
                )
    if log_inputs.shape[1] > 1:
        centred = log_inputs - log_inputs.mean(axis=0)
        values = np.linalg.svd(centred, compute_uv=False)
        if values[0] > 0 and values[-1] < 1e-3 * values[0] and np.all(np.ptp(log_inputs, axis=0) > 1e-9):
            notes.append(
                f"{' and '.join(law.inputs)} vary only together: their exponents cannot be told apart by these data."
            )
    if len(families) == 1:
        notes.append("one family: exponents come from it and the prior, nothing is pooled.")
    return notes
