"""The usual loss of a model of its size and data, by a published law of text, and the columns it is compared with."""

from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.data.quantities import known_columns

type Array = NDArray[np.float64]

SMALLEST_LOSS = 1e-3  # nats per token: less than any model of text reaches
LARGEST_LOSS = 20.0  # nats per token: more than guessing among 4e8 tokens
TOKENS_PER_PARAM = 20.0  # of compute-optimal runs
LOSS_OF_GUESSING = 12.5  # nats per token: among 250,000 tokens
SMALLEST_POSITIVE, LARGEST_FINITE = np.nextafter(0.0, 1.0), np.finfo(np.float64).max
LOSS_OF_TRAINED = 6.0  # nats per token: trained models lie below, early checkpoints above


class Columns(dict[str, Array]):
    """Columns of a table by name: float64 with NaN where blank, and the number of every `row`; each (n_rows,)."""

    @cached_property
    def usual_loss(self) -> Array:
        """Usual loss (n_rows,) of the size and data of every row, NaN where they are unknown; computed once."""
        return expected_loss(*sizes_of(self))

    @cached_property
    def _measured(self) -> dict[str, "Columns | None"]:
        """What `measured` returns, by name of the loss."""
        return {}

    def measured(self, name: str) -> "Columns | None":
        """Select the rows where size, data and loss are positive.

        Parameters
        ----------
        name : str
            Name of the column of losses.

        Returns
        -------
        Columns or None
            Row number, size, data and loss, with their usual loss. None without such rows or one of the columns.
        """
        if name not in self._measured:
            self._measured[name] = self._positive(("n_params", "n_tokens", name))
        return self._measured[name]

    def _positive(self, names: tuple[str, ...]) -> "Columns | None":
        if any(name not in self for name in names):
            return None
        values = {name: self[name] for name in ("row", *names)}
        if all(is_within(self[name], SMALLEST_POSITIVE, LARGEST_FINITE) for name in names):
            rows, usual_loss = Columns(values), self.usual_loss
        else:
            positive = np.logical_and.reduce([np.isfinite(self[name]) & (self[name] > 0) for name in names])
            if not positive.any():
                return None
            rows = Columns({name: column[positive] for name, column in values.items()})
            usual_loss = self.usual_loss[positive]
        rows.usual_loss = usual_loss
        return rows

    @cached_property
    def _deviations(self) -> dict[tuple[str, float], tuple[float, float]]:
        """What `deviation` returns, by name of the loss and its unit."""
        return {}

    def deviation(self, name: str, unit: float) -> tuple[float, float]:
        """Return how far log loss is from the usual loss.

        Parameters
        ----------
        name : str
            Name of the column of losses.
        unit : float
            Its unit in nats.

        Returns
        -------
        root_mean_square, standard_deviation : float
            Of the differences of all rows.
        """
        key = (name, unit)
        if key not in self._deviations:
            with np.errstate(invalid="ignore", divide="ignore"):
                differences = np.log(self[name] * unit) - np.log(self.usual_loss)
            self._deviations[key] = float(np.sqrt(np.mean(differences**2))), float(differences.std())
        return self._deviations[key]


def compared_columns(table: pd.DataFrame, response: str) -> Columns:
    """Return the columns whose units are compared: known inputs, step, response and row numbers.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `row` and float64 inputs and response.
    response : str
        Name of the measured column.

    Returns
    -------
    Columns of shape (n_rows,)
        The columns.
    """
    compared = {*known_columns(table.columns), "step", "row", response}
    return Columns({name: table[name].to_numpy() for name in table.columns.tolist() if name in compared})


def is_within(values: Array, low: float, high: float) -> bool:
    """Return whether all numbers lie between two bounds.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        The numbers.
    low, high : float
        The bounds, which are allowed.

    Returns
    -------
    bool
        False where a number is NaN; True without numbers.
    """
    return not len(values) or bool(values.min() >= low and values.max() <= high)


def median_exceeds(values: Array, bound: float) -> bool:
    """Return whether the median of numbers is above a bound, without sorting them.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        The numbers. NaN is not counted.
    bound : float
        The bound.

    Returns
    -------
    bool
        False without numbers.
    """
    n_above, n_counted = int((values > bound).sum()), len(values) - int(np.isnan(values).sum())
    if 2 * n_above == n_counted:  # the bound lies between the two numbers whose mean is the median
        return bool(n_counted) and bool(np.nanmedian(values) > bound)
    return 2 * n_above > n_counted


def finite_values(table: Columns, name: str) -> Array:
    """Return the finite values of a column.

    Parameters
    ----------
    table : Columns of shape (n_rows,)
        The columns.
    name : str
        Name of the column.

    Returns
    -------
    ndarray of float64
        The values.
    """
    values = table[name]
    return values if is_within(values, -LARGEST_FINITE, LARGEST_FINITE) else np.asarray(values[np.isfinite(values)])


def row_number(table: Columns, place: int) -> int:
    """Return the number of a data row in the source.

    Parameters
    ----------
    table : Columns of shape (n_rows,)
        The columns, `row` among them.
    place : int
        Position of the row in the table.

    Returns
    -------
    int
        The 1-based number.
    """
    return int(table["row"][place])


def expected_loss(n_params: Array, n_tokens: Array) -> Array:
    """Return the loss of a language model by a published law.

    Parameters
    ----------
    n_params, n_tokens : ndarray of float64, shape (n_rows,)
        Parameters and training tokens.

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        Loss in nats per token.

    References
    ----------
    Hoffmann et al. (2022), arXiv:2203.15556, approach 3.
    """
    with np.errstate(all="ignore"):  # another check reports impossible sizes
        return np.asarray(1.69 + 406.4 * n_params**-0.34 + 410.7 * n_tokens**-0.28)


def sizes_of(table: Columns) -> tuple[Array, Array]:
    """Return the parameters and tokens of every row; a missing one is taken as 20 tokens per parameter.

    Parameters
    ----------
    table : Columns of shape (n_rows,)
        The columns.

    Returns
    -------
    n_params, n_tokens : ndarray of float64, shape (n_rows,)
        NaN where they are unknown: without size, data or compute, and for checkpoints without tokens.
    """
    n_params, n_tokens, flops = (
        table[name] if name in table else np.full(len(table["row"]), np.nan)
        for name in ("n_params", "n_tokens", "flops")
    )
    if "step" in table:  # a checkpoint has not seen the tokens of a finished run
        return (n_params, n_tokens) if np.isfinite(n_tokens).any() else (n_tokens, n_tokens)
    if all(is_within(values, SMALLEST_POSITIVE, LARGEST_FINITE) for values in (n_params, n_tokens)):
        return n_params, n_tokens  # the most frequent case, without the passes below
    with np.errstate(all="ignore"):
        by_compute = np.sqrt(flops / (6.0 * TOKENS_PER_PARAM))
        size = np.where(
            np.isfinite(n_params), n_params, np.where(np.isfinite(n_tokens), n_tokens / TOKENS_PER_PARAM, by_compute)
        )
        data = np.where(np.isfinite(n_tokens), n_tokens, size * TOKENS_PER_PARAM)
    positive = (size > 0) & (data > 0)
    return np.where(positive, size, np.nan), np.where(positive, data, np.nan)
