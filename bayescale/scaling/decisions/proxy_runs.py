"""Which small runs would tell most about the best mixture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.decisions.mixture_search import MixtureLosses

type Array = NDArray[np.float64]

MOST_CANDIDATES = 60


@dataclass(frozen=True)
class ProxyRuns:
    """Proposed runs, best first.

    Attributes
    ----------
    weights : array, shape (run, domain)
        Their mixtures.
    explained : array, shape (run,)
        Share of the variance of the best weights that the runs up to each one explain.
    """

    weights: Array
    explained: Array


def next_proxies(losses: MixtureLosses, best: Array, recommended: Array, count: int, noise: float) -> ProxyRuns:
    """Choose runs, one after the other, whose measured mean loss explains most of the variance of the best weights.

    Candidates are the recommended mixture and the best mixtures of draws. What a run explains is that of a linear
    regression of the best weights on its measured loss, over the draws of the posterior.

    Parameters
    ----------
    losses : MixtureLosses
        Losses of the draws at the size of the proxy runs.
    best : array, shape (draw, domain)
        The best weights of each draw.
    recommended : array, shape (domain,)
        The recommended weights.
    count : int
        Number of runs.
    noise : float
        Standard deviation of the noise of a run, relative to its loss.

    Returns
    -------
    ProxyRuns
        The runs.
    """
    taken = np.unique(np.linspace(0, len(best) - 1, min(MOST_CANDIDATES, len(best))).astype(int))
    candidates = np.vstack([recommended, best[taken]])
    predicted = losses.mean_loss(candidates[None])
    predicted = predicted - predicted.mean(axis=0)
    error = (noise * losses.mean_loss(candidates[None]).mean(axis=0)) ** 2
    remaining = best - best.mean(axis=0)
    total = max(float((remaining**2).sum()), 1e-300)
    chosen: list[int] = []
    explained: list[float] = []
    n_draws = len(best)
    for _ in range(min(count, len(candidates))):
        variance = (predicted**2).mean(axis=0)
        covariance = predicted.T @ remaining / n_draws  # (candidate, domain)
        gain = (covariance**2).sum(axis=1) / (variance + error)
        place = int(np.argmax(gain))
        scale = variance[place] + error[place]
        signal = predicted[:, place].copy()
        # the part of a draw that the noisy measurement explains, so that variances fall by what is learnt
        shrink = (1 - np.sqrt(error[place] / scale)) / max(variance[place], 1e-300)
        remaining = remaining - np.outer(signal, signal @ remaining / n_draws) * shrink
        predicted = predicted - np.outer(signal, signal @ predicted / n_draws) * shrink
        chosen.append(place)
        explained.append(1 - float((remaining**2).sum()) / total)
    return ProxyRuns(candidates[chosen], np.array(explained))
