"""Medians and equal-tailed intervals of draws, and validation of the numbers that ask for them."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bayescale.core.text import short_repr
from bayescale.errors import InputError

type Array = NDArray[np.float64]
type Method = Literal["linear", "inverted_cdf", "nearest"]


def require_prob(prob: float) -> None:
    """Require the probability of an interval to lie strictly between 0 and 1.

    Parameters
    ----------
    prob : float
        Probability of an equal-tailed interval.

    Raises
    ------
    InputError
        It does not lie between 0 and 1.
    """
    if isinstance(prob, bool) or not isinstance(prob, int | float | np.floating) or not 0 < prob < 1:
        raise InputError(f"prob={prob!r} must lie between 0 and 1, such as 0.9 for a 90 % interval")


def summarise(draws: Array, prob: float, name: str) -> dict[str, Array]:
    """Return median and equal-tailed interval of draws as table columns.

    Parameters
    ----------
    draws : ndarray, shape (chain, draw, ...)
        The draws, summarised over the first two axes.
    prob : float
        Probability of the interval.
    name : str
        Name of the quantity.

    Returns
    -------
    dict of str to ndarray
        `NAME_median`, `NAME_lower` and `NAME_upper`.
    """
    return _columns(draws, prob, name, "linear")


def summaries(draws: Mapping[str, Array], prob: float) -> dict[str, Array]:
    """Return median and equal-tailed interval of several quantities as table columns.

    Parameters
    ----------
    draws : mapping of str to ndarray, shape (chain, draw, row)
        The draws of each quantity.
    prob : float
        Probability of the intervals.

    Returns
    -------
    dict of str to ndarray
        `NAME_median`, `NAME_lower` and `NAME_upper` of each quantity.
    """
    columns: dict[str, Array] = {}
    for name, values in draws.items():
        columns |= summarise(values, prob, name)
    return columns


def summarise_reached(draws: Array, prob: float, name: str) -> dict[str, Array]:
    """Return median and equal-tailed interval of draws that are infinite where a value is never reached.

    Quantiles are draws and are not interpolated, so that a quantile is infinite exactly where the share of infinite
    draws demands it.

    Parameters
    ----------
    draws : ndarray, shape (chain, draw, ...)
        The draws, summarised over the first two axes.
    prob : float
        Probability of the interval.
    name : str
        Name of the quantity.

    Returns
    -------
    dict of str to ndarray
        `NAME_median`, `NAME_lower` and `NAME_upper`.
    """
    return _columns(draws, prob, name, "inverted_cdf")


def _columns(draws: Array, prob: float, name: str, method: Method) -> dict[str, Array]:
    quantiles = median_and_interval(draws.reshape(-1, *draws.shape[2:]), prob, method)
    return dict(zip((f"{name}_median", f"{name}_lower", f"{name}_upper"), quantiles, strict=True))


def median_and_interval(draws: Array, prob: float, method: Method = "linear") -> tuple[Array, Array, Array]:
    """Return median and ends of the equal-tailed interval of draws.

    Parameters
    ----------
    draws : ndarray, shape (draw, ...)
        The draws, summarised over the first axis.
    prob : float
        Probability of the interval.
    method : str, default "linear"
        How quantiles between two draws are estimated, as `numpy.quantile` takes it. Draws that may be infinite need
        "inverted_cdf" or "nearest", which do not interpolate.

    Returns
    -------
    tuple of ndarray
        Median, lower and upper end.
    """
    median, lower, upper = np.quantile(draws, [0.5, (1 - prob) / 2, (1 + prob) / 2], axis=0, method=method)
    return median, lower, upper


LARGEST = 1e60  # beyond any compute or loss, and its square is still a number


def numbers(name: str, value: object, example: str, least: float = 0.0) -> Array:
    """Return one number or several as an array.

    Parameters
    ----------
    name : str
        Name of the argument, for messages.
    value : float or sequence of float
        The argument.
    example : str
        An example of the argument, for messages.
    least : float, default 0.0
        Every number must be above this one.

    Returns
    -------
    ndarray, shape (value,)
        The numbers.

    Raises
    ------
    InputError
        A number is not finite, not above `least`, or above 1e60.
    """
    try:
        values = np.atleast_1d(np.asarray(value, dtype=float))
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name}={short_repr(value)} must be a number, or several, {example}") from error
    if values.ndim != 1 or not len(values) or not (np.isfinite(values) & (values > least)).all():
        above = f" and above {least:.3g}" if np.isfinite(least) else ""
        raise InputError(f"{name}={short_repr(value)} must be finite{above}, {example}")
    if (values > LARGEST).any():
        raise InputError(f"{name}={short_repr(value)} must be at most {LARGEST:g}, {example}")
    return values


def number(name: str, value: object, example: str, least: float = 0.0) -> float:
    """Return one number.

    Parameters
    ----------
    name : str
        Name of the argument, for messages.
    value : float
        The argument.
    example : str
        An example of the argument, for messages.
    least : float, default 0.0
        The number must be above this one.

    Returns
    -------
    float
        The number.

    Raises
    ------
    InputError
        It is not one finite number above `least` and at most 1e60.
    """
    values = numbers(name, value, example, least)
    if np.ndim(value) or isinstance(value, bool):  # type: ignore[arg-type]
        raise InputError(f"{name}={value!r} must be one number, {example}")
    return float(values[0])
