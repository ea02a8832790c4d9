"""Probabilities and numbers of attempts in a risk report."""

from bayescale.report.risk.query import chance


def test_a_probability_of_no_draw_is_below_one_over_draws() -> None:
    shown = chance("p", 1000)
    said = {0.0: "<0.1\u00a0%", 1.0: ">99.9\u00a0%", 0.5: "50\u00a0%", 0.002: "0.20\u00a0%"}
    assert {value: shown({"p": value}) for value in said} == said
    assert chance("p", 400)({"p": 0.0}) == "<0.25\u00a0%"
