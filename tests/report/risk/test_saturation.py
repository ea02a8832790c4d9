"""The section of a risk report on saturation."""

import math

from bayescale.report.elements import Text
from bayescale.report.risk.query import Query, attempts_text
from bayescale.report.risk.saturation import saturation_section, saturation_table
from bayescale.report.tables import Table
from bayescale.risk.result import Risk


def query_of(risk: Risk) -> Query:
    return Query(risk, (100,), 0.8, 0.5, 0.5)


def test_each_group_has_a_row_of_the_answer(risk: Risk) -> None:
    section = saturation_section(query_of(risk))
    text, table = section.parts
    assert isinstance(text, Text)
    assert isinstance(table, Table)
    answer = risk.saturation(0.001, 0.8).table
    assert len(table.rows) == len(answer) == 2
    for cells, (_, values) in zip(table.rows, answer.iterrows(), strict=True):
        row = dict(zip(table.columns, cells, strict=True))
        assert row["homogeneous"] == attempts_text(values["homogeneous"])
        ends = [attempts_text(values[f"new_{end}"]) for end in ("lower", "upper")]
        assert row["new, 80\u00a0%"] == "\u00a0to\u00a0".join(ends)
        assert row["ceiling"].endswith("%")
    assert "2505.20522" in text.paragraphs[0]


def test_the_homogeneous_point_is_the_closed_form(risk: Risk) -> None:
    """The first N with p (1 - p)^N of at most 0.001, for the mean rate p of the prompts."""
    problems = risk.problems
    records = saturation_table(query_of(risk), risk.saturation(0.001, 0.8).table).records
    for group, record in enumerate(records):
        in_group = problems.group == group
        rate = float((problems.successes[in_group] / problems.attempts[in_group]).mean())
        expected = math.log(0.001 / rate) / math.log1p(-rate)
        assert abs(float(str(record["homogeneous"])) - expected) <= 0.15 * expected + 1


def test_persistent_errors_of_a_judge_have_a_reason_in_place_of_numbers(judged: tuple[Risk, Risk]) -> None:
    independent, persistent = (saturation_section(query_of(risk)) for risk in judged)
    assert not independent.parts[1].empty
    assert persistent.parts[1].empty
    assert isinstance(persistent.parts[0], Text)
    assert persistent.parts[0].paragraphs[0].startswith("Not computed. With persistent errors")
