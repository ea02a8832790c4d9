"""Tables of the data in figures: training rows, the quantity on the horizontal axis, and the path of each family.

A law of two or more inputs is a surface. Figures draw it along the rows of each family: between neighbouring rows, and
from the last row to the targets, every input is interpolated on its logarithm. `plots.panels.slices` has the lines of
rows that do not lie on a path, such as a grid of sizes and tokens.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.scaling.decisions.compute_cost import FLOPS_PER_TOKEN
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.forecast import forecast

type Array = NDArray[np.float64]

MOST_PANELS = 12  # families or groups in one figure
STEPS = 40  # points of a line
SLACK = 0.02  # decrease of an input along a path that is ignored, in log units


def axis_name(inputs: Sequence[str]) -> str:
    """Return the quantity on the horizontal axis.

    Parameters
    ----------
    inputs : sequence of str
        Inputs of the law.

    Returns
    -------
    str
        "flops" where the law has parameters and tokens; else its first input.
    """
    return "flops" if {"n_params", "n_tokens"} <= set(inputs) else inputs[0]


def along(table: pd.DataFrame, inputs: Sequence[str]) -> Array:
    """Return the quantity on the horizontal axis for each row.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows with the inputs.
    inputs : sequence of str
        Inputs of the law.

    Returns
    -------
    numpy.ndarray
        One value per row.
    """
    return quantity(table, axis_name(inputs))


def quantity(table: pd.DataFrame, name: str) -> Array:
    """Return a quantity of each row: an input, or training compute from parameters and tokens.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows with the inputs.
    name : str
        An input, or "flops".

    Returns
    -------
    numpy.ndarray
        One value per row.
    """
    if name == "flops" and name not in table:
        return np.asarray(FLOPS_PER_TOKEN * table["n_params"] * table["n_tokens"], dtype=float)
    return np.asarray(table[name], dtype=float)


def measured(fit: FittedLaws) -> pd.DataFrame:
    """Return the training rows.

    Parameters
    ----------
    fit : FittedLaws
        The posterior.

    Returns
    -------
    pandas.DataFrame
        Columns `family`, `run`, `row`, the inputs of every law, `value` (the response) and `x`.
    """
    designs = fit.designs
    design, inputs = designs[0], fit.inputs
    columns = {name: values for part in designs for name, values in part.inputs.items()}
    table = pd.DataFrame(columns).assign(
        family=[design.families[index] for index in design.family],
        run=[design.runs[index] for index in design.run],
        row=design.row,
        value=design.natural(design.scaled_response),
    )
    return table.assign(x=along(table, inputs)).sort_values(["family", "x"], kind="stable").reset_index(drop=True)


def path(points: pd.DataFrame, inputs: Sequence[str]) -> pd.DataFrame | None:
    """Return rows on a line through points of one family, in the order of `x`.

    Parameters
    ----------
    points : pandas.DataFrame
        The points, with inputs, `family` and `x`.
    inputs : sequence of str
        Inputs of the law.

    Returns
    -------
    pandas.DataFrame or None
        The rows; None where an input decreases while `x` increases, and for fewer than two points.
    """
    ordered = points.sort_values("x", kind="stable").drop_duplicates([*inputs])
    logs = np.log(ordered[list(inputs)].to_numpy(dtype=float))
    if len(ordered) < 2 or (np.diff(logs, axis=0) < -SLACK).any():
        return None
    position = np.log(ordered["x"].to_numpy(dtype=float))
    wanted = np.union1d(np.linspace(position[0], position[-1], STEPS), position)
    columns = {name: np.exp(np.interp(wanted, position, logs[:, j])) for j, name in enumerate(inputs)}
    line = pd.DataFrame(columns).assign(family=ordered["family"].iloc[0])
    return line.assign(x=along(line, inputs))


def bands[Key](fit: FittedLaws, lines: Mapping[Key, pd.DataFrame], prob: float) -> dict[Key, pd.DataFrame]:
    """Forecast tables of points with one call, because most of the cost is per call.

    Parameters
    ----------
    fit : FittedLaws
        The posterior.
    lines : mapping to pandas.DataFrame
        Tables of points with inputs and `family`. An unknown family is a new one.
    prob : float
        Probability of the intervals.

    Returns
    -------
    dict of pandas.DataFrame
        Each table that is not empty, with the columns `law_median` to `run_upper`.
    """
    filled = {name: line for name, line in lines.items() if len(line)}
    if not filled:
        return {}
    points = pd.concat(filled.values(), ignore_index=True)
    seen = set(fit.families)
    families = pd.Series([name if name in seen else None for name in points["family"]], dtype=object)
    columns = points[list(fit.inputs)].assign(family=families)
    summary = forecast(fit, columns, prob).table
    points = pd.concat([points, summary[[name for name in summary if str(name).startswith(("law_", "run_"))]]], axis=1)
    ends = np.cumsum([len(line) for line in filled.values()])
    return {name: points.iloc[end - len(filled[name]) : end] for name, end in zip(filled, ends.tolist(), strict=True)}


def continuation(rows: pd.DataFrame, targets: pd.DataFrame, inputs: Sequence[str]) -> pd.DataFrame:
    """Return the path from the largest training row of a family to its targets.

    Parameters
    ----------
    rows : pandas.DataFrame
        Training rows of the family.
    targets : pandas.DataFrame
        Targets of the family.
    inputs : sequence of str
        Inputs of the law.

    Returns
    -------
    pandas.DataFrame
        The path; empty where there is none.
    """
    columns = [*inputs, "family", "x"]
    last = rows.sort_values("x", kind="stable").tail(1)
    beyond = targets[targets["x"] > last["x"].max()] if len(last) else targets
    line = path(pd.concat([last[columns], beyond[columns]], ignore_index=True), inputs)
    return rows.head(0) if line is None else line
