"""Mixing laws, the judge's errors and published estimators in a risk report."""

import pandas as pd
import pytest

from bayescale.report.elements import Report, Text
from bayescale.report.render.json import as_document
from bayescale.report.risk.content import risk_report
from bayescale.report.tables import Table
from bayescale.risk.result import Risk
from tests.golden import golden_risk
from tests.report.risk.conftest import BUDGETS


def test_both_assumptions_on_errors_are_compared(judged: tuple[Risk, Risk]) -> None:
    first, other = judged
    content = risk_report(first, [1_000], title="t", other=other)
    assert not any("assumed to be correct" in one for one in content.part(Text, "warnings").paragraphs)
    assert content.part(Text, "judge").paragraphs[0] == first.judge.description  # type: ignore[union-attr]
    compared = pd.DataFrame(content.part(Table, "judge_compared").records).set_index("errors")
    for risk in judged:
        assert risk.judge is not None
        median = risk.at([1_000]).table["new_median"].iloc[0]
        assert compared["new_median"][risk.judge.errors] == pytest.approx(median)
    alone = risk_report(first, [1_000], title="t")
    assert alone.part(Table, "judge_compared").empty
    assert "not computed" in alone.part(Text, "judge").paragraphs[1]


def test_both_assumptions_are_compared_below_the_attempts_made(judged: tuple[Risk, Risk]) -> None:
    independent, persistent = judged
    content = risk_report(persistent, [10, 1_000], title="t", other=independent)
    compared = pd.DataFrame(content.part(Table, "judge_compared").records)
    assert set(compared["budget"]) == {10, 1_000}


def test_baselines_are_compared_with_the_report(risk: Risk, content: Report) -> None:
    from bayescale.risk.estimators import ESTIMATORS

    records = pd.DataFrame(content.part(Table, "baselines").records)
    assert set(ESTIMATORS) <= set(records["method"])
    own = risk.groups["model"].iloc[0]
    problems = risk.problems
    in_group = problems.group == 0
    found = ESTIMATORS["naive"](problems.attempts[in_group], problems.successes[in_group], [10_000])
    row = records[(records["model"] == own) & (records["method"] == "naive") & (records["budget"] == 10_000)]
    assert row["value"].iloc[0] == pytest.approx(found.value[0])
    ours = records[(records["model"] == own) & (records["method"] == "this report, new prompts")]
    assert ours["lower"].to_numpy() == pytest.approx(risk.at(sorted(BUDGETS)).table["new_lower"].to_numpy()[:2])
    caveats = as_document(content)["caveats"]
    assert isinstance(caveats, dict)
    assert len(caveats) == len(ESTIMATORS)


def test_several_laws_have_a_range_of_medians() -> None:
    risk = golden_risk("two_laws")
    content = risk_report(risk, BUDGETS, title="t")
    records = pd.DataFrame(content.part(Table, "sensitivity").records)
    assert set(records["law"]) == {"beta", "logit_normal"}
    assert len(content.part(Table, "sensitivity").rows) == 2
    assert any("ranges from" in one for one in content.part(Text, "sensitivity_said").paragraphs)


def test_a_single_law_is_reported_as_such(content: Report) -> None:
    assert "Only one mixing law" in content.part(Text, "sensitivity_said").paragraphs[0]
