"""Runs of Weights & Biases as rows, whether the server or an offline folder holds them: columns, steps, tokens."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from bayescale.core.notes import Note
from bayescale.data.columns import as_numbers
from bayescale.errors import InputError, closest

STEP = "_step"


@dataclass(frozen=True)
class RunValues:
    """Which values of runs become rows.

    Columns are `run_id`, `run_name`, `group`, `config.NAME` (nested names joined by dots), `step`, and `summary.NAME`
    or `history.NAME`.

    Attributes
    ----------
    rows : {"last", "step"}, default "last"
        "last": one row per run, with its summary. "step": one row per step at which every `metric` was logged.
    metric : str or tuple of str
        Metrics that "step" takes, by name.
    tokens_per_step : str, default ""
        A product of numbers and names in the configuration, such as "batch_size * seq_len": the column `n_tokens` is
        the step times it. Rows at step 0, before any token, are left out then.
    """

    rows: Literal["last", "step"] = "last"
    metric: str | tuple[str, ...] = ()
    tokens_per_step: str = ""

    def __post_init__(self) -> None:
        problems = []
        if self.rows not in ("last", "step"):
            problems.append(f"rows={self.rows!r} must be 'last' or 'step'.")
        if (self.rows == "last") == bool(self.metric):
            problems.append("metric names what rows='step' takes; 'last' takes every value of the summary.")
        if any(not factor.strip() for factor in self.tokens_per_step.split("*")) and self.tokens_per_step:
            product = "'batch_size * seq_len'"
            problems.append(f"tokens_per_step={self.tokens_per_step!r}: write a product such as {product}.")
        if problems:
            raise InputError("Weights & Biases: these fields do not fit together", problems)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that "step" takes."""
        return (self.metric,) if isinstance(self.metric, str) else self.metric


@dataclass(frozen=True, eq=False)
class TrackedRun:
    """A run as its tracker holds it.

    Attributes
    ----------
    run_id, name, group, state : str
        Its identity and state.
    config, summary : mapping of str to any
        Configuration and summary.
    """

    run_id: str
    name: str
    group: str
    state: str
    config: Mapping[str, Any]
    summary: Mapping[str, Any]


def rows_of_run(run: TrackedRun, values: RunValues, history: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the rows of one run.

    Parameters
    ----------
    run : TrackedRun
        The run.
    values : RunValues
        Which of its values.
    history : iterable of mapping
        Its logged values by step, in order; read for "step" alone.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        One row, or one per step.

    Raises
    ------
    InputError
        If a name in `tokens_per_step` is not a number of the configuration.
    """
    config = flattened(run.config)
    row = {"run_id": run.run_id, "run_name": run.name, "group": run.group}
    row |= {f"config.{name}": value for name, value in config.items()}
    if values.rows == "last":
        summary = flattened(run.summary)
        last = {"step": summary.get(STEP), **{f"summary.{name}": value for name, value in summary.items()}}
        table = pd.DataFrame([row | last])
    else:
        points = [flattened(point) for point in history]
        logged = [
            {"step": point[STEP], **{f"history.{name}": point[name] for name in values.metrics}}
            for point in points
            if {STEP, *values.metrics} <= set(point)
        ]
        table = pd.DataFrame([row | point for point in logged], columns=[*row, "step", *_named(values.metrics)])
    if values.tokens_per_step:
        table["n_tokens"] = as_numbers(table["step"])[0] * _tokens(values.tokens_per_step, config, run.name)
        return table[table["n_tokens"] != 0].reset_index(drop=True)
    return table


def missing_metric(run: str, values: RunValues) -> Note:
    """Return the note on a run without rows.

    Parameters
    ----------
    run : str
        Name of the run.
    values : RunValues
        Which of its values were to become rows.

    Returns
    -------
    Note
        The note `missing_metric`.
    """
    return Note("missing_metric", f"Run {run} never logged {' with '.join(values.metrics) or 'a step'}.", (run,))


def _named(metrics: Sequence[str]) -> list[str]:
    return [f"history.{name}" for name in metrics]


def _tokens(product: str, config: Mapping[str, Any], run: str) -> float:
    tokens, problems = 1.0, []
    for factor in map(str.strip, product.split("*")):
        value = factor if re.fullmatch(r"[\d.eE+]+", factor) else config.get(factor)
        try:
            tokens *= float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            problems.append(f"{factor!r} is no number in the configuration of run {run!r}.{closest(factor, config)}")
    if problems:
        raise InputError(f"tokens_per_step={product!r}:", problems)
    return tokens


def flattened(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested values by names joined with dots; lists as JSON, and without what the tracker adds.

    Parameters
    ----------
    values : mapping of str to any
        The values.
    prefix : str, default ""
        What stands before each name.

    Returns
    -------
    dict of str to any
        Numbers, texts and truth values by name.
    """
    out: dict[str, Any] = {}
    for name, value in values.items():
        if name == "_wandb":
            continue
        if isinstance(value, Mapping):
            out |= flattened(value, f"{prefix}{name}.")
        else:
            out[f"{prefix}{name}"] = json.dumps(value) if isinstance(value, list | tuple) else value
    return out
