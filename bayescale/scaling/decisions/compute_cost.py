"""The compute that a model takes over its life: 6·N·D to train it and 2·N for every token it serves, or a formula."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from bayescale.core.summary import LARGEST, numbers
from bayescale.errors import InputError, LawError
from bayescale.scaling.posterior import FittedLaws

type Array = NDArray[np.float64]

FLOPS_PER_TOKEN = 6.0  # per parameter and token of training: Kaplan et al. 2020, arXiv 2001.08361
FLOPS_PER_TOKEN_SERVED = 2.0  # per parameter and token of inference: Sardana et al. 2024, arXiv 2401.00448
SMALLEST = 1e4  # parameters, and tokens: no budget is spent on less

#: The inputs that an allocation chooses for training tokens and parameters, each with its smallest value.
PAIR: Mapping[str, float] = {"n_params": SMALLEST, "n_tokens": SMALLEST}


class ComputeCost(Protocol):
    """The compute of a run as an increasing function of two inputs of a law, called its size and its data."""

    @property
    def smallest(self) -> Mapping[str, float]:
        """The two inputs, size and data, each with the smallest value that is searched."""

    @property
    def least(self) -> float:
        """Cost of the smallest run, in FLOP."""

    @property
    def text(self) -> str:
        """The cost as a formula."""

    def flops(self, size: Array, data: Array) -> Array:
        """Compute the cost of runs.

        Parameters
        ----------
        size, data : ndarray
            The two inputs.

        Returns
        -------
        ndarray
            Compute, in FLOP.
        """

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
            The first input.
        """

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


@dataclass(frozen=True)
class Cost:
    """Compute over a model's life: 6·N·D to train it and 2·N·T to serve T tokens, those read and those written.

    Parameters
    ----------
    tokens_served : float, default 0.0
        T; 0 is training alone.

    Attributes
    ----------
    smallest : mapping of str to float
        The two inputs, each with the smallest value that is searched.

    References
    ----------
    Sardana et al. (2024), arXiv:2401.00448.
    """

    tokens_served: float = 0.0
    smallest: ClassVar[Mapping[str, float]] = PAIR

    def flops(self, size: Array, data: Array) -> Array:
        """Compute the cost of models.

        Parameters
        ----------
        size, data : ndarray
            Parameters and training tokens.

        Returns
        -------
        ndarray
            Compute, in FLOP.
        """
        return np.asarray(size * self._per_param(data))

    def size(self, flops: Array, data: Array) -> Array:
        """Compute the model size that a budget pays for.

        Parameters
        ----------
        flops : ndarray
            Budgets, in FLOP.
        data : ndarray
            Training tokens.

        Returns
        -------
        ndarray
            Parameters.
        """
        return np.asarray(flops / self._per_param(data))

    def size_at_ratio(self, flops: Array, ratio: float) -> Array:
        """Compute the model size at a ratio of training tokens to parameters.

        Parameters
        ----------
        flops : ndarray
            Budgets, in FLOP.
        ratio : float
            Training tokens per parameter, r.

        Returns
        -------
        ndarray
            Parameters: the positive root of 6·r·N² + 2·T·N = C.
        """
        half = FLOPS_PER_TOKEN_SERVED * self.tokens_served / 2
        root = np.sqrt(half**2 + FLOPS_PER_TOKEN * ratio * flops)
        return np.asarray(flops / (half + root))

    def most_data(self, flops: Array) -> Array:
        """Compute the training tokens of the smallest model.

        Parameters
        ----------
        flops : ndarray
            Budgets, in FLOP.

        Returns
        -------
        ndarray
            Training tokens at `SMALLEST` parameters.
        """
        return (flops / SMALLEST - FLOPS_PER_TOKEN_SERVED * self.tokens_served) / FLOPS_PER_TOKEN

    @property
    def text(self) -> str:
        """The cost as a formula."""
        return "6·N·D + 2·N·T, T tokens served" if self.tokens_served else "6·N·D"

    @property
    def least(self) -> float:
        """Cost of the smallest run, in FLOP."""
        return float(SMALLEST * self._per_param(np.float64(SMALLEST)))

    def _per_param(self, n_tokens: Array | np.float64) -> Array:
        return np.asarray(FLOPS_PER_TOKEN * n_tokens + FLOPS_PER_TOKEN_SERVED * self.tokens_served)


def read_cost(tokens_served: object) -> Cost:
    """Validate the number of tokens served.

    Parameters
    ----------
    tokens_served : float
        Tokens that the model reads and writes in use.

    Returns
    -------
    Cost
        The cost of training and serving.

    Raises
    ------
    InputError
        If `tokens_served` is not a finite number of at least 0.
    """
    is_number = isinstance(tokens_served, int | float | np.number) and not isinstance(tokens_served, bool)
    if not is_number or not 0 <= float(tokens_served) <= LARGEST:  # type: ignore[arg-type]
        raise InputError(f"tokens_served={tokens_served!r} must be a number of tokens, 0 or more, such as 1e13")
    return Cost(float(tokens_served))  # type: ignore[arg-type]


def read_budgets(flops: object, cost: ComputeCost) -> Array:
    """Validate budgets of compute.

    Parameters
    ----------
    flops : float or sequence of float
        Budgets, in FLOP.
    cost : ComputeCost
        What they pay for.

    Returns
    -------
    ndarray
        The budgets (budget,).

    Raises
    ------
    InputError
        If a budget is not a number or does not pay for the smallest run.
    """
    return numbers(
        "flops", flops, "in floating-point operations, such as 1e24 (multiply by 1e18 if in exaFLOP)", cost.least
    )


def require_pair(laws: FittedLaws) -> None:
    """Require that every law takes the model size and the training tokens.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.

    Raises
    ------
    LawError
        If a law does not take `n_params` and `n_tokens`.
    """
    for law in laws.laws.values():
        if not set(PAIR) <= set(law.inputs):
            raise LawError(
                f"law {law.name!r} takes {', '.join(law.inputs)}: compute can be allocated with a law that takes "
                "n_params and n_tokens, such as 'joint' or 'chinchilla'. For other laws allocate and required take "
                "cost=, the compute as a formula of two inputs"
            )
