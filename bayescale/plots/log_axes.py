"""Log axes of counts, compute and losses."""

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from bayescale.core.text import human_time
from bayescale.plots.wording import AXES, plain, size_text

#: Minutes with a tick on an axis of human time, 10 ms to 8,000 h.
HUMAN_TIMES = (1e-3 / 6, 1 / 60, 1 / 6, 1.0, 10.0, 60.0, 480.0, 4800.0, 48_000.0, 480_000.0)


def log_x(axes: Axes, name: str, values: Iterable[float]) -> None:
    """Format the horizontal axis as a log axis of a quantity: counts as 1M or 1B, compute as powers of ten.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    name : str
        The quantity.
    values : iterable of float
        Values that the axis must contain.
    """
    axes.set_xscale("log")
    numbers = np.asarray([*values], dtype=float)
    low, high = numbers.min(), numbers.max()
    margin = (high / low) ** 0.06 if high > low else 2.0
    axes.set_xlim(low / margin, high * margin)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=_steps(low, high), numticks=8))
    axes.xaxis.set_minor_formatter(NullFormatter())
    if name != "flops":
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: size_text(value)))
    axes.set_xlabel(AXES.get(name, plain(name)))


def log_sizes(axes: Axes, name: str) -> None:
    """Format the vertical axis as a log axis of counts: 1M, 1B.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    name : str
        The quantity.
    """
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(base=10, subs=_steps(*axes.get_ylim()), numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: size_text(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel(AXES.get(name, plain(name)))


def log_y(axes: Axes, label: str) -> None:
    """Format the vertical axis as a log axis of a loss, with plain round numbers: a loss rarely spans a decade.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    label : str
        The label.
    """
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()
    axes.set_ylabel(label)


def human_times(axes: Axes, side: str) -> None:
    """Format an axis as a log axis of human time, with round times as ticks.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    side : {"x", "y"}
        The axis.
    """
    (axes.set_xscale if side == "x" else axes.set_yscale)("log")
    low, high = axes.get_xlim() if side == "x" else axes.get_ylim()
    axis = axes.xaxis if side == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator([tick for tick in HUMAN_TIMES if low <= tick <= high]))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: human_time(value)))


def _steps(low: float, high: float) -> tuple[float, ...]:
    """The multiples of powers of ten that have a tick: more where the range is short."""
    decades = np.log10(high / low) + 1e-9
    return (1.0,) if decades >= 2.5 else (1.0, 3.0) if decades >= 1.2 else (1.0, 2.0, 5.0)
