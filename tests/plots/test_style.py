"""Styles: families differ."""

from bayescale.plots import style


def test_families_differ_in_colour_and_marker() -> None:
    pairs = {(style.colour(index), style.marker(index)) for index in range(40)}
    assert len(pairs) == 40
