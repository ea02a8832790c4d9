"""A horizon posterior whose tree is parsed once: counts, draws, and the estimand that answers share.

The probability that an agent succeeds at tasks of a length averages over the populations of families, tasks and cells,
whose effects together are normal: P(m) = E logistic(slope · (log2 h − log2 m) + s·z), with s² the sum of the three
variances and z standard normal. The horizon at level p is the length at which P = p. At p = 0.5 it is that of the
median task too, since the effects are symmetric; at other levels it is shorter or longer than that of the median task.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import expit

from bayescale.core.notes import Note, as_note
from bayescale.core.serialization import fact
from bayescale.errors import InputError, closest
from bayescale.horizon.cells import Cells
from bayescale.horizon.posterior_tree import cells_from_tree

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

#: Nodes and weights of averages over a standard normal. The trapezoidal rule converges exponentially for them.
_NODES = np.linspace(-8.0, 8.0, 81)
_WEIGHTS = np.exp(-0.5 * _NODES**2) / np.exp(-0.5 * _NODES**2).sum()
FEWEST_DATES = 3  # different release dates of a trend
_NEWTON = 30  # steps at most
_BLOCK = 20_000  # values averaged at once


@dataclass(frozen=True, eq=False)
class HorizonPosterior:
    """A posterior of time horizons. Each part of its tree is parsed at its first use, and once.

    Answers are functions of this class; `Horizon` binds them as methods. The tree must not change afterwards.

    Parameters
    ----------
    tree : DataTree
        The posterior.
    """

    tree: xr.DataTree

    @cached_property
    def cells(self) -> Cells:
        """The counts."""
        return cells_from_tree(self.tree)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """Notes on the trials."""
        return tuple(map(as_note, fact(self.tree, "notes")))

    @cached_property
    def predictive_seed(self) -> int:
        """Seed of everything that is drawn for a prediction."""
        return int(fact(self.tree, "predictive_seed"))

    def random_generator(self, stream: int) -> np.random.Generator:
        """Return a generator of predictions, the same at every call.

        Parameters
        ----------
        stream : int
            Number of the purpose.

        Returns
        -------
        Generator
            The generator.
        """
        return np.random.default_rng([self.predictive_seed, stream])

    def draws(self, name: str) -> Array:
        """Return all draws of a variable, chains joined.

        Parameters
        ----------
        name : str
            Name in the group `posterior`.

        Returns
        -------
        ndarray, shape (n_draws, ...)
            The draws.
        """
        values = self.tree["posterior"][name].to_numpy()
        return np.asarray(values.reshape(-1, *values.shape[2:]))

    @cached_property
    def slope(self) -> Array:
        """Fall of the logit of success per doubling of the human time, shape (n_draws, n_agents)."""
        return np.exp(self.draws("log_slope"))

    @cached_property
    def effect_scale(self) -> Array:
        """Standard deviation of the sum of the effects of a family, a task and a cell, shape (n_draws,)."""
        scales = [self.draws(f"{name}_scale") for name in ("family", "task", "cell")]
        return np.sqrt(sum(scale**2 for scale in scales))

    @cached_property
    def dated(self) -> bool:
        """Whether enough agents have different release dates for a trend."""
        released = self.cells.released
        return len(np.unique(released[~np.isnan(released)])) >= FEWEST_DATES

    def log2_horizon(self, level: float) -> Array:
        """Return the horizon at a level of success.

        Parameters
        ----------
        level : float
            Probability of success, between 0 and 1.

        Returns
        -------
        ndarray, shape (n_draws, n_agents)
            log2 of minutes.
        """
        return np.asarray(self.draws("log2_horizon") - logit_of_mean(level, self.effect_scale)[:, None] / self.slope)

    def agents_at(self, agents: str | Sequence[str] | None) -> Index:
        """Return the places of agents.

        Parameters
        ----------
        agents : str or sequence of str, optional
            Names; None for all.

        Returns
        -------
        ndarray of int
            The places.

        Raises
        ------
        InputError
            If there is no agent of a name.
        """
        names = self.cells.agents
        if agents is None:
            return np.arange(len(names))
        chosen = [agents] if isinstance(agents, str) else list(agents)
        unknown = [f"no agent is named {name!r}.{closest(name, names)}" for name in chosen if name not in names]
        if unknown or not chosen:
            raise InputError("agents cannot be used", unknown or ["name at least one"])
        return np.array([names.index(name) for name in dict.fromkeys(chosen)])


def mean_success(logit: Array, scale: Array) -> Array:
    """Average the probability of success over normal effects on its logit.

    Parameters
    ----------
    logit : ndarray
        Logit without effects.
    scale : ndarray
        Standard deviation of the effects, broadcast against `logit`.

    Returns
    -------
    ndarray
        E logistic(logit + scale·z).
    """
    logit, scale = np.broadcast_arrays(logit, scale)
    flat, spread, out = logit.ravel(), scale.ravel(), np.empty(logit.size)
    for start in range(0, len(flat), _BLOCK):
        part = slice(start, start + _BLOCK)
        out[part] = expit(flat[part, None] + spread[part, None] * _NODES) @ _WEIGHTS
    return out.reshape(logit.shape)


def logit_of_mean(level: float, scale: Array) -> Array:
    """Invert `mean_success`.

    Parameters
    ----------
    level : float
        Mean probability of success.
    scale : ndarray, shape (n,)
        Standard deviation of the effects.

    Returns
    -------
    ndarray, shape (n,)
        The logit without effects at which the mean is `level`.
    """
    target = np.log(level / (1 - level))
    logit = target * np.sqrt(1 + 0.346 * scale**2)
    for _ in range(_NEWTON):
        success = expit(logit[:, None] + scale[:, None] * _NODES)
        mean = success @ _WEIGHTS
        step = (np.log(mean / (1 - mean)) - target) * mean * (1 - mean) / ((success * (1 - success)) @ _WEIGHTS)
        logit = logit - np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(logit)
