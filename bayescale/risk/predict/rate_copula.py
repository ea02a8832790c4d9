"""The copula that joins the rates of one problem under several options, and its posterior with the mixing laws.

Given a factor u that the options of a problem share, the normal score of its rate under each option is normal with mean
sqrt(c) u and variance 1 - c, so that the mixing law of an option given u is its distribution function, shifted and
narrowed on the scale of normal scores. Counts are integrated over rates on the grid of `risk.grid`, and over u on equal
steps.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from bayescale.risk.grid import RATE
from bayescale.risk.posterior import LawDraws

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

_FACTOR = np.arange(-5.0, 5.01, 0.2)
_FINE_FACTOR = np.arange(-5.0, 5.01, 0.1)
_FINE_ABOVE = 0.97  # a rate's law given the factor has standard deviation sqrt(1 - c), here less than the coarse step
# Correlations at which the likelihood is evaluated, evenly spaced in Fisher's z: with many attempts at similar options
# the likelihood is narrow near 1, and equal steps of the correlation itself would miss its peak.
_CORRELATION = np.tanh(np.linspace(0.0, 3.0, 12))
_CELLS = 200  # equal cells of the uniform prior, from 0 to the largest correlation evaluated
_REWEIGHTED = 100  # draws of the mixing laws that are weighted by the likelihood of all options together
_NEGLIGIBLE = 1e-14  # mass of a mixing law below or above which its distribution function counts as 0 or 1
_RATES = np.append(0.0, RATE)  # first the rate of a problem that is never solved


@dataclass(frozen=True, eq=False)
class Panel:
    """Mixing laws of the options, and the counts of the problems that every option was tried on.

    Attributes
    ----------
    laws : list of LawDraws
        Mixing laws by option, with the same error rates of the judge in each draw.
    likelihoods : list of ndarray
        Likelihood of each distinct pair of counts at every rate, that of p = 0 first, (n_pairs, n_rates), by error
        rates of the judge.
    pairs : ndarray of int, shape (n_options, n_problems)
        Pair of counts of each problem under each option.
    """

    laws: list[LawDraws]
    likelihoods: list[Array]
    pairs: Index

    @cached_property
    def _scores(self) -> list["_Scores"]:
        return [_scores(law) for law in self.laws]

    @cached_property
    def _kinds(self) -> tuple[Index, Index]:
        """Distinct counts over all options (n_options, n_kinds), and which of them each problem has (n_problems,)."""
        kinds, kind = np.unique(self.pairs, axis=1, return_inverse=True)
        return kinds, kind.ravel()

    def _log_chances(self, draw: int, correlation: float) -> tuple[Array, list[Array], list[Array]]:
        """Log density of factor and counts (n_factors, n_kinds), with the masses and likelihoods of each option."""
        factor, (kinds, _) = _factor(correlation), self._kinds
        masses = [scores.mass(draw, correlation) for scores in self._scores]
        likelihoods = [self.likelihoods[int(law.judge_index[draw])] for law in self.laws]
        logs = np.repeat(-0.5 * factor[:, None] ** 2, kinds.shape[1], axis=1)
        for mass, likelihood, kind in zip(masses, likelihoods, kinds, strict=True):
            logs += np.log(np.maximum(mass @ likelihood.T, 1e-300))[:, kind]
        return logs, masses, likelihoods

    def _log_likelihood(self, draw: int, correlation: float) -> Array:
        """Log likelihood of each kind of problem, up to a constant: (n_kinds,)."""
        logs = self._log_chances(draw, correlation)[0]
        step, top = np.diff(_factor(correlation)[:2]), logs.max(axis=0)
        return np.asarray(top + np.log(np.exp(logs - top).sum(axis=0) * step))

    def log_ratios(self, draw: int, weight: Array) -> Array:
        """Compute the log likelihood ratio of every cell of the correlation to correlation 0.

        It is evaluated at few correlations, with a cubic spline in Fisher's z between them.

        Parameters
        ----------
        draw : int
            Draw of the mixing laws.
        weight : ndarray, shape (n_problems,)
            Weights of the problems.

        Returns
        -------
        ndarray, shape (n_cells,)
            At the middle of each cell.
        """
        from scipy.interpolate import CubicSpline

        of_kinds = np.bincount(self._kinds[1], weight)
        logs = np.array([of_kinds @ self._log_likelihood(draw, float(c)) for c in _CORRELATION])
        cells = (np.arange(_CELLS) + 0.5) / _CELLS * _CORRELATION[-1]
        return np.asarray(CubicSpline(np.arctanh(_CORRELATION), logs - logs[0])(np.arctanh(cells)))

    def sample(self, draw: int, correlation: float, rng: np.random.Generator) -> Array:
        """Draw the rates of the problems once.

        Parameters
        ----------
        draw : int
            Draw of the mixing laws.
        correlation : float
            c, from 0 to below 1.
        rng : Generator
            Source of randomness.

        Returns
        -------
        ndarray, shape (n_options, n_problems)
            λ = -log(1 - p), 0 for a problem that is never solved.
        """
        logs, masses, likelihoods = self._log_chances(draw, correlation)
        factor = _pick(np.exp(logs - logs.max(axis=0)).T[self._kinds[1]], rng)
        of_options = zip(masses, likelihoods, self.pairs, strict=True)
        return _RATES[np.stack([_pick(mass[factor] * likelihood[pair], rng) for mass, likelihood, pair in of_options])]


@dataclass(frozen=True, eq=False)
class _Scores:
    """Mixing laws of one option: mass at every rate, and normal scores of their distribution functions.

    All are by draw and rate; scores count from `start` up to `stop` of a draw, elsewhere the mass is negligible.
    """

    share: Array
    score: Array
    start: Index
    stop: Index

    def mass(self, draw: int, correlation: float) -> Array:
        """Mass of the mixing law at every rate given the shared factor: (n_factors, n_rates)."""
        factor = _factor(correlation)
        if not correlation:
            return np.tile(self.share[draw], (len(factor), 1))
        start, stop = self.start[draw], self.stop[draw]
        narrowed, sd = self.score[draw, start:stop], np.sqrt(1 - correlation)
        score = narrowed / sd - (np.sqrt(correlation) / sd * factor)[:, None]
        # a higher or lower score has a probability of exactly 1 or 0, which is not worth the time of `ndtr`
        below = ndtr(score, out=(score > 0).astype(float), where=(score > -38.6) & (score < 8.3))
        mass = np.zeros((len(factor), self.share.shape[1]))
        mass[:, start:stop] = below
        mass[:, stop] = 1.0
        mass[:, start + 1 : stop + 1] -= below
        return mass


def _scores(law: LawDraws) -> _Scores:
    """The mixing laws of an option on the scale of normal scores."""
    mass = np.column_stack([law.zero, np.maximum(law.mass, 0.0)])
    whole = mass.sum(axis=1, keepdims=True)
    total = np.cumsum(mass, axis=1) / whole
    start = (total <= _NEGLIGIBLE).sum(axis=1)
    stop = np.minimum((total < 1 - _NEGLIGIBLE).sum(axis=1), mass.shape[1] - 1)
    return _Scores(mass / whole, ndtri(total), start, np.maximum(start, stop))


def _factor(correlation: float) -> Array:
    """Values of the shared factor that it is integrated over."""
    return _FINE_FACTOR if correlation > _FINE_ABOVE else _FACTOR


def _pick(weight: Array, rng: np.random.Generator) -> Index:
    """A column of each row, drawn by weight."""
    cumulative = np.cumsum(weight, axis=1)
    uniform = rng.random(len(weight)) * cumulative[:, -1]
    return np.asarray(np.minimum((cumulative <= uniform[:, None]).sum(axis=1), weight.shape[1] - 1))


def joint_draws(panel: Panel, weight: Array, rng: np.random.Generator, most: int) -> tuple[Index, Array]:
    """Draw mixing laws and correlation from their joint posterior.

    `fit_risk` assumes that options are independent given the laws. A draw of the laws with a correlation is weighted by
    the likelihood with this correlation over that with none.

    Parameters
    ----------
    panel : Panel
        Mixing laws and counts.
    weight : ndarray, shape (n_problems,)
        Weights of the problems.
    rng : Generator
        Source of randomness.
    most : int
        Number of draws.

    Returns
    -------
    draws : ndarray of int, shape (most,)
        Draws of the mixing laws, as indices.
    correlation : ndarray, shape (most,)
        Correlations.
    """
    logs = np.stack([panel.log_ratios(draw, weight) for draw in range(min(_REWEIGHTED, len(panel.laws[0].mass)))])
    chance = np.exp(logs - logs.max()).ravel()
    # systematic resampling: equal steps through the cumulative weights
    steps = (np.arange(most) + rng.random()) / most
    index = np.minimum(np.searchsorted(np.cumsum(chance) / chance.sum(), steps), chance.size - 1)
    draw, cell = np.divmod(rng.permutation(index), _CELLS)
    return np.asarray(draw), (cell + rng.random(most)) / _CELLS * _CORRELATION[-1]
