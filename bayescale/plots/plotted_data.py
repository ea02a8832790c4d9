"""What the figures show, as tables: the training rows, the axis they are drawn against, the path a family takes.

A law of two or more inputs is a surface. It is drawn along each family's own rows: between neighbouring rows, and on to
the targets, every input is interpolated on its logarithm. Where a family's rows do not lie on a path (a grid of sizes
and tokens), there is no such line and intervals are drawn at the rows.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.scaling.decisions.compute_cost import FLOPS_PER_TOKEN
from bayescale.scaling.result import Fit

type Array = NDArray[np.float64]

STEPS = 40  # points of a drawn line
SLACK = 0.02  # an input may fall by this much in log units along a path and still count as not falling


def axis_name(inputs: Sequence[str]) -> str:
    """What is drawn to the right: training compute where the law has parameters and tokens, else its first input."""
    return "flops" if {"n_params", "n_tokens"} <= set(inputs) else inputs[0]


def along(table: pd.DataFrame, inputs: Sequence[str]) -> Array:
    """The quantity drawn to the right for rows with these inputs: (row,)."""
    name = axis_name(inputs)
    if name == "flops" and name not in inputs:
        return np.asarray(FLOPS_PER_TOKEN * table["n_params"] * table["n_tokens"], dtype=float)
    return np.asarray(table[name], dtype=float)


def measured(fit: Fit) -> pd.DataFrame:
    """The training rows: family, run, row, the inputs of every law, `value` (the response) and `x`."""
    designs = fit.designs
    design, inputs = designs[0], fit.inputs
    columns = {name: values for one in designs for name, values in one.inputs.items()}
    table = pd.DataFrame(columns).assign(
        family=[design.families[index] for index in design.family],
        run=[design.runs[index] for index in design.run],
        row=design.row,
        value=design.natural(design.scaled_response),
    )
    return table.assign(x=along(table, inputs)).sort_values(["family", "x"], kind="stable").reset_index(drop=True)


def path(points: pd.DataFrame, inputs: Sequence[str]) -> pd.DataFrame | None:
    """Rows of inputs on a line through `points` in the order of their `x`; None where they lie on no path.

    Points lie on a path where no input falls while `x` grows. One `family` for all.
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


def bands[Key](fit: Fit, lines: Mapping[Key, pd.DataFrame], prob: float) -> dict[Key, pd.DataFrame]:
    """Each table of points with the forecast's columns law_median … run_upper; empty tables are left out.

    One forecast for all of them: its cost is mostly per call. A `family` that the fit does not know is one never seen.
    """
    asked = {name: line for name, line in lines.items() if len(line)}
    if not asked:
        return {}
    points = pd.concat(asked.values(), ignore_index=True)
    seen = set(fit.families)
    families = pd.Series([name if name in seen else None for name in points["family"]], dtype=object)
    columns = points[list(fit.inputs)].assign(family=families)
    summary = fit.forecast(columns, prob).table
    found = pd.concat([points, summary[[name for name in summary if str(name).startswith(("law_", "run_"))]]], axis=1)
    ends = np.cumsum([len(line) for line in asked.values()])
    return {name: found.iloc[end - len(asked[name]) : end] for name, end in zip(asked, ends.tolist(), strict=True)}


def course(rows: pd.DataFrame, inputs: Sequence[str]) -> pd.DataFrame:
    """Where to draw a family's law: along the path of its rows, or at the rows themselves; `on_path` says which."""
    line = path(rows, inputs)
    return rows.assign(on_path=False) if line is None else line.assign(on_path=True)


def continuation(rows: pd.DataFrame, targets: pd.DataFrame, inputs: Sequence[str]) -> pd.DataFrame:
    """The path from a family's largest training row on to its targets; empty where there is none."""
    columns = [*inputs, "family", "x"]
    last = rows.sort_values("x", kind="stable").tail(1)
    beyond = targets[targets["x"] > last["x"].max()] if len(last) else targets
    line = path(pd.concat([last[columns], beyond[columns]], ignore_index=True), inputs)
    return rows.head(0) if line is None else line
