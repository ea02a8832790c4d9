"""Mixing laws: how the chance of success varies over problems, each as a density of x = log(-log(1 - p)).

The parameters of a law are functions of standard normal coordinates; the function is the prior. Every law exists with
and without `never`, the share of problems that no attempt breaks; the evidence weights the two.

Priors come from a prototype on real data (medians of full-count fits: alpha .35, c .78). The default average is among
the best of 170 compared on the benchmark's cells (see its README). The logit-t covers populations with heavy tails.
Adding the Beta family, which the generalised gamma nearly contains, or more laws with a mass at zero made errors
larger; fewer laws made intervals too narrow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr

from bayescale.errors import InputError, closest
from bayescale.risk.grid import STEP, X
from bayescale.risk.mixing_densities import (
    Parameters,
    beta,
    generalised_gamma,
    kumaraswamy,
    logit_normal,
    logit_t,
    scaled_beta,
    two_components,
)

type Array = NDArray[np.float64]

NEVER = "never"
_BLOCK = 128  # draws evaluated at once, so that their densities stay in the cache of the processor


@dataclass(frozen=True)
class Coordinate:
    """A parameter as a function of a standard normal coordinate.

    Attributes
    ----------
    name, meaning : str
        The parameter, and its meaning.
    prior : str
        The prior in words.
    of : callable
        From standard normal coordinates to values: the quantile function of the prior at their normal scores.
    """

    name: str
    meaning: str
    prior: str
    of: Callable[[Array], Array]


def _log_normal(name: str, meaning: str, median: float, spread: float) -> Coordinate:
    return Coordinate(name, meaning, f"LogNormal(log {median:g}, {spread:g})", lambda z: median * np.exp(spread * z))


def _normal(name: str, meaning: str, mean: float, sd: float) -> Coordinate:
    return Coordinate(name, meaning, f"Normal({mean:.3g}, {sd:g})", lambda z: mean + sd * z)


def _share(name: str, meaning: str, a: float, b: float) -> Coordinate:
    return Coordinate(
        name, meaning, f"Beta({a:g}, {b:g})", lambda z: np.asarray(betaincinv(a, b, ndtr(z)), dtype=float)
    )


@dataclass(frozen=True)
class Mixing:
    """A mixing law.

    Attributes
    ----------
    name, title : str
        Name in calls, and name in reports.
    weight : float
        Prior probability in the average; laws of weight 0 are not part of the default average.
    coordinates : tuple of Coordinate
        The parameters.
    log_density : callable
        From parameters (n_draws, 1) to the log density of x at the nodes of the grid (n_draws, n_nodes).
    source : str
        Reference.
    """

    name: str
    title: str
    weight: float
    coordinates: tuple[Coordinate, ...]
    log_density: Callable[[Parameters], Array]
    source: str

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of their coordinates."""
        return tuple(coordinate.name for coordinate in self.coordinates)

    def parameters(self, z: Array) -> dict[str, Array]:
        """Compute natural parameters.

        Parameters
        ----------
        z : ndarray, shape (n_draws, n_parameters)
            Standard normal coordinates.

        Returns
        -------
        dict of str to ndarray, shape (n_draws,)
            Parameters by name.
        """
        return {coordinate.name: coordinate.of(z[:, i]) for i, coordinate in enumerate(self.coordinates)}

    def mass(self, parameters: Parameters) -> tuple[Array, Array]:
        """Compute the probability of each node of the grid, and of p = 0.

        Parameters
        ----------
        parameters : mapping of str to ndarray, shape (n_draws,)
            Parameters by name.

        Returns
        -------
        mass : ndarray, shape (n_draws, n_nodes)
            Probability of each node.
        zero : ndarray, shape (n_draws,)
            Probability of p = 0 and of all rates below the grid.
        """
        columns = {name: np.asarray(value)[:, None] for name, value in parameters.items()}
        mass = np.empty((len(next(iter(columns.values()))), len(X)))
        zero = np.empty(len(mass))
        for start in range(0, len(mass), _BLOCK):
            rows = slice(start, start + _BLOCK)
            zero[rows] = self._fill(mass[rows], {name: column[rows] for name, column in columns.items()})
        return mass, zero

    def _fill(self, mass: Array, columns: Parameters) -> Array:
        """Write the probability of each node into `mass`, and return that of p = 0."""
        np.exp(self.log_density(columns), out=mass)
        mass *= STEP
        mass /= np.maximum(mass.sum(axis=1), 1.0)[:, None]  # a density that is steep at its end sums to a hair above 1
        if NEVER in columns:
            mass *= 1 - columns[NEVER]
        return np.asarray(np.maximum(1 - mass.sum(axis=1), 0.0))


