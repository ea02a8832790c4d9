"""Log densities of mixing laws at the nodes of the grid, as functions of their parameters.

Parameters are arrays (n_draws, 1); densities are of x = log(-log(1 - p)), arrays (n_draws, n_nodes).
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln

from bayescale.risk.grid import LOG_P, RATE, X

type Array = NDArray[np.float64]
type Parameters = Mapping[str, Array]


def generalised_gamma(mode: Array, alpha: Array, c: Array) -> Array:
    """Compute the log density of x where lambda has Stacy's generalised gamma distribution.

    Parameters
    ----------
    mode : ndarray
        Mode of x.
    alpha : ndarray
        Left-tail exponent.
    c : ndarray
        Sharpness of the upper end.

    Returns
    -------
    ndarray
        Log density at the nodes.

    References
    ----------
    Stacy (1962), Annals of Mathematical Statistics 33(3).
    """
    k = alpha / c
    u = X - mode  # in place from here on: most of the time goes into moving arrays
    u *= c
    u += np.log(k)
    density = k * u
    density += np.log(c) - gammaln(k)
    density -= np.exp(np.minimum(u, 700, out=u), out=u)
    return density


def beta(a: Array, b: Array) -> Array:
    """Compute the log density of x where p ~ Beta(a, b).

    Parameters
    ----------
    a, b : ndarray
        Parameters; a is the left-tail exponent.

    Returns
    -------
    ndarray
        Log density at the nodes.
    """
    return np.asarray(X + (a - 1) * LOG_P - b * RATE - betaln(a, b))


def kumaraswamy(a: Array, b: Array) -> Array:
    """Compute the log density of x where p ~ Kumaraswamy(a, b), P(p < t) = 1 - (1 - t^a)^b.

    Parameters
    ----------
    a, b : ndarray
        Parameters; a is the left-tail exponent.

    Returns
    -------
    ndarray
        Log density at the nodes.
    """
    rest = -np.expm1(a * LOG_P)  # 1 - p^a, which near p = 1 is a (1 - p)
    log_rest = np.where(rest > 1e-12, np.log(np.maximum(rest, 1e-300)), np.log(a) - RATE)
    return np.asarray(np.log(a * b) + (a - 1) * LOG_P + (b - 1) * log_rest + X - RATE)


def scaled_beta(a: Array, b: Array, top: Array) -> Array:
    """Compute the log density of x where p / top ~ Beta(a, b).

    Parameters
    ----------
    a, b : ndarray
        Parameters; a is the left-tail exponent.
    top : ndarray
        The largest p.

    Returns
    -------
    ndarray
        Log density at the nodes.
    """
    inside = np.log(top) > LOG_P
    log_share = np.where(inside, LOG_P - np.log(top), -1.0)
    log_rest = np.log(np.maximum(-np.expm1(log_share), 1e-300))
    density = a * log_share + (b - 1) * log_rest - betaln(a, b) + X - RATE - LOG_P
    return np.asarray(np.where(inside, density, -np.inf))


def logit_normal(m: Array, s: Array) -> Array:
    """Compute the log density of x where logit p ~ Normal(m, s).

    Parameters
    ----------
    m, s : ndarray
        Mean and standard deviation.

    Returns
    -------
    ndarray
        Log density at the nodes.
    """
    logit = LOG_P + RATE
    return np.asarray(-0.5 * ((logit - m) / s) ** 2 - np.log(s) - 0.5 * np.log(2 * np.pi) + X - LOG_P)


def logit_t(m: Array, s: Array, nu: Array) -> Array:
    """Compute the log density of x where (logit p - m) / s has Student's t distribution.

    Parameters
    ----------
    m, s : ndarray
        Location and scale.
    nu : ndarray
        Degrees of freedom.

    Returns
    -------
    ndarray
        Log density at the nodes.
    """
    constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi) - np.log(s)
    y = (LOG_P + RATE - m) / s
    return np.asarray(constant - (nu + 1) / 2 * np.log1p(y * y / nu) + X - LOG_P)


def two_components(p: Parameters) -> Array:
    """Compute the log density of x where a share `hard` of problems follows a second gamma law, `gap` lower in x.

    Parameters
    ----------
    p : mapping of str to ndarray
        `mode`, `alpha`, `c`, `hard`, `alpha_hard` and `gap`.

    Returns
    -------
    ndarray
        Log density at the nodes.
    """
    easy = generalised_gamma(p["mode"], p["alpha"], p["c"])
    hard = generalised_gamma(p["mode"] - p["gap"], p["alpha_hard"], np.ones_like(p["mode"]))
    share = np.clip(p["hard"], 1e-300, 1 - 1e-16)
    easy += np.log1p(-share)
    hard += np.log(share)
    # log(exp(easy) + exp(hard)), for which `np.logaddexp` takes three times as long
    return np.asarray(np.maximum(easy, hard) + np.log1p(np.exp(-np.abs(easy - hard))))
