"""How much compute a loss takes, and what one would train with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import number, numbers, require_prob, summarise_reached
from bayescale.scaling.decisions.compute_optimal import PAIR, RARELY, cost_of, edge_note, require_pair
from bayescale.scaling.decisions.compute_path import Plan, make_plan, needed, reach
from bayescale.scaling.decisions.family_response import average, designs_of, distance, hold, label_of
from bayescale.scaling.decisions.tables import drawn, flags, in_order, notes
from bayescale.scaling.predict.target_units import require_level_units, require_served_units

type Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Requirement(Shown):
    """The least compute that gets a family's average loss to a target, one row per target.

    dataset  `flops` (all compute, serving included), `n_params`, `n_tokens`, each (chain, draw, target); infinite where
             the target is not reached.
    table    per target median, lower and upper of each, `never` (the share of draws that do not reach it), how far
             beyond the data the median requirement lies, and a flag.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    prob: float

    @property
    def _page(self) -> Page:
        return Page(f"Compute that a loss takes; {100 * self.prob:.4g} % intervals", self.table)


def required(
    tree: xr.DataTree,
    loss: float | Sequence[float],
    prob: float = 0.9,
    family: str | None = None,
    *,
    tokens_served: float = 0.0,
    tokens_per_param: float | None = None,
    at: Mapping[str, float] | None = None,
) -> Requirement:
    """The least compute at which a family's average loss reaches targets (in the response's own unit).

    Estimand: the first compute at which the loss, law and discrepancy, falls to the target along the plan that
    `allocate` would make at every budget, or along runs of `tokens_per_param`. The plan is one for all draws, so
    `n_params` and `n_tokens` are what it holds at that compute. With `tokens_served` compute is that of training and
    serving together, and the plan minimises both: the cheapest model of that quality over its life (Sardana et al.
    2024, arXiv 2401.00448).

    A draw whose loss does not get there within a million times the compute of the largest training run counts as
    never: its requirement is infinite, and so is every quantile that such draws make up. Lower ends at the start of
    what is searched, a thousandth of the smallest run's compute, are flagged. `family` and `at` as in `allocate`.
    Raises LawError and InputError as `allocate` does, and InputError for targets.
    """
    require_prob(prob)
    require_pair(tree)
    cost, targets = cost_of(tokens_served), numbers("loss", loss, "such as 2.0")
    require_level_units(designs_of(tree), "loss", targets)
    require_served_units(designs_of(tree), cost.tokens_served)
    ratio = None if tokens_per_param is None else number("tokens_per_param", tokens_per_param, "such as 20")
    held = hold(tree, family, at, PAIR)
    plan = make_plan(tree, held, cost, ratio, reach(tree, cost))
    losses = average(tree, held.points(plan.inputs))
    flops = np.stack([needed(plan, losses, np.broadcast_to(one, losses.shape[:2])) for one in targets], axis=-1)
    draws = {"flops": flops, "n_params": plan.at("n_params", flops), "n_tokens": plan.at("n_tokens", flops)}
    table = pd.DataFrame({"loss": targets})
    for name, value in (("tokens_served", cost.tokens_served), ("tokens_per_param", ratio)):
        if value:
            table[name] = value
    for name, values in draws.items():
        table = table.assign(**summarise_reached(values, prob, name))
    median = np.minimum(table["flops_median"].to_numpy(), plan.flops[-1])
    times = distance(tree, held.points({name: plan.at(name, median) for name in PAIR}))
    far = np.where(np.isinf(table["flops_median"]), np.inf, times)
    table = table.assign(never=np.isinf(flops).mean(axis=(0, 1)), extrapolation=far)
    table["flag"] = flags(times, _notes(plan, flops, median))
    return Requirement(drawn(draws, "target", {"loss": targets}), in_order(label_of(tree, held), table), prob)


def _notes(plan: Plan, flops: Array, median: Array) -> list[str]:
    """What there is to say of each target beside its distance."""
    never, at_once = np.isinf(flops).mean(axis=(0, 1)), (flops <= plan.flops[0]).mean(axis=(0, 1))
    edges = np.interp(np.log(median), np.log(plan.flops), plan.edge)
    return [
        notes(
            f"not reached within {plan.flops[-1]:.1e} FLOP in {100 * gone:.0f} % of draws" if gone >= RARELY else "",
            f"reached at the least compute searched in {100 * early:.0f} % of draws" if early >= RARELY else "",
            edge_note(float(edge)),
        )
        for gone, early, edge in zip(never, at_once, edges, strict=True)
    ]
