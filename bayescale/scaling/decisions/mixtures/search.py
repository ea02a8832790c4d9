"""Weighted mean losses of draws as functions of the weights of a mixture, and their minima on the simplex."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayescale.data.quantities import WEIGHT_PREFIX
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling_laws.law import Law

type Array = NDArray[np.float64]

ROUNDS = 300  # of the search
STEP = 1e-4  # of the finite difference of the gradient, as a share of the tokens
RATE = 1.0  # first step of the search: e-folds of the weight with the steepest slope
BISECTIONS = 60
LEAST = 1e-7  # weight, as the search multiplies weights


@dataclass(frozen=True)
class MixtureLosses:
    """Losses of a law in some draws, at one size and one number of tokens.

    Attributes
    ----------
    law : Law
        The law.
    parameters : dict of str to array, each (draw, response)
        Natural parameters.
    domains : list of str
        Domains of the weights.
    share : array, shape (response,)
        Share of each response in the mean; the shares sum to 1.
    n_params, n_tokens : float
        The run.
    """

    law: Law
    parameters: dict[str, Array]
    domains: list[str]
    share: Array
    n_params: float
    n_tokens: float

    @staticmethod
    def of(
        laws: FittedLaws, domains: list[str], share: Array, n_params: float, n_tokens: float, most_draws: int
    ) -> "MixtureLosses":
        """Take draws, evenly spaced, from the posterior of one law.

        Parameters
        ----------
        laws : FittedLaws
            Posterior of one law; its families are the responses.
        domains : list of str
            Domains of the weights.
        share : array, shape (response,)
            Share of each response in the mean.
        n_params, n_tokens : float
            The run.
        most_draws : int
            Most draws that are taken.

        Returns
        -------
        MixtureLosses
            The losses.
        """
        natural = laws.posterior.functions.natural
        count = len(laws.families)
        flat = {name: values[..., :count].reshape(-1, count) for name, values in natural.items()}
        n_draws = len(next(iter(flat.values())))
        taken = np.unique(np.linspace(0, n_draws - 1, min(most_draws, n_draws)).astype(int))
        return MixtureLosses(
            laws.law, {name: values[taken] for name, values in flat.items()}, domains, share, n_params, n_tokens
        )

    def at(self, n_params: float, n_tokens: float) -> "MixtureLosses":
        """Return the losses of another run.

        Parameters
        ----------
        n_params, n_tokens : float
            The run.

        Returns
        -------
        MixtureLosses
            The same draws.
        """
        return replace(self, n_params=n_params, n_tokens=n_tokens)

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return len(next(iter(self.parameters.values())))

    def mean_loss(self, weights: Array) -> Array:
        """Evaluate the weighted mean loss.

        Parameters
        ----------
        weights : array, shape (draw or 1, point, domain)
            Weights of the mixtures, of each draw or of all.

        Returns
        -------
        array, shape (draw, point)
            Mean losses.
        """
        at = {WEIGHT_PREFIX + name: weights[..., j] for j, name in enumerate(self.domains)}
        inputs = {"n_params": self.n_params, "n_tokens": self.n_tokens, **at}
        total = np.zeros((self.n_draws, weights.shape[1]))
        for k in np.flatnonzero(self.share):
            parameters = {name: values[:, k, None] for name, values in self.parameters.items()}
            total += self.share[k] * self.law.evaluate(inputs, parameters)
        return total

    def by_response(self, weights: Array) -> Array:
        """Evaluate the loss of every response at one mixture.

        Parameters
        ----------
        weights : array, shape (domain,)
            Its weights.

        Returns
        -------
        array, shape (draw, response)
            Losses.
        """
        at = {WEIGHT_PREFIX + name: weights[j] for j, name in enumerate(self.domains)}
        inputs = {"n_params": self.n_params, "n_tokens": self.n_tokens, **at}
        return np.asarray(self.law.evaluate(inputs, self.parameters))


def best_weights(losses: MixtureLosses, low: Array, high: Array, *, mean: bool) -> Array:
    """Minimise the mean loss over weights that sum to 1, by mirror descent.

    Parameters
    ----------
    losses : MixtureLosses
        Losses of draws.
    low, high : array, shape (domain,)
        Bounds of the weights.
    mean : bool
        Whether one mixture minimises the mean over draws; else each draw has its own.

    Returns
    -------
    array, shape (1 or draw, domain)
        The best weights.

    References
    ----------
    Beck and Teboulle (2003), Mirror descent and nonlinear projected subgradient methods for convex optimization,
    Operations Research Letters 31, 167-175.
    """
    count = len(losses.domains)
    rows = 1 if mean else losses.n_draws
    weights = _onto_simplex(np.full((rows, count), 1 / count), low, high)
    best, least = weights, np.full(rows, np.inf)
    shifts = np.vstack([np.zeros(count), STEP * np.eye(count)])
    for turn in range(ROUNDS):
        values = losses.mean_loss(weights[:, None, :] + shifts)
        values = values.mean(axis=0, keepdims=True) if mean else values
        better = values[:, 0] < least
        best, least = np.where(better[:, None], weights, best), np.where(better, values[:, 0], least)
        slope = (values[:, 1:] - values[:, :1]) / STEP
        slope -= (weights * slope).sum(axis=1, keepdims=True)
        steepest = np.maximum(np.abs(slope).max(axis=1, keepdims=True), 1e-12)
        weights = _onto_simplex(weights * np.exp(-RATE / np.sqrt(1 + turn) * slope / steepest), low, high)
    return best


def _onto_simplex(weights: Array, low: Array, high: Array) -> Array:
    """Scale each row by a factor so that weights within the bounds sum to 1 (draw, domain)."""
    low = np.maximum(low, LEAST)
    weights = np.maximum(weights, LEAST)
    least, greatest = np.full(len(weights), -40.0), np.full(len(weights), 40.0)
    for _ in range(BISECTIONS):
        middle = (least + greatest) / 2
        over = np.clip(weights * np.exp(middle)[:, None], low, high).sum(axis=1) > 1
        least, greatest = np.where(over, least, middle), np.where(over, middle, greatest)
    return np.asarray(np.clip(weights * np.exp(least)[:, None], low, high))
