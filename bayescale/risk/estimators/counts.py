"""Validation of counts and of k for exact estimators, and of the sampling design that these need."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayescale.core.text import values_in_rows
from bayescale.errors import InputError
from bayescale.risk.arguments import distinct, read_numbers, read_whole
from bayescale.risk.sampling_design import inferred, read_design

type Array = NDArray[np.float64]

EXACT = 2.0**53  # whole numbers from here on are not distinct as floats
MIN_BROKEN = 10  # broken problems from which a design is inferred


def read_counts(attempts: ArrayLike, successes: ArrayLike) -> tuple[Array, Array]:
    """Validate attempts and successes.

    Parameters
    ----------
    attempts, successes : array_like of int
        Counts; they broadcast.

    Returns
    -------
    attempts, successes : ndarray
        The counts, as floats.

    Raises
    ------
    InputError
        Listing every row, counted from 1, without 0 ≤ successes ≤ attempts in whole numbers and 1 attempt or more.
    """
    n, c = read_numbers(attempts, "attempts"), read_numbers(successes, "successes")
    try:
        every_n, every_c = (np.asarray(x).reshape(-1) for x in np.broadcast_arrays(n, c))
    except ValueError as error:
        raise InputError(f"attempts of shape {n.shape} and successes of shape {c.shape} do not broadcast") from error
    problems = []
    for name, values, least in (("attempts", every_n, 1), ("successes", every_c, 0)):
        wrong = ~((values >= least) & (values == np.floor(values)) & (values < EXACT))
        if wrong.any():
            problems.append(f"{name}: {_in_rows(values, wrong)} must be a whole number of {least} or more, below 2^53.")
    more = every_c > every_n
    if more.any():
        problems.append(
            f"successes: {_in_rows(every_c, more)} is more than the attempts ({_in_rows(every_n, more)}). Attempts "
            "that did not run are part of neither number."
        )
    if not every_n.size:
        problems.append("there is no problem: give one row or more.")
    if problems:
        raise InputError("these attempts and successes cannot be used", problems)
    return n, c


def read_counts_and_k(
    attempts: ArrayLike,
    successes: ArrayLike,
    k: ArrayLike,
    quantity: str = "pass@k",
    per: int = 1,
    design: str | None = None,
) -> list[Array]:
    """Validate counts and k of an exact estimator.

    Parameters
    ----------
    attempts, successes, k : array_like of int
        Counts and k; they broadcast.
    quantity : str, default "pass@k"
        What is estimated, for messages.
    per : int, default 1
        Every problem needs `per` · k attempts.
    design : str or None, default None
        Sampling design; None infers it.

    Returns
    -------
    list of ndarray
        Attempts, successes and k as floats of one shape.

    Raises
    ------
    InputError
        Listing every row that cannot be used; for a k that needs more attempts; and if the number of attempts depends
        on outcomes by the declared design, or seems to in ten broken problems or more.
    """
    n, c = read_counts(attempts, successes)
    if read_design(design) != "fixed":
        _require_fixed(n, c, quantity, design)
    each = read_whole(k, "k")
    try:
        n, c, each = np.broadcast_arrays(n, c, each)
    except ValueError as error:
        raise InputError(
            f"k has shape {each.shape}, the problems {np.broadcast_shapes(n.shape, c.shape)}: for several k of every "
            "problem give k[:, None]"
        ) from error
    short = per * each > n
    if short.any():
        rows = np.indices(n.shape)[-1] if n.ndim else np.zeros((), dtype=int)
        fewest = {int(row): int(n[short & (rows == row)].min()) for row in np.unique(rows[short])}
        needed = "k" if per == 1 else f"{per} k"
        model = f", or forecast with bs.fit_risk(trials).at([{each[short].max():.0f}])" if quantity == "pass@k" else ""
        raise InputError(
            f"{quantity} needs {needed} attempts or more at every problem; too few for k={distinct(each[short])}: "
            f"{values_in_rows(fewest.values(), [row + 1 for row in fewest])}; lower k, leave these problems out, make "
            f"more attempts{model}"
        )
    return [n, c, each]


def _require_fixed(n: Array, c: Array, quantity: str, design: str | None) -> None:
    """Raise InputError where the number of attempts depends on outcomes, or seems to."""
    every_n, every_c = (part.astype(np.int64).reshape(-1) for part in np.broadcast_arrays(n, c))
    kind = design
    if design is None and (every_c > 0).sum() >= MIN_BROKEN:
        kinds = inferred(every_n, every_c, every_n)[0].tolist()
        kind = next((name for name in kinds if name != "fixed"), None)
    if kind is not None:
        raise InputError(
            f"{quantity} needs attempts whose number was set in advance. Here it "
            f"{'depends' if design else 'seems to depend'} on outcomes (design {kind!r}): successes come last, so that "
            f"{quantity} is biased. Use bs.fit_risk(trials, design={kind!r}).at([k]), which is not biased, or give "
            "design='fixed' if the numbers were set in advance"
        )


def _in_rows(values: Array, where: NDArray[np.bool_]) -> str:
    return values_in_rows([float(value) for value in values[where]], (np.flatnonzero(where) + 1).tolist())
