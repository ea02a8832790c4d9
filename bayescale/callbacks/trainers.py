"""Callbacks of Lightning and Transformers around a `RunTracker`. Neither package is imported before it is used."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from bayescale.callbacks.tracking import Outlook, RunTracker
from bayescale.core.arguments import checked
from bayescale.errors import InputError

__all__ = ["lightning_callback", "transformers_callback"]

LOGGER = logging.getLogger("bayescale.callbacks")


@dataclass
class _Reporter:
    """What both callbacks share: the tracker, tokens of a step, the name of the loss, and where lines go."""

    tracker: RunTracker
    tokens_per_step: float
    metric: str
    report: Callable[[str], None]

    def observe(self, step: int, metrics: Mapping[str, Any]) -> Outlook | None:
        """Add an evaluation after a step; None where it has no such loss or no step was made."""
        if self.metric not in metrics or step < 1:
            return None
        outlook = self.tracker.observe(step * self.tokens_per_step, float(metrics[self.metric]))
        self.report(self.tracker.sentence(outlook))
        return outlook


class LightningHooks:
    """The hook of a Lightning callback."""

    reporter: _Reporter

    def on_validation_end(self, trainer: Any, _: Any) -> None:
        """Report the outlook after a validation, also to the loggers of the trainer.

        Parameters
        ----------
        trainer : lightning.Trainer
            The trainer.
        _ : lightning.LightningModule
            The model, which is not used.
        """
        if getattr(trainer, "sanity_checking", False) or not getattr(trainer, "is_global_zero", True):
            return
        outlook = self.reporter.observe(trainer.global_step, trainer.callback_metrics)
        if outlook is not None:
            for logger in trainer.loggers:
                logger.log_metrics(_metrics(outlook), step=trainer.global_step)


class TransformersHooks:
    """The hook of a callback of the Transformers trainer."""

    reporter: _Reporter

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Mapping[str, Any] | None = None, **_: Any
    ) -> None:
        """Report the outlook after an evaluation, also in the trainer's log history.

        Parameters
        ----------
        args, control : object
            What the trainer passes to every hook; not used.
        state : transformers.TrainerState
            Step and log history.
        metrics : mapping of str to float, optional
            Metrics of the evaluation.
        **_
            What else the trainer passes.
        """
        if not getattr(state, "is_world_process_zero", True):
            return
        outlook = self.reporter.observe(state.global_step, metrics or {})
        if outlook is not None:
            state.log_history.append({**_metrics(outlook), "step": state.global_step})


def _metrics(outlook: Outlook) -> dict[str, float]:
    return {
        "end_probability": outlook.probability,
        "end_median": outlook.median,
        "end_lower": outlook.lower,
        "end_upper": outlook.upper,
    }


@checked
def lightning_callback(
    tracker: RunTracker,
    *,
    tokens_per_step: float,
    metric: str = "val_loss",
    report: Callable[[str], None] = LOGGER.info,
) -> Any:
    """Make a callback for `lightning.Trainer(callbacks=[...])`.

    Parameters
    ----------
    tracker : RunTracker
        The run.
    tokens_per_step : float
        Tokens of one optimiser step, over all devices.
    metric : str, default "val_loss"
        Name of the logged loss, in the unit of the fit.
    report : callable, optional
        Takes one line per evaluation: `print`, for example. The logger "bayescale.callbacks" by default.

    Returns
    -------
    lightning.pytorch.Callback
        The callback.

    Raises
    ------
    InputError
        Lightning is not installed.
    """
    base = _base("lightning.pytorch", "Callback", "lightning")
    return _callback_of(LightningHooks, base, _Reporter(tracker, tokens_per_step, metric, report))


@checked
def transformers_callback(
    tracker: RunTracker,
    *,
    tokens_per_step: float,
    metric: str = "eval_loss",
    report: Callable[[str], None] = LOGGER.info,
) -> Any:
    """Make a callback for `transformers.Trainer(callbacks=[...])`.

    Parameters
    ----------
    tracker : RunTracker
        The run.
    tokens_per_step : float
        Tokens of one optimiser step, over all devices.
    metric : str, default "eval_loss"
        Name of the evaluated loss, in the unit of the fit.
    report : callable, optional
        Takes one line per evaluation: `print`, for example. The logger "bayescale.callbacks" by default.

    Returns
    -------
    transformers.TrainerCallback
        The callback.

    Raises
    ------
    InputError
        Transformers is not installed.
    """
    base = _base("transformers", "TrainerCallback", "transformers")
    return _callback_of(TransformersHooks, base, _Reporter(tracker, tokens_per_step, metric, report))


def _base(module: str, name: str, package: str) -> type:
    try:
        base: type = getattr(import_module(module), name)
    except ImportError as error:
        raise InputError(f"{package} is not installed: pip install {package}") from error
    return base


def _callback_of(hooks: type, base: type, reporter: _Reporter) -> Any:
    """An object of a class that has the hook, and of the trainer's base class."""
    callback = type("RunOutlook", (hooks, base), {})()
    callback.reporter = reporter
    return callback
