"""Panels of a figure: those of a new figure or axes of the caller, with their legend and titles.

Every `plot_*` makes its panels with `canvas`, the only place that reads an argument `ax`.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bayescale.errors import InputError

type AxesArgument = Axes | Sequence[Axes] | None
type Layout = Sequence[Sequence[int]]

NO_PANEL = -1  # in a layout
CHARACTER, HANDLE = 0.066, 0.5  # width of a character and of the rest of an entry of a legend, in inches
TEXT_AS_TEXT: Any = {"svg.fonttype": "none", "pdf.fonttype": 42, "ps.fonttype": 42}


class Drawn(Figure):
    """A figure that a notebook shows without pyplot, and whose SVG and PDF files keep text as text.

    Attributes
    ----------
    hover : dict of str to sequence of str
        Text of each point of a line, by the line's gid. SVG on a page shows it under the pointer.
    """

    def __init__(self, *, figsize: tuple[float, float]) -> None:
        super().__init__(figsize=figsize, layout="constrained")
        self.hover: dict[str, Sequence[str]] = {}

    def savefig(self, *args: Any, **settings: Any) -> None:
        """Write the figure as `matplotlib.figure.Figure.savefig` does, with text as text in SVG, PDF and PostScript.

        Parameters
        ----------
        *args, **settings
            Those of `matplotlib.figure.Figure.savefig`.
        """
        with matplotlib.rc_context(TEXT_AS_TEXT):
            super().savefig(*args, **settings)

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


@dataclass(frozen=True)
class Canvas:
    """The panels of a figure.

    Attributes
    ----------
    panels : list of Axes
        The panels in reading order.
    layout : sequence of sequence of int
        The panel at each place of the grid; a panel may span several places, and -1 is an empty place.
    external : bool
        Whether the panels are axes of the caller, whose figure may hold other panels.
    """

    panels: list[Axes]
    layout: Layout
    external: bool

    @property
    def figure(self) -> Figure:
        """The figure of the panels."""
        figure = self.panels[0].get_figure(root=True)
        assert figure is not None
        return figure

    def at_left(self, place: int) -> bool:
        """Return whether no panel is left of this one, so that it needs the label of the vertical axis.

        Parameters
        ----------
        place : int
            The panel.

        Returns
        -------
        bool
            True if it needs the label; always on axes of the caller.
        """
        return self.external or any(line[0] == place for line in self.layout)

    def at_bottom(self, place: int) -> bool:
        """Return whether no panel is below this one, so that it needs the label of the horizontal axis.

        Parameters
        ----------
        place : int
            The panel.

        Returns
        -------
        bool
            True if it needs the label; always on axes of the caller.
        """
        columns = [column for line in self.layout for column, panel in enumerate(line) if panel == place]
        last = max(index for index, line in enumerate(self.layout) if place in line)
        return self.external or all(line[column] == NO_PANEL for line in self.layout[last + 1 :] for column in columns)

    def legend(self, handles: Sequence[Any], columns: int) -> None:
        """Add one legend: below the panels of a new figure, or in the first of the caller's axes.

        Parameters
        ----------
        handles : sequence of Artist
            Artists with labels.
        columns : int
            Number of columns, at most; fewer where the labels are long.
        """
        if self.external:
            self.panels[0].legend(handles=list(handles), fontsize=8)
            return
        fitting = _fitting_columns([handle.get_label() for handle in handles], columns, self.figure.get_figwidth())
        place: Any = {"loc": "outside lower left", "ncols": fitting}
        self.figure.legend(handles=list(handles), **place, handletextpad=0.6, columnspacing=1.6)

    def title(self, text: str) -> None:
        """Add a title for all panels; on the caller's axes it stands above the title of the first.

        Parameters
        ----------
        text : str
            The title.
        """
        if self.external:
            first = self.panels[0]
            first.set_title("\n".join(part for part in (text, first.get_title(loc="left")) if part), loc="left")
            return
        self.figure.suptitle(text, x=0.01, ha="left", fontsize=10)

    def label_x(self, text: str) -> None:
        """Label the horizontal axis of all panels.

        Parameters
        ----------
        text : str
            The label.
        """
        self._label(text, "x")

    def label_y(self, text: str) -> None:
        """Label the vertical axis of all panels.

        Parameters
        ----------
        text : str
            The label.
        """
        self._label(text, "y")

    def _label(self, text: str, direction: str) -> None:
        if not self.external:
            getattr(self.figure, f"sup{direction}label")(text, fontsize=9.5)
            return
        for axes in self.panels:
            getattr(axes, f"set_{direction}label")(text)


def canvas(
    ax: AxesArgument,
    layout: Layout,
    size: tuple[float, float],
    *,
    share_x: bool = False,
    share_y: bool = False,
    heights: Sequence[float] | None = None,
) -> Canvas:
    """Return the panels to draw on: axes of the caller, or those of a new figure.

    Parameters
    ----------
    ax : Axes, sequence of Axes or None
        Axes of the caller, one per panel of the layout; None makes a new figure.
    layout : sequence of sequence of int
        Places of the panels, as of `layout_of`.
    size : tuple of float
        Width and height of a new figure, in inches.
    share_x, share_y : bool, default False
        Whether the panels of a new figure share an axis.
    heights : sequence of float, optional
        Relative heights of the lines of a new figure.

    Returns
    -------
    Canvas
        The panels.

    Raises
    ------
    InputError
        `ax` holds another number of Axes than there are panels, or Axes of several figures.
    """
    count = 1 + max(panel for line in layout for panel in line)
    if ax is not None:
        return Canvas(_axes_of_caller(ax, count), layout, external=True)
    figure = Drawn(figsize=size)
    panels = figure.subplot_mosaic(
        [list(line) for line in layout],
        sharex=share_x,
        sharey=share_y,
        empty_sentinel=NO_PANEL,
        height_ratios=None if heights is None else list(heights),
    )
    new_canvas = Canvas([panels[place] for place in range(count)], layout, external=False)
    for place, axes in enumerate(new_canvas.panels):
        axes.tick_params(
            labelbottom=not share_x or new_canvas.at_bottom(place), labelleft=not share_y or new_canvas.at_left(place)
        )
    return new_canvas


def layout_of(count: int, columns: int) -> list[list[int]]:
    """Return the layout of panels in reading order.

    Parameters
    ----------
    count, columns : int
        Number of panels and of columns.

    Returns
    -------
    list of list of int
        The panel at each place; -1 where there is none.
    """
    lines = -(-count // columns)
    places = [*range(count), *[NO_PANEL] * (lines * columns - count)]
    return [places[line * columns : (line + 1) * columns] for line in range(lines)]


def columns_of(count: int) -> int:
    """Return the number of columns in which panels of one kind are easy to compare.

    Parameters
    ----------
    count : int
        Number of panels.

    Returns
    -------
    int
        At most three.
    """
    return 2 if count in (2, 4) else min(3, count)


def _fitting_columns(labels: Sequence[str], columns: int, width: float) -> int:
    """The most columns of a legend, at most `columns`, that fit a width in inches; the legend fills them in turn."""
    for count in range(columns, 1, -1):
        lines = -(-len(labels) // count)
        longest = [max(map(len, labels[start : start + lines])) for start in range(0, len(labels), lines)]
        if sum(CHARACTER * length + HANDLE for length in longest) <= width:
            return count
    return 1


def _axes_of_caller(ax: Axes | Sequence[Axes], count: int) -> list[Axes]:
    panels = [ax] if isinstance(ax, Axes) else list(ax)
    if len(panels) != count:
        noun = "panel" if count == 1 else "panels"
        raise InputError(
            f"ax holds {len(panels)} Axes, and this figure has {count} {noun}: give {count} Axes, such as "
            f"ax=plt.subplots(1, {count}, squeeze=False)[1].ravel()"
        )
    if len({id(axes.get_figure(root=True)) for axes in panels}) > 1:
        raise InputError("ax holds Axes of several figures: give Axes of one figure")
    return panels


def add_hover(line: Line2D, texts: Sequence[str]) -> None:
    """Give each point of a line a text that SVG on a page shows under the pointer.

    Axes of the caller keep no texts, because only reports write such SVG.

    Parameters
    ----------
    line : matplotlib.lines.Line2D
        A line whose points are drawn with markers.
    texts : sequence of str
        One text per point.
    """
    figure = line.get_figure(root=True)
    if isinstance(figure, Drawn):
        gid = f"points-{len(figure.hover)}"
        line.set_gid(gid)
        figure.hover[gid] = tuple(texts)
