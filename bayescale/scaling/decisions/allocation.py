"""How to spend a compute budget: the size and data that a law says lose least, with serving or without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob, summaries
from bayescale.scaling.decisions.compute_optimal import (
    FLOPS_PER_TOKEN,
    PAIR,
    Array,
    Cost,
    cost_of,
    edge_note,
    edge_share,
    optima,
    planned,
    read_budgets,
    require_pair,
)
from bayescale.scaling.decisions.family_response import (
    average,
    designs_of,
    distance,
    hold,
    label_of,
    response_of,
)
from bayescale.scaling.decisions.tables import drawn, flags, in_order
from bayescale.scaling.predict.target_units import require_budget_units, require_served_units

__all__ = ["FLOPS_PER_TOKEN", "Allocation", "allocate"]


@dataclass(frozen=True, repr=False)
class Allocation(Shown):
    """Compute-optimal runs, one per budget.

    dataset  `n_params`, `n_tokens`, `tokens_per_param`, `training_flops` (6·N·D) of every draw's own optimum, and
             `loss` (law and discrepancy) at the median optimum, each (chain, draw, budget).
    table    per budget median, lower and upper of each, how far beyond the data the median optimum lies, and a flag.
             `tokens_served` and training_flops only where tokens are served: without, training is all there is.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    prob: float

    @property
    def _page(self) -> Page:
        served = "tokens_served" in self.table
        return Page(
            f"Compute-optimal runs, C = {'6·N·D + 2·N·T, T tokens served' if served else '6·N·D'}; "
            f"{100 * self.prob:.4g} % intervals",
            self.table,
        )


def allocate(
    tree: xr.DataTree,
    flops: float | Sequence[float],
    prob: float = 0.9,
    family: str | None = None,
    *,
    tokens_served: float = 0.0,
    at: Mapping[str, float] | None = None,
) -> Allocation:
    """Spend budgets of compute (floating-point operations) at C = 6·N·D, or with serving at 6·N·D + 2·N·T.

    `tokens_served` is T, all tokens that the model will read and write in use (Sardana et al. 2024, arXiv 2401.00448):
    the budget then pays for training and serving, and the optimum moves to smaller models trained for longer.

    Estimands: `n_params`, `n_tokens` are where each draw's *law alone* is least: what the discrepancy knows of the
    data is not to be optimised over, and the spread says how well the data pin the optimum down. `loss` is what the
    family would average at the *median* optimum, law and discrepancy: what one gets who plans that run.

    `family=None` is a family never seen, or the one there is; `at` holds further inputs of the law. The response is
    taken to be better when smaller.
    Raises LawError where the law is not one of n_params and n_tokens, or of inputs that `at` does not give; InputError
    for budgets, families or values.
    """
    require_prob(prob)
    require_pair(tree)
    cost = cost_of(tokens_served)
    budgets = read_budgets(flops, cost)
    require_budget_units(designs_of(tree), "flops", budgets)
    require_served_units(designs_of(tree), cost.tokens_served)
    held = hold(tree, family, at, PAIR)
    found = optima(tree, held, cost, budgets)
    points = held.points(planned(cost, budgets, found))
    draws = _runs(cost, budgets, found) | {"loss": average(tree, points)}
    dataset = drawn(draws, "budget", {"budget": budgets}).assign_attrs(response=response_of(tree))
    table = pd.DataFrame({"flops": budgets})
    if cost.tokens_served:
        table["tokens_served"] = cost.tokens_served
    else:
        del draws["training_flops"]
    times = distance(tree, points)
    noted = flags(times, [edge_note(share) for share in edge_share(found, cost, budgets)])
    table = table.assign(**summaries(draws, prob), extrapolation=times, flag=noted)
    return Allocation(dataset, in_order(label_of(tree, held), table), prob)


def _runs(cost: Cost, budgets: Array, log_tokens: Array) -> dict[str, Array]:
    """What every draw would train: (chain, draw, budget) each."""
    tokens = np.exp(log_tokens)
    params = cost.params(budgets, tokens)
    return {
        "n_params": params,
        "n_tokens": tokens,
        "tokens_per_param": tokens / params,
        "training_flops": FLOPS_PER_TOKEN * params * tokens,
    }
