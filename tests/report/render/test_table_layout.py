"""Widths of columns, and the parts of a table that is wider than a line."""

from bayescale.report.render.table_layout import GAP, columns_side_by_side, narrowest, shared_out
from bayescale.report.tables import Table


def table(columns: int) -> Table:
    names = ("family", *(f"value {number}" for number in range(columns)))
    row = ("web", *("0.1234 to 0.5678" for _ in range(columns)))
    return Table("values", "Values", names, (row,), (False, *[True] * columns), ({},))


def test_columns_are_as_wide_as_their_longest_word_or_cell() -> None:
    assert narrowest(table(1)) == [len("family"), len("0.1234 to 0.5678")]


def test_parts_repeat_the_column_that_names_rows_and_fit() -> None:
    wide = table(9)
    least = narrowest(wide)
    parts = columns_side_by_side(wide, least, 80)
    assert [place for part in parts for place in part[1:]] == [*range(1, 10)]
    assert all(part[0] == 0 for part in parts)
    assert all(sum(least[place] + GAP for place in part) <= 80 for part in parts)


def test_what_is_left_of_a_line_goes_to_columns_that_need_it() -> None:
    text = Table("t", "T", ("check", "meaning"), (("a", "word " * 30),), (False, False), ({},))
    widths = shared_out(text, [0, 1], narrowest(text), 60)
    assert widths[0] is not None
    assert widths[1] is not None
    assert widths[0] + widths[1] + 2 * GAP <= 60
    assert widths[1] > widths[0]
