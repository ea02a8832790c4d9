"""Rows that repeat one measurement are refused; replicates, which are evidence, are not."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from tests.data.runs_validation.run_tables import measured, refusal

BOOKKEEPING = {
    "Unnamed: 0": range(28),
    "index": range(28),
    "timestamp": pd.date_range("2026-01-01", periods=28, freq="h"),
    "created_at": [f"2026-01-{day:02d}T00:00:00Z" for day in range(1, 29)],
    "uuid": [f"{number:08x}-0000-4000-8000-000000000000" for number in range(28)],
    "_runtime": np.linspace(10.0, 99.0, 28),
    "Created": ["Monday"] * 14 + ["Tuesday"] * 14,
    "export": ["first"] * 14 + ["second"] * 14,
    "week": [1] * 14 + [2] * 14,
    "task": ["arc"] * 14 + ["piqa"] * 14,
}


@pytest.mark.parametrize("name", BOOKKEEPING)
def test_a_table_twice_is_refused_whatever_column_differs(name: str) -> None:
    table = pd.concat([measured(), measured().sample(frac=1.0, random_state=1)], ignore_index=True)
    problem = refusal(table.assign(**{name: BOOKKEEPING[name]}))
    assert "the same measurement more than once: rows 1, " in problem
    assert f"differ only in {name!r}" in problem
    assert "keep one row of each" in problem
    assert "rename={...: 'run'} or 'seed'" in problem


@pytest.mark.parametrize("columns", [["n_params", "n_tokens", "loss"], ["loss"]])
def test_another_format_of_the_same_numbers_is_the_same_measurement(columns: list[str]) -> None:
    again = measured()
    again[columns] = again[columns].astype(np.float32).astype(float)
    assert "rows 1, 15; rows 2, 16" in refusal(
        pd.concat([measured(), again], ignore_index=True).assign(index=range(28))
    )


def test_a_csv_with_its_index_six_times(tmp_path: Path) -> None:
    pd.concat([measured()] * 6, ignore_index=True).to_csv(tmp_path / "six.csv")
    assert "rows 1, 15, 29, 43, 57, 71" in refusal(tmp_path / "six.csv")


def test_a_part_that_repeats_is_named() -> None:
    table = pd.concat([measured(), measured().iloc[[4]]]).assign(exported_on=np.arange(15))
    assert "rows 5, 15 agree" in refusal(table)


@pytest.mark.parametrize("name", ["seed", "Seed", "replicate", "family", "step", "n_unique_tokens"])
def test_a_column_that_tells_measurements_apart_makes_them_evidence(name: str) -> None:
    labels = range(1, 29) if name in ("step", "n_unique_tokens") else [f"a{number}" for number in range(28)]
    numbers = np.array(labels) * 1e9 if name == "n_unique_tokens" else labels
    table = pd.concat([measured()] * 2, ignore_index=True).assign(**{name: numbers})
    if name == "step":
        table["run"] = "a"  # one training, measured at 28 steps
    assert len(read_runs(table).table) == 28


def test_replicates_with_different_losses_are_evidence_and_noted() -> None:
    again = measured().assign(loss=lambda table: table["loss"] * 1.001)
    runs = read_runs(pd.concat([measured(), again], ignore_index=True).assign(index=range(28)))
    (note,) = runs.notes
    assert note.startswith("Inputs repeat exactly within a family: rows 1, 15; rows 2, 16;")
    assert len(runs.table) == 28
    assert read_runs(runs.table.assign(seed=[1] * 14 + [2] * 14)).notes == ()


def test_rounded_losses_of_replicates_may_agree() -> None:
    table = measured().assign(loss=lambda frame: frame["loss"].round(1))
    table = pd.concat([table] * 2, ignore_index=True).assign(machine_type=["old"] * 14 + ["new"] * 14)
    runs = read_runs(table)
    assert "Rows agree in inputs and loss, and differ only in 'machine_type': rows 1, 15" in runs.notes[0]
    assert "rows 1, 15" in refusal(table.drop(columns="machine_type"))


def test_inputs_that_no_law_of_ours_has_are_not_repeated() -> None:
    weights = np.linspace(0.1, 0.9, 6)
    table = pd.DataFrame({"n_params": 1e9, "n_tokens": 1e10, "weight_web": weights, "loss": 3.0 - weights / 10})
    assert read_runs(table).notes == ()
    assert "Inputs repeat exactly" in read_runs(table.rename(columns={"weight_web": "eval_accuracy"})).notes[0]


def test_blank_responses_are_not_compared() -> None:
    diverged = measured().assign(loss=np.nan)
    table = pd.concat([measured(), diverged, diverged], ignore_index=True)
    assert len(read_runs(table).exclude(blank="loss", reason="diverged").table) == 14


def test_a_run_that_starts_from_a_checkpoint_of_another_may_share_its_rows() -> None:
    steps = pd.DataFrame({"n_params": 1e8, "n_tokens": np.arange(1, 21) * 1e9, "step": range(1, 21)})
    base = steps.assign(loss=1.7 + 410 * steps["n_tokens"] ** -0.28 + 1e-4 * np.sin(steps["step"]), run="base")
    branch = base.assign(run="branch", loss=base["loss"].where(base["step"] <= 15, base["loss"] - 0.01))
    runs = read_runs(pd.concat([base, branch], ignore_index=True))
    assert len(runs.table) == 40


def test_shares_of_a_test_set_that_agree_by_chance_are_no_repeats() -> None:
    share = pd.DataFrame({"n_params": [1e8] * 4, "accuracy": [0.2531646, 0.2531646, 0.5, 0.75], "task": list("abcd")})
    (first, *_) = read_runs(share, response="accuracy").notes
    assert first.startswith("Rows agree in inputs and accuracy, and differ only in 'task': rows 1, 2")


def test_a_column_that_tells_repeated_inputs_apart_is_named() -> None:
    again = measured().assign(loss=lambda table: table["loss"] * 1.01, corpus="code")
    runs = read_runs(pd.concat([measured().assign(corpus="web"), again], ignore_index=True))
    assert any("rename={'corpus': 'family'}" in note for note in runs.notes)
