"""Texts in figures: none is read as mathematics, sizes are short, and families differ."""

from hypothesis import given
from hypothesis import strategies as st

from bayescale.plots import style


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs", "Co", "Cn")), min_size=1, max_size=12))
def test_plain_words_are_never_mathematics_nor_hidden(words: str) -> None:
    shown = style.plain(words)
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
    assert {value: style.size_text(value) for value in sizes} == sizes


def test_families_differ_in_colour_and_marker() -> None:
    pairs = {(style.colour(index), style.marker(index)) for index in range(40)}
    assert len(pairs) == 40
