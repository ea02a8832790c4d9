"""Convergence of Markov chains: R-hat, effective sample sizes and Monte Carlo errors, of many quantities at once.

The definitions are those of Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021, arXiv:1903.08008), and the numbers
those of ArviZ. ArviZ evaluates one quantity after the other, and to import it takes longer than a preview.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtri

type Array = NDArray[np.float64]

LEAST_DRAWS = 4  # of a chain, for a statistic
CONSTANT = 1e-15  # range of values that count as equal
ONE_SD = np.array([0.1586553, 0.8413447])  # probabilities one standard deviation below and above the median
BLOM = 3 / 8  # offset of ranks (Blom 1958)


def rhat(draws: Array) -> Array:
    """Compute the rank-normalised R-hat, the larger of that of the bulk and that of the tails.

    Parameters
    ----------
    draws : ndarray
        Draws (chain, draw, quantity).

    Returns
    -------
    ndarray
        R-hat (quantity,); NaN where a draw is NaN, for one chain, and for fewer than four draws a chain.
    """
    values = _by_quantity(draws)
    if draws.shape[0] < 2 or draws.shape[1] < LEAST_DRAWS:
        return np.full(len(values), np.nan)
    halves = _split(values)
    centre = np.median(halves, axis=(1, 2), keepdims=True)
    with np.errstate(all="ignore"):
        bulk, tails = _plain_rhat(_normal_ranks(halves)), _plain_rhat(_normal_ranks(abs(halves - centre)))
    return _without_nan(np.where(tails > bulk, tails, bulk), values)


def ess_bulk(draws: Array) -> Array:
    """Compute the effective sample size of the bulk: of the rank-normalised draws.

    Parameters
    ----------
    draws : ndarray
        Draws (chain, draw, quantity).

    Returns
    -------
    ndarray
        Effective draws (quantity,); NaN where a draw is NaN, and for fewer than four draws a chain.
    """
    values = _by_quantity(draws)
    return _without_nan(_effective(_normal_ranks(_split(values))), values)


def ess_tail(draws: Array) -> Array:
    """Compute the effective sample size of the tails: the smaller one of the 5 % and the 95 % quantile.

    Parameters
    ----------
    draws : ndarray
        Draws (chain, draw, quantity).

    Returns
    -------
    ndarray
        Effective draws (quantity,); NaN where a draw is NaN, and for fewer than four draws a chain.
    """
    low, high = _ess_of_quantiles(draws, np.array([0.05, 0.95]))
    return np.asarray(np.where(high < low, high, low))


def ess_mean(draws: Array) -> Array:
    """Compute the effective sample size of the mean.

    Parameters
    ----------
    draws : ndarray
        Draws (chain, draw, quantity).

    Returns
    -------
    ndarray
        Effective draws (quantity,); NaN where a draw is NaN, and for fewer than four draws a chain.
    """
    values = _by_quantity(draws)
    return _without_nan(_effective(_split(values)), values)


def mcse_mean(draws: Array) -> Array:
    """Estimate the Monte Carlo standard error of the mean.

    Parameters
    ----------
    draws : ndarray
        Draws (chain, draw, quantity).

    Returns
    -------
    ndarray
        Standard errors (quantity,).
    """
    return np.asarray(_by_quantity(draws).std(axis=(1, 2), ddof=1) / np.sqrt(ess_mean(draws)))


def mcse_median(draws: Array) -> Array:
    """Estimate the Monte Carlo standard error of the median, from order statistics around it.

    Parameters
    ----------
    draws : ndarray
        Draws (chain, draw, quantity).

    Returns
    -------
    ndarray
        Standard errors (quantity,).
    """
    (effective,) = _ess_of_quantiles(draws, np.array([0.5]))
    ordered = np.sort(_by_quantity(draws).reshape(len(effective), -1), axis=1)
    size, out = ordered.shape[1], np.full(len(effective), np.nan)
    for i in np.flatnonzero(np.isfinite(effective)):
        low, high = betaincinv(effective[i] / 2 + 1, effective[i] / 2 + 1, ONE_SD) * size - 1
        first, last = max(int(np.floor(low)), 0), min(int(np.ceil(high)), size - 1)
        out[i] = (ordered[i, last] - ordered[i, first]) / 2
    return out


def _by_quantity(draws: Array) -> Array:
    """Draws (quantity, chain, draw), contiguous."""
    return np.ascontiguousarray(np.moveaxis(np.asarray(draws, dtype=np.float64), 2, 0))


def _without_nan(statistic: Array, values: Array) -> Array:
    """A statistic (quantity,), NaN where a value is NaN or a chain has too few draws."""
    few = values.shape[2] < LEAST_DRAWS
    return np.where(np.isnan(values).any(axis=(1, 2)) | few, np.nan, statistic)


def _split(values: Array) -> Array:
    """First and second halves of chains, each as a chain; of an odd number the middle draw is left out."""
    half = values.shape[2] // 2
    return np.concatenate([values[..., :half], values[..., values.shape[2] - half :]], axis=1)


def _normal_ranks(values: Array) -> Array:
    """Normal quantiles of the ranks of values (quantity, chain, draw) in their quantity; ties share their mean rank."""
    flat = values.reshape(len(values), -1)
    order = flat.argsort(axis=1)
    ordered = np.take_along_axis(flat, order, axis=1)
    places = np.broadcast_to(np.arange(1.0, flat.shape[1] + 1), flat.shape).copy()
    for i in np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1)):
        starts = np.flatnonzero(np.concatenate([[True], ordered[i, 1:] != ordered[i, :-1]]))
        ends = np.append(starts[1:], flat.shape[1])
        places[i] = np.repeat((starts + ends + 1) / 2, ends - starts)
    ranks = np.empty_like(flat)
    np.put_along_axis(ranks, order, places, axis=1)
    return np.asarray(ndtri((ranks - BLOM) / (flat.shape[1] - 2 * BLOM + 1)).reshape(values.shape))


def _plain_rhat(values: Array) -> Array:
    """Root of the ratio of the variance of all draws to that within chains."""
    count = values.shape[2]
    between = count * values.mean(axis=2).var(axis=1, ddof=1)
    within = values.var(axis=2, ddof=1).mean(axis=1)
    return np.asarray(np.sqrt((between / within + count - 1) / count))


def _ess_of_quantiles(draws: Array, probabilities: Array) -> Array:
    """Effective sample sizes of quantiles (probability, quantity)."""
    values = _by_quantity(draws)
    quantiles = np.quantile(values.reshape(len(values), -1), probabilities, axis=1)
    below = [_split((values <= quantile[:, None, None]).astype(np.float64)) for quantile in quantiles]
    return np.stack([_without_nan(_effective(indicator), values) for indicator in below])


def _effective(values: Array) -> Array:
    """Effective sample size of the mean of values (quantity, chain, draw), by Geyer's initial monotone sequence."""
    count, chains, draws = values.shape
    if draws < 2:
        return np.full(count, np.nan)
    with np.errstate(all="ignore"):
        autocovariance = _mean_autocovariance(values)
        mean_variance = autocovariance[:, 0] * draws / (draws - 1.0)
        variance = mean_variance * (draws - 1.0) / draws
        if chains > 1:
            variance = variance + values.mean(axis=2).var(axis=1, ddof=1)
        correlation = 1.0 - (mean_variance[:, None] - autocovariance) / variance[:, None]
        constant = np.ptp(values, axis=(1, 2)) < CONSTANT
    size = chains * draws
    times = np.array([_correlation_time(row, 1 / np.log10(size)) for row in correlation])
    return np.asarray(np.where(constant, size, size / times))


