"""The table and the note of a plan of dynamic sampling."""

import numpy as np
import pandas as pd
import pytest

from bayescale.report.risk.next_attempts import next_attempts_note, next_attempts_table
from bayescale.risk.decisions.dynamic_sampling import SamplingPlan


def plan(relative_variance: float = 0.456, rule: str = "variance") -> SamplingPlan:
    table = pd.DataFrame(
        {
            "model": ["m"] * 4,
            "problem": ["none", "few", "many", "as many"],
            "attempts": [1000, 50, 50, 50],
            "successes": [7, 1, 0, 0],
            "next_attempts": [0, 100, 1200, 1200],
        }
    )
    return SamplingPlan(table, rule, 1000, relative_variance)


def test_problems_with_most_attempts_come_first_and_those_without_are_left_out() -> None:
    table = next_attempts_table(plan())
    assert table.columns == ("model", "problem", "attempts so far", "successes", "next attempts")
    assert table.rows == (
        ("m", "many", "50", "0", "1,200"),
        ("m", "as many", "50", "0", "1,200"),
        ("m", "few", "50", "1", "100"),
    )
    assert table.caption == "The next 2,500 attempts for pass@1,000, by variance"


def test_a_long_table_is_cut_and_its_records_are_not() -> None:
    table = next_attempts_table(plan(rule="fewest_successes"), most=2)
    assert len(table.rows) == 2
    assert len(table.records) == 3
    assert "by fewest successes" in table.caption


@pytest.mark.parametrize(("variance", "note"), [(0.456, "is 0.46 times the variance"), (np.nan, "")])
def test_a_plan_without_a_model_has_no_expected_variance(variance: float, note: str) -> None:
    text = next_attempts_note(plan(variance))
    assert note in text
    assert bool(text) is bool(note)
