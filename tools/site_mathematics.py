"""Formulas of the documentation site as MathML, which browsers draw without a script: a hook of MkDocs."""

import html
import re
from typing import Any

from latex2mathml.converter import convert

MARKED = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
OF_NOTEBOOK = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)


def on_page_content(content: str, **_: Any) -> str:
    """Replace the formulas of a page.

    Parameters
    ----------
    content : str
        HTML of the page.
    **_
        What else MkDocs passes to a hook.

    Returns
    -------
    str
        The same with MathML.
    """
    content = MARKED.sub(lambda found: _mathml(found[3], inline=found[2] == "("), content)
    return OF_NOTEBOOK.sub(lambda found: _mathml(found[1], inline=False), content)


def _mathml(latex: str, inline: bool) -> str:
    """One formula."""
    return str(convert(html.unescape(latex).strip(), display="inline" if inline else "block"))
