"""Redacted risk reports contain no name, and group columns never collide with columns of the report."""

import json

import pandas as pd
import pytest

from bayescale.core.notes import Note
from bayescale.core.serialization import frozen
from bayescale.errors import InputError
from bayescale.report.elements import Report
from bayescale.report.render.html import to_html
from bayescale.report.render.json import to_json
from bayescale.report.render.markdown import to_markdown
from bayescale.report.risk.content import risk_report
from bayescale.report.risk.neutral_names import distinct, redacted
from bayescale.report.tables import Table
from bayescale.risk.result import Risk
from tests.report.conftest import HOSTILE
from tests.report.risk.conftest import BUDGETS, fitted_to
from tests.risk.simulation import trials


def test_redacted_reports_name_no_group_prompt_or_file(risk: Risk) -> None:
    named = risk.tree.copy()
    named.attrs = {
        **named.attrs,
        "bayescale_source": json.dumps("/home/secret/attempts.csv"),
        **frozen(
            {
                "notes": [
                    Note("attempts_with_errors", "3 of 10 attempts did not run and are left out."),
                    Note("by_group", f"every attempt of {HOSTILE} succeeded", (HOSTILE,)),
                    Note("file", "read from /home/secret", ("/home/secret",)),
                ]
            }
        ),
    }
    content = risk_report(Risk(named), BUDGETS, title="t", redact=True)
    for text in (to_html(content), to_markdown(content), to_json(content)):
        assert "secret" not in text
        assert "script&" not in text
        assert "alert" not in text
        assert "model 1" in text
        assert "3 of 10 attempts did not run" in text
        assert "every attempt of model 1 succeeded" in text
        assert "1 note that may name" in text
    assert redacted(risk).problems.problem[:2] == ("problem 1", "problem 2")
    given, hidden = (one.at(BUDGETS).table.drop(columns="model") for one in (risk, redacted(risk)))
    pd.testing.assert_frame_equal(given, hidden)
    assert risk.problems.groups[0] == (HOSTILE,)  # the posterior itself keeps its names


@pytest.mark.parametrize(
    "name", ["budget", "these_median", "problems", "broken", "law", "weight", "homogeneous", "ceiling_upper"]
)
def test_a_group_column_called_like_a_result_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="has the name of a column of the results"):
        fitted_to(trials({"x": (0.4, 6.0), "y": (0.4, 30.0)}, name=name, prompts=6), by=[name])


@pytest.mark.parametrize("name", ["source", "value", "level"])
def test_a_group_column_named_like_a_report_column_is_renamed(name: str) -> None:
    risk = distinct(fitted_to(trials({"x": (0.4, 6.0), "y": (0.4, 30.0)}, name=name, prompts=6), by=[name]))
    assert risk.groups[f"{name} (group)"].to_list() == ["x", "y"]
    assert distinct(risk) is risk


def test_every_report_column_is_reserved(content: Report) -> None:
    """Whatever stands in a table beside the groups is known to be taken."""
    from bayescale.report.risk.neutral_names import _TABLE_COLUMNS

    for table in (part for part in content.parts if isinstance(part, Table) and part.records):
        if "model" in table.records[0]:
            free = {key for key in (*table.records[0], *table.columns) if key != "model" and key.isidentifier()}
            assert not [key for key in free if not _TABLE_COLUMNS.fullmatch(key)], table.name
