"""Which small runs would tell most about the best mixture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.decisions.mixtures.search import MixtureLosses

type Array = NDArray[np.float64]

MOST_CANDIDATES = 12  # best mixtures of draws among the candidates


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


def next_proxies(
    losses: MixtureLosses, best: Array, recommended: Array, bounds: tuple[Array, Array], count: int, noise: Array
) -> ProxyRuns:
    """Choose runs, one after the other, whose measured responses explain most of the variance of the best weights.

    Candidates are the recommended mixture, best mixtures of draws, and the recommended mixture with one domain at its
    least or its greatest weight. A run measures every response that has a share in the mean. What it explains is that
    of a linear regression over the draws of the posterior.

    Parameters
    ----------
    losses : MixtureLosses
        Losses of the draws at the size of the proxy runs.
    best : array, shape (draw, domain)
        The best weights of each draw.
    recommended : array, shape (domain,)
        The recommended weights.
    bounds : pair of array, shape (domain,)
        Least and greatest weight of each domain.
    count : int
        Number of runs.
    noise : array, shape (response,)
        Standard deviation of the noise of a run, relative to its loss.

    Returns
    -------
    ProxyRuns
        The runs.
    """
    taken = np.unique(np.linspace(0, len(best) - 1, min(MOST_CANDIDATES, len(best))).astype(int))
    candidates = np.vstack([recommended, _one_changed(recommended, bounds), best[taken]])
    measured = np.stack([losses.by_response(row)[:, losses.share > 0] for row in candidates], axis=1)
    error = (noise[losses.share > 0] * measured.mean(axis=0)) ** 2  # (candidate, response)
    n_domains, n_responses = best.shape[1], measured.shape[2]
    joint = np.hstack([best, measured.reshape(len(best), -1)])
    covariance = np.cov(joint, rowvar=False)
    total = max(float(np.trace(covariance[:n_domains, :n_domains])), 1e-300)
    chosen: list[int] = []
    explained: list[float] = []
    for _ in range(min(count, len(candidates))):
        updates = [
            _learnt(covariance, slice(n_domains + k * n_responses, n_domains + (k + 1) * n_responses), error[k])
            for k in range(len(candidates))
        ]
        place = int(np.argmax([np.trace(update[:n_domains, :n_domains]) for update in updates]))
        covariance = covariance - updates[place]
        chosen.append(place)
        explained.append(1 - float(np.trace(covariance[:n_domains, :n_domains])) / total)
    return ProxyRuns(candidates[chosen], np.array(explained))


def _learnt(covariance: Array, part: slice, error: Array) -> Array:
    """By how much a covariance falls when noisy values of some of its variables are measured."""
    gain = np.linalg.solve(covariance[part, part] + np.diag(error), covariance[part])
    return np.asarray(covariance[:, part] @ gain)


def _one_changed(recommended: Array, bounds: tuple[Array, Array]) -> Array:
    """The recommended mixture with one domain at a bound, the others in their ratios (mixture, domain)."""
    rows = []
    for ends in bounds:
        for j, weight in enumerate(ends):
            others = recommended * (1 - weight) / max(1 - recommended[j], 1e-9)
            rows.append(np.where(np.arange(len(recommended)) == j, weight, others))
    return np.array(rows)
