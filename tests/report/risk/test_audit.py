"""The record of data and notes in a risk report."""

import pandas as pd

from bayescale.report.elements import Notes, Report
from bayescale.report.risk.content import risk_report
from bayescale.report.tables import Table
from bayescale.risk.result import Risk
from tests.report.risk.conftest import BUDGETS, fitted_to
from tests.risk.simulation import trials


def test_data_are_counted(extreme_content: Report) -> None:
    records = pd.DataFrame(extreme_content.part(Table, "data").records)
    rows = records.set_index("model")
    assert rows["broken"].to_dict() == {"none": 0, "all": 20, "one": int(rows["broken"]["one"])}
    assert rows["attempts"].to_dict() == {"none": 2000, "all": 2000, "one": 100}
    assert rows["problems"].to_dict() == {"none": 20, "all": 20, "one": 1}


def test_notes_mention_errors_and_single_prompts() -> None:
    table = trials({"a": (0.4, 6.0), "b": (0.4, 6.0)}, prompts=12).iloc[:13]
    table = table.assign(errors=[3] + [0] * 12)
    table.loc[0, ["attempts", "successes"]] = [0, 0]
    content = risk_report(fitted_to(table), BUDGETS, title="t")
    notes = " ".join(content.part(Notes, "notes").items)
    assert "3 of 1203 attempts did not run" in notes
    assert "1 of 2 groups has a single prompt" in notes
    assert content.part(Table, "data").records[0]["not_tried"] == 1


def test_sampling_after_a_success_is_a_fixed_design(risk: Risk) -> None:
    assert set(risk.problems.design.kind) == {"fixed"}
