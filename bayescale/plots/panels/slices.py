"""Slices of grids and isoFLOP tables, and the compute-optimal frontier.

The rows of a grid lie on no single path. They are drawn in slices, in each of which one quantity is held fixed:
training compute (isoFLOP: response against size) or size (response against compute). Slices hold rows of all families,
so that a colour means the same budget or size in every panel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.plots.plotted_data import STEPS, path, quantity
from bayescale.scaling.decisions.allocation import allocate
from bayescale.scaling.decisions.compute_cost import FLOPS_PER_TOKEN, PAIR
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.targets import UNNAMED

type Array = NDArray[np.float64]

LEAST_SHARE = 2 / 3  # of the rows that slices must hold
LEAST_ROWS = 3  # of a family in a slice
GAP, WIDEST = 0.125, 0.5  # between slices and within a slice, in log units of compute
SAME = 0.02  # relative difference of inputs that count as equal
FRONTIER_POINTS = 16


@dataclass(frozen=True)
class Slices:
    """Rows of a figure by the quantity that is held fixed.

    Attributes
    ----------
    held : str
        The quantity that is fixed in a slice; "" where rows do not lie in slices.
    levels : tuple of float
        Its geometric mean in each slice, ascending.
    place : numpy.ndarray
        The slice of each row; -1 for rows outside of slices.
    """

    held: str
    levels: tuple[float, ...]
    place: NDArray[np.int64]

    def line(self, rows: pd.DataFrame, inputs: Sequence[str]) -> pd.DataFrame | None:
        """Return points along which to draw the law of one family in one slice.

        Parameters
        ----------
        rows : pandas.DataFrame
            The family's rows in the slice.
        inputs : sequence of str
            Inputs of the law.

        Returns
        -------
        pandas.DataFrame or None
            The points; None where further inputs vary within the slice.
        """
        if self.held != "flops":
            return path(rows, inputs)
        others = [name for name in inputs if name not in PAIR]
        if any(np.ptp(np.log(rows[name].to_numpy(dtype=float))) > SAME for name in others):
            return None
        budget = float(np.exp(np.log(quantity(rows, "flops")).mean()))
        n_params = np.geomspace(rows["n_params"].min(), rows["n_params"].max(), STEPS)
        fixed = {name: float(rows[name].iloc[0]) for name in others}
        columns = {"n_params": n_params, "n_tokens": budget / FLOPS_PER_TOKEN / n_params, **fixed}
        return pd.DataFrame(columns).assign(family=rows["family"].iloc[0])


def slices_of(rows: pd.DataFrame, inputs: Sequence[str]) -> Slices:
    """Find the slices of rows: those of the quantity that needs fewest slices for two thirds of the rows.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows with the inputs, `family` and `x`. Families whose rows lie on a path need no slices.
    inputs : sequence of str
        Inputs of the law.

    Returns
    -------
    Slices
        The slices; none where the rows are scattered.
    """
    on_path = [name for name, part in rows.groupby("family") if path(part, inputs) is not None]
    off_path = (~rows["family"].isin(on_path)).to_numpy()
    held: list[tuple[str, float, float]] = []
    if {*PAIR} <= {*inputs}:
        held = [("flops", GAP, WIDEST), ("n_params", SAME, 5 * SAME)]
    elif len(inputs) == 2:
        held = [(inputs[1], SAME, 5 * SAME)]
    candidates = [_in_slices(rows, off_path, name, gap, widest) for name, gap, widest in held] if off_path.any() else []
    enough = [part for part in candidates if (part.place[off_path] >= 0).mean() >= LEAST_SHARE]
    none = Slices("", (), np.full(len(rows), -1))
    return min(enough, key=lambda part: len(part.levels), default=none)


def frontier(laws: FittedLaws, rows: pd.DataFrame, budgets: Sequence[float], prob: float) -> pd.DataFrame | None:
    """Return compute-optimal runs of a family over the compute of its rows.

    Parameters
    ----------
    laws : FittedLaws
        The posterior.
    rows : pandas.DataFrame
        Rows of the family.
    budgets : sequence of float
        Budgets that get a run each; others between the smallest and the largest are added.
    prob : float
        Probability of the interval of the optimal size.

    Returns
    -------
    pandas.DataFrame or None
        One row per budget: the median run, `family`, `n_params_lower` and `n_params_upper`, and `marked` for
        the given budgets. Optima farther than a factor of ten from the sizes of the rows are left out; beyond the rows
        this range grows with compute. None where fewer than two are left, or where the law takes other inputs than
        parameters and tokens.
    """
    if {*laws.inputs} != {*PAIR} or rows.empty or len(budgets) < 2:
        return None
    family = str(rows["family"].iloc[0])
    between = np.geomspace(min(budgets), max(budgets), FRONTIER_POINTS)
    spent = np.union1d(between, budgets)
    table = allocate(laws, spent.tolist(), prob, None if laws.families == UNNAMED else family).table
    farther = max(1.0, max(budgets) / float(quantity(rows, "flops").max()))
    low, high = rows["n_params"].min() / 10, rows["n_params"].max() * 10 * farther
    table = table[table["n_params_median"].between(low, high)]
    if len(table) < 2:
        return None
    optimum = table["n_params_median"].to_numpy()
    compute = table["flops"].to_numpy()
    return pd.DataFrame(
        {
            "n_params": optimum,
            "n_tokens": compute / FLOPS_PER_TOKEN / optimum,
            "n_params_lower": table["n_params_lower"].to_numpy(),
            "n_params_upper": table["n_params_upper"].to_numpy(),
            "marked": np.isin(compute, budgets),
            "family": family,
        }
    )


def _in_slices(rows: pd.DataFrame, wanted: NDArray[np.bool_], held: str, gap: float, widest: float) -> Slices:
    """The rows in groups of nearly equal values of a quantity, where groups are wide enough in the other inputs."""
    logs = np.log(quantity(rows, held))
    order = np.argsort(logs, kind="stable")
    group = np.zeros(len(rows), dtype=np.int64)
    group[order] = np.cumsum(np.concatenate([[False], np.diff(logs[order]) > gap]))
    moving = "n_params" if held == "flops" else "flops" if {*PAIR} <= {*rows} else "x"
    other = np.log(quantity(rows, moving))
    place, values = np.full(len(rows), -1), list[float]()
    for index in range(group.max() + 1):
        members = (group == index) & wanted
        if not members.any():
            continue
        spread = np.ptp(logs[members])
        if spread > widest or np.ptp(other[members]) < 2 * spread:
            continue
        size = pd.Series(np.round(other[members], 3)).groupby(rows.loc[members, "family"].to_numpy()).nunique()
        in_slice = members & rows["family"].isin(size.index[size >= LEAST_ROWS]).to_numpy()
        if in_slice.any():
            place[in_slice] = len(values)
            values.append(float(np.exp(logs[in_slice].mean())))
    return Slices(held, tuple(values), place)
