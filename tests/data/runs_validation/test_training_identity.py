"""Rows of one training share a run, and no run holds two trainings."""

import itertools

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import InputError


def checkpoints(sizes: tuple[float, ...] = (1e8, 3e8), steps: int = 6) -> pd.DataFrame:
    rows = pd.DataFrame(list(itertools.product(sizes, range(1, steps + 1))), columns=["n_params", "step"])
    rows["n_tokens"] = rows["step"] * 1e9
    rows["loss"] = 1.7 + 400 * rows["n_params"] ** -0.34 + 410 * rows["n_tokens"] ** -0.28
    return rows


def rows_by_run(table: pd.DataFrame, **options: object) -> list[list[int]]:
    runs = read_runs(table, **options).table  # type: ignore[arg-type]
    return sorted(group["row"].tolist() for _, group in runs.groupby(["family", "run"]))


TWO_TRAININGS = [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]


@pytest.mark.parametrize("name", ["step", "checkpoint", "iter", "global_step"])
def test_checkpoints_without_a_run_are_joined_by_size(name: str) -> None:
    table = checkpoints().rename(columns={"step": name})
    assert rows_by_run(table) == TWO_TRAININGS
    note = read_runs(table).notes[-1]
    assert "12 rows with a step are read as checkpoints of 2 trainings, one for each family and n_params" in note
    assert "rename={...: 'run'}" in note
    assert len(rows_by_run(table, rename={name: "steps"})) == 12, "the way out that the note names"


def test_seeds_and_settings_tell_trainings_of_one_size_apart() -> None:
    seeds = pd.concat([checkpoints((1e8,)).assign(seed=seed) for seed in (1, 2)], ignore_index=True)
    assert rows_by_run(seeds) == TWO_TRAININGS
    rates = pd.concat([checkpoints((1e8,)).assign(lr=lr) for lr in (1e-3, 3e-3)], ignore_index=True)
    assert rows_by_run(rates) == TWO_TRAININGS
    falling = checkpoints().assign(lr=lambda table: 1e-3 / table["step"])
    assert rows_by_run(falling) == TWO_TRAININGS, "a learning rate that falls within a training is none of its names"


def test_checkpoints_that_nothing_tells_apart_are_refused() -> None:
    table = pd.concat([checkpoints((1e8,)), checkpoints((1e8,)).assign(loss=lambda frame: frame["loss"] * 1.01)])
    table = table.assign(schedule=["cosine"] * 6 + ["linear"] * 6)
    with pytest.raises(InputError) as caught:
        read_runs(table)
    (problem,) = caught.value.problems
    assert "rows 1, 7 have the same step (family all, n_params 100000000, step 1)" in problem
    assert "'schedule' would distinguish them" in problem
    assert rows_by_run(table, rename={"schedule": "run"}) == TWO_TRAININGS
    assert len(rows_by_run(table, rename={"step": "steps"})) == 12


def test_a_step_per_training_joins_nothing() -> None:
    table = checkpoints(tuple(10.0**power for power in range(6, 12)), 1)
    assert len(rows_by_run(table)) == 6
    assert read_runs(table).notes == ()


def test_tokens_that_do_not_rise_with_the_step_are_no_checkpoints() -> None:
    table = checkpoints().assign(n_tokens=lambda frame: 1e10 / frame["step"])
    assert len(rows_by_run(table)) == 12
    assert "n_tokens does not rise with the step" in read_runs(table).notes[-1]


def test_a_grid_of_trainings_is_no_curve() -> None:
    grid = checkpoints((1e8, 2e8, 4e8), 4).drop(columns="step")
    assert read_runs(grid).notes == ()
    grid["n_tokens"] = np.tile([1e9, 2e9, 4e9, 8e9], 3)
    assert read_runs(grid).notes == ()


@pytest.mark.parametrize("tokens", [np.arange(1, 9) * 1e9, np.geomspace(1e8, 1e10, 30)])
def test_many_or_evenly_spaced_tokens_at_one_size_are_noted(tokens: np.ndarray) -> None:
    table = pd.DataFrame({"n_params": 1e8, "n_tokens": tokens, "loss": 2.5 + 410 * tokens**-0.28})
    (note,) = read_runs(table).notes
    assert note.startswith("Rows of one size have many or evenly spaced n_tokens (rows 1, 2, 3,")
    assert read_runs(table.assign(run="a")).notes == ()


def test_a_run_name_with_several_sizes_is_several_trainings() -> None:
    table = checkpoints().assign(run="sweep")
    assert rows_by_run(table) == TWO_TRAININGS
    (note,) = read_runs(table).notes
    assert "Rows of 1 run name ('sweep') differ in n_params" in note
    assert "rename={...: 'family'}" in note
    replicates = checkpoints((1e8, 3e8), 2).assign(run=["1", "2", "1", "2"]).drop(columns="step")
    assert rows_by_run(replicates) == [[1], [2], [3], [4]]


def test_a_run_name_with_several_settings_at_one_step_is_several_trainings() -> None:
    table = pd.concat([checkpoints((1e8,)).assign(lr=lr) for lr in (1e-3, 3e-3)], ignore_index=True).assign(run="sweep")
    assert rows_by_run(table) == TWO_TRAININGS
    falling = checkpoints((1e8,)).assign(lr=lambda frame: 1e-3 / frame["step"], run="a")
    assert rows_by_run(falling) == [[1, 2, 3, 4, 5, 6]]


def test_a_run_with_one_size_keeps_its_name() -> None:
    runs = read_runs(checkpoints().assign(run=["a"] * 6 + ["b"] * 6))
    assert set(runs.table["run"]) == {"a", "b"}
    assert runs.notes == ()


def test_what_was_joined_or_split_reads_again_as_itself() -> None:
    for table in (checkpoints(), checkpoints().assign(run="sweep")):
        runs = read_runs(table)
        again = read_runs(runs.table)
        assert again.digest == runs.digest
        assert again.notes == ()
