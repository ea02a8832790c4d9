"""The law's range of validity: which training rows and targets lie outside it."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.checks import CheckResult, check
from bayescale.scaling.checks.context import CheckContext
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling_laws.law import Law

type Array = NDArray[np.float64]
type Flags = NDArray[np.bool_]

SLACK = 1e-6  # relative: a value on the edge of a range is inside
COLUMNS = ["points", "input", "low", "high", "below", "above", "factor", "families"]
ADVICE = "Leave such rows out and see whether the forecast moves, or use a law made for that range"


@check("law's range of validity")
def validity_range(context: CheckContext) -> CheckResult:
    """Count the training rows and targets that lie outside the ranges the law was made for.

    Parameters
    ----------
    context : CheckContext
        The posterior, and the targets of the forecast.

    Returns
    -------
    CheckResult
        The value is the number of rows and targets outside, each counted once. Table `ranges`: per input with a range,
        for training rows and for targets, its `low` and `high`, how many lie `below` and `above`, by what `factor` at
        most (NaN where none does, infinite at zero), and in which `families`.
    """
    design, law = context.design, context.design.spec.law
    points = {"rows": (design.log_inputs, design.family)}
    if context.points.are_targets:
        points["targets"] = (context.points.log_inputs, context.points.family)
    rows, count = [], 0
    for label, (log_inputs, family) in points.items():
        sides = {name: _outside(law, name, inputs_at(law, log_inputs)[name]) for name in law.ranges}
        count += int(np.any([below | above for below, above, _ in sides.values()], axis=0).sum())
        for name, (below, above, factor) in sides.items():
            largest = float(factor[below | above].max()) if (below | above).any() else float("nan")
            families = _families(design, family[below | above])
            rows.append((label, name, *law.ranges[name], int(below.sum()), int(above.sum()), largest, families))
    table = pd.DataFrame(rows, columns=COLUMNS)
    details = {"ranges": table}
    if table.empty:
        meaning = f"cannot be computed: law {law.name!r} states no range of its inputs"
        return CheckResult(float("nan"), 0.0, meaning, details=details)
    parts = [
        _describe(design, row, len(points[str(row.points)][1])) for row in table.itertuples() if row.below or row.above
    ]
    if not parts:
        ranges = ", ".join(f"{name} {low:.3g} to {high:.3g}" for name, (low, high) in law.ranges.items())
        meaning = f"all {' and '.join(points)} lie where law {law.name!r} is meant to hold: {ranges}"
        return CheckResult(0.0, 0.0, meaning, details=details)
    meaning = f"law {law.name!r} is not meant for {'; '.join(parts)}. {ADVICE}"
    return CheckResult(float(count), 0.0, meaning, warns=True, details=details)


def _outside(law: Law, name: str, values: Array) -> tuple[Flags, Flags, Array]:
    """Which values of an input lie below and above its range, and the factor to the nearer end."""
    low, high = law.ranges[name]
    below, above = values < low - SLACK * abs(low), values > high + SLACK * abs(high)
    with np.errstate(divide="ignore", invalid="ignore"):
        return below, above, np.where(below, low / values, values / high)


def _families(design: Design, family: NDArray[np.int64]) -> str:
    return ", ".join(design.families[index] if index >= 0 else "a new family" for index in np.unique(family))


def _describe(design: Design, row: Any, count: int) -> str:
    """Describe the rows or targets outside the range of one input."""
    low, high = f"{row.below} below {row.low:.3g}", f"{row.above} above {row.high:.3g}"
    sides = " and ".join([low] * bool(row.below) + [high] * bool(row.above))
    factor = f", by up to {row.factor:.3g}x" if 1 < row.factor < np.inf else ""
    families = "" if row.families == ", ".join(design.families) else f" ({row.families})"
    return f"{row.input} of {count} {row.points}: {sides}{factor}{families}"
