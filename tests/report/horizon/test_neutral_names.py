"""A redacted report of horizons names no agent, task or family."""

import pytest

from bayescale.horizon.result import Horizon
from bayescale.report.horizon.content import horizon_report
from bayescale.report.horizon.neutral_names import neutral_names, redacted
from bayescale.report.names import names_of_horizon
from bayescale.report.render.json import to_json
from tests.golden import golden_horizon


def test_names_are_replaced_and_draws_are_not() -> None:
    horizon = golden_horizon("agents")
    neutral = redacted(horizon)
    assert neutral.cells.agents == tuple(f"agent {number}" for number in range(1, 6))
    assert neutral.cells.tasks[0] == "task 1"
    assert neutral.cells.agent_column == "agent"
    assert neutral.horizons()["minutes_median"].tolist() == horizon.horizons()["minutes_median"].tolist()
    assert horizon.cells.agents[-1] == "late"


@pytest.mark.parametrize("redact", [False, True])
def test_no_part_of_a_redacted_report_holds_a_name(redact: bool) -> None:
    horizon = golden_horizon("agents")
    text = to_json(horizon_report(horizon, agents=["early", "late", horizon.cells.agents[2]], redact=redact))
    assert ('"late"' in text) is not redact
    assert ("alert(1)" in text) is not redact
    assert ("alpha_1" in text) is not redact


def test_texts_beside_a_report_get_the_same_names() -> None:
    horizon = golden_horizon("agents")
    import pandas as pd

    names = names_of_horizon(horizon, pd.DataFrame({"run": ["late", "next"], "scored_run": ["", "other"]}))
    assert names.runs["late"] == neutral_names(horizon)["agent"]["late"]
    assert names.runs["next"] == "agent 6"
    assert names.mentioned("what LATE will do")
    assert isinstance(redacted(horizon), Horizon)
