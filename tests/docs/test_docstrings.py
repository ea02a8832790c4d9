"""Docstrings as Markdown: sections as tables, lists and code."""

import pytest

from tools.docstrings import docstring_markdown

DOCSTRING = """Find the optimal size for ``flops``.

The optimum is that of the median.

Parameters
----------
flops : float or sequence of float
    Training budgets,
    in FLOP | ExaFLOP.
low, high : float, default 0.5
    Ends of an interval.

Returns
-------
Allocation
    One row per budget.

Raises
------
LawError, InputError
    If the law does not take ``n_params``.

See Also
--------
isoflop : Draw the optimum.

References
----------
Hoffmann et al. (2022), arXiv:2203.15556.

Examples
--------
>>> 1 + 1
2
"""


def sections(markdown: str) -> dict[str, str]:
    """Text below each bold heading; what comes before the first stands under ""."""
    parts = markdown.split("\n\n**")
    return {"": parts[0], **dict(part.split("**\n\n", 1) for part in parts[1:])}


def test_sections_become_tables_lists_and_code() -> None:
    markdown = sections(docstring_markdown(DOCSTRING))
    assert markdown[""] == "Find the optimal size for `flops`.\n\nThe optimum is that of the median."
    assert markdown["Parameters"].splitlines() == [
        "| name | type | description |",
        "| --- | --- | --- |",
        "| `flops` | float or sequence of float | Training budgets, in FLOP \\| ExaFLOP. |",
        "| `low`, `high` | float, default 0.5 | Ends of an interval. |",
    ]
    assert markdown["Returns"].splitlines()[-1] == "| Allocation | One row per budget. |"
    assert markdown["Raises"].splitlines()[-1] == "| `LawError`, `InputError` | If the law does not take `n_params`. |"
    assert markdown["See also"] == "- `isoflop`: Draw the optimum."
    assert markdown["References"] == "Hoffmann et al. (2022), arXiv:2203.15556."
    assert markdown["Examples"] == "```pycon\n>>> 1 + 1\n2\n```"


def test_named_results_have_a_column_of_names() -> None:
    entries = "low : float\n    The low end.\nhigh : float\n    The high end."
    markdown = docstring_markdown(f"Split.\n\nReturns\n-------\n{entries}")
    assert "| `low` | float | The low end. |\n| `high` | float | The high end. |" in markdown


@pytest.mark.parametrize(
    ("docstring", "markdown"),
    [
        ("", ""),
        ("One sentence.", "One sentence."),
        ("Law.\n\n    a * b  the product", "Law.\n\n```text\n    a * b  the product\n```"),
    ],
)
def test_docstrings_without_sections_are_text(docstring: str, markdown: str) -> None:
    assert docstring_markdown(docstring) == markdown
