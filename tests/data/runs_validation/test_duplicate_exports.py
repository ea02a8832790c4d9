"""Exports that were joined: rounded, with other columns, under another name, with parent runs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.reading import read_runs
from bayescale.data.runs_validation.duplicate_exports import _is_rounding, parent_runs
from tests.data.runs_validation.run_tables import measured, refusal


@given(st.floats(1.0, 9.9).filter(lambda value: len(repr(value)) > 14), st.integers(4, 8))
def test_a_rounded_number_is_recognised(value: float, digits: int) -> None:
    rounded = round(value, digits)
    assert _is_rounding(value, rounded) == (len(repr(rounded)) >= 6)  # five digits and the point
    assert _is_rounding(value, rounded) == _is_rounding(rounded, value)
    neighbour = round(rounded + 10.0**-digits, digits)
    if len(repr(neighbour)) == digits + 2:  # it is written with all digits
        assert not _is_rounding(value, neighbour)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["", "r0", "r1"]), st.sampled_from([2.5, 3.5])), min_size=2, max_size=5))
def test_parents_repeat_children_with_their_response(rows: list[tuple[str, float]]) -> None:
    table = pd.DataFrame(rows, columns=["parent_id", "loss"])
    table = table.assign(run_id=[f"r{place}" for place in range(len(rows))], row=range(1, len(rows) + 1))
    pairs = [
        (int(parent[1]), child)
        for child, (parent, loss) in enumerate(rows)
        if parent and int(parent[1]) < len(rows) and rows[int(parent[1])][1] == loss
    ]
    messages = parent_runs(table, "loss")
    assert len(messages) == bool(pairs)
    for parent, child in pairs:
        first, last = sorted((parent + 1, child + 1))
        assert f"rows {first}, {last}" in messages[0]


def test_an_export_with_fewer_digits_is_the_same_measurement() -> None:
    table = pd.concat([measured(), measured().round({"loss": 5})], ignore_index=True)
    problem = refusal(table)
    assert "rows 1, 15" in problem
    assert "rounded" in problem


def test_a_parent_run_of_an_export_repeats_its_child() -> None:
    table = measured(4).assign(run_id=["p", "c1", "c2", "c3"])
    table["tags.mlflow.parentRunId"] = ["", "p", "p", "p"]
    table.loc[0, ["n_params", "n_tokens"]] = np.nan
    assert len(read_runs(table).table) == 4
    table.loc[0, "loss"] = table.loc[2, "loss"]
    assert "rows 1, 3 are a parent run and its child" in refusal(table)


@pytest.mark.parametrize("column", ["lr", "flops", "n_tokens"])
def test_an_export_without_a_column_is_the_same_measurement(column: str) -> None:
    table = pd.concat([measured().assign(lr=1e-3, flops=1e19), measured().assign(lr=1e-3, flops=1e19)])
    table.iloc[14:, table.columns.get_loc(column)] = np.nan
    assert f"differ only in where {column!r} is blank" in refusal(table)
    table.iloc[14:, table.columns.get_loc("loss")] += 0.001
    assert len(read_runs(table).table) == 28


@pytest.mark.parametrize("column", ["family", "seed"])
def test_a_number_copied_to_another_name_is_noted(column: str) -> None:
    table = pd.concat([measured().assign(run="x"), measured().assign(run="x")], ignore_index=True)
    table["run"] = [f"r{row % 14}" for row in range(28)]
    table[column] = [f"a{row}" for row in range(28)]
    notes = read_runs(table).notes
    assert any("equal inputs and equal loss to the last digit: rows 1, 15; rows 2, 16" in note for note in notes)


@pytest.mark.parametrize("name", ["run", "run_id", "wandb_id", "Run Name"])
def test_trainings_that_are_all_exported_under_two_run_names_are_refused(name: str) -> None:
    table = pd.concat([measured()] * 2, ignore_index=True).assign(**{name: [f"a{number}" for number in range(28)]})
    assert "rows 1, 15; rows 2, 16" in refusal(table)
    assert "differ in the name of the run" in refusal(table)
    rounded = table.assign(loss=table["loss"].round(3))  # of three digits, replicates may agree
    assert len(read_runs(rounded).table) == 28
