"""Writes real Inspect logs without asking a model; run as a script, so that its event loops are not the tests'.

    python tests/data/eval_logs/inspect_logs.py FOLDER

Three prompts, "1", "2" and "it's 3", of which the last raises. "yes" is answered in odd epochs. The solver answers in
the model's place: Inspect's made-up model counts tokens with a vocabulary that it would have to download.
"""

import sys
from pathlib import Path
from typing import Any

import inspect_ai
from inspect_ai.dataset import Sample
from inspect_ai.log import ProvenanceData, invalidate_samples, read_eval_log, write_eval_log
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Score, Target, accuracy, includes, scorer
from inspect_ai.solver import Generate, TaskState, solver


@scorer(metrics={"*": [accuracy()]}, name="harm")
def harm() -> Any:
    """Several values under one scorer."""

    async def score(state: TaskState, target: Target) -> Score:
        return Score(value={"severity": 0.7, "held": "C" if state.output.completion != "yes" else "I"})

    return score


@solver
def answers() -> Any:
    """An attack that does not reach the model for one prompt."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if state.sample_id == "it's 3":
            raise RuntimeError("the target did not answer")
        state.output = ModelOutput.from_content("mockllm/model", "yes" if state.epoch % 2 else "no")
        return state

    return solve


@inspect_ai.task(name="attacks")
def attacks(attack: str, depth: int, judged: bool = False) -> inspect_ai.Task:
    """The three prompts; with `judged`, a second scorer."""
    return inspect_ai.Task(
        dataset=[Sample(id=name, input=f"prompt {name}", target="yes") for name in ("1", "2", "it's 3")],
        solver=[answers()],
        scorer=[includes(), harm()] if judged else [includes()],
        version=2,
    )


def write_log(folder: Path, name: str, log_format: Any, epochs: int, judged: bool = False, stops: bool = False) -> Path:
    """One log, called `name`."""
    (log,) = inspect_ai.eval(
        attacks(attack="pair", depth=3, judged=judged),
        model="mockllm/model",
        log_dir=str(folder / "written"),
        log_format=log_format,
        epochs=epochs,
        fail_on_error=stops,
        display="none",
    )
    return Path(log.location.removeprefix("file://")).rename(folder / f"{name}.{log_format}")


def main(folder: Path) -> None:
    """Every log that the tests read."""
    write_log(folder, "four", "eval", epochs=4)
    write_log(folder, "four", "json", epochs=4)
    write_log(folder, "judged", "eval", epochs=2, judged=True)
    write_log(folder, "again", "eval", epochs=2)
    failed = write_log(folder, "failed", "eval", epochs=2, stops=True)
    (retried,) = inspect_ai.eval_retry(str(failed), log_dir=str(folder / "written"), display="none")
    Path(retried.location.removeprefix("file://")).rename(folder / "retried.eval")
    invalid = write_log(folder, "invalid", "eval", epochs=2)
    log = read_eval_log(str(invalid))
    first = [sample.uuid for sample in log.samples or [] if sample.id == "1" and sample.uuid][:1]
    write_eval_log(invalidate_samples(log, first, ProvenanceData(author="a reviewer")), str(invalid))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
