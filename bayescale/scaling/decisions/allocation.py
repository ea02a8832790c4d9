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
    SMALLEST,
    Cost,
    read_budgets,
    read_cost,
    require_pair,
)
from bayescale.scaling.decisions.family_response import Held, average, distance, family_label, hold
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
        (law and discrepancy) at the median optimum, each (chain, draw, budget).
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
    def _page(self) -> Page:
        served = "tokens_served" in self.table
        return Page(
            f"Compute-optimal runs, C = {'6·N·D + 2·N·T, T tokens served' if served else '6·N·D'}; "
            f"{100 * self.prob:.4g} % intervals",
            self.table,
        )


def allocate(
    self: FittedLaws,
    flops: float | Sequence[float],
    prob: float = 0.9,
    family: str | None = None,
    *,
    tokens_served: float = 0.0,
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
    at : mapping of str to float, optional
        Values of the law's other inputs.

    Returns
    -------
    Allocation
        One row per budget: median and interval of `n_params`, `n_tokens`, `tokens_per_param` and `loss`.

    Raises
    ------
    LawError
        If the law does not take `n_params` and `n_tokens`, or takes inputs that `at` does not give.
    InputError
        If budgets, family or values cannot be used.

    References
    ----------
    Hoffmann et al. (2022), arXiv:2203.15556, section 3.3; with serving Sardana et al. (2024), arXiv:2401.00448.
    """
    require_prob(prob)
    require_pair(self)
    cost = read_cost(tokens_served)
    budgets = read_budgets(flops, cost)
    require_budget_units(self.designs, "flops", budgets)
    require_served_units(self.designs, cost.tokens_served)
    held = hold(self, family, at, PAIR)
    log_tokens = optimal_log_tokens(self, held, cost, budgets)
    points = held.points(_median_runs(cost, budgets, log_tokens))
    draws = _runs(cost, budgets, log_tokens) | {"loss": average(self, points)}
    dataset = draws_dataset(draws, "budget", {"budget": budgets}).assign_attrs(response=self.response)
    table = pd.DataFrame({"flops": budgets})
    if cost.tokens_served:
        table["tokens_served"] = cost.tokens_served
    else:
        del draws["training_flops"]
    times = distance(self, points)
    edges = [edge_note(share) for share in edge_share(log_tokens, cost, budgets)]
    table = table.assign(**summaries(draws, prob), extrapolation=times, flag=flags(times, edges))
    return Allocation(dataset, family_first(family_label(self, held), table), prob)


def _runs(cost: Cost, budgets: Array, log_tokens: Array) -> dict[str, Array]:
    """Return the run that every draw would train: (chain, draw, budget) each."""
    tokens = np.exp(log_tokens)
    params = cost.params(budgets, tokens)
    return {
        "n_params": params,
        "n_tokens": tokens,
        "tokens_per_param": tokens / params,
        "training_flops": FLOPS_PER_TOKEN * params * tokens,
    }


def _median_runs(cost: Cost, budgets: Array, log_tokens: Array) -> dict[str, Array]:
    """Return the runs to plan, at the median of the draws' optima: (budget,) each."""
    tokens = np.exp(np.median(log_tokens, axis=(0, 1)))
    return {"n_params": cost.params(budgets, tokens), "n_tokens": tokens}


def optimal_log_tokens(laws: FittedLaws, held: Held, cost: Cost, budgets: Array) -> Array:
    """Find the training tokens that minimise the law of every draw, the budget being spent.

    Tokens are searched rather than parameters, because the parameters hardly vary where most compute goes to serving.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    held : Held
        The family and the inputs held fixed.
    cost : Cost
        What compute pays for.
    budgets : ndarray
        Compute, in FLOP (budget,).

    Returns
    -------
    ndarray
        Logarithm of the training tokens (chain, draw, budget).
    """
    draws = laws.mix(lambda posterior: _optimal_log_tokens(posterior, held, cost, budgets))
    return np.asarray(draws["log_tokens"].to_numpy())


def _optimal_log_tokens(posterior: Posterior, held: Held, cost: Cost, budgets: Array) -> xr.Dataset:
    """One law's optima."""
    with np.errstate(over="ignore"):  # a draw of a new family may be infinite
        law = posterior.law
        pair = held.points({name: np.array([value]) for name, value in PAIR.items()})
        target = read_targets(posterior.design, pair)
        fixed = {name: value for name, value in inputs_at(law, target.log_inputs).items() if name not in PAIR}
        parameters = {name: value[..., target.family] for name, value in posterior.functions.natural.items()}

        def loss(log_tokens: Array, budget: Array, *values: Array) -> Array:
            tokens = np.exp(log_tokens)
            inputs = {**fixed, "n_params": cost.params(budget, tokens), "n_tokens": tokens}
            return np.asarray(law.expression.reducible(inputs, dict(zip(parameters, values, strict=True)), np))

        log_tokens = _minimizer(loss, *_search_range(cost, budgets), (budgets, *parameters.values()))
    return xr.Dataset({"log_tokens": (("chain", "draw", "budget"), log_tokens)})


def _search_range(cost: Cost, budgets: Array) -> tuple[Array, Array]:
    """Return the ends of the search, in log training tokens: (budget,) each."""
    return np.full(len(budgets), np.log(SMALLEST)), np.log(cost.most_tokens(budgets))


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


def edge_share(log_tokens: Array, cost: Cost, budgets: Array) -> Array:
    """Compute how many draws have their optimum at an end of the search.

    Parameters
    ----------
    log_tokens : ndarray
        Optima, as `optimal_log_tokens` returns them (chain, draw, budget).
    cost : Cost
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
    return np.asarray(((log_tokens < low + step) | (log_tokens > high - step)).mean(axis=(0, 1)))


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
