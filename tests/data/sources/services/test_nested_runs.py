"""Nested runs of MLflow: of a parent and a child with equal metrics, one is left out."""

from typing import Any

import pytest

from bayescale.data.sources.services.nested_runs import left_out_runs_note, without_repetitions


def record(parent: str | None = None, params: int = 0, **metrics: object) -> dict[str, Any]:
    """A run as `runs/search` returns it."""
    return {
        "info": {"run_name": f"{'child' if parent else 'parent'} of {params}"},
        "data": {
            "metrics": [{"key": name, "value": value} for name, value in metrics.items()],
            "params": [{"key": f"p{place}", "value": "1"} for place in range(params)],
            "tags": [{"key": "mlflow.parentRunId", "value": parent}] if parent else [],
        },
    }


def test_a_parent_that_repeats_its_best_child_is_left_out() -> None:
    runs = {"p": record(loss=3.125), "a": record("p", 1, loss=3.5), "b": record("p", 1, loss=3.125)}
    remaining, notes = without_repetitions(runs)
    assert list(remaining) == ["a", "b"]
    (note,) = notes
    assert str(note) == "Run 'parent of 0' left out: it repeats the metrics of 'child of 1', its child run."


def test_an_evaluation_nested_in_its_training_is_left_out() -> None:
    remaining, notes = without_repetitions({"p": record(params=2, loss=3.125), "a": record("p", loss=3.125)})
    assert list(remaining) == ["p"]
    assert "it repeats the metrics of 'parent of 2', its parent run." in str(notes[0])


def test_a_parent_with_metrics_of_its_own_is_noted() -> None:
    runs = {"p": record(loss=3.25), "a": record("p", loss=3.5), "b": record("p", loss=3.125)}
    remaining, notes = without_repetitions(runs)
    assert list(remaining) == ["p", "a", "b"]
    assert [note.code for note in notes] == ["parent_run"]
    assert "is the parent of 2 of these runs" in str(notes[0])
    assert without_repetitions({"p": record(), "a": record("p", loss=3.5)})[1] == []


@pytest.mark.parametrize(
    ("parent", "child", "is_repetition"),
    [
        ({"loss": 3.125, "epochs": 10}, {"loss": 3.125, "epochs": 5}, True),  # a loss does not agree by chance
        ({"loss": 3.25, "epochs": 10}, {"loss": 3.125, "epochs": 10}, False),  # a whole number does
        ({"epochs": 10}, {"epochs": 10}, True),
        ({"loss": "NaN"}, {"loss": "NaN"}, False),
        ({"loss": 3.125}, {"accuracy": 3.125}, False),
    ],
)
def test_metrics_that_agree(parent: dict[str, object], child: dict[str, object], is_repetition: bool) -> None:
    remaining, _ = without_repetitions({"p": record(**parent), "a": record("p", **child)})  # type: ignore[arg-type]
    assert (len(remaining) == 1) == is_repetition


def test_runs_that_are_left_out_are_counted() -> None:
    assert str(left_out_runs_note(2, "RUNNING")) == "2 runs left out: RUNNING."
    assert without_repetitions({"a": record("elsewhere", loss=3.5)})[1] == []
