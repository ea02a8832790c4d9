"""The capability model for given scores: its priors, its likelihood and the means of its variables."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bayescale.capability.priors import PRIORS
from bayescale.capability.scores import Scores
from bayescale.capability.state import State, above_chance, curve, mean_slope

type Array = NDArray[np.float64]


class Model:
    """The model for given scores.

    Parameters
    ----------
    scores : Scores
        The scores.
    dimensions : int
        Number of dimensions of capability.
    """

    def __init__(self, scores: Scores, dimensions: int) -> None:
        self.scores, self.dimensions = scores, dimensions
        self.measured = scores.measured
        self.score = np.where(self.measured > 0, scores.score, 0.5)
        self.weight = self.measured / scores.variance
        self.unknown = scores.unknown_scale > 0
        self.mean_slope = mean_slope(dimensions)
        prior = np.full((2, 2 + dimensions), [[0.0], [PRIORS.further_loading_scale]])
        prior[:, 0] = PRIORS.intercept, PRIORS.intercept_scale
        prior[:, 1] = PRIORS.loading, PRIORS.loading_scale
        prior[:, -1] = 0.0, PRIORS.curvature_scale
        self.prior_mean, self.prior_scale = prior
        self.counts = self.by_family(self.measured[None])[0]
        share = above_chance(scores)
        self.information = self.weight * ((1 - scores.chance) * share * (1 - share)) ** 2

    def by_family(self, values: Array) -> Array:
        """Add values of models up over each family.

        Parameters
        ----------
        values : ndarray, shape (n_chains, n_models, ...)
            Values.

        Returns
        -------
        ndarray, shape (n_chains, n_families, ...)
            Their sums.
        """
        return np.asarray(np.add.reduceat(values, self.scores.first_of_family, axis=1))

    def log_likelihood(self, latent: Array) -> Array:
        """Compute the log likelihood of each score, 0 where there is none.

        Parameters
        ----------
        latent : ndarray, shape (n_chains, n_models, n_benchmarks)
            Latent logits.

        Returns
        -------
        ndarray
            Log likelihoods, in the shape of `latent`.
        """
        chance = self.scores.chance
        return np.asarray(-0.5 * self.weight * (self.score - chance - (1 - chance) * expit(latent)) ** 2)

    def features(self, state: State) -> Array:
        """Return the regressors of every model: 1, capabilities and curvature.

        Parameters
        ----------
        state : State
            The current values.

        Returns
        -------
        ndarray, shape (n_chains, n_models, 2 + n_dimensions)
            The regressors.
        """
        constant = np.ones((*state.compute.shape, 1))
        return np.concatenate([constant, state.capability, curve(state.compute)[..., None]], axis=2)

    def predictor(self, state: State) -> Array:
        """Compute the mean of the latent logits.

        Parameters
        ----------
        state : State
            The current values.

        Returns
        -------
        ndarray, shape (n_chains, n_models, n_benchmarks)
            The means.
        """
        return self.without_offsets(state) + state.offset[:, self.scores.family]

    def without_offsets(self, state: State) -> Array:
        """Compute the mean of the latent logits without the offsets of families.

        Parameters
        ----------
        state : State
            The current values.

        Returns
        -------
        ndarray, shape (n_chains, n_models, n_benchmarks)
            The means.
        """
        return np.asarray(self.features(state) @ np.swapaxes(state.coefficient, 1, 2))

    def lines(self, state: State) -> Array:
        """Compute the capability that the line of each model's family has at its compute.

        Parameters
        ----------
        state : State
            The current values.

        Returns
        -------
        ndarray, shape (n_chains, n_models, n_dimensions)
            The capabilities.
        """
        family = self.scores.family
        return np.asarray(state.efficiency[:, family] + state.slope[:, family] * state.compute[..., None])
