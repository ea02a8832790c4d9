"""Compute-optimal runs: the model size and training tokens that minimise a law's loss for a budget of compute."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob, summaries
from bayescale.scaling.decisions.compute_cost import (
    FLOPS_PER_TOKEN,
    PAIR,
    ComputeCost,
    read_budgets,
)
from bayescale.scaling.decisions.cost_formula import read_compute_cost, training_costs
from bayescale.scaling.decisions.family_response import Held, average, distance, family_label, hold
from bayescale.scaling.decisions.hardware import Hardware, hardware_columns
from bayescale.scaling.decisions.tables import draws_dataset, family_first, flags
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.target_units import require_budget_units, require_served_units
from bayescale.scaling.predict.targets import read_targets

type Array = NDArray[np.float64]

GRID_POINTS = 64  # of the search, before it is refined
RARE = 0.05  # share of draws below which a table does not mention them


@dataclass(frozen=True, repr=False)
class Allocation(Shown):
    """Compute-optimal runs, one per budget.

    Attributes
    ----------
    dataset : Dataset
        `n_params`, `n_tokens`, `tokens_per_param` and `training_flops` (6·N·D) of the optimum in each draw, and `loss`
        (law and discrepancy) at the median optimum, each (chain, draw, budget). Where a formula states the cost, its
        two inputs and their ratio take the place of the first four.
    table : DataFrame
        One row per budget: median, lower and upper of each, `extrapolation` (how far beyond the data the median
        optimum lies) and `flag`. `tokens_served` and `training_flops` are there where tokens are served.
    prob : float
        Probability of the intervals.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    prob: float

    @property
    def quantities(self) -> dict[str, str]:
        """Names of the optimal size, data and their ratio, each with a title."""
        size, data = (self.dataset.attrs[name] for name in ("size", "data"))
        titles = {"n_params": "optimal parameters", "n_tokens": "optimal tokens"}
        return {name: titles.get(name, f"optimal {name}") for name in (size, data)} | {
            _ratio(size, data): "their ratio"
        }

    @property
    def _page(self) -> Page:
        formula = self.dataset.attrs["cost"]
        return Page(f"Compute-optimal runs, C = {formula}; {100 * self.prob:.4g} % intervals", self.table)


def allocate(
    self: FittedLaws,
    flops: float | Sequence[float],
    prob: float = 0.9,
    family: str | None = None,
    *,
    tokens_served: float = 0.0,
    cost: str | None = None,
    hardware: Hardware | None = None,
    at: Mapping[str, float] | None = None,
) -> Allocation:
    """Find the compute-optimal model size and training tokens for budgets of compute.

    The sizes and tokens minimise the law of each draw, without the discrepancy, so their spread says how well the data
    identify the optimum. `loss` is the family's average over runs, law and discrepancy, at the median optimum: what to
    expect of the run that is planned. The response is taken to be better when smaller.

    Parameters
    ----------
    flops : float or sequence of float
        Budgets C in FLOP: C = 6·N·D for training, or 6·N·D + 2·N·T with T tokens served.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.
    family : str, optional
        Name of a family. By default the only one there is, or a new family where there are several.
    tokens_served : float, default 0.0
        T, all tokens that the model will read and write in use. The optimum then moves to smaller models that are
        trained for longer.
    cost : str, optional
        Compute in FLOP as a formula over inputs of the law, such as "6 * n_params * examples", for laws that do not
        take training tokens. Compute is divided between the two inputs of the formula that `at` does not hold.
    hardware : Hardware, optional
        What computes: adds accelerator hours, days and money of each budget. `hardware.flops(price)` is a budget of
        money as compute.
    at : mapping of str to float, optional
        Values of the law's other inputs.

    Returns
    -------
    Allocation
        One row per budget: median and interval of `n_params`, `n_tokens`, `tokens_per_param` and `loss`.

    Raises
    ------
    LawError
        If the law does not take `n_params` and `n_tokens` and no `cost` is given, or if it takes inputs that `at` does
        not give.
    InputError
        If budgets, family or values cannot be used.

    References
    ----------
    Hoffmann et al. (2022), arXiv:2203.15556, section 3.3; with serving Sardana et al. (2024), arXiv:2401.00448.
    """
    require_prob(prob)
    compute = read_compute_cost(self, tokens_served, cost, at)
    budgets = read_budgets(flops, compute)
    require_budget_units(training_costs(self, compute), "flops", budgets)
    require_served_units(self.designs, tokens_served)
    held = hold(self, family, at, compute.smallest)
    log_data = optimal_log_data(self, held, compute, budgets)
    points = held.points(runs_of(compute, budgets, np.exp(np.median(log_data, axis=(0, 1)))))
    draws = _draws(compute, budgets, log_data) | {"loss": average(self, points)}
    dataset = draws_dataset(draws, "budget", {"budget": budgets})
    size, data = compute.smallest
    dataset = dataset.assign_attrs(response=self.response, size=size, data=data, cost=compute.text)
    table = pd.DataFrame({"flops": budgets, **hardware_columns(hardware, {"": budgets})})
    if tokens_served:
        table["tokens_served"] = float(tokens_served)
    else:
        draws.pop("training_flops", None)
    times = distance(self, points)
    edges = [edge_note(share) for share in edge_share(log_data, compute, budgets)]
    table = table.assign(**summaries(draws, prob), extrapolation=times, flag=flags(times, edges))
    return Allocation(dataset, family_first(family_label(self, held), table), prob)


