"""Statements and warnings of a risk report agree with the posterior."""

import re

import pytest

from bayescale.plots.risk import plot_asr
from bayescale.report.elements import Notes, Report, Text
from bayescale.report.render.html import to_html
from bayescale.report.render.markdown import to_markdown
from bayescale.report.risk.claims import answer
from bayescale.report.risk.content import risk_report
from bayescale.report.risk.query import Query, few
from bayescale.report.tables import Table
from bayescale.risk.fit import fit_risk
from bayescale.risk.result import Risk
from tests.report.risk.conftest import BUDGETS, fitted_to, stopped_at_success
from tests.risk.simulation import trials


def test_the_answer_states_the_highest_risk_of_the_posterior(risk: Risk, content: Report) -> None:
    table = risk.at(BUDGETS).table.sort_values(["budget", "new_median"], ascending=False)
    row, claim = table.iloc[0], content.answer
    assert claim.startswith(f"“{row['model']}”: within {row['budget']:,} attempts each, between ")
    numbers = [float(part) / 100 for part in re.findall(r"([\d.]+)\u00a0%", claim.removeprefix(f"“{row['model']}”"))]
    names = ("these_lower", "these_upper", None, "these_median", "new_lower", "new_upper", "new_median")
    expected = [0.9 if name is None else row[name] for name in names]
    assert numbers == pytest.approx(expected, abs=0.0051)
    assert "of the 40 measured prompts" in claim
    assert claim.endswith("This is the highest of 2 groups. The table has all groups and budgets.")


def test_a_group_without_attempts_is_warned_of() -> None:
    table = trials({"a": (0.4, 6.0), "b": (0.4, 6.0)}, prompts=12).assign(errors=0)
    table.loc[table["model"] == "b", ["attempts", "successes", "errors"]] = [0, 0, 9]
    content = risk_report(fitted_to(table), [1_000], title="t")
    assert any(one.startswith("“b”: no attempt ran") for one in content.part(Text, "warnings").paragraphs)
    assert {row["model"] for row in content.part(Table, "forecast").records} == {"a", "b"}
    assert not [row for row in content.part(Table, "baselines").records if row["model"] == "b" and row["caveat"]]


def test_a_report_without_a_judge_has_a_warning(content: Report) -> None:
    warning = content.part(Text, "warnings").paragraphs[0]
    assert "63\u00a0%" in warning
    assert "0.1\u00a0%" in warning
    assert '<p class="warning"' in to_html(content)
    assert "> **Warning.** Every verdict" in to_markdown(content)


def test_a_misfit_of_the_laws_is_a_warning(risk: Risk, monkeypatch: pytest.MonkeyPatch) -> None:
    found = risk.check()
    found.table.loc[found.table["check"] == "predictive", "value"] = 0.0
    found.table.loc[found.table["check"] == "Pareto k", "passed"] = False
    monkeypatch.setattr(Risk, "check", lambda _: found)
    content = risk_report(risk, BUDGETS, title="t")
    assert any("do not fit the counts" in one for one in content.part(Text, "warnings").paragraphs)
    assert not content.passed
    assert "Pareto k" in content.verdict


def test_an_inferred_design_has_a_warning() -> None:
    """The measured share rests on it: the report says so until the design is declared."""
    table = stopped_at_success()
    risk = fitted_to(table)
    content = risk_report(risk, [100, 10_000], title="t")
    warned = [one for one in content.part(Text, "warnings").paragraphs if "not declared" in one]
    assert len(warned) == 1
    assert "measured share within 100 attempts is valid only under this design" in warned[0]
    assert "until_success (inferred)" in str(content.part(Table, "data").rows)
    row = content.part(Table, "forecast").records[0]
    true = float(((table["attempts"] <= 100) & (table["successes"] > 0)).mean())
    assert row["these_measured"] == pytest.approx(true)
    assert row["these_lower"] < row["these_median"] < row["these_upper"]
    declared = risk_report(fit_risk(table, design="until_success", mixing="beta", random_seed=1), [100], title="t")
    assert not [one for one in declared.part(Text, "warnings").paragraphs if "not declared" in one]
    assert any("(declared): until_success" in one for one in declared.part(Notes, "notes").items)


def test_many_groups_are_one_sentence_and_a_table() -> None:
    risk = fitted_to(trials({f"g{i:02}": (0.4, 6.0 + i) for i in range(13)}, prompts=4))
    text = answer(Query(risk, (10, 100), 0.9, 0.5, 0.5))
    assert text.count("within 100 attempts") == 1
    assert "This is the highest of 13 groups." in text
    assert sum(axes.get_visible() for axes in plot_asr(risk, 100).axes) == 12
    assert few(["a"] * 8)[-1] == "The table contains 2 more groups."
