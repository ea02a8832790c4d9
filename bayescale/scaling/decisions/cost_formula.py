"""Compute of runs by a formula over a law's inputs, such as 6·N·examples for images or episodes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayescale.core.summary import LARGEST
from bayescale.data.quantities import SIZES
from bayescale.errors import InputError, LawError, closest
from bayescale.scaling.decisions.compute_cost import PAIR, ComputeCost, read_cost, require_pair
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling_laws.formulas.formula import Formula

type Array = NDArray[np.float64]

BELOW = 1e3  # the search starts this far below the smallest training run in each input
MOST_LOG = 700.0  # logarithms of costs stay below that of the largest number


@dataclass(frozen=True)
class CostFormula:
    """Compute of a run by a formula that grows with two inputs.

    Parameters
    ----------
    formula : Formula
        Compute in FLOP, over the two inputs and `fixed`.
    smallest : mapping of str to float
        The two inputs, size and data, each with the smallest value that is searched.
    fixed : mapping of str to float
        Values of the formula's other inputs.
    """

    formula: Formula
    smallest: Mapping[str, float]
    fixed: Mapping[str, float]

    @property
    def text(self) -> str:
        """The cost as a formula."""
        return self.formula.text

    @property
    def least(self) -> float:
        """Cost of the smallest run, in FLOP."""
        size, data = (np.asarray(value) for value in self.smallest.values())
        return float(self.flops(size, data))

    def flops(self, size: Array, data: Array) -> Array:
        """Compute the cost of runs.

        Parameters
        ----------
        size, data : ndarray
            The first and the second input.

        Returns
        -------
        ndarray
            Compute, in FLOP.
        """
        pair = dict(zip(self.smallest, (size, data), strict=True))
        with np.errstate(all="ignore"):  # the search may leave the range of numbers
            return np.asarray(self.formula.evaluate({**self.fixed, **pair}, np), dtype=float)

    def size(self, flops: Array, data: Array) -> Array:
        """Compute the size that budgets pay for.

        Parameters
        ----------
        flops : ndarray
            Budgets, in FLOP.
        data : ndarray
            The second input.

        Returns
        -------
        ndarray
            The first input; its smallest value where the budget pays for no more.
        """
        flops, data = np.broadcast_arrays(flops, data)
        return _inverse(self.flops, flops, next(iter(self.smallest.values())), data)

    def most_data(self, flops: Array) -> Array:
        """Compute the data of the smallest size that budgets pay for.

        Parameters
        ----------
        flops : ndarray
            Budgets, in FLOP.

        Returns
        -------
        ndarray
            The second input.
        """
        size, data = self.smallest.values()
        return _inverse(lambda value: self.flops(np.asarray(size), value), np.asarray(flops), data)

    def size_at_ratio(self, flops: Array, ratio: float) -> Array:
        """Compute the size at a ratio of data to size.

        Parameters
        ----------
        flops : ndarray
            Budgets, in FLOP.
        ratio : float
            The ratio.

        Returns
        -------
        ndarray
            The first input.
        """
        least = next(iter(self.smallest.values()))
        return _inverse(lambda size: self.flops(size, ratio * size), np.asarray(flops), least)


def _inverse(cost: Callable[..., Array], flops: Array, least: float, *data: Array) -> Array:
    """Solve `cost(value, *data) = flops` for `value` from `least` on, by Chandrupatla's method on logarithms."""
    from scipy.optimize import elementwise

    def excess(log_value: Array, log_flops: Array, *data: Array) -> Array:
        with np.errstate(all="ignore"):
            log_cost = np.nan_to_num(np.log(cost(np.exp(log_value), *data)), nan=MOST_LOG)
        return np.asarray(np.clip(log_cost, -MOST_LOG, MOST_LOG) - log_flops)

    log_flops, low = np.log(flops), np.log(least)
    ends = np.full(flops.shape, low), np.full(flops.shape, np.log(LARGEST))
    root = elementwise.find_root(excess, ends, args=(log_flops, *data))
    return np.exp(np.where(root.success, root.x, low))


