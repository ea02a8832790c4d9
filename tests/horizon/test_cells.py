"""Counts by agent and task, and every problem of a table at once."""

import numpy as np
import pandas as pd
import pytest

from bayescale.data.trials import read_trials
from bayescale.errors import InputError
from bayescale.horizon.cells import cells_from_trials
from tests.horizon.simulation import RELEASED, agent_trials


def test_counts_are_added_up_by_agent_and_task() -> None:
    table = agent_trials()
    twice = pd.concat([table.assign(scaffold="a"), table.assign(scaffold="b")])
    cells, notes = cells_from_trials(read_trials(twice), "model", RELEASED)
    assert cells.attempts.sum() == 2 * table["attempts"].sum()
    assert len(cells.tasks) == 24
    assert len(cells.families) == 12
    assert [note.code for note in notes] == ["added_up_over_columns"]
    assert cells.by_agent["tasks"].tolist() == [24] * 5
    assert cells.centred_length.mean() == pytest.approx(0, abs=1e-12)
    assert np.isfinite(cells.released).all()


def test_tasks_of_one_name_in_two_families_are_two_tasks() -> None:
    table = agent_trials()
    table["problem"] = table["problem"].where(table["family"] != table["family"].iloc[0], "main")
    table["problem"] = table["problem"].where(table["family"] != table["family"].iloc[2], "main")
    table = table.groupby(["model", "family", "problem"], as_index=False).first()
    assert len(cells_from_trials(read_trials(table), "model", None)[0].tasks) == 22


def test_without_families_every_task_is_one() -> None:
    cells, notes = cells_from_trials(read_trials(agent_trials().drop(columns="family")), "model", None)
    assert len(cells.families) == len(cells.tasks) == 24
    assert [note.code for note in notes] == ["no_task_family"]


def test_every_problem_is_named_at_once() -> None:
    table = agent_trials()
    minutes = table["human_minutes"].astype(object)
    minutes[0], minutes[1], minutes[2] = "soon", -5, None
    with pytest.raises(InputError) as raised:
        cells_from_trials(
            read_trials(table.assign(human_minutes=minutes)), "model", {"nobody": "2024-01-01", "late": "x"}
        )
    text = str(raised.value)
    assert "'soon' (row 1)" in text
    assert "'-5' (row 2)" in text
    assert "blank in row 3" in text
    assert "no agent is named 'nobody'" in text
    assert "release date of 'late'" in text


@pytest.mark.parametrize(("change", "message"), [
    (lambda t: t.drop(columns="human_minutes"), "column 'human_minutes' is not in the trials"),
    (lambda t: t.rename(columns={"model": "bot"}), "column 'model' is not in the trials"),
    (lambda t: t.assign(human_minutes=np.where(t.index == 0, 3.3, t["human_minutes"])), "has several human times"),
    (lambda t: t.assign(human_minutes=10.0), "1 different human times"),
])  # fmt: skip
def test_tables_that_cannot_be_used(change: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cells_from_trials(read_trials(change(agent_trials())), "model", None)  # type: ignore[operator]
