"""Texts in figures and tables: none is read as mathematics, and sizes are short."""

from hypothesis import given
from hypothesis import strategies as st

from bayescale.plots import wording


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs", "Co", "Cn")), min_size=1, max_size=12))
def test_plain_words_are_never_mathematics_nor_hidden(words: str) -> None:
    shown = wording.plain(words)
    assert not shown.startswith("_")
    assert shown.count("$") == shown.count(r"\$")


def test_sizes_are_short() -> None:
    sizes = {
        6.9e9: "6.9B",
        999999999.9: "1B",
        1.3e10: "13B",
        111e6: "111M",
        299892736000: "300B",
        1.4e12: "1.4T",
        300: "300",
        3e22: "3e+22",
    }
    assert {value: wording.size_text(value) for value in sizes} == sizes
