"""How the chance of success varies over problems: the mixing laws, each a density of x = log(-log(1 - p)).

A law's parameters are functions of standard normal coordinates: the function is the prior. Every law comes with and
without `never`, the share of problems that no attempt breaks; which of them holds is weighed by the evidence.

Priors are those of a prototype on real data (medians of full-count fits: alpha .35, c .78). The default average is the
best of seven tried on one half of the data sets (see the benchmarks' README): adding the Beta family, which the
generalised gamma nearly contains, or more laws with a mass at zero, made it worse there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln, ndtr
from scipy.stats import beta as beta_distribution

from bayescale.errors import InputError, closest
from bayescale.risk.grid import LOG_P, RATE, STEP, X

type Array = NDArray[np.float64]
type Parameters = Mapping[str, Array]

NEVER = "never"


@dataclass(frozen=True)
class Coordinate:
    """A parameter as a function of a standard normal coordinate: its prior, in words and as its quantile function."""

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
        name, meaning, f"Beta({a:g}, {b:g})", lambda z: np.asarray(beta_distribution.ppf(ndtr(z), a, b), dtype=float)
    )


@dataclass(frozen=True)
class Mixing:
    """One mixing law. `log_density` maps parameters (n_draws, 1) to the log density of x at the nodes, (n_draws,
    n_nodes); `weight` is the law's prior probability in the average."""

    name: str
    title: str
    weight: float
    coordinates: tuple[Coordinate, ...]
    log_density: Callable[[Parameters], Array]
    source: str

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of their coordinates."""
        return tuple(one.name for one in self.coordinates)

    def parameters(self, z: Array) -> dict[str, Array]:
        """Natural parameters (n_draws,) at standard normal coordinates z (n_draws, n_parameters)."""
        return {one.name: one.of(z[:, place]) for place, one in enumerate(self.coordinates)}

    def mass(self, parameters: Parameters) -> tuple[Array, Array]:
        """Probability on the nodes (n_draws, n_nodes), and at p = 0 (n_draws,) with all that lies left of the nodes."""
        columns = {name: np.asarray(value)[:, None] for name, value in parameters.items()}
        mass = np.exp(self.log_density(columns)) * STEP
        mass /= np.maximum(mass.sum(axis=1), 1.0)[:, None]  # a density that is steep at its end sums to a hair above 1
        if NEVER in columns:
            mass *= 1 - columns[NEVER]
        return mass, np.maximum(1 - mass.sum(axis=1), 0.0)


def generalised_gamma(mode: Array, alpha: Array, c: Array) -> Array:
    """Stacy's density of lambda as one of x: `mode` is the mode of x, alpha the left-tail exponent, c the sharpness."""
    k = alpha / c
    u = c * (X - mode) + np.log(k)
    return np.asarray(np.log(c) - gammaln(k) + k * u - np.exp(np.minimum(u, 700)))


def beta(a: Array, b: Array) -> Array:
    """p ~ Beta(a, b); the left-tail exponent is a."""
    return np.asarray(X + (a - 1) * LOG_P - b * RATE - betaln(a, b))


def kumaraswamy(a: Array, b: Array) -> Array:
    """p ~ Kumaraswamy(a, b), P(p < t) = 1 - (1 - t^a)^b."""
    rest = -np.expm1(a * LOG_P)  # 1 - p^a, which near p = 1 is a (1 - p)
    log_rest = np.where(rest > 1e-12, np.log(np.maximum(rest, 1e-300)), np.log(a) - RATE)
    return np.asarray(np.log(a * b) + (a - 1) * LOG_P + (b - 1) * log_rest + X - RATE)


def scaled_beta(a: Array, b: Array, top: Array) -> Array:
    """p / top ~ Beta(a, b): no problem is easier than `top`."""
    inside = np.log(top) > LOG_P
    log_share = np.where(inside, LOG_P - np.log(top), -1.0)
    log_rest = np.log(np.maximum(-np.expm1(log_share), 1e-300))
    density = a * log_share + (b - 1) * log_rest - betaln(a, b) + X - RATE - LOG_P
    return np.asarray(np.where(inside, density, -np.inf))


def logit_normal(m: Array, s: Array) -> Array:
    """logit p ~ Normal(m, s)."""
    logit = LOG_P + RATE
    return np.asarray(-0.5 * ((logit - m) / s) ** 2 - np.log(s) - 0.5 * np.log(2 * np.pi) + X - LOG_P)


def two_components(p: Parameters) -> Array:
    """A share `hard` of problems follows a gamma law of its own, `gap` to the left on x."""
    easy = generalised_gamma(p["mode"], p["alpha"], p["c"])
    hard = generalised_gamma(p["mode"] - p["gap"], p["alpha_hard"], np.ones_like(p["mode"]))
    share = np.clip(p["hard"], 1e-300, 1 - 1e-16)
    return np.asarray(np.logaddexp(np.log1p(-share) + easy, np.log(share) + hard))


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
            Mixing("two_components", "two components", 0.5, (*_GAMMA, *_HARD), two_components, _GAMMA_SOURCE),
            _NEVER,
            0.0,
        ),
        *_pair(
            Mixing(
                "logit_normal",
                "logit-normal",
                0.15,
                _LOGIT,
                lambda p: logit_normal(p["m"], p["s"]),
                "random-effects logistic regression",
            ),
            _NEVER,
            0.15,
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
    """The laws to average: those named, else the default ones; prior weights add up to 1.

    Raises InputError naming what is not known.
    """
    wanted = [law.name for law in MIXINGS.values() if law.weight > 0] if names is None else names
    wanted = [wanted] if isinstance(wanted, str) else list(dict.fromkeys(wanted))
    wrong = [f"{name!r} is not a mixing law.{closest(name, MIXINGS)}" for name in wanted if name not in MIXINGS]
    if wrong or not wanted:
        raise InputError("mixing:", wrong or ["name at least one law, or leave it out for the average of all"])
    chosen = [MIXINGS[name] for name in wanted]
    total = sum(law.weight for law in chosen)
    shares = [law.weight / total if names is None else 1 / len(chosen) for law in chosen]
    return tuple(replace(law, weight=share) for law, share in zip(chosen, shares, strict=True))
