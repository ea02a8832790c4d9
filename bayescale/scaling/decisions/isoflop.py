"""Loss over model size at fixed compute: the curves whose lowest points are the compute-optimal runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.core.display import Page, Shown
from bayescale.core.summary import number, summarise
from bayescale.scaling.decisions.allocation import allocate
from bayescale.scaling.decisions.compute_optimal import FLOPS_PER_TOKEN, PAIR, SMALLEST
from bayescale.scaling.decisions.family_response import average, distance, hold, label_of, response_of
from bayescale.scaling.decisions.tables import flags, in_order

POINTS = 41
SPAN = 32.0  # how far curves go to either side of the optimum, as a factor of its size


@dataclass(frozen=True, repr=False)
class IsoFlop(Shown):
    """IsoFLOP curves, one per budget of training compute.

    dataset  `loss` (law and discrepancy) along each curve (chain, draw, budget, point) with the coordinates `n_params`
             and `n_tokens` (budget, point), and `optimal_n_params`, `optimal_n_tokens` (chain, draw, budget).
    table    one row per budget and point: the run, its loss as median, lower and upper, distance beyond the data, flag.
    optimum  one row per budget: `allocate`'s table, with the intervals of the optimum.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    optimum: pd.DataFrame
    prob: float

    @property
    def _page(self) -> Page:
        return Page(f"Optima of isoFLOP curves; {100 * self.prob:.4g} % intervals", self.optimum)


def isoflop(
    tree: xr.DataTree,
    flops: float | Sequence[float],
    prob: float = 0.9,
    family: str | None = None,
    *,
    span: float = SPAN,
    at: Mapping[str, float] | None = None,
) -> IsoFlop:
    """Loss along model size at budgets of training compute, C = 6·N·D (Hoffmann et al. 2022, approach 2).

    Sizes go from the median optimum over `span` to that times `span`. Estimands are those of `allocate`: the curve is
    what the family averages, law and discrepancy, and the optimum that of each draw's law alone. So the least of a
    draw's curve need not be that draw's optimum.
    Raises LawError and InputError as `allocate` does.
    """
    width = np.log(number("span", span, "a factor such as 32", least=1.0))
    allocation = allocate(tree, flops, prob, family, at=at)
    held, budgets = hold(tree, family, at, PAIR), allocation.dataset["budget"].to_numpy()
    middle = np.log(allocation.table["n_params_median"].to_numpy())
    most = np.log(budgets / FLOPS_PER_TOKEN / SMALLEST)
    low, high = np.maximum(middle - width, np.log(SMALLEST)), np.minimum(middle + width, most)
    n_params = np.exp(np.linspace(low, high, POINTS, axis=-1))
    n_tokens = budgets[:, None] / FLOPS_PER_TOKEN / n_params
    points = held.points({"n_params": n_params.ravel(), "n_tokens": n_tokens.ravel()})
    losses = average(tree, points)
    times = distance(tree, points)
    table = pd.DataFrame({"flops": np.repeat(budgets, POINTS), **points[list(PAIR)].to_dict("series")})
    table = table.assign(**summarise(losses, prob, "loss"), extrapolation=times, flag=flags(times))
    best = allocation.dataset[list(PAIR)]
    dataset = xr.Dataset(
        {
            "loss": (("chain", "draw", "budget", "point"), losses.reshape(*losses.shape[:2], *n_params.shape)),
            **{f"optimal_{name}": best[name] for name in PAIR},
        },
        {**best.coords, "n_params": (("budget", "point"), n_params), "n_tokens": (("budget", "point"), n_tokens)},
        {"response": response_of(tree)},
    )
    return IsoFlop(dataset, in_order(label_of(tree, held), table), allocation.table, prob)