def _mean_autocovariance(values: Array) -> Array:
    """Autocovariance at each lag, averaged over chains (quantity, lag)."""
    draws = values.shape[2]
    length = 1 << (2 * draws - 1).bit_length()  # so that the ends do not meet
    spectrum = np.fft.rfft(values - values.mean(axis=2, keepdims=True), n=length, axis=2)
    power = (spectrum.real**2 + spectrum.imag**2).mean(axis=1)
    return np.asarray(np.fft.irfft(power, n=length, axis=1)[:, :draws] / draws)


def _correlation_time(correlation: Array, least: float) -> float:
    """Draws per effective draw, from the autocorrelation at each lag: pairs of lags while they are positive, falling.

    References
    ----------
    Geyer (1992), Practical Markov chain Monte Carlo.
    """
    count = len(correlation)
    sums = np.zeros(count)
    even, odd = 1.0, float(correlation[1])
    sums[:2] = even, odd
    lag = 1
    while lag < count - 3 and even + odd > 0:
        even, odd = float(correlation[lag + 1]), float(correlation[lag + 2])
        if even + odd >= 0:
            sums[lag + 1 : lag + 3] = even, odd
        lag += 2
    if np.isnan(sums).any():
        return float("nan")
    last = lag - 2
    if even > 0:
        sums[last + 1] = even
    for i in range(1, last - 1, 2):
        if sums[i + 1] + sums[i + 2] > sums[i - 1] + sums[i]:
            sums[i + 1 : i + 3] = (sums[i - 1] + sums[i]) / 2
    return max(-1.0 + 2.0 * float(sums[: last + 1].sum()) + float(sums[last + 1]), least)
