"""The compute multiplier of one recipe over another: how much more compute the baseline takes for the same loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import number, require_prob, summarise, summarise_reached
from bayescale.scaling.decisions.allocation import RARE, edge_note
from bayescale.scaling.decisions.compute_cost import PAIR, Cost, read_budgets, require_pair
from bayescale.scaling.decisions.compute_path import ComputePath, compute_path, required_flops, search_costs
from bayescale.scaling.decisions.cost_formula import training_costs
from bayescale.scaling.decisions.family_response import average, distance, hold_both
from bayescale.scaling.decisions.tables import draws_dataset, flags, joined_notes
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.target_units import require_budget_units

type Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Multiplier(Shown):
    """The compute of a baseline that a recipe saves, one row per budget.

    Attributes
    ----------
    dataset : Dataset
        `multiplier`, and `loss` of the recipe at the budget (law and discrepancy), each (chain, draw, budget). The
        multiplier is infinite where the baseline does not reach that loss.
    table : DataFrame
        One row per budget: `recipe`, `baseline`, `flops`; median, lower and upper of both variables; `better`, the
        probability of a multiplier above 1; `never`, the share of draws in which the baseline does not reach the
        recipe's loss; `extrapolation` (how far beyond the data the farther of both runs lies) and `flag`.
    prob : float
        Probability of the intervals.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    prob: float

    @property
    def _page(self) -> Page:
        return Page(f"Compute multiplier of a recipe over a baseline; {100 * self.prob:.4g} % intervals", self.table)


def multiplier(
    self: FittedLaws,
    recipe: str | None,
    baseline: str | None,
    flops: float | Sequence[float],
    prob: float = 0.9,
    *,
    tokens_per_param: float | None = None,
    at: Mapping[str, float] | None = None,
) -> Multiplier:
    """Compute how many times as much compute a baseline takes to reach the loss of a recipe.

    The recipe is trained with a budget C = 6·N·D. The multiplier is the least compute at which the baseline reaches the
    same loss in the same draw, divided by C: 1.5 says that the recipe is worth half as much compute again. Losses are
    the families' averages over runs, law and discrepancy, along the runs that `allocate` plans for each family, or
    along runs of `tokens_per_param`. The multiplier is infinite in draws in which the baseline does not reach the loss
    within a million times the compute of the largest run.

    Parameters
    ----------
    recipe, baseline : str or None
        Names of families. None is a new family, drawn once from the population.
    flops : float or sequence of float
        Budgets of training compute of the recipe, in FLOP.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.
    tokens_per_param : float, optional
        Ratio of training tokens to parameters in both families. By default each family's compute-optimal one.
    at : mapping of str to float, optional
        Values of the law's other inputs, the same for both families.

    Returns
    -------
    Multiplier
        One row per budget: median and interval of `multiplier`.

    Raises
    ------
    LawError
        If the law does not take `n_params` and `n_tokens`, or takes inputs that `at` does not give.
    InputError
        If budgets, families or values cannot be used.

    References
    ----------
    Davidson et al. (2023), arXiv:2312.07413, section 2, the compute-equivalent gain.
    """
    require_prob(prob)
    require_pair(self)
    cost = Cost()
    budgets = read_budgets(flops, cost)
    require_budget_units(training_costs(self, cost), "flops", budgets)
    ratio = None if tokens_per_param is None else number("tokens_per_param", tokens_per_param, "such as 20")
    held = hold_both(self, (recipe, baseline), at, PAIR)
    search = search_costs(self, cost, budgets)
    paths = [compute_path(self, family, cost, ratio, search) for family in held]
    points = [held[0].points({name: paths[0].at(name, budgets) for name in PAIR}), held[1].points(paths[1].inputs)]
    both = average(self, pd.concat(points, ignore_index=True))
    loss, along = np.split(both, [len(budgets)], axis=-1)
    needed = np.stack([required_flops(paths[1], along, loss[..., row]) for row in range(len(budgets))], axis=-1)
    draws = {"multiplier": needed / budgets, "loss": loss}
    never = np.isinf(needed).mean(axis=(0, 1))
    table = pd.DataFrame({"recipe": recipe, "baseline": baseline, "flops": budgets})
    table = table.assign(
        **summarise_reached(draws["multiplier"], prob, "multiplier"),
        better=(needed > budgets).mean(axis=(0, 1)),
        never=never,
        **summarise(loss, prob, "loss"),
    )
    median = np.minimum(table["multiplier_median"].to_numpy() * budgets, search[-1])
    matched = held[1].points({name: paths[1].at(name, median) for name in PAIR})
    times = np.maximum(distance(self, points[0]), distance(self, matched))
    table = table.assign(extrapolation=times, flag=flags(times, _notes(paths, needed, budgets)))
    dataset = draws_dataset(draws, "budget", {"budget": budgets}).assign_attrs(response=self.response)
    return Multiplier(dataset, table, prob)


def _notes(paths: Sequence[ComputePath], needed: Array, budgets: Array) -> list[str]:
    """Write the notes on each budget, other than its distance."""
    never = np.isinf(needed).mean(axis=(0, 1))
    at_start = (needed <= paths[1].flops[0]).mean(axis=(0, 1))
    edges = np.max([np.interp(np.log(budgets), np.log(path.flops), path.edge) for path in paths], axis=0)
    return [
        joined_notes(
            f"in {100 * missed:.0f} % of draws the baseline never reaches this loss" if missed >= RARE else "",
            f"in {100 * early:.0f} % of draws the baseline reaches it at the least compute searched"
            if early >= RARE
            else "",
            edge_note(float(edge)),
        )
        for missed, early, edge in zip(never, at_start, edges, strict=True)
    ]
