"""Widths of a table's columns, and its parts where it is wider than a line."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayescale.report.tables import Table

GAP = 3  # between columns
LONGEST = 24  # characters of a cell that stay on one line in a narrow table


def narrowest(table: "Table") -> list[int]:
    """Return the least width of each column at which no number and no word of a heading is broken.

    Parameters
    ----------
    table : Table
        The table.

    Returns
    -------
    list of int
        Characters by column.
    """
    cells = [[row[place] for row in table.rows] for place in range(len(table.columns))]
    return [
        max([0, *map(len, name.split()), *(min(len(cell), LONGEST) for cell in column)])
        for name, column in zip(table.columns, cells, strict=True)
    ]


def columns_side_by_side(table: "Table", least: Sequence[int], width: int) -> list[list[int]]:
    """Divide the columns of a table into parts that fit a width.

    Parameters
    ----------
    table : Table
        The table. The columns that name its rows are in every part.
    least : sequence of int
        The widths of `narrowest`.
    width : int
        Characters of a line.

    Returns
    -------
    list of list of int
        Places of the columns of each part.
    """
    taken = [GAP + characters for characters in least]
    n_keys = _key_columns(table, taken, width)
    keys, room = [*range(n_keys)], width - sum(taken[:n_keys])
    if sum(taken) <= width or room < width / 2:
        return [[*range(len(taken))]]
    parts, left = [[*keys]], room
    for place in range(n_keys, len(taken)):
        if taken[place] > left and len(parts[-1]) > n_keys:
            parts, left = [*parts, [*keys]], room
        parts[-1].append(place)
        left -= taken[place]
    return parts


def _key_columns(table: "Table", taken: Sequence[int], width: int) -> int:
    """Count of leading columns that name the rows: those before the first number, and more until no two rows agree.

    More columns are taken only where they tell the rows apart and fill at most half of the width.
    """
    before_numbers = max(1, next((place for place, numeric in enumerate(table.numeric) if numeric), 1))
    for count in range(before_numbers, len(taken)):
        if count > before_numbers and sum(taken[:count]) > width / 2:
            break
        if len({tuple(row[:count]) for row in table.rows}) == len(table.rows):
            return count
    return before_numbers


def shared_out(table: "Table", part: Sequence[int], least: Sequence[int], width: int) -> list[int | None]:
    """Return the width of each column of a part. Columns that need more share the rest, last first.

    Parameters
    ----------
    table : Table
        The table.
    part : sequence of int
        Places of the columns.
    least : sequence of int
        The widths of `narrowest`.
    width : int
        Characters of a line.

    Returns
    -------
    list of int or None
        Characters by column; None leaves the width to the renderer, because the columns do not fit.
    """
    left = width - sum(GAP + least[place] for place in part)
    if left < 0:
        return [None] * len(part)
    widths: dict[int, int | None] = {}
    for place in reversed(part):
        needed = max([len(table.columns[place]), *(len(row[place]) for row in table.rows)])
        more = min(needed - least[place], left)
        widths[place], left = least[place] + more, left - more
    return [widths[place] for place in part]
