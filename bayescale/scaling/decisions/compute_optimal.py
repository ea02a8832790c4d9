"""What compute buys: 6·N·D to train a model and 2·N for every token it serves, and the run that loses least for it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.summary import LARGEST, numbers
from bayescale.errors import InputError, LawError
from bayescale.scaling.decisions.family_response import Held, designs_of
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.predict.new_family import functions_of
from bayescale.scaling.predict.targets import read_targets
from bayescale.scaling.stack import mixed

type Array = NDArray[np.float64]

FLOPS_PER_TOKEN = 6.0  # per parameter and token of training: Kaplan et al. 2020, arXiv 2001.08361
FLOPS_PER_TOKEN_SERVED = 2.0  # per parameter and token of inference: Sardana et al. 2024, arXiv 2401.00448
SMALLEST = 1e4  # parameters, and tokens: below this no budget is spent sensibly
COARSE = 64
GOLDEN = 0.5 * (np.sqrt(5.0) - 1)
STEPS = 25  # of the golden section: to 1e-5 of a grid step
RARELY = 0.05  # share of draws below which nothing is said of them

#: The inputs that an allocation chooses, each with a value it can take.
PAIR = {"n_params": SMALLEST, "n_tokens": SMALLEST}


@dataclass(frozen=True)
class Cost:
    """Compute over a model's life: 6·N·D to train it and 2·N·T to serve T tokens, those read and those written.

    Sardana et al. 2024, arXiv 2401.00448. T = 0 is training alone.
    """

    tokens_served: float = 0.0

    def flops(self, n_params: Array, n_tokens: Array) -> Array:
        return np.asarray(n_params * self._per_param(n_tokens))

    def params(self, flops: Array, n_tokens: Array) -> Array:
        """Parameters that compute pays for at these training tokens."""
        return np.asarray(flops / self._per_param(n_tokens))

    def at_ratio(self, flops: Array, tokens_per_param: float) -> Array:
        """Parameters at this ratio of training tokens: the positive root of 6·r·N² + 2·T·N = C."""
        half = FLOPS_PER_TOKEN_SERVED * self.tokens_served / 2
        root = np.sqrt(half**2 + FLOPS_PER_TOKEN * tokens_per_param * flops)
        return np.asarray(flops / (half + root))

    def most_tokens(self, flops: Array) -> Array:
        """Training tokens of the smallest model."""
        return (flops / SMALLEST - FLOPS_PER_TOKEN_SERVED * self.tokens_served) / FLOPS_PER_TOKEN

    @property
    def least(self) -> float:
        """What the smallest run costs."""
        return float(SMALLEST * self._per_param(np.float64(SMALLEST)))

    def _per_param(self, n_tokens: Array | np.float64) -> Array:
        return np.asarray(FLOPS_PER_TOKEN * n_tokens + FLOPS_PER_TOKEN_SERVED * self.tokens_served)


def cost_of(tokens_served: object) -> Cost:
    """The cost of training and serving. Raises InputError unless `tokens_served` is a finite number, 0 or more."""
    fine = isinstance(tokens_served, int | float | np.number) and not isinstance(tokens_served, bool)
    if not fine or not 0 <= float(tokens_served) <= LARGEST:  # type: ignore[arg-type]
        raise InputError(f"tokens_served={tokens_served!r} must be a number of tokens, 0 or more, such as 1e13")
    return Cost(float(tokens_served))  # type: ignore[arg-type]


def read_budgets(flops: object, cost: Cost) -> Array:
    """Budgets of compute (budget,). Raises InputError for those that buy nothing."""
    return numbers(
        "flops", flops, "in floating-point operations, such as 1e24 (multiply by 1e18 if in exaFLOP)", cost.least
    )


def require_pair(tree: xr.DataTree) -> None:
    """Raise LawError unless every law is one of n_params and n_tokens."""
    for law in (design.spec.law for design in designs_of(tree)):
        if not set(PAIR) <= set(law.inputs):
            raise LawError(
                f"law {law.name!r} is one of {', '.join(law.inputs)}: to spend compute takes a law of n_params and "
                "n_tokens, such as 'joint' or 'chinchilla'"
            )


def optima(tree: xr.DataTree, held: Held, cost: Cost, budgets: Array) -> Array:
    """Log training tokens of the run that loses least at each budget, of every draw's law: (chain, draw, budget)."""
    return np.asarray(mixed(tree, lambda member: _optima(member, held, cost, budgets))["log_tokens"].to_numpy())


