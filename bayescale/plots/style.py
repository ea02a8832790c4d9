"""How figures look, and how they become text: one palette, readable log axes, SVG that follows the page's colours.

Figures are drawn in the light colours below; `svg` turns ink and lines into the page's CSS variables, so that one
drawing serves light and dark. Colours tell families apart for colour-blind readers too (Okabe and Ito 2008), and each
family has a marker of its own.
"""

import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.colors
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from bayescale.core.display import printable

INK, SOFT, LINE, PAPER = "#1c1e21", "#5b6169", "#d9dce0", "#ffffff"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#8f6bd1", "#7f7f7f")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")
AXES = {
    "n_params": "parameters",
    "n_tokens": "training tokens",
    "flops": "training compute (FLOP)",
    "n_unique_tokens": "distinct training tokens",
    "n_streams": "parallel streams",
    "tokens_per_param": "tokens per parameter",
}
UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))

_STYLE: Any = {
    "font.size": 9.5,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
}
_EQUATION: Any = {
    "svg.fonttype": "path",
    "svg.hashsalt": "equation",
    "svg.id": "equation",
    "mathtext.fontset": "cm",
}


class Drawn(Figure):
    """A figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


@contextmanager
def drawing() -> Iterator[None]:
    """The style in force while a figure is made; matplotlib's settings are as before afterwards."""
    with matplotlib.rc_context(_STYLE):
        yield


def plain(text: object) -> str:
    """Text from data as matplotlib shows it letter by letter: no mathematics, no label hidden for its underscore."""
    shown = printable(str(text)).replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown


def colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


def marker(index: int) -> str:
    return MARKERS[(index + index // len(COLOURS)) % len(MARKERS)]


def level(prob: float) -> str:
    """A probability as legends say it: .9 → "90 %"."""
    return f"{100 * prob:.4g} %"


def response(name: str) -> str:
    """A response with its unit, where it has one that is known."""
    return "loss (nats per token)" if name == "loss" else plain(name)


def ramp(count: int) -> list[str]:
    """Colours for what comes in an order: from dark to light, told apart by colour-blind readers and in grey."""
    shades = matplotlib.colormaps["viridis"](np.linspace(0.12, 0.82, count) if count > 1 else [0.3])
    return [matplotlib.colors.to_hex(shade) for shade in shades]


def panels(count: int, width: float, height: float, *, least: float, below: float) -> tuple[Figure, list[Axes], int]:
    """A figure of `count` panels with the same axes, `width` by `height` inches each, and how many columns they have.

    `least` is the width of the figure at least, `below` what its legend takes.
    """
    columns = 2 if count in (2, 4) else min(3, count)
    lines = -(-count // columns)
    figure = Drawn(figsize=(max(least, width * columns), height * lines + below), layout="constrained")
    flat: list[Axes] = list(figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).flat)
    for axes in flat[count:]:
        axes.set_visible(False)
    for place, axes in enumerate(flat[:count]):
        axes.tick_params(labelbottom=place + columns >= count)
    return figure, flat[:count], columns


def size_text(value: float) -> str:
    """A count as people say it: 6.9e9 → "6.9B", 300 → "300", 3e22 → "3e+22"."""
    value = float(f"{value:.3g}")
    for unit, letter in UNITS:
        if unit <= value < 1000 * unit:
            return f"{value / unit:.3g}{letter}"
    return f"{value:.3g}"


def log_x(axes: Axes, name: str, values: Iterable[float]) -> None:
    """A log axis of a quantity: counts as 1M, 1B; compute as powers of ten; more ticks where the range is short."""
    axes.set_xscale("log")
    found = np.asarray([*values], dtype=float)
    low, high = found.min(), found.max()
    margin = (high / low) ** 0.06 if high > low else 2.0
    axes.set_xlim(low / margin, high * margin)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=_steps(low, high), numticks=8))
    axes.xaxis.set_minor_formatter(NullFormatter())
    if name != "flops":
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: size_text(value)))
    axes.set_xlabel(AXES.get(name, plain(name)))


def log_sizes(axes: Axes, name: str) -> None:
    """A log axis upwards of counts: 1M, 1B, with more ticks where the range is short."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(base=10, subs=_steps(*axes.get_ylim()), numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: size_text(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel(AXES.get(name, plain(name)))


def _steps(low: float, high: float) -> tuple[float, ...]:
    """Which multiples of a power of ten get a tick."""
    decades = np.log10(high / low) + 1e-9
    return (1.0,) if decades >= 2.5 else (1.0, 3.0) if decades >= 1.2 else (1.0, 2.0, 5.0)


def log_y(axes: Axes, label: str) -> None:
    """A log axis of a loss: plain numbers at round places, since a loss rarely spans a decade."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()
    axes.set_ylabel(label)


def svg(figure: Figure, name: str) -> str:
    """The figure as an <svg> element to stand in a page: its ink follows the page, its ids differ by `name`."""
    buffer = io.StringIO()
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": name, "svg.id": f"figure-{name}"}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)  # the page's fonts have it
        _write(figure, buffer)
    return _themed(_element(buffer.getvalue()))


def equation_svg(latex: str) -> str:
    """A formula drawn by matplotlib as an <svg> element in the page's ink."""
    figure = Figure(figsize=(0.01, 0.01), facecolor="none")
    figure.text(0, 0, f"${latex}$", fontsize=15, color=INK)
    buffer = io.StringIO()
    with matplotlib.rc_context(_EQUATION):
        _write(figure, buffer)
    return _themed(_element(buffer.getvalue()))


def _write(figure: Figure, buffer: io.StringIO) -> None:
    """SVG without a date, so that the same posterior makes the same report."""
    unsaid = {"Date": None, "Creator": None}
    figure.savefig(buffer, format="svg", metadata=unsaid, facecolor="none", bbox_inches="tight", pad_inches=0.05)


def _element(document: str) -> str:
    """The <svg> element of a document, without prolog, document type and metadata."""
    element = document[document.index("<svg") :]
    return re.sub(r"\s*<metadata>.*?</metadata>", "", element, count=1, flags=re.DOTALL).strip()


def _themed(element: str) -> str:
    for colour_, variable in ((INK, "ink"), (SOFT, "soft"), (LINE, "line"), (PAPER, "paper")):
        element = re.sub(rf"(fill|stroke): ?{colour_}", rf"\1: var(--{variable}, {colour_})", element)
    return element


def legend_below(figure: Figure, handles: Sequence[Any], columns: int) -> None:
    """One legend for all panels, under them."""
    figure.legend(handles=list(handles), loc="outside lower left", ncols=columns, handletextpad=0.6, columnspacing=1.6)
