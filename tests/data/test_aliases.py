"""Families, runs, seeds and steps are found under the names that people give them."""

import pandas as pd
import pytest

from bayescale.data.aliases import normalized
from bayescale.data.reading import read_runs


def curves(**columns: object) -> pd.DataFrame:
    sizes = {"n_params": [1e8, 1e8, 3e8, 3e8], "n_tokens": [2e9, 4e9, 2e9, 4e9], "loss": [3.5, 3.3, 3.2, 3.0]}
    return pd.DataFrame(sizes | columns)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Family", "family"),
        ("FAMILY", "family"),
        ("model_family", "family"),
        ("Model Family", "family"),
        ("modelFamily", "family"),
        ("params.model_family", "family"),
        ("series", "family"),
        ("Run", "run"),
        ("run_name", "run"),
        ("Run Name", "run"),
        ("runName", "run"),
        ("run_id", "run"),
        ("RunID", "run"),
        ("tags.mlflow.runName", "run"),
        ("wandb_run", "run"),
        ("job_id", "run"),
        ("summary.family", "family"),
    ],
)
def test_a_synonym_is_taken_with_a_note(theirs: str, ours: str) -> None:
    runs = read_runs(curves(**{theirs: list("aabb")}))
    assert runs.table[ours].tolist() == list("aabb")
    assert [note for note in runs.notes if f"Column {theirs!r} is read as {ours!r}" in note] == list(runs.notes[:1])
    assert f"rename={{{theirs!r}: ...}}" in runs.notes[0]
    assert runs.table[theirs].tolist() == list("aabb"), "family='Family' still names the column"


@pytest.mark.parametrize("theirs", ["Step", "_step", "global_step", "trainer/global_step", "ckpt_step", "iteration"])
def test_steps_have_synonyms(theirs: str) -> None:
    runs = read_runs(curves(run_name=list("aabb"), **{theirs: [100, 200, 100, 200]}))
    assert runs.table["step"].tolist() == [100.0, 200.0, 100.0, 200.0]


def test_a_checkpoint_may_be_called_by_its_step() -> None:
    runs = read_runs(curves(Run=list("aabb"), checkpoint=["step100", "step200", "step100", "step200"]))
    assert runs.table["step"].tolist() == [100.0, 200.0, 100.0, 200.0]
    runs = read_runs(curves(Run=list("aabb"), checkpoint=["first", "last", "first", "last"]))
    assert "step" not in runs.table
    assert "'checkpoint' is not read as 'step'" in runs.notes[1]


def test_our_own_name_wins_and_the_best_synonym_comes_first() -> None:
    runs = read_runs(curves(family=list("xxyy"), model_family=list("aabb"), run_name=list("ccdd"), run_id=list("eeff")))
    assert runs.table["family"].tolist() == list("xxyy")
    assert runs.table["run"].tolist() == list("eeff")
    assert len(runs.notes) == 1


def test_renaming_gives_a_synonym_another_meaning() -> None:
    runs = read_runs(curves(series=list("aabb")), rename={"series": "gpu_series"})
    assert set(runs.table["family"]) == {"all"}
    assert runs.notes == ()


@pytest.mark.parametrize("name", ["model", "model_name", "Model Name", "group", "Name"])
def test_an_ambiguous_name_means_what_its_rows_show(name: str) -> None:
    step = [100, 200, 100, 200]
    runs = read_runs(curves(step=step, **{name: list("aabb")}))
    assert runs.table["run"].tolist() == list("aabb"), "one size and one row a step: a run"
    runs = read_runs(curves(**{name: list("abab")}))
    assert runs.table["family"].tolist() == list("abab"), "several sizes: a family"
    runs = read_runs(curves(**{name: list("aabb")}))
    assert set(runs.table["family"]) == {"all"}
    assert len(set(runs.table["run"])) == 4
    assert runs.notes == (), "without steps, two rows of one size may be two trainings"


def test_a_family_that_is_blank_somewhere_is_not_taken() -> None:
    runs = read_runs(curves(Family=["a", None, "b", "b"]))
    assert set(runs.table["family"]) == {"all"}
    assert "'Family' is not read as 'family', because it is blank in row 2" in runs.notes[0]


def test_the_response_and_inputs_are_never_taken() -> None:
    runs = read_runs(curves(series=[0.1, 0.2, 0.3, 0.4]), response="series")
    assert set(runs.table["family"]) == {"all"}


@pytest.mark.parametrize(
    ("name", "plain"), [("runName", "run_name"), ("config/Seed", "seed"), ("Model  Family ", "model_family")]
)
def test_names_are_compared_without_case_and_marks(name: str, plain: str) -> None:
    assert normalized(name) == plain


@pytest.mark.parametrize("name", ["exp_name", "Experiment Name", "display_name"])
def test_an_experiment_is_a_run_where_each_has_one_size(name: str) -> None:
    runs = read_runs(curves(**{name: list("aabb"), "step": [100, 200, 100, 200]}))
    assert runs.table["run"].tolist() == list("aabb")


def test_the_length_of_trainings_is_no_step_of_one() -> None:
    """`training_steps` is mostly how long a training is: its rows are trainings of their own."""
    assert "step" not in read_runs(curves(training_steps=[100, 200, 100, 200])).table