def runs_of(cost: ComputeCost, budgets: Array, data: Array) -> dict[str, Array]:
    """Return the runs that spend budgets at given data.

    Parameters
    ----------
    cost : ComputeCost
        What compute pays for.
    budgets, data : ndarray
        Compute in FLOP, and the second input of the cost; they broadcast.

    Returns
    -------
    dict of str to ndarray
        Size and data by name.
    """
    return dict(zip(cost.smallest, (cost.size(budgets, data), data), strict=True))


def _draws(cost: ComputeCost, budgets: Array, log_data: Array) -> dict[str, Array]:
    """Return the run that every draw would train: (chain, draw, budget) each."""
    runs = runs_of(cost, budgets, np.exp(log_data))
    size, data = runs
    runs[_ratio(size, data)] = runs[data] / runs[size]
    if set(PAIR) == {size, data}:
        runs["training_flops"] = FLOPS_PER_TOKEN * runs[size] * runs[data]
    return runs


def _ratio(size: str, data: str) -> str:
    """Name of the ratio of data to size."""
    return "tokens_per_param" if (size, data) == tuple(PAIR) else f"{data}_per_{size}"


def optimal_log_data(laws: FittedLaws, held: Held, cost: ComputeCost, budgets: Array) -> Array:
    """Find the data that minimise the law of every draw, the budget being spent.

    Data are searched rather than sizes, because sizes hardly vary where most compute goes to serving.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    held : Held
        The family and the inputs held fixed.
    cost : ComputeCost
        What compute pays for.
    budgets : ndarray
        Compute, in FLOP (budget,).

    Returns
    -------
    ndarray
        Logarithm of the data (chain, draw, budget): the training tokens, unless a formula states the cost.
    """
    draws = laws.mix(lambda posterior: _optimal_log_data(posterior, held, cost, budgets))
    return np.asarray(draws["log_data"].to_numpy())


def _optimal_log_data(posterior: Posterior, held: Held, cost: ComputeCost, budgets: Array) -> xr.Dataset:
    """One law's optima."""
    with np.errstate(over="ignore"):  # a draw of a new family may be infinite
        law = posterior.law
        pair = held.points({name: np.array([value]) for name, value in cost.smallest.items()})
        target = read_targets(posterior.design, pair)
        fixed = {name: value for name, value in inputs_at(law, target.log_inputs).items() if name not in cost.smallest}
        parameters = {name: value[..., target.family] for name, value in posterior.functions.natural.items()}

        def loss(log_data: Array, budget: Array, *values: Array) -> Array:
            inputs = fixed | runs_of(cost, budget, np.exp(log_data))
            return np.asarray(law.expression.reducible(inputs, dict(zip(parameters, values, strict=True)), np))

        log_data = _minimizer(loss, *_search_range(cost, budgets), (budgets, *parameters.values()))
    return xr.Dataset({"log_data": (("chain", "draw", "budget"), log_data)})


def _search_range(cost: ComputeCost, budgets: Array) -> tuple[Array, Array]:
    """Return the ends of the search, in log data: (budget,) each."""
    _, least = cost.smallest.values()
    return np.full(len(budgets), np.log(least)), np.log(cost.most_data(budgets))


def _minimizer(loss: Callable[..., Array], low: Array, high: Array, args: tuple[Array, ...]) -> Array:
    """Find where `loss(x, *args)` is least between ends (budget,): on a grid, then by Chandrupatla's method.

    Beyond the ends the loss grows, so that an optimum at an end is found too. A draw whose loss is not finite about the
    best grid point stays there.
    """
    from scipy.optimize import elementwise

    step = (high - low) / (GRID_POINTS - 1)
    lowest, place = np.asarray(np.inf), np.asarray(0)
    for index in range(GRID_POINTS):
        values = loss(low + index * step, *args)
        place = np.where(values < lowest, index, place)
        lowest = np.fmin(values, lowest)

    def extended(x: Array, lower: Array, upper: Array, *args: Array) -> Array:
        inside = np.clip(x, lower, upper)
        value = loss(inside, *args)
        return np.asarray(value + (1 + np.abs(value)) * np.abs(x - inside))

    best = low + step * place
    search = elementwise.find_minimum(extended, (best - step, best, best + step), args=(low, high, *args))
    return np.asarray(np.clip(np.where(search.success, search.x, best), low, high))


def edge_share(log_data: Array, cost: ComputeCost, budgets: Array) -> Array:
    """Compute how many draws have their optimum at an end of the search.

    Parameters
    ----------
    log_data : ndarray
        Optima, as `optimal_log_data` returns them (chain, draw, budget).
    cost : ComputeCost
        What compute pays for.
    budgets : ndarray
        Compute, in FLOP (budget,).

    Returns
    -------
    ndarray
        Share of draws (budget,).
    """
    low, high = _search_range(cost, budgets)
    step = (high - low) / (GRID_POINTS - 1)
    return np.asarray(((log_data < low + step) | (log_data > high - step)).mean(axis=(0, 1)))


def edge_note(share: float) -> str:
    """Describe optima that lie at an end of the search, where the law has no optimum.

    Parameters
    ----------
    share : float
        Share of draws with such an optimum.

    Returns
    -------
    str
        One sentence; empty where there are few.
    """
    if share < RARE:
        return ""
    return (
        f"in {100 * share:.0f} % of draws the optimum is at the edge of what can be bought: the data do not identify it"
    )
