"""Figures and formulas as SVG that follows the colours of a page."""

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import matplotlib
import matplotlib.colors
from matplotlib.figure import Figure

from bayescale.plots.panels.canvas import Drawn
from bayescale.plots.style import INK, LINE, PAPER, SOFT

MARKER = r"(<use [^>]*)/>"


def figure_svg(figure: Figure, name: str) -> str:
    """Write a figure as an <svg> element for a page.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    name : str
        Part of the ids, which differ between the figures of a page.

    Returns
    -------
    str
        SVG whose ink follows the colours of the page. Points with a text show it under the pointer.
    """
    return _themed(_element(_document(figure, name, "none")))


def figure_document(figure: Figure, name: str) -> str:
    """Write a figure as an SVG document in its light colours, the same for the same figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    name : str
        Part of the ids.

    Returns
    -------
    str
        SVG with text as text.
    """
    return _document(figure, name, PAPER)


def equation_svg(latex: str) -> str:
    """Write a formula as an <svg> element for a page.

    Parameters
    ----------
    latex : str
        LaTeX that matplotlib can draw.

    Returns
    -------
    str
        SVG in the ink of the page.
    """
    figure = Figure(figsize=(0.01, 0.01), facecolor="none")
    figure.text(0, 0, f"${latex}$", fontsize=15, color=INK)
    buffer = io.StringIO()
    with matplotlib.rc_context(_EQUATION):
        _write(figure, buffer)
    return _themed(_element(buffer.getvalue()))


def _document(figure: Figure, name: str, paper: str) -> str:
    """An SVG document with the hover texts of a figure."""
    buffer = io.StringIO()
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": name, "svg.id": f"figure-{name}"}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)  # the page's fonts have it
        _write(figure, buffer, paper)
    return _with_titles(buffer.getvalue(), figure.hover if isinstance(figure, Drawn) else {})


def _write(figure: Figure, buffer: io.StringIO, paper: str = "none") -> None:
    """Write SVG without a date, so that the same posterior gives the same report."""
    no_metadata = {"Date": None, "Creator": None}
    figure.savefig(buffer, format="svg", metadata=no_metadata, facecolor=paper, bbox_inches="tight", pad_inches=0.05)


def _with_titles(document: str, hover: Mapping[str, Sequence[str]]) -> str:
    """The document with a <title> in each marker of a line, where the line has one text for each marker."""
    for gid, texts in hover.items():
        start = document.find(f'<g id="{gid}">')
        end = document.find('<g id="', start + 1)
        group = document[start:end] if start >= 0 else ""
        if len(re.findall(MARKER, group)) == len(texts):
            parts = re.split(MARKER, group)  # between markers, and at odd places the markers
            titled = zip(parts[1::2], texts, strict=True)
            parts[1::2] = [f"{use}><title>{_text(text)}</title></use>" for use, text in titled]
            document = document[:start] + "".join(parts) + document[end:]
    return document


def _text(text: str) -> str:
    """A text in XML, without characters that XML does not allow."""
    return escape(re.sub(r"[^\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", text))


def _element(document: str) -> str:
    """The <svg> element of a document, without prolog, document type, metadata and ids of groups.

    matplotlib numbers the groups of every figure alike ("axes_1"), and an id must be unique on a page.
    """
    element = re.sub(r'<g id="[^"]*"', "<g", document[document.index("<svg") :])
    return re.sub(r"\s*<metadata>.*?</metadata>", "", element, count=1, flags=re.DOTALL).strip()


def _themed(element: str) -> str:
    for colour_, variable in ((INK, "ink"), (SOFT, "soft"), (LINE, "line"), (PAPER, "paper")):
        element = re.sub(rf"(fill|stroke): ?{colour_}", rf"\1: var(--{variable}, {colour_})", element)
    return element


_EQUATION: Any = {
    "svg.fonttype": "path",
    "svg.hashsalt": "equation",
    "svg.id": "equation",
    "mathtext.fontset": "cm",
}