def _optima(tree: xr.DataTree, held: Held, cost: Cost, budgets: Array) -> xr.Dataset:
    """One law's optima. The tokens are searched, not the parameters: these are all but fixed where most compute goes
    into serving."""
    with np.errstate(over="ignore"):  # a draw of a new family may know no bounds
        functions = functions_of(tree)
        law = functions.design.spec.law
        asked = read_targets(functions.design, held.points({name: np.array([value]) for name, value in PAIR.items()}))
        fixed = {name: value for name, value in inputs_at(law, asked.log_inputs).items() if name not in PAIR}
        parameters = {name: value[..., asked.family] for name, value in functions.natural.items()}

        def reducible(log_tokens: Array) -> Array:
            tokens = np.exp(log_tokens)
            inputs = {**fixed, "n_params": cost.params(budgets, tokens), "n_tokens": tokens}
            return np.asarray(law.expression.reducible(inputs, parameters, np))

        found = _least(reducible, *bounds(cost, budgets))
    return xr.Dataset({"log_tokens": (("chain", "draw", "budget"), found)})


def bounds(cost: Cost, budgets: Array) -> tuple[Array, Array]:
    """Ends of what is searched, in log training tokens: (budget,) each."""
    return np.full(len(budgets), np.log(SMALLEST)), np.log(cost.most_tokens(budgets))


def _least(loss: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Where losses (chain, draw, budget) are least between ends (budget,): on a grid, then by a golden section."""
    step = (high - low) / (COARSE - 1)
    best = loss(low)
    place = np.zeros(best.shape, dtype=np.int64)
    for index in range(1, COARSE):
        value = loss(low + index * step)
        place = np.where(value < best, index, place)
        best = np.minimum(value, best)
    left, right = low + step * np.maximum(place - 1, 0), low + step * np.minimum(place + 1, COARSE - 1)
    inner, outer = right - GOLDEN * (right - left), left + GOLDEN * (right - left)
    at_inner, at_outer = loss(inner), loss(outer)
    for _ in range(STEPS):
        lower = at_inner < at_outer
        left, right = np.where(lower, left, inner), np.where(lower, outer, right)
        new = np.where(lower, right - GOLDEN * (right - left), left + GOLDEN * (right - left))
        at_new = loss(new)
        inner, outer = np.where(lower, new, outer), np.where(lower, inner, new)
        at_inner, at_outer = np.where(lower, at_new, at_outer), np.where(lower, at_inner, at_new)
    return np.asarray((left + right) / 2)


def edge_share(found: Array, cost: Cost, budgets: Array) -> Array:
    """Share of draws whose optimum lies at the end of what was searched: (budget,)."""
    low, high = bounds(cost, budgets)
    step = (high - low) / (COARSE - 1)
    return np.asarray(((found < low + step) | (found > high - step)).mean(axis=(0, 1)))


def edge_note(share: float) -> str:
    """A sentence where many draws put the optimum at the end of what was searched: the law has no optimum there."""
    if share < RARELY:
        return ""
    return (
        f"in {100 * share:.0f} % of draws the optimum is at the edge of what can be bought: the data do not pin it down"
    )


def planned(cost: Cost, budgets: Array, found: Array) -> dict[str, Array]:
    """The runs one would plan, one per budget (budget,): at the median of the draws' optima."""
    tokens = np.exp(np.median(found, axis=(0, 1)))
    return {"n_params": cost.params(budgets, tokens), "n_tokens": tokens}


def training_costs(tree: xr.DataTree, cost: Cost) -> Array:
    """What each training run would cost over its life: (obs,)."""
    inputs = pd.DataFrame(designs_of(tree)[0].inputs)
    return cost.flops(inputs["n_params"].to_numpy(), inputs["n_tokens"].to_numpy())
