"""Runs along a path of growing compute, and where curves along it cross zero.

A path is the same for all draws: the median of the draws' optima at every budget, as `allocate` returns it, or a fixed
ratio of tokens to parameters. Along it the average loss of a draw, law and discrepancy, is a curve, from which the
compute that reaches a loss is read. So `allocate` and `required` agree: the loss of one at a budget is the target that
takes the other this budget.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.decisions.allocation import edge_share, optimal_log_data
from bayescale.scaling.decisions.compute_cost import ComputeCost
from bayescale.scaling.decisions.cost_formula import training_costs
from bayescale.scaling.decisions.family_response import Held
from bayescale.scaling.posterior import FittedLaws

type Array = NDArray[np.float64]

POINTS = 96
NODES = 12  # budgets at which the optimum is searched; between them its logarithm is interpolated
BELOW = 1e3  # the path starts this far below the cheapest training run …
BEYOND = 1e6  # … and ends this far above the most expensive: a loss not reached there counts as never reached


@dataclass(frozen=True, eq=False)
class ComputePath:
    """Runs of growing cost, at even steps of its logarithm.

    Attributes
    ----------
    flops : ndarray
        Cost of each run (point,), in FLOP.
    inputs : mapping of str to ndarray
        Size and data of each run (point,); `n_params` and `n_tokens` unless a formula states the cost.
    edge : ndarray
        Share of draws whose optimum lies at an end of the search (point,); 0 at a fixed ratio.
    """

    flops: Array
    inputs: Mapping[str, Array]
    edge: Array

    def at(self, name: str, flops: Array) -> Array:
        """Interpolate the path.

        Parameters
        ----------
        name : str
            The input.
        flops : ndarray
            Costs, of any shape.

        Returns
        -------
        ndarray
            The input at each cost; infinite where the cost is.
        """
        from scipy.interpolate import PchipInterpolator

        log_input = PchipInterpolator(np.log(self.flops), np.log(self.inputs[name]))
        values = np.exp(log_input(np.log(np.minimum(flops, self.flops[-1]))))
        return np.where(np.isfinite(flops), values, np.inf)


def compute_path(laws: FittedLaws, held: Held, cost: ComputeCost, ratio: float | None, flops: Array) -> ComputePath:
    """Plan runs along growing compute.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    held : Held
        The family and the inputs held fixed.
    cost : ComputeCost
        What compute pays for.
    ratio : float or None
        Ratio of data to size; None is the compute-optimal one.
    flops : ndarray
        Costs of the runs, ascending (point,).

    Returns
    -------
    ComputePath
        One run per cost.
    """
    from scipy.interpolate import PchipInterpolator

    if ratio is not None:
        size = cost.size_at_ratio(flops, ratio)
        return ComputePath(flops, dict(zip(cost.smallest, (size, ratio * size), strict=True)), np.zeros(len(flops)))
    nodes = np.geomspace(flops[0], flops[-1], NODES)
    optima = optimal_log_data(laws, held, cost, nodes)
    data = np.exp(PchipInterpolator(np.log(nodes), np.median(optima, axis=(0, 1)))(np.log(flops)))
    edge = np.interp(np.log(flops), np.log(nodes), edge_share(optima, cost, nodes))
    return ComputePath(flops, dict(zip(cost.smallest, (cost.size(flops, data), data), strict=True)), edge)


def search_costs(laws: FittedLaws, cost: ComputeCost, *others: Array) -> Array:
    """Return the costs among which the compute that a loss takes is searched.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    cost : ComputeCost
        What compute pays for.
    *others : ndarray
        Costs of further runs, in FLOP.

    Returns
    -------
    ndarray
        Costs (point,), from far below the training runs and the further ones to far above them.
    """
    costs = np.concatenate([training_costs(laws, cost), *others])
    return np.geomspace(max(1.01 * cost.least, costs.min() / BELOW), costs.max() * BEYOND, POINTS)


def required_flops(path: ComputePath, losses: Array, target: Array) -> Array:
    """Find the least compute at which the average loss of each draw falls to its target.

    Parameters
    ----------
    path : ComputePath
        The runs.
    losses : ndarray
        Average loss along the path (chain, draw, point).
    target : float or ndarray
        Target loss, one or one per draw (chain, draw).

    Returns
    -------
    ndarray
        Compute (chain, draw): infinite where the path does not reach the target, and the first compute of the path
        where that reaches it already.
    """
    above = losses - np.asarray(target)[..., None]
    log_flops, count = zero_crossings(np.log(path.flops), above)
    later = np.where(count > 0, np.exp(log_flops), np.inf)
    return np.where(above[..., 0] <= 0, path.flops[0], later)


def zero_crossings(grid: Array, values: Array) -> tuple[Array, NDArray[np.int64]]:
    """Find the first zero of curves that are sampled at even steps.

    Between two points a curve is the cubic with the slopes of its central differences (Catmull and Rom 1974). A curve
    that only touches zero does not cross; one that starts at zero does not cross there.

    Parameters
    ----------
    grid : ndarray
        Abscissae at even steps (point,).
    values : ndarray
        Curves (..., point).

    Returns
    -------
    first : ndarray
        Abscissa of the first zero (...,); NaN where there is none.
    count : ndarray of int
        Number of sign changes (...,).

    References
    ----------
    Catmull and Rom (1974), "A class of local interpolating splines".
    """
    positive = values > 0
    changes = positive[..., 1:] != positive[..., :-1]
    count = changes.sum(axis=-1)
    left = changes.argmax(axis=-1)
    step = grid[1] - grid[0]
    crosses = count > 0
    first = np.full(count.shape, np.nan)
    if crosses.any():
        first[crosses] = grid[0] + step * (left[crosses] + _root(*_step_ends(values[crosses], left[crosses])))
    return first, count


def _step_ends(values: Array, left: NDArray[np.int64]) -> tuple[Array, Array, Array, Array]:
    """Return values and slopes per step at both ends of the step that starts at `left`; one-sided at the edges."""
    last = values.shape[-1] - 1

    def at(offset: int) -> Array:
        index = np.clip(left + offset, 0, last)
        return np.asarray(np.take_along_axis(values, index[..., None], axis=-1)[..., 0])

    start, end = at(0), at(1)
    with np.errstate(invalid="ignore", over="ignore"):  # a curve may start at infinity
        before = np.where(left > 0, at(-1), 2 * start - end)
        after = np.where(left < last - 1, at(2), 2 * end - start)
        return start, end, (end - before) / 2, (after - start) / 2


def _root(start: Array, end: Array, slope_start: Array, slope_end: Array) -> Array:
    """Find the zero of the cubic through both ends, as a share of the step; 0 where one is infinite."""
    from scipy.optimize import elementwise

    with np.errstate(invalid="ignore", over="ignore"):
        search = elementwise.find_root(_cubic, (0.0, 1.0), args=(start, end, slope_start, slope_end))
    return np.where(search.success, search.x, 0.0)


def _cubic(t: Array, start: Array, end: Array, slope_start: Array, slope_end: Array) -> Array:
    """Evaluate the cubic with these values and slopes at 0 and 1 (Hermite)."""
    values = start * (1 + 2 * t) * (1 - t) ** 2 + end * t**2 * (3 - 2 * t)
    return np.asarray(values + slope_start * t * (1 - t) ** 2 + slope_end * t**2 * (t - 1))
