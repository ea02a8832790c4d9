"""What values show at a prompt and in a notebook: little, readable, and no markup from data."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.calibration.result import SimulationResult, calibration
from bayescale.core.display import FEW_ROWS, MOST_ROWS, Page, Shown, printable
from bayescale.maintenance.outcome import Outcome, Outcomes
from bayescale.maintenance.store.versions import History, Version
from bayescale.scaling.decisions.compare import Comparison
from bayescale.scaling.evaluation.backtest import Backtest
from bayescale.scaling.evaluation.stacking import Stack
from bayescale.scaling.predict.blocks import of_dataset
from bayescale.scaling.predict.forecast import Forecast

HOSTILE = "<script>alert(1)</script>"


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.classes: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.classes += [str(value) for name, value in attrs if name == "class"]
        assert not [name for name, value in attrs if name.startswith("on") or "javascript" in str(value)]

    def handle_data(self, data: str) -> None:
        self.words += data


def table(rows: int = 2) -> pd.DataFrame:
    return pd.DataFrame({"family": [HOSTILE] * rows, HOSTILE: np.arange(rows) / 3})


def test_a_page_escapes_titles_cells_headings_and_notes() -> None:
    found = Elements(Page(f"title {HOSTILE}", table(), (f"note {HOSTILE}",), r"E < 1").html)
    assert not {"script", "img"} & set(found.tags)
    assert found.words.count(HOSTILE) == 5
    assert "$$E < 1$$" in found.words


def test_what_is_not_there_leaves_nothing_behind() -> None:
    assert set(Elements(Page("alone").html).tags) == {"div", "p"}
    assert Page("alone").text == "alone"


def test_colours_are_the_notebooks_own() -> None:
    text = Page("title", table(), ("note",)).html
    assert "color" not in text
    assert "background" not in text


def test_dollars_of_data_are_no_mathematics() -> None:
    text = Page(r"$\href{javascript:alert(1)}{x}$", table(), ("$x$",), "a^2").html
    before, formula, after = text.partition("<div>$$a^2$$</div>")
    assert formula
    for part in (before, after):
        assert part.startswith('<div class="tex2jax_ignore mathjax_ignore">')
        assert part.endswith("</div>")


def test_control_characters_do_not_come_through() -> None:
    page = Page("a\x1b[2Jb", pd.DataFrame({"x": ["\x07\u202e"]}), ("\x1b",))
    for shown in (page.html, page.text):
        assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert printable("a\tb") == "a\ufffdb"


def test_one_wide_row_stands_upright() -> None:
    row = pd.DataFrame({f"quantity_{place}": [10.0 ** (3 * place)] for place in range(12)}).assign(family=HOSTILE)
    lines = Page("title", row).text.splitlines()
    assert len(lines) == 1 + len(row.columns)
    assert [line.split() for line in (lines[9], lines[-1])] == [["quantity_8", "1e+24"], ["family", HOSTILE]]
    assert len({line.index(line.split()[1]) for line in lines[1:]}) == 1
    assert len(Page("title", row[["quantity_0", "family"]]).text.splitlines()) == 3


def test_long_tables_are_cut() -> None:
    page = Page("long", table(500))
    assert Elements(page.html).tags.count("tr") <= MOST_ROWS + 2
    assert len(page.text.splitlines()) <= FEW_ROWS + 6


def shown() -> dict[str, Shown]:
    """One of each kind that needs no posterior."""
    one = {"a_family": [HOSTILE], "law_below": [0.5]}
    draws = bs.law("chinchilla")
    ranks = [
        SimulationResult({HOSTILE: np.random.default_rng(i).integers(101)}, 1, True, "", False, {}) for i in range(20)
    ]
    from xarray import Dataset

    return {
        "comparison": Comparison(Dataset(), pd.DataFrame(one), 0.8),
        "forecast": Forecast(of_dataset(Dataset()), pd.DataFrame(one), 0.8, pd.DataFrame()),
        "backtest": Backtest(pd.DataFrame(one), pd.DataFrame(), (f"{HOSTILE}: no row",), 0.8),
        "stack": Stack(pd.DataFrame({"law": [HOSTILE], "weight": [1.0]}), 3),
        "calibration": calibration(HOSTILE, ranks, 100, {"family": np.array(["a"])}, random_seed=1),
        "law": bs.Law("mine", draws.expression, source=HOSTILE),
        "runs": bs.read_runs(pd.DataFrame({"family": [HOSTILE] * 2, "n_params": [1e8, 2e8], "loss": [3.0, 2.9]})),
        "trials": bs.read_trials(
            pd.DataFrame({"model": HOSTILE, "problem": ["x", "y"], "attempts": 5, "successes": [1, 2]})
        ),
        "history": History([version(), version()]),
        "outcomes": Outcomes([outcome(), outcome()]),
    }


def version() -> Version:
    return Version("made", 1, "published", "ABCDEF12", datetime(2026, 5, 1, tzinfo=UTC), f"sampled: {HOSTILE}", {})


def outcome() -> Outcome:
    return Outcome("made", "published", HOSTILE, "sampled", 3, 2.0, (f"{HOSTILE} reached 2",), (), (HOSTILE,))


@pytest.mark.parametrize(
    ("value", "first"),
    [
        (version(), "made, version 1: published 2026-05-01 00:00 UTC, id ABCDEF12"),
        (outcome(), f"made: published as version 3 (sampled), 2.0 s: {HOSTILE}"),
    ],
)
def test_what_has_no_table_shows_itself_in_a_few_lines(value: Shown, first: str) -> None:
    found = Elements(value._repr_html_())
    assert not {"script", "table"} & set(found.tags)
    assert HOSTILE in found.words
    assert repr(value).splitlines()[0] == first
    assert len(repr(value).splitlines()) <= 3


def test_lists_of_what_happened_are_tuples_still() -> None:
    assert History([version()]) == (version(),)
    assert Outcomes([]) == ()
    assert repr(History()) == "no version yet"
    assert repr(Outcomes()) == "0 of 0 models published"
    assert "DRIFT" in repr(Outcomes([outcome()]))


def test_a_table_of_runs_says_how_much_it_holds_and_what_is_odd() -> None:
    text = repr(bs.read_runs(pd.DataFrame({"n_params": [1e8, 2e8], "loss": [30.0, 2.9]})))
    assert text.startswith("2 rows of 2 runs in 1 family: loss, from DataFrame\n")
    assert "1e+08" in text
    assert "note: loss is above 20 nats per token in 1 row" in text


@pytest.mark.parametrize("name", list(shown()))
def test_every_kind_shows_itself_as_text_and_page(name: str) -> None:
    value = shown()[name]
    found = Elements(value._repr_html_())
    assert "table" in found.tags
    assert "script" not in found.tags
    assert HOSTILE in found.words
    text = repr(value)
    assert HOSTILE in text
    assert "<xarray" not in text
    assert max(map(len, text.splitlines())) <= 160


def test_a_law_shows_its_equation() -> None:
    law = bs.law("chinchilla")
    assert f"$${law.latex}$$" in Elements(law._repr_html_()).words
    assert repr(law).startswith("chinchilla (L1): loss from n_params, n_tokens\nL = E + ")
    assert "alpha" in repr(law)


def test_a_fit_shows_its_law_and_a_row_a_family(plain_fit: bs.Fit) -> None:
    found = Elements(plain_fit._repr_html_())
    assert f"$${plain_fit.law.latex}$$" in found.words
    assert found.tags.count("tr") == 1 + len(plain_fit.families)
    summary = plain_fit.summary().set_index(["parameter", "family"])
    row = summary.loc[("alpha", "a")]
    assert f"{row['median']:.3g} [{row['lower']:.3g}, {row['upper']:.3g}]" in found.words
    assert "noise_floor" in found.words
    assert repr(plain_fit).count("\n") == 0


def test_answers_of_a_fit_show_themselves(plain_fit: bs.Fit) -> None:
    target = {"family": "a", "n_params": 1e9, "n_tokens": 2e10}
    answers = (
        plain_fit.forecast(target),
        plain_fit.allocate(1e20, family="a"),
        plain_fit.isoflop(1e20, family="a"),
        plain_fit.required(2.5, family="a"),
        plain_fit.overtraining(n_params=1e9, n_tokens=1e11, family="a"),
        plain_fit.trend("n_params", 1e8, 1e9, {"n_tokens": 1e10, "family": "a"}),
        plain_fit.crossover("a", "b", low=1e19, high=1e21),
    )
    for one in answers:
        assert "table" in Elements(one._repr_html_()).tags
        assert len(repr(one).splitlines()) >= 3
        assert "<xarray" not in repr(one)
