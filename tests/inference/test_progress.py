"""The bar of a notebook: few words, escaped, and none of it elsewhere."""

import sys
from types import SimpleNamespace

import pytest

from bayescale.inference import sample
from bayescale.inference.progress import Progress, in_notebook, shown_in_cell


def test_it_says_how_far_sampling_is() -> None:
    assert repr(Progress("first", 300, 6000, 0)) == "sampling (first): 300 of 6000 draws"
    assert repr(Progress("first", 300, 6000, 2)).endswith("6000 draws, 2 divergent")
    page = Progress("<b>", 300, 6000, 0)._repr_html_()
    assert '<progress max="6000" value="300"' in page
    assert "<b>" not in page


def test_here_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not in_notebook()
    pytest.importorskip("ipykernel")
    monkeypatch.setitem(sys.modules, "ipykernel", sys.modules.get("ipykernel", SimpleNamespace()))
    assert not in_notebook()  # it is imported, and no kernel runs


def test_the_bar_moves_with_all_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    display = pytest.importorskip("IPython.display")
    seen: list[str] = []
    handle = SimpleNamespace(update=lambda value: seen.append(repr(value)))
    monkeypatch.setattr(display, "display", lambda value, display_id: handle)
    moved = shown_in_cell("first", 1000)
    chains = [SimpleNamespace(finished_draws=200, divergences=1), SimpleNamespace(finished_draws=300, divergences=0)]
    sample._heard(moved, chains)
    moved(1000, 0)
    assert seen == ["sampling (first): 500 of 1000 draws, 1 divergent", "sampling (first): 1000 of 1000 draws"]
