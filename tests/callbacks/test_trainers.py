"""Callbacks of trainers, which need not be installed: bases that stand in for theirs, and theirs where they are."""

import importlib.util
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from bayescale.callbacks.tracking import RunTracker
from bayescale.callbacks.trainers import lightning_callback, transformers_callback
from bayescale.errors import InputError
from bayescale.scaling.result import Fit
from tests.callbacks.test_tracking import tracker

STEP = 1e6  # tokens


@pytest.fixture
def run(plain_fit: Fit) -> RunTracker:
    return tracker(plain_fit)


def stand_in(monkeypatch: pytest.MonkeyPatch, module: str, base: str) -> None:
    """A module with an empty base class, where the package is not installed."""
    if importlib.util.find_spec(module.partition(".")[0]) is None:
        made = ModuleType(module)
        setattr(made, base, type(base, (), {}))
        for name in {module, module.partition(".")[0]}:
            monkeypatch.setitem(sys.modules, name, made)


class Log:
    def __init__(self) -> None:
        self.metrics: list[tuple[dict[str, float], int]] = []

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        self.metrics.append((metrics, step))


def test_lightning(run: RunTracker, plain_fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, "lightning.pytorch", "Callback")
    lines: list[str] = []
    callback = lightning_callback(run, tokens_per_step=STEP, report=lines.append)
    log = Log()
    trainer: Any = SimpleNamespace(global_step=10_000, callback_metrics={"val_loss": 2.72}, loggers=[log])
    trainer.sanity_checking = True
    callback.on_validation_end(trainer, None)
    trainer.sanity_checking, trainer.is_global_zero = False, False
    callback.on_validation_end(trainer, None)
    assert (lines, log.metrics) == ([], [])
    trainer.is_global_zero = True
    callback.on_validation_end(trainer, None)
    expected = tracker(plain_fit).observe(1e10, 2.72)
    assert lines == [run.sentence(expected)]
    assert log.metrics[0][0]["end_probability"] == expected.probability
    assert log.metrics[0][1] == 10_000


def test_transformers(run: RunTracker, plain_fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, "transformers", "TrainerCallback")
    lines: list[str] = []
    callback = transformers_callback(run, tokens_per_step=STEP, report=lines.append)
    state = SimpleNamespace(global_step=10_000, log_history=[], is_world_process_zero=True)
    callback.on_evaluate(None, state, None, metrics={"eval_accuracy": 0.5})
    assert lines == []
    callback.on_evaluate(None, state, None, metrics={"eval_loss": 2.72}, model=None)
    expected = tracker(plain_fit).observe(1e10, 2.72)
    assert lines == [run.sentence(expected)]
    assert state.log_history[0]["end_median"] == expected.median


@pytest.mark.parametrize(
    ("make", "package"), [(lightning_callback, "lightning"), (transformers_callback, "transformers")]
)
def test_a_package_that_is_missing_is_named(
    make: Any, package: str, run: RunTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("lightning", "lightning.pytorch", "transformers"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=f"pip install {package}"):
        make(run, tokens_per_step=STEP)
