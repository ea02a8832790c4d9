"""A small chart of intervals and measurements as SVG text: a page of a site needs no figure of matplotlib."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from bayescale.core.display import printable
from bayescale.core.text import human_time
from bayescale.report.formats import digits

WIDTH, ROW, MARGIN = 420.0, 44.0, 10.0  # of a chart that a phone shows without scaling it down much
LONGEST_LABEL = 60  # characters


@dataclass(frozen=True)
class Interval:
    """One row of a chart.

    Parameters
    ----------
    label : str
        What is forecast. Text from data is escaped.
    lower, median, upper : float
        The forecast.
    measured : float or None
        The measured value; None while it is awaited.
    """

    label: str
    lower: float
    median: float
    upper: float
    measured: float | None = None

    @property
    def inside(self) -> bool:
        """Whether the interval contains the measured value."""
        return self.measured is not None and self.lower <= self.measured <= self.upper


def interval_svg(rows: Sequence[Interval], times: bool = False) -> str:
    """Draw intervals on one axis, with a diamond for each measured value (filled where it lies outside).

    Parameters
    ----------
    rows : sequence of Interval
        At least one row of finite numbers.
    times : bool, default False
        Whether the values are times in minutes: the axis is logarithmic then, and its ends are written as times.

    Returns
    -------
    str
        An <svg> element in the colours of the page.
    """
    values = [value for row in rows for value in (row.lower, row.upper, row.median, row.measured) if value is not None]
    least, largest = min(values), max(values)
    scale, written = (math.log, human_time) if times else (float, digits)
    span = (scale(largest) - scale(least)) or 1.0
    height = ROW * len(rows) + 24

    def at(value: float) -> float:
        return round(MARGIN + (WIDTH - 2 * MARGIN) * (scale(value) - scale(least)) / span, 1)

    drawn = "".join(_row(row, place * ROW, at) for place, row in enumerate(rows))
    base = height - 20
    axis = (
        f'<path d="M{MARGIN:g} {base:g}H{WIDTH - MARGIN:g}" stroke="var(--line)"/>'
        f'<g fill="var(--soft)" font-size="11"><text x="{MARGIN:g}" y="{base + 14:g}">{written(least)}</text>'
        f'<text x="{WIDTH - MARGIN:g}" y="{base + 14:g}" text-anchor="end">{written(largest)}</text></g>'
    )
    box = f'viewBox="0 0 {WIDTH:g} {height:g}" width="{1.3 * WIDTH:g}" height="{1.3 * height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{drawn}{axis}</svg>'


def _row(row: Interval, top: float, at: Callable[[float], float]) -> str:
    label = printable(row.label)
    label = label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
    middle = top + 28
    left, right, median = at(row.lower), at(row.upper), at(row.median)
    text = f'<text x="{MARGIN:g}" y="{top + 14:g}" font-size="11.5" fill="var(--ink)">{escape(label)}</text>'
    bar = f'<path d="M{left:g} {middle:g}H{right:g}" stroke="var(--link)" stroke-width="5" stroke-opacity=".45"/>'
    tick = f'<path d="M{median:g} {middle - 6:g}v12" stroke="var(--link)" stroke-width="2.5"/>'
    if row.measured is None:
        return text + bar + tick
    fill = "var(--paper)" if row.inside else "var(--ink)"
    diamond = f"M{at(row.measured):g} {middle - 5:g}l5 5l-5 5l-5-5z"
    return f'{text}{bar}{tick}<path d="{diamond}" fill="{fill}" stroke="var(--ink)" stroke-width="1.3"/>'
