"""The table of candidates for the next run."""

import pandas as pd
import xarray as xr

from bayescale.report.loss.next_run import next_run_table
from bayescale.scaling.decisions.next_run import Plan


def plan(**changes: object) -> Plan:
    """A plan of three candidates, written by hand."""
    table = pd.DataFrame(
        {
            "n_params": [1e9, 8e9, 2e9],
            "family": ["a", None, "b"],
            "cost": [1e20, 2e21, 5e20],
            "width_before": 0.1,
            "width_after": [0.08, 0.05, 0.09],
            "percent_before": 10.51,
            "percent_after": [8.3, 5.1, 9.4],
            "shrinkage": [20.0, 50.0, 10.0],
            "shrinkage_se": [1.0, 2.0, 0.55],
            "shrinkage_per_1e21_flop": [200.0, 25.0, 20.0],
            "rank": [2, 1, 3],
            "effective_draws": 500.0,
            "extrapolation": 2.0,
            "flag": "",
        }
    )
    return Plan(table.assign(**changes), pd.DataFrame(), xr.Dataset(), 0.8)


def test_candidates_are_sorted_by_rank() -> None:
    table = next_run_table(plan())
    assert [row[0] for row in table.rows] == ["1", "2", "3"]
    assert [record["cost"] for record in table.records] == [2e21, 1e20, 5e20]
    assert "80 % interval" in table.caption


def test_columns_are_the_inputs_and_the_expected_widths() -> None:
    table = next_run_table(plan())
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert row == {
        "rank": "1",
        "parameters": "8B",
        "family": "",
        "cost": "2e+21",
        "width now": "10.5\u00a0%",
        "expected after": "5.1\u00a0%",
        "narrower by": "50.0\u00a0±\u00a02.0\u00a0%",
        "% per 1e21 flop": "25",
    }


def test_flags_have_a_column_only_where_there_are_any() -> None:
    flagged = next_run_table(plan(flag=["", "too few draws", ""]))
    assert [row[flagged.columns.index("flag")] for row in flagged.rows] == ["too few draws", "", ""]
