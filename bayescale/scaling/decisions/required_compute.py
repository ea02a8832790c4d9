"""The compute that reaches a loss, and the run to train with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import number, numbers, require_prob, summarise_reached
from bayescale.errors import InputError
from bayescale.scaling.decisions.allocation import RARE, edge_note
from bayescale.scaling.decisions.compute_cost import PAIR
from bayescale.scaling.decisions.compute_path import ComputePath, compute_path, required_flops, search_costs
from bayescale.scaling.decisions.cost_formula import read_compute_cost
from bayescale.scaling.decisions.family_response import average, distance, family_label, hold
from bayescale.scaling.decisions.hardware import Hardware, hardware_columns
from bayescale.scaling.decisions.tables import draws_dataset, family_first, flags, joined_notes
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.target_units import require_level_units, require_served_units

type Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Requirement(Shown):
    """The least compute that brings a family's average loss to a target, one row per target.

    Attributes
    ----------
    dataset : Dataset
        `flops` (all compute, serving included), `n_params` and `n_tokens`, each (chain, draw, target); infinite where
        the target is not reached. Where a formula states the cost, its inputs take the place of the last two.
    table : DataFrame
        One row per target: median, lower and upper of each, `never` (share of draws that do not reach the target),
        `extrapolation` (how far beyond the data the median requirement lies) and `flag`.
    prob : float
        Probability of the intervals.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    prob: float

    @property
    def _page(self) -> Page:
        return Page(f"Compute that a loss takes; {100 * self.prob:.4g} % intervals", self.table)


def required(
    self: FittedLaws,
    loss: float | Sequence[float],
    prob: float = 0.9,
    family: str | None = None,
    *,
    tokens_served: float = 0.0,
    tokens_per_param: float | None = None,
    cost: str | None = None,
    hardware: Hardware | None = None,
    at: Mapping[str, float] | None = None,
) -> Requirement:
    """Find the least compute at which a family's average loss reaches targets.

    This is the first compute at which the loss, law and discrepancy, falls to the target along the runs that `allocate`
    plans at every budget, or along runs of `tokens_per_param`. The runs are the same for all draws: `n_params` and
    `n_tokens` are the run at that compute. With `tokens_served`, compute is that of training and serving together, and
    the runs minimise both.

    A draw whose loss does not reach the target within a million times the compute of the largest training run has an
    infinite requirement, and so has every quantile that such draws determine. Lower ends at the start of the search, a
    thousandth of the smallest run's compute, are flagged.

    Parameters
    ----------
    loss : float or sequence of float
        Targets, in the unit of the response.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.
    family : str, optional
        Name of a family. By default the only one there is, or a new family where there are several.
    tokens_served : float, default 0.0
        Tokens that the model will read and write in use.
    tokens_per_param : float, optional
        Ratio of training tokens to parameters. By default the compute-optimal one.
    cost : str, optional
        Compute in FLOP as a formula over inputs of the law, as `allocate` takes it.
    hardware : Hardware, optional
        What computes: adds accelerator hours, days and money, with their intervals.
    at : mapping of str to float, optional
        Values of the law's other inputs.

    Returns
    -------
    Requirement
        One row per target: median and interval of `flops`, `n_params` and `n_tokens`.

    Raises
    ------
    LawError
        If the law does not take `n_params` and `n_tokens` and no `cost` is given, or if it takes inputs that `at` does
        not give.
    InputError
        If targets, family or values cannot be used.

    References
    ----------
    Sardana et al. (2024), arXiv:2401.00448, for compute with serving.
    """
    require_prob(prob)
    least = max(law.link.least for law in self.laws.values())  # of a response that may be negative
    targets = numbers("loss", loss, "such as 2.0", least if np.isfinite(least) else 0.0)
    compute = read_compute_cost(self, tokens_served, cost, at)
    require_level_units(self.designs, "loss", targets)
    require_served_units(self.designs, tokens_served)
    ratio = None if tokens_per_param is None else number("tokens_per_param", tokens_per_param, "such as 20")
    if ratio and set(compute.smallest) != set(PAIR):
        raise InputError(f"tokens_per_param={ratio:g} and cost={cost!r}: the formula holds no tokens and parameters")
    held = hold(self, family, at, compute.smallest)
    path = compute_path(self, held, compute, ratio, search_costs(self, compute))
    losses = average(self, held.points(path.inputs))
    flops = np.stack([required_flops(path, losses, target) for target in targets], axis=-1)
    draws = {"flops": flops, **{name: path.at(name, flops) for name in path.inputs}}
    table = pd.DataFrame({"loss": targets})
    for name, value in (("tokens_served", float(tokens_served)), ("tokens_per_param", ratio)):
        if value:
            table[name] = value
    for name, values in draws.items():
        table = table.assign(**summarise_reached(values, prob, name))
    ends = {f"_{end}": table[f"flops_{end}"].to_numpy() for end in ("median", "lower", "upper")}
    table = table.assign(**hardware_columns(hardware, ends))
    median = np.minimum(table["flops_median"].to_numpy(), path.flops[-1])
    times = distance(self, held.points({name: path.at(name, median) for name in path.inputs}))
    far = np.where(np.isinf(table["flops_median"]), np.inf, times)
    table = table.assign(never=np.isinf(flops).mean(axis=(0, 1)), extrapolation=far)
    table["flag"] = flags(times, _notes(path, flops, median))
    dataset = draws_dataset(draws, "target", {"loss": targets})
    return Requirement(dataset, family_first(family_label(self, held), table), prob)


def _notes(path: ComputePath, flops: Array, median: Array) -> list[str]:
    """Write the notes on each target, other than its distance."""
    never, at_start = np.isinf(flops).mean(axis=(0, 1)), (flops <= path.flops[0]).mean(axis=(0, 1))
    edges = np.interp(np.log(median), np.log(path.flops), path.edge)
    return [
        joined_notes(
            f"not reached within {path.flops[-1]:.1e} FLOP in {100 * missed:.0f} % of draws" if missed >= RARE else "",
            f"reached at the least compute searched in {100 * early:.0f} % of draws" if early >= RARE else "",
            edge_note(float(edge)),
        )
        for missed, early, edge in zip(never, at_start, edges, strict=True)
    ]