_GAMMA = (
    _normal("mode", "mode of log(-log(1 - p))", float(np.log(0.01)), 3.0),
    _log_normal("alpha", "left-tail exponent: P(p < t) falls like t^alpha", 0.35, 0.6),
    _log_normal("c", "sharpness of the easy end", 0.6, 0.6),
)
_BETA = (
    _log_normal("a", "left-tail exponent: P(p < t) falls like t^a", 0.5, 0.7),
    _log_normal("b", "how rare easy problems are", 8.0, 1.3),
)
_LOGIT = (_normal("m", "mean of logit p", -4.0, 3.0), _log_normal("s", "standard deviation of logit p", 2.0, 0.5))
_LOGIT_T = (
    _normal("m", "centre of logit p", -4.0, 3.0),
    _log_normal("s", "scale of logit p", 1.5, 0.5),
    _log_normal("nu", "degrees of freedom: the smaller, the more very hard and very easy problems", 4.0, 0.7),
)
_HARD = (
    _share("hard", "share of problems in the hard component", 1, 3),
    _log_normal("alpha_hard", "left-tail exponent of the hard component", 0.35, 0.6),
    _log_normal("gap", "how far left of the easy mode the hard mode lies", float(np.exp(1.5)), 0.5),
)
_NEVER_RARE = _share(NEVER, "share of problems that no attempt breaks", 0.6, 3.5)
_NEVER = _share(NEVER, "share of problems that no attempt breaks", 1, 4)

_GAMMA_SOURCE = "Stacy 1962; gamma of -log(1 - p) at c = 1, Weibull at c = alpha"
_TAIL_SOURCE = "Schaeffer et al. 2025, arXiv 2502.17578"


def _gamma(p: Parameters) -> Array:
    return generalised_gamma(p["mode"], p["alpha"], p["c"])


def _pair(law: Mixing, never: Coordinate, weight: float) -> tuple[Mixing, Mixing]:
    """A law, and the same with a mass at p = 0."""
    with_mass = replace(
        law,
        name=f"{law.name}_or_never",
        title=f"{law.title}, some never",
        weight=weight,
        coordinates=(*law.coordinates, never),
    )
    return law, with_mass


#: Every mixing law by name; those of weight 0 are not part of the default average.
MIXINGS: Mapping[str, Mixing] = {
    law.name: law
    for law in (
        *_pair(Mixing("generalised_gamma", "generalised gamma", 0.2, _GAMMA, _gamma, _GAMMA_SOURCE), _NEVER_RARE, 0.0),
        *_pair(
            Mixing("two_components", "two components", 0.4, (*_GAMMA, *_HARD), two_components, _GAMMA_SOURCE),
            _NEVER,
            0.0,
        ),
        *_pair(
            Mixing(
                "logit_normal",
                "logit-normal",
                0.1,
                _LOGIT,
                lambda p: logit_normal(p["m"], p["s"]),
                "random-effects logistic regression",
            ),
            _NEVER,
            0.2,
        ),
        *_pair(
            Mixing(
                "logit_t",
                "logit-t",
                0.1,
                _LOGIT_T,
                lambda p: logit_t(p["m"], p["s"], p["nu"]),
                "logistic regression with heavy-tailed random effects",
            ),
            _NEVER,
            0.0,
        ),
        *_pair(
            Mixing(
                "beta",
                "Beta",
                0.0,
                _BETA,
                lambda p: beta(p["a"], p["b"]),
                "Beta-Binomial: SABER, arXiv 2601.22636; Kazdan et al. 2025, arXiv 2510.05197",
            ),
            _NEVER,
            0.0,
        ),
        *_pair(
            Mixing("kumaraswamy", "Kumaraswamy", 0.0, _BETA, lambda p: kumaraswamy(p["a"], p["b"]), _TAIL_SOURCE),
            _NEVER,
            0.0,
        ),
        *_pair(
            Mixing(
                "scaled_beta",
                "scaled Beta",
                0.0,
                (*_BETA, _share("top", "the greatest p", 2, 1)),
                lambda p: scaled_beta(p["a"], p["b"], p["top"]),
                _TAIL_SOURCE,
            ),
            _NEVER,
            0.0,
        ),
    )
}


def mixings(names: str | tuple[str, ...] | list[str] | None = None) -> tuple[Mixing, ...]:
    """Return the mixing laws to average, with prior weights that sum to 1.

    Parameters
    ----------
    names : str or sequence of str, optional
        Names of laws, which get equal weights; None takes the default laws with their weights.

    Returns
    -------
    tuple of Mixing
        The laws.

    Raises
    ------
    InputError
        For an unknown law, or none.
    """
    requested = [law.name for law in MIXINGS.values() if law.weight > 0] if names is None else names
    requested = [requested] if isinstance(requested, str) else list(dict.fromkeys(requested))
    wrong = [f"{name!r} is not a mixing law.{closest(name, MIXINGS)}" for name in requested if name not in MIXINGS]
    if wrong or not requested:
        raise InputError("mixing:", wrong or ["name at least one law, or omit `mixing` for the default average"])
    laws = [MIXINGS[name] for name in requested]
    total = sum(law.weight for law in laws)
    weights = [law.weight / total if names is None else 1 / len(laws) for law in laws]
    return tuple(replace(law, weight=weight) for law, weight in zip(laws, weights, strict=True))
