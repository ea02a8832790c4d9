"""How to spend a compute budget: the size and data that a law says lose least at C = 6·N·D."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.errors import InputError, LawError, closest
from bayescale.forecast.predict import require_prob, summarise
from bayescale.inference.functions import Functions
from bayescale.inference.paths import mean_response
from bayescale.inference.population import NEW, functions_of
from bayescale.inference.targets import UNNAMED, extrapolation, flag
from bayescale.tree import fact

type Array = NDArray[np.float64]

FLOPS_PER_TOKEN = 6.0  # per parameter: Kaplan et al. 2020, arXiv 2001.08361
SMALLEST = 1e4  # parameters, and tokens: below this no budget is spent sensibly
COARSE = 96
GOLDEN = 0.5 * (np.sqrt(5.0) - 1)
STEPS = 32  # of the golden section: to 1e-6 of a grid step


@dataclass(frozen=True)
class Allocation:
    """Compute-optimal runs, one per budget.

    dataset  `n_params`, `n_tokens`, `tokens_per_param` of every draw's own optimum, and `loss` (law and discrepancy) at
             the median optimum, each (chain, draw, budget).
    table    per budget median, lower and upper of each, how far beyond the data the median optimum lies, and a flag.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    prob: float

    def _repr_html_(self) -> str:
        title = html.escape(f"Compute-optimal runs, C = 6·N·D; {100 * self.prob:.4g} % intervals")
        return f"<p>{title}</p>{self.table.to_html(index=False, float_format='{:.4g}'.format, na_rep='')}"


def allocate(
    tree: xr.DataTree, flops: float | Sequence[float], prob: float = 0.9, family: str | None = None
) -> Allocation:
    """Spend budgets of training compute (floating-point operations) at C = 6·N·D.

    Each draw's law is minimised by itself: the spread of `n_params` and `n_tokens` says how well the data pin the
    optimum down. `loss` is what a run at the median optimum is forecast to average. `family=None` is a family never
    seen, or the one there is.
    Raises LawError where the law is not one of n_params and n_tokens; InputError for budgets or families.
    """
    require_prob(prob)
    with np.errstate(over="ignore"):
        functions = functions_of(tree)
    law = functions.design.spec.law
    if set(law.inputs) != {"n_params", "n_tokens"}:
        raise LawError(
            f"law {law.name!r} is one of {', '.join(law.inputs)}: an allocation needs a law of n_params and n_tokens, "
            "such as 'joint' or 'chinchilla'"
        )
    budgets = _budgets(flops)
    index = _family(functions, family)
    optima = np.stack([_optimum(functions, index, budget) for budget in budgets], axis=-1)
    return _allocation(tree, functions, index, budgets, optima, prob)


def _budgets(flops: float | Sequence[float]) -> Array:
    try:
        budgets = np.atleast_1d(np.asarray(flops, dtype=float))
    except (TypeError, ValueError) as error:
        raise InputError(f"flops={flops!r} must be a number, or several, such as 1e24") from error
    least = FLOPS_PER_TOKEN * SMALLEST**2
    if budgets.ndim != 1 or not len(budgets) or not (np.isfinite(budgets) & (budgets > least)).all():
        raise InputError(f"flops={flops!r} must be floating-point operations above {least:.0e}, such as 1e24")
    return budgets


def _family(functions: Functions, family: str | None) -> int:
    families = functions.design.families
    if family is None:
        return 0 if len(families) == 1 else NEW
    if str(family) not in families:
        raise InputError(f"family {family!r} was not in the training data.{closest(family, families)}")
    return families.index(str(family))


def _points(functions: Functions, log_params: Array, budget: float) -> dict[str, Array]:
    return {
        "n_params": np.exp(log_params),
        "n_tokens": np.exp(np.log(budget / FLOPS_PER_TOKEN) - log_params),
    }


def _optimum(functions: Functions, family: int, budget: float) -> Array:
    """Log of the number of parameters that loses least, per draw: a grid, then a golden section."""
    parameters = {name: value[..., family] for name, value in functions.natural.items()}

    def reducible(log_params: Array) -> Array:
        expression = functions.design.spec.law.expression
        return np.asarray(expression.reducible(_points(functions, log_params, budget), parameters, np))

    grid = np.linspace(np.log(SMALLEST), np.log(budget / FLOPS_PER_TOKEN / SMALLEST), COARSE)
    best = np.argmin(np.stack([reducible(np.full(functions.draws, x)) for x in grid]), axis=0)
    low, high = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, COARSE - 1)]
    for _ in range(STEPS):
        inner, outer = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        left = reducible(inner) < reducible(outer)
        low, high = np.where(left, low, inner), np.where(left, outer, high)
    return np.asarray((low + high) / 2)


def _allocation(
    tree: xr.DataTree, functions: Functions, family: int, budgets: Array, optima: Array, prob: float
) -> Allocation:
    draws = _points(functions, optima, 1.0)
    draws["n_tokens"] = draws["n_tokens"] * budgets
    draws["tokens_per_param"] = draws["n_tokens"] / draws["n_params"]
    middle = np.median(optima, axis=(0, 1))
    log_inputs = {"n_params": middle, "n_tokens": np.log(budgets / FLOPS_PER_TOKEN) - middle}
    points = np.column_stack([log_inputs[name] for name in functions.design.spec.law.inputs])
    seed = int(fact(tree, "predictive_seed"))
    draws["loss"] = functions.design.natural(mean_response(functions, points, np.full(len(budgets), family), seed))
    times = extrapolation(functions.design, points)
    table = pd.DataFrame({"flops": budgets})
    for name, values in draws.items():
        table = table.assign(**summarise(values, prob, name))
    notes = [
        _edge(optima[..., i], budget) or flag(far) for i, (budget, far) in enumerate(zip(budgets, times, strict=True))
    ]
    table = table.assign(extrapolation=times, flag=np.array(notes, dtype=str))
    names = functions.design.families
    label = names[family] if family >= 0 and names != UNNAMED else None
    if label is not None:
        table.insert(0, "family", label)
    coords = {name: np.arange(count) for name, count in zip(("chain", "draw"), functions.draws, strict=True)}
    variables = {name: (("chain", "draw", "budget"), values) for name, values in draws.items()}
    return Allocation(xr.Dataset(variables, {**coords, "budget": budgets}), table, prob)


def _edge(optima: Array, budget: float) -> str:
    """A sentence where many draws put the optimum at the end of what was searched: the law has no optimum there."""
    ends = np.log(SMALLEST), np.log(budget / FLOPS_PER_TOKEN / SMALLEST)
    step = (ends[1] - ends[0]) / (COARSE - 1)
    share = float(((optima < ends[0] + step) | (optima > ends[1] - step)).mean())
    if share < 0.05:
        return ""
    return (
        f"in {100 * share:.0f} % of draws the optimum is at the edge of what can be bought: the data do not pin it down"
    )
