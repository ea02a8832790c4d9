"""Loss along model size at fixed compute: the curves whose lowest points are the compute-optimal runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import number, summarise
from bayescale.scaling.decisions.allocation import allocate
from bayescale.scaling.decisions.compute_cost import FLOPS_PER_TOKEN, PAIR, SMALLEST
from bayescale.scaling.decisions.family_response import Held, average, distance, family_label, hold
from bayescale.scaling.decisions.tables import family_first, flags
from bayescale.scaling.model.design import Design
from bayescale.scaling.posterior import FittedLaws

type Array = NDArray[np.float64]

POINTS = 41
NEAR = np.log(1.1)  # distance in log compute within which a row counts as measured at a budget
SAME = 0.02  # relative difference of inputs that count as equal
SPAN = 32.0  # how far curves go to either side of the optimum, as a factor of its size


@dataclass(frozen=True, repr=False)
class IsoFlop(Shown):
    """IsoFLOP curves, one per budget of training compute.

    Attributes
    ----------
    dataset : Dataset
        `loss` (law and discrepancy) along each curve (chain, draw, budget, point), with coordinates `n_params` and
        `n_tokens` (budget, point), and `optimal_n_params` and `optimal_n_tokens` (chain, draw, budget).
    table : DataFrame
        One row per budget and point: the run, median, lower and upper of its loss, `extrapolation` and `flag`.
    optimum : DataFrame
        One row per budget: the table of `allocate`, with the intervals of the optimum.
    measured : DataFrame
        Training rows whose compute is within a tenth of a budget and whose other inputs are those of the curves: the
        budget, family, `n_params`, `n_tokens` and loss. Those of the family; of all families for a new one.
    prob : float
        Probability of the intervals.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    optimum: pd.DataFrame
    measured: pd.DataFrame
    prob: float

    @property
    def _page(self) -> Page:
        return Page(f"Optima of isoFLOP curves; {100 * self.prob:.4g} % intervals", self.optimum)


def isoflop(
    self: FittedLaws,
    flops: float | Sequence[float],
    prob: float = 0.9,
    family: str | None = None,
    *,
    span: float = SPAN,
    at: Mapping[str, float] | None = None,
) -> IsoFlop:
    """Compute the loss along model size at budgets of training compute, C = 6·N·D.

    A curve is the family's average over runs, law and discrepancy; the optimum is that of each draw's law alone, as
    `allocate` finds it. So the minimum of a draw's curve need not be that draw's optimum.

    Parameters
    ----------
    flops : float or sequence of float
        Budgets of training compute, in FLOP.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.
    family : str, optional
        Name of a family. By default the only one there is, or a new family where there are several.
    span : float, default 32.0
        Curves go from the median optimum's size divided by `span` to that times `span`.
    at : mapping of str to float, optional
        Values of the law's other inputs.

    Returns
    -------
    IsoFlop
        The curves, and the interval of each optimum.

    Raises
    ------
    LawError
        If the law does not take `n_params` and `n_tokens`, or takes inputs that `at` does not give.
    InputError
        If budgets, family or values cannot be used.

    References
    ----------
    Hoffmann et al. (2022), arXiv:2203.15556, approach 2.
    """
    width = np.log(number("span", span, "a factor such as 32", least=1.0))
    allocation = allocate(self, flops, prob, family, at=at)
    held, budgets = hold(self, family, at, PAIR), allocation.dataset["budget"].to_numpy()
    middle = np.log(allocation.table["n_params_median"].to_numpy())
    most = np.log(budgets / FLOPS_PER_TOKEN / SMALLEST)
    low, high = np.maximum(middle - width, np.log(SMALLEST)), np.minimum(middle + width, most)
    n_params = np.exp(np.linspace(low, high, POINTS, axis=-1))
    n_tokens = budgets[:, None] / FLOPS_PER_TOKEN / n_params
    points = held.points({"n_params": n_params.ravel(), "n_tokens": n_tokens.ravel()})
    losses = average(self, points)
    times = distance(self, points)
    table = pd.DataFrame({"flops": np.repeat(budgets, POINTS), **points[list(PAIR)].to_dict("series")})
    table = table.assign(**summarise(losses, prob, "loss"), extrapolation=times, flag=flags(times))
    optimum = allocation.dataset[list(PAIR)]
    dataset = xr.Dataset(
        {
            "loss": (("chain", "draw", "budget", "point"), losses.reshape(*losses.shape[:2], *n_params.shape)),
            **{f"optimal_{name}": optimum[name] for name in PAIR},
        },
        {**optimum.coords, "n_params": (("budget", "point"), n_params), "n_tokens": (("budget", "point"), n_tokens)},
        {"response": self.response},
    )
    curves = family_first(family_label(self, held), table)
    return IsoFlop(dataset, curves, allocation.table, _measured(self.designs[0], held, budgets), prob)


def _measured(design: Design, held: Held, budgets: Array) -> pd.DataFrame:
    """Training rows at each budget."""
    inputs = design.inputs
    families = np.array(design.families, dtype=object)[design.family]
    loss = design.natural(design.scaled_response)
    rows = pd.DataFrame({"family": families, **{name: inputs[name] for name in PAIR}, "loss": loss})
    is_comparable = np.ones(len(rows), dtype=bool) if held.family is None else families == held.family
    for name, value in held.at.items():
        is_comparable &= np.isclose(inputs[name], value, rtol=SAME)
    flops = FLOPS_PER_TOKEN * rows["n_params"] * rows["n_tokens"]
    parts = [rows[is_comparable & (np.abs(np.log(flops / budget)) <= NEAR)].assign(flops=budget) for budget in budgets]
    table: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return table[["flops", *rows.columns]]