def read_compute_cost(
    laws: FittedLaws, tokens_served: object, formula: object, at: Mapping[str, float] | None
) -> ComputeCost:
    """Validate what compute pays for: training and serving, or a formula.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    tokens_served : float
        Tokens that the model reads and writes in use.
    formula : str or None
        Compute in FLOP over inputs of the laws. None is 6·n_params·n_tokens + 2·n_params·tokens_served.
    at : mapping of str to float, optional
        Values of the inputs that are held fixed.

    Returns
    -------
    ComputeCost
        The cost.

    Raises
    ------
    InputError
        If `tokens_served` or the formula cannot be used.
    LawError
        If no formula is given and a law does not take `n_params` and `n_tokens`.
    """
    cost = read_cost(tokens_served)
    if formula is None:
        try:
            require_pair(laws)
        except LawError as error:
            raise LawError(f"{error}{_formula_advice(laws)}") from error
        return cost
    if not isinstance(formula, str):
        raise InputError(f"cost={formula!r} must be a formula such as '6 * n_params * examples'")
    if cost.tokens_served:
        raise InputError(f"cost={formula!r} and tokens_served={tokens_served!r}: a formula holds all compute; give one")
    try:
        parsed = Formula(formula)
    except LawError as error:
        raise InputError(f"cost: {error}") from error
    return _formula_cost(laws, parsed, {name: value for name, value in (at or {}).items() if name in parsed.names})


def _formula_advice(laws: FittedLaws) -> str:
    """The formula that a law of another size needs, in words; empty for a law without sizes or tokens."""
    sizes = [name for name in laws.inputs if name in SIZES]
    if not sizes or "n_tokens" not in laws.inputs:
        return ""
    return f"; for this law state the compute as a formula, cost='6 * {sizes[0]} * n_tokens'"


def training_costs(laws: FittedLaws, cost: ComputeCost) -> Array:
    """Compute the cost of the runs that were fitted.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    cost : ComputeCost
        What compute pays for.

    Returns
    -------
    ndarray
        Compute of each run (obs,), in FLOP.
    """
    inputs = laws.designs[0].inputs
    size, data = (inputs[name] for name in cost.smallest)
    return cost.flops(size, data)


def _formula_cost(laws: FittedLaws, formula: Formula, fixed: Mapping[str, float]) -> CostFormula:
    """Return the cost by a formula. Raises InputError unless it grows with two inputs of the laws."""
    inputs, argument = laws.inputs, f"cost={formula.text!r}"
    unknown = [name for name in formula.names if name not in inputs]
    if unknown:
        problems = [f"{name!r} is not an input of the law.{closest(name, inputs)}" for name in unknown]
        raise InputError(f"{argument} cannot be used; inputs are {', '.join(inputs)}:", problems)
    free = [name for name in formula.names if name not in fixed]
    if len(free) != 2:
        raise InputError(
            f"{argument} varies with {', '.join(free) or 'no input'}: compute is divided between exactly two inputs; "
            f"hold others by at=, such as at={{{(free or list(inputs))[-1]!r}: …}}"
        )
    rows = {name: np.concatenate([design.inputs[name] for design in laws.designs]) for name in free}
    cost = CostFormula(formula, {name: PAIR.get(name, float(rows[name].min()) / BELOW) for name in free}, fixed)
    for name in free:
        if not _grows(cost, rows, name):
            raise InputError(
                f"{argument} must be a positive amount of compute that grows with {name} on the training runs"
            )
    return cost


def _grows(cost: CostFormula, rows: Mapping[str, Array], name: str) -> bool:
    """Say whether the cost of every training run is positive and grows with an input."""
    size, data = rows.values()
    more = cost.flops(*(values * (1.01 if key == name else 1.0) for key, values in rows.items()))
    now = cost.flops(size, data)
    return bool((np.isfinite(now) & (now > 0) & (more > now)).all())
