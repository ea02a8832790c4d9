"""Does a table fit a terminal of 80 columns without a broken number or word?"""

import io
import re
from dataclasses import replace

import pytest

from bayescale.report.render import terminal
from bayescale.report.tables import Table


class Screen(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def forecast(columns: int = 8) -> Table:
    names = ("family", *(f"input {number}, median" for number in range(columns)))
    row = ("web", *(f"{number}.234 to {number}.567" for number in range(columns)))
    return Table("forecast", "Forecast", names, (row,), (False, *[True] * columns), ({},))


def lines(table: Table, monkeypatch: pytest.MonkeyPatch, width: str = "80") -> list[str]:
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", width)
    monkeypatch.setenv("TERM", "xterm")  # of a dumb one, the width is not asked
    terminal.show(table)
    return re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).splitlines()


def test_a_wide_table_is_shown_in_parts_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = lines(forecast(), monkeypatch)
    assert max(map(len, shown)) <= 80
    text = "\n".join(shown)
    assert all(f"{number}.234 to {number}.567" in text for number in range(8))
    assert sum(line.startswith(" web ") for line in shown) > 1, "every part names its rows"


def test_every_part_tells_rows_of_one_family_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = ("model", "budget", *(f"quantity_{number}" for number in range(8)))
    rows = tuple(("gpt-4o", budget, *(f"0.{number}234" for number in range(8))) for budget in ("1000", "10000"))
    table = Table("forecast", "Forecast", columns, rows, (False, *[True] * 9), ({}, {}))
    printed = [line.split()[:2] for line in lines(table, monkeypatch) if line.startswith(" gpt-4o ")]
    assert len(printed) > 2, "the table needs several parts"
    assert printed == [["gpt-4o", "1000"], ["gpt-4o", "10000"]] * (len(printed) // 2)


def test_a_table_that_fits_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = lines(forecast(3), monkeypatch)
    assert sum(line.startswith(" web ") for line in shown) == 1


def test_long_texts_take_what_numbers_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "counts look like those that the laws give, in their mean and their largest"
    row = ("predictive", "0.82", text)
    table = Table("checks", "Checks", ("check", "value", "meaning"), (row,), (False, True, False), ({},))
    shown = lines(table, monkeypatch)
    assert max(map(len, shown)) <= 80
    assert "predictive    0.82" in "\n".join(shown)


def test_a_terminal_that_is_too_narrow_still_shows_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = lines(forecast(2), monkeypatch, width="20")
    assert max(map(len, shown)) <= 20


def test_a_pipe_gets_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.delenv("COLUMNS", raising=False)
    terminal.show(forecast())
    printed = screen.getvalue().splitlines()
    assert sum(line.startswith("web ") for line in printed) == 1
    assert all(line == line.rstrip() for line in printed), "rows are not padded"
    assert not set("─━│") & set(screen.getvalue())


def test_a_pipe_of_a_stated_width_gets_lines_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", "80")
    terminal.show(forecast())
    assert max(map(len, screen.getvalue().splitlines())) <= 80


def long_table(rows: int) -> Table:
    cells = tuple((f"problem {row}", str(row)) for row in range(rows))
    return Table("rows", "Rows", ("problem", "count"), cells, (False, True), tuple({} for _ in range(rows)))


def test_a_terminal_gets_the_first_rows_and_the_number_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for all_rows, screen, expected in ((False, Screen(), 20), (True, Screen(), 197), (False, io.StringIO(), 197)):
        monkeypatch.setattr("sys.stdout", screen)
        terminal.show_top(long_table(197), all_rows)
        assert screen.getvalue().count("problem ") - 1 == expected  # less the heading
        assert ("… 177 more (--all)" in screen.getvalue()) == (expected == 20)


def test_checks_that_passed_are_counted_and_shown_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    table = replace(long_table(3), folded=(0, 2))
    for all_checks, shown in ((False, {"1"}), (True, {"0", "1", "2"})):
        screen = io.StringIO()
        monkeypatch.setattr("sys.stdout", screen)
        terminal.show_checks(table, all_checks)
        assert set(re.findall(r"problem (\d)", screen.getvalue())) == shown
        assert ("… 2 more (--checks)" in screen.getvalue()) != all_checks
