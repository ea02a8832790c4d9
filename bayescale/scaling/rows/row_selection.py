"""Which rows remain of a table with too many runs of one row each: rows that fill the space of the inputs.

Rows are chosen by their inputs alone, never by their response, so that a posterior of the chosen rows is valid; it is
wider, by what the rows left out would have said. Rows of equal inputs cannot be joined into their mean and count
instead: these are sufficient for normal noise, and the noise of every model here is Student-t, whose tails come from
the single rows.
"""

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]


def space_filling(points: Array, family: Index, most: int) -> Index:
    """Choose at most `most` rows, as many of each family as possible up to an equal number.

    The rows of a family are halved again and again across the input that varies most, until there is one cell for each
    row that is chosen. Of a cell the row farthest from the middle of the family remains, since the ends of an input say
    most about its exponent.

    Parameters
    ----------
    points : array, shape (row, input)
        Inputs on their axes.
    family : array of int, shape (row,)
        Index of each row's family.
    most : int
        Number of rows to choose, at least one of each family.

    Returns
    -------
    array of int
        Places of the rows, in order.
    """
    spread = points.std(axis=0)
    scaled = (points - points.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    chosen = []
    for code, quota in enumerate(_quotas(np.bincount(family), most)):
        rows = np.flatnonzero(family == code)
        from_middle = ((scaled[rows] - scaled[rows].mean(axis=0)) ** 2).sum(axis=1)
        cells = _cells(scaled[rows], quota)
        chosen += [rows[cell[from_middle[cell].argmax()]] for cell in cells]
    return np.sort(np.array(chosen, dtype=np.int64))


def _quotas(sizes: Index, most: int) -> list[int]:
    """Rows of each family: all of small families, and an equal number of the others."""
    quotas, left = np.zeros(len(sizes), dtype=np.int64), most
    for rank, place in enumerate(np.argsort(sizes, kind="stable")):
        quotas[place] = min(int(sizes[place]), left // (len(sizes) - rank))
        left -= int(quotas[place])
    return [int(quota) for quota in quotas]


def _cells(points: Array, count: int) -> list[Index]:
    """Cells of nearly equal numbers of points, each the places of its points."""
    done: list[Index] = []
    open_cells = [(np.arange(len(points)), count)] if count else []
    while open_cells:
        places, parts = open_cells.pop()
        if parts == 1:
            done.append(places)
            continue
        column = points[places, int(np.ptp(points[places], axis=0).argmax())]
        ordered = places[np.argsort(column, kind="stable")]
        lower = parts // 2
        split = round(len(places) * lower / parts)
        open_cells += [(ordered[:split], lower), (ordered[split:], parts - lower)]
    return done
