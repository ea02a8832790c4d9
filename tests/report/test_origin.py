"""Who is responsible for a report stands below its answer in every format."""

import json

import pytest

from bayescale.core.checks import Checks
from bayescale.errors import InputError
from bayescale.report.loss.content import loss_report
from bayescale.report.origin import origin_of
from bayescale.report.render.html import to_html
from bayescale.report.render.json import to_json
from bayescale.report.render.markdown import to_markdown
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit


def test_the_answer_is_first_and_the_origin_follows(fitted: Fit, forecast: Forecast, checks: Checks) -> None:
    content = loss_report(
        fitted, forecast, checks, title="t", owner="<b>us</b>", requested_by="them", date="2026-03-31"
    )
    row = forecast.table.iloc[0]
    assert f"between {row['run_lower']:.4g}" in content.answer
    assert f"median {row['run_median']:.4g}" in content.answer
    page = to_html(content)
    assert page.index('class="answer"') < page.index("&lt;b&gt;us&lt;/b&gt;") < page.index('class="verdict')
    first = to_markdown(content).split("\n\n")[1]
    assert ": a new run" in first or first.startswith("A new run")
    assert json.loads(to_json(content))["origin"] == {
        "owner": "<b>us</b>",
        "requested by": "them",
        "date": "2026-03-31",
    }


def test_facts_that_are_not_stated_are_left_out() -> None:
    assert origin_of("", "  ", "") == {}
    assert origin_of("a\nb", "", "") == {"owner": "a b"}


def test_a_wrong_date_is_refused() -> None:
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        origin_of("", "", "31.03.2026")
