"""Medians and equal-tailed intervals of draws, and validation of the numbers that ask for them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayescale.core.arguments import shown
from bayescale.errors import InputError

type Array = NDArray[np.float64]


def require_prob(prob: float) -> None:
    """Raise InputError unless `prob` lies strictly between 0 and 1."""
    if isinstance(prob, bool) or not isinstance(prob, int | float | np.floating) or not 0 < prob < 1:
        raise InputError(f"prob={prob!r} must lie between 0 and 1, such as 0.9 for a 90 % interval")


def summarise(draws: Array, prob: float, name: str) -> dict[str, Array]:
    """Median and equal-tailed interval of draws (chain, draw, …) over their first two axes, as table columns."""
    levels = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    found = np.quantile(draws.reshape(-1, *draws.shape[2:]), levels, axis=0)
    return {f"{name}_{what}": values for what, values in zip(("median", "lower", "upper"), found, strict=True)}


def summaries(draws: Mapping[str, Array], prob: float) -> dict[str, Array]:
    """Columns with median, lower and upper of draws by name, each (chain, draw, row)."""
    columns: dict[str, Array] = {}
    for name, values in draws.items():
        columns |= summarise(values, prob, name)
    return columns


def summarise_reached(draws: Array, prob: float, name: str) -> dict[str, Array]:
    """Median and equal-tailed interval over chain and draw where some draws are infinite: a value never reached.

    Quantiles are draws, not interpolated between them, so that infinity stands exactly where its share demands it.
    """
    levels = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    found = np.quantile(draws.reshape(-1, *draws.shape[2:]), levels, axis=0, method="inverted_cdf")
    return {f"{name}_{what}": values for what, values in zip(("median", "lower", "upper"), found, strict=True)}


LARGEST = 1e60  # beyond any compute or loss, and its square is still a number


def numbers(name: str, given: object, example: str, least: float = 0.0) -> Array:
    """One number or several as floats (value,). Raises InputError unless all are above `least` and at most LARGEST."""
    try:
        values = np.atleast_1d(np.asarray(given, dtype=float))
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name}={shown(given)} must be a number, or several, {example}") from error
    if values.ndim != 1 or not len(values) or not (np.isfinite(values) & (values > least)).all():
        above = f" and above {least:.3g}" if np.isfinite(least) else ""
        raise InputError(f"{name}={shown(given)} must be finite{above}, {example}")
    if (values > LARGEST).any():
        raise InputError(f"{name}={shown(given)} must be at most {LARGEST:g}, {example}")
    return values


def number(name: str, given: object, example: str, least: float = 0.0) -> float:
    """One finite number above `least`. Raises InputError."""
    values = numbers(name, given, example, least)
    if np.ndim(given) or isinstance(given, bool):  # type: ignore[arg-type]
        raise InputError(f"{name}={given!r} must be one number, {example}")
    return float(values[0])
