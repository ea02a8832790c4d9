"""The runs one would plan as compute grows, and the compute at which their average loss gets to a target.

A plan is one path through the inputs, the same for all draws: the median of the draws' optima at every budget, as
`allocate` gives it, or a fixed ratio of tokens to parameters. Along it the average loss of every draw is a curve, law
and discrepancy, and the compute a target needs is read off that curve. So both say the same: at a budget `allocate`
gives the loss, and at that loss `required` the budget.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from bayescale.scaling.decisions.compute_optimal import Cost, edge_share, optima, training_costs
from bayescale.scaling.decisions.family_response import Held
from bayescale.scaling.decisions.zero_crossings import crossings

type Array = NDArray[np.float64]

POINTS = 96
NODES = 12  # budgets at which the optimum is searched; between them its logarithm is interpolated
BELOW = 1e3  # the plan starts this far below the cheapest training run …
BEYOND = 1e6  # … and ends this far above the dearest: what is not reached there is taken never to be


@dataclass(frozen=True, eq=False)
class Plan:
    """Runs of growing cost, at even steps of its logarithm. Arrays are (point,).

    `edge` is the share of draws whose optimum lies at the end of what can be bought; 0 at a fixed ratio.
    """

    flops: Array
    n_params: Array
    n_tokens: Array
    edge: Array

    @property
    def inputs(self) -> dict[str, Array]:
        return {"n_params": self.n_params, "n_tokens": self.n_tokens}

    def at(self, name: str, flops: Array) -> Array:
        """`n_params` or `n_tokens` at any compute of the plan; infinite where that is."""
        along = PchipInterpolator(np.log(self.flops), np.log(self.inputs[name]))
        found = np.exp(along(np.log(np.minimum(flops, self.flops[-1]))))
        return np.where(np.isfinite(flops), found, np.inf)


def make_plan(tree: xr.DataTree, held: Held, cost: Cost, tokens_per_param: float | None, flops: Array) -> Plan:
    """Runs that cost `flops` (point,), at a ratio of tokens to parameters or, without one, compute-optimal."""
    if tokens_per_param is not None:
        n_params = cost.at_ratio(flops, tokens_per_param)
        return Plan(flops, n_params, tokens_per_param * n_params, np.zeros(len(flops)))
    nodes = np.geomspace(flops[0], flops[-1], NODES)
    found = optima(tree, held, cost, nodes)
    log_tokens = PchipInterpolator(np.log(nodes), np.median(found, axis=(0, 1)))(np.log(flops))
    edge = np.interp(np.log(flops), np.log(nodes), edge_share(found, cost, nodes))
    n_tokens = np.exp(log_tokens)
    return Plan(flops, cost.params(flops, n_tokens), n_tokens, edge)


def reach(tree: xr.DataTree, cost: Cost, *also: Array) -> Array:
    """Costs (point,) among which what is needed is searched: from far below the training runs to far above, and as far
    about costs `also` given."""
    costs = np.concatenate([training_costs(tree, cost), *also])
    return np.geomspace(max(1.01 * cost.least, costs.min() / BELOW), costs.max() * BEYOND, POINTS)


def needed(plan: Plan, losses: Array, target: Array) -> Array:
    """The least compute at which each draw's average loss (chain, draw, point) along a plan falls to its target.

    `target` is a number or (chain, draw). Infinite where it is not reached within the plan, and the plan's first
    compute where that reaches it already.
    """
    above = losses - np.asarray(target)[..., None]
    log_flops, count = crossings(np.log(plan.flops), above)
    later = np.where(count > 0, np.exp(log_flops), np.inf)
    return np.where(above[..., 0] <= 0, plan.flops[0], later)
