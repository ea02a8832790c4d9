"""Cells of tables: numbers keep their digits, and a share is 0 % or 100 % only where it is."""

from hypothesis import given
from hypothesis import strategies as st

from bayescale.report.formats import digits, factor, percent, percents


def test_digits_keep_their_zeros() -> None:
    shown = {1.61: "1.610", 0.34: "0.3400", 5040.2: "5040", 123456.0: "1.235e+05", 0.0: "0.000"}
    assert {value: digits(value) for value in shown} == shown


def test_shares_are_percentages() -> None:
    shown = {
        0: "0",
        1: "100",
        1 + 1e-15: "100",
        0.5: "50",
        0.034: "3.4",
        0.0999: "10",
        0.00034: "0.034",
        0.966: "97",
        0.9966: "99.7",
        0.99966: "99.97",
        0.9999: "99.99",
        1e-7: "<0.0001",
        1 - 1e-7: ">99.9999",
    }
    assert {value: percent(value).removesuffix("\u00a0%") for value in shown} == shown
    assert percent(-0.0) == percent(0.0)
    assert percents(0.1, 0.25) == "10\u00a0%\u00a0to\u00a025\u00a0%"


@given(st.floats(0, 1))
def test_only_0_and_1_are_written_as_0_and_100_percent(value: float) -> None:
    assert (percent(value) == "0\u00a0%") == (value == 0)
    assert (percent(value) == "100\u00a0%") == (value == 1)


def test_factors_have_three_digits() -> None:
    factors = {1.5: "1.5×", 0.25: "0.25×", 44.44: "44.4×", 8743.0: "8,740×", 1e12: "1e+12×"}
    assert {value: factor("x")({"x": value}) for value in factors} == factors
    assert factor("x")({"x": None}) == ""
