"""Expected gold reward of the best of n by a proxy that errs: joint normal rewards, and noise added to gold rewards.

With more samples the proxy score keeps rising, while the gold reward rises less, levels off, or falls:
over-optimisation (Gao, Schulman & Hilton 2023, arXiv 2210.10760). `best_of_n` in `estimators.exact` is the unbiased
estimate from samples that have both scores.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, ndtri_exp, stdtr, stdtrit

from bayescale.core.arguments import checked
from bayescale.errors import InputError
from bayescale.risk.arguments import in_one_shape, read_numbers, read_whole, scalar_or_array
from bayescale.risk.root_finding import increasing_root

type Array = NDArray[np.float64]

MOST_N = 1e15
MOST_REWARD = 1e50  # in absolute value: its square is finite
_NOISE = (1e-100, 1e100)
_NODES = np.polynomial.legendre.leggauss(200)
_FEW_NODES = np.polynomial.legendre.leggauss(8)
_LOG_W = (-30.0, float(np.log(35.0)))
_MOST_STEPS = 64


@checked
def normal_best_of_n(n: ArrayLike, correlation: ArrayLike = 1.0, sd: ArrayLike = 1.0) -> Array:
    """Compute the expected gold reward, above its mean, of the best of n by a proxy, if both are jointly normal.

    Parameters
    ----------
    n : array_like of int
        Samples, 1 to 1e15.
    correlation : array_like, default 1.0
        Correlation of proxy and gold reward, -1 to 1; for gold reward plus independent normal noise it is
        sd / sqrt(sd² + noise²).
    sd : array_like, default 1.0
        Standard deviation of the gold reward, in its unit. The arguments broadcast.

    Returns
    -------
    ndarray or float
        correlation · sd · E[largest of n standard normals], in the unit of the reward. With normal noise the gold
        reward keeps rising: normal noise reduces the gain by a factor, without over-optimisation.

    Raises
    ------
    InputError
        For values outside their range.
    """
    count, r, s = read_whole(n, "n"), read_numbers(correlation, "correlation"), read_numbers(sd, "sd")
    count, r, s = in_one_shape({"n": count, "correlation": r, "sd": s})
    wrong = [
        f"{name}={value!r} must {allowed}"
        for name, value, valid, allowed in (
            ("n", n, count <= MOST_N, "lie between 1 and 1e15"),
            ("correlation", correlation, np.abs(r) <= 1, "lie between -1 and 1"),
            ("sd", sd, (s >= 0) & np.isfinite(s), "be finite and 0 or above"),
        )
        if not np.asarray(valid).all()
    ]
    if wrong:
        raise InputError("the expected best of n cannot be computed:", wrong)
    return scalar_or_array(np.asarray(r * s * _largest_normal(count)))


def _largest_normal(n: Array) -> Array:
    """Expectation of the largest of n standard normals: the integral of its quantile function.

    In v = log(-log u^(1/n) · n) the integrand is smooth, and log u / n keeps its digits for any n.
    """
    nodes, weights = _NODES
    log_exponential = -38.0 + (np.log(40.0) + 38.0) * (nodes + 1) / 2  # log of an exponential variable w = -log U
    w = np.exp(log_exponential)
    density = w * np.exp(-w) * weights * (np.log(40.0) + 38.0) / 2
    values = ndtri_exp(-w / np.asarray(n, dtype=float)[..., None])
    return np.asarray((values * density).sum(axis=-1))


@checked
def noisy_best_of_n(
    rewards: ArrayLike, n: ArrayLike, noise: float, degrees: float = np.inf, weights: ArrayLike | None = None
) -> Array:
    """Compute the expected gold reward of the best of n by a proxy that is the gold reward plus independent noise.

    Parameters
    ----------
    rewards : array_like, shape (n_samples,)
        Gold rewards of one problem's samples, taken as the distribution that n are drawn from; from -1e50 to 1e50.
    n : array_like of int
        Samples drawn, 1 to 1e15; one number or one axis.
    noise : float
        Scale of the proxy's noise, in the unit of the rewards, from 1e-100 to 1e100.
    degrees : float, default inf
        Degrees of freedom of the noise, Student's t; infinity is normal noise. With heavy tails the sample with the
        highest proxy score is the one with the largest error: the gold reward rises, then falls to the mean of all
        samples.
    weights : array_like, shape (n_samples,), optional
        Probability of each sample; normalised to sum to one.

    Returns
    -------
    ndarray or float
        Shape of n. Exact except for a quadrature: Σ g_i w_i n ∫ f(x - g_i) F̄(x)^(n - 1) dx, with the distribution F̄ of
        the proxy.

    Raises
    ------
    InputError
        All problems at once, for values that cannot be used.
    """
    gold, count = read_numbers(rewards, "rewards"), read_whole(n, "n")
    share = np.ones(gold.shape) if weights is None else read_numbers(weights, "weights")
    wrong = []
    if gold.ndim != 1 or not gold.size or not (np.abs(gold) <= MOST_REWARD).all():
        wrong.append(f"rewards of shape {gold.shape} must be one axis of numbers, one or more, from -1e50 to 1e50")
    if share.shape != gold.shape or not (np.isfinite(share) & (share >= 0)).all() or not share.sum() > 0:
        wrong.append("weights must be one number of 0 or more for each sample, not all 0")
    if not isinstance(noise, int | float | np.number) or isinstance(noise, bool) or not _NOISE[0] <= noise <= _NOISE[1]:
        wrong.append(f"noise={noise!r} must be a number from 1e-100 to 1e100; for no noise use `best_of_n`")
    if not isinstance(degrees, int | float | np.number) or isinstance(degrees, bool) or not degrees >= 1:
        wrong.append(f"degrees={degrees!r} must be 1 or more, numpy.inf for normal noise")
    if count.ndim > 1 or (count > MOST_N).any():
        wrong.append(f"n={n!r} must be one number or one axis of them, at most 1e15")
    if wrong:
        raise InputError("the expected best of n cannot be computed:", wrong)
    share = share / share.sum()
    means = [_expected(gold, share, float(size), float(noise), float(degrees)) for size in np.atleast_1d(count)]
    return scalar_or_array(np.array(means).reshape(count.shape))


def _expected(gold: Array, share: Array, n: float, noise: float, degrees: float) -> float:
    """The posterior mean of gold given the largest proxy score, over the distribution of the largest."""
    nodes, weights = _FEW_NODES
    # the largest score has log F̄(x) = -w / n, w exponential; it is integrated over log w
    edges = _edges(gold, share, n, noise, degrees)
    width = np.diff(edges)
    log_w = (edges[:-1, None] + width[:, None] * (nodes + 1) / 2).ravel()
    step = (width[:, None] * weights / 2).ravel()
    w = np.exp(log_w)
    score = _proxy_quantile(gold, share, w / n, noise, degrees)
    z = (score[:, None] - gold) / noise
    # up to a constant, which cancels below
    log_density = -(z**2) / 2 if np.isinf(degrees) else -(degrees + 1) / 2 * np.log1p(z**2 / degrees)
    likelihood = share * np.exp(log_density - log_density.max(axis=1, keepdims=True))
    mean = (likelihood * gold).sum(axis=1) / likelihood.sum(axis=1)
    chance = w * np.exp(-w) * step
    return float((mean * chance).sum() / chance.sum())


def _edges(gold: Array, share: Array, n: float, noise: float, degrees: float) -> Array:
    """Ends of the intervals of the quadrature: equidistant, and between rewards, where a small noise makes steps."""
    low, high = _LOG_W
    values = np.unique(gold)
    between = (values[1:] + values[:-1]) / 2
    between = between[np.linspace(0, len(between) - 1, min(len(between), _MOST_STEPS)).astype(int)]
    survival = _survival((between[:, None] - gold) / noise, degrees) @ share
    with np.errstate(divide="ignore"):
        steps = np.log(-np.log1p(-np.minimum(survival, 1.0)) * n)
    inside = steps[(steps > low) & (steps < high)]
    return np.unique(np.concatenate([np.linspace(low, high, 33), inside]))


def _proxy_quantile(gold: Array, share: Array, exceed: Array, noise: float, degrees: float) -> Array:
    """The score x with -log F̄(x) = exceed: (n_nodes,)."""
    tail, below = -np.expm1(-exceed), np.exp(-exceed)
    # the quantile of gold plus noise lies between those of the noise around the least and the largest gold reward
    noise_quantile = np.where(
        tail < 0.5,
        _upper_quantile(np.minimum(tail, 0.5), degrees),
        -_upper_quantile(np.minimum(below, 0.5), degrees),
    )

    def excess(score: Array, probability: Array) -> Array:
        """The probability above the score falls with it; in units of its target, so that no tail is too small."""
        return np.asarray(1 - _survival((score[..., None] - gold) / noise, degrees) @ share / probability)

    low, high = gold.min() + noise * noise_quantile, gold.max() + noise * noise_quantile
    return increasing_root(excess, low, high, (tail,))


def _survival(z: Array, degrees: float) -> Array:
    return np.asarray(ndtr(-z) if np.isinf(degrees) else stdtr(degrees, -z))


def _upper_quantile(tail: Array, degrees: float) -> Array:
    """Quantile of the noise with a probability of at most a half above it."""
    return np.asarray(-ndtri(tail) if np.isinf(degrees) else -stdtrit(degrees, tail))
