"""Undertrained runs: the runs trained most briefly lie to the worse side as a group, and pull the law towards them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.checks import CheckResult, check
from bayescale.data.quantities import known_quantity
from bayescale.scaling.checks.context import CheckContext
from bayescale.scaling.checks.residual_scores import (
    CHANCE,
    ResidualScores,
    block_means,
    pattern_result,
    probability_by_chance,
    too_few_scores,
)
from bayescale.scaling.checks.training_rows import run_list
from bayescale.scaling.model.design import Design

type Array = NDArray[np.float64]

SIZES = ("n_params", "n_params_nonemb", "n_params_active", "n_params_total", "n_params_average")
LENGTHS = (
    *("n_tokens", "steps", "examples", "lr_area", "flops", "gpu_hours", "n_unique_tokens", "environments"),
    "n_finetune_tokens",
)
FEWEST = 3  # units of a group
BINS = 8
COLUMNS = ["level", "ladder", "least", "most", "units", "mean_score", "share_above", "in_rung"]
ONE_SIDED = 0.8  # least share of the group's units on the worse side


@dataclass(frozen=True)
class TrainingLength:
    """How long units were trained.

    Attributes
    ----------
    name : str
        Name of the measure, such as "tokens per parameter".
    log_length : ndarray
        Its logarithm (unit,).
    """

    name: str
    log_length: Array


@check("undertrained runs")
def undertrained_runs(context: CheckContext) -> CheckResult:
    """Test whether the units trained most briefly lie to the worse side of the fit, and name them.

    Runs are ordered by tokens per parameter (or by the training's length, or by size where the law has no other),
    checkpoints by their place in the run. Of all cuts in the lower half, the strongest is the one below which residuals
    are one-sided and farthest to the worse side. Its strength is compared with that of the strongest cut by chance.

    Parameters
    ----------
    context : CheckContext
        The posterior.

    Returns
    -------
    CheckResult
        The value is the probability that chance alone gives a cut this strong. Table `rungs`: per level and bin of
        training length (its measure is named in `ladder`), its `least` and `most`, the number of `units`, their
        `mean_score` and `share_above` the fit, and whether the bin lies below the cut (`in_rung`).
    """
    design, levels = context.design, context.residual_scores
    worse = _worse_side(design)
    lengths = [_training_length(design, scores) for scores in levels]
    pairs = [(length, scores) for length, scores in zip(lengths, levels, strict=True) if length is not None]
    if not pairs:
        return _no_length(design, levels)
    scans = [_strongest_cut(length, scores, worse) for length, scores in pairs]
    cuts = [cut if probability * len(pairs) <= CHANCE else -np.inf for probability, cut in scans]
    bins = [_bins(length, scores, cut) for (length, scores), cut in zip(pairs, cuts, strict=True)]

    def describe(level: int, probability: float) -> str:
        return _describe(design, *pairs[level], worse, cuts[level], probability)

    details = {"rungs": pd.concat(bins, ignore_index=True)}
    return pattern_result([probability for probability, _ in scans], describe, details)


def _no_length(design: Design, levels: Sequence[ResidualScores]) -> CheckResult:
    """Return the result where no level has units of different training length."""
    details = {"rungs": pd.DataFrame(columns=COLUMNS)}
    if not levels:
        return too_few_scores(design, details)
    meaning = f"cannot be computed: law {design.spec.law.name!r} has no input for how long a run was trained"
    return CheckResult(float("nan"), CHANCE, meaning, details=details)


def _training_length(design: Design, scores: ResidualScores) -> TrainingLength | None:
    """Find the measure of training length; None where none differs.

    It is the first that differs of tokens per parameter, the training's length, the size, and the law's only input; of
    checkpoints their place in the run.
    """
    inputs = design.spec.law.inputs
    names = [name for name in (*LENGTHS, *SIZES) if name in inputs]
    if len(inputs) == 1 and known_quantity(inputs[0]) is None:
        names = [*inputs]
    column = {name: scores.axes[:, j] for j, name in enumerate(inputs)}
    measures = [TrainingLength(name, column[name]) for name in names]
    size = next((name for name in SIZES if name in inputs), None)
    if scores.level == "checkpoints":
        measures = [
            TrainingLength(f"of their run's {measure.name}", measure.log_length - _last(scores, measure.log_length))
            for measure in measures
        ]
    elif size and "n_tokens" in inputs:
        measures.insert(0, TrainingLength("tokens per parameter", column["n_tokens"] - column[size]))
    return next((measure for measure in measures if np.ptp(measure.log_length) > 1e-9), None)


def _last(scores: ResidualScores, log_length: Array) -> Array:
    """Return the largest in each unit's block: (unit,)."""
    largest = np.full(scores.block.max() + 1, -np.inf)
    np.maximum.at(largest, scores.block, log_length)
    return np.asarray(largest[scores.block])


def _worse_side(design: Design) -> float:
    """+1 where the response falls with size and data (a loss), −1 where it rises (an accuracy)."""
    inputs = design.spec.law.inputs
    known = [inputs.index(name) for name in (*SIZES, *LENGTHS) if name in inputs] or [0]
    size = design.log_inputs[:, known].sum(axis=1)
    size = size - block_means(design.family, size)
    return 1.0 if float(size @ design.scaled_response) <= 0 else -1.0


def _strongest_cut(length: TrainingLength, scores: ResidualScores, worse: float) -> tuple[float, float]:
    """Probability by chance of the strongest cut, and its log length: 1 and −∞ without one."""
    order = np.argsort(length.log_length, kind="stable")
    log_length, score = length.log_length[order], worse * scores.common[:, order]
    count = np.arange(1, len(order))  # units below a cut; a cut never separates ties
    cuts = count[(np.diff(log_length) > 1e-9) & (count >= FEWEST) & (count <= len(order) / 2)]
    if not len(cuts):
        return 1.0, -np.inf
    strength = np.cumsum(score, axis=1)[:, cuts - 1] / np.sqrt(cuts * (1 - cuts / len(order)))
    strength[np.cumsum(score > 0, axis=1)[:, cuts - 1] < ONE_SIDED * cuts] = 0.0
    return float(probability_by_chance(strength.max(axis=1))), float(log_length[cuts[int(strength[0].argmax())] - 1])


def _bins(length: TrainingLength, scores: ResidualScores, cut: float) -> pd.DataFrame:
    """One row per bin of training length."""
    edges = np.unique(np.quantile(length.log_length, np.arange(1, BINS) / BINS))
    place = np.searchsorted(edges, length.log_length)
    rows = []
    for index in np.unique(place):
        log_length, score = length.log_length[place == index], scores.score[0, place == index]
        ends = np.exp(log_length.min()), np.exp(log_length.max())
        inside = bool(log_length.min() <= cut + 1e-9)
        rows.append((scores.level, length.name, *ends, len(log_length), score.mean(), (score > 0).mean(), inside))
    return pd.DataFrame(rows, columns=COLUMNS)


def _describe(
    design: Design, length: TrainingLength, scores: ResidualScores, worse: float, cut: float, probability: float
) -> str:
    """Describe the strongest cut of a level in a sentence."""
    side = "above" if worse > 0 else "below"
    by_chance = f"(probability by chance {probability:.2g})"
    if probability > CHANCE:
        return f"none: the {scores.level} with the least {length.name} do not lie {side} the fit as a group {by_chance}"
    inside = np.flatnonzero(length.log_length <= cut + 1e-9)
    score = worse * scores.score[0, inside]
    count = int((score > 0).sum())
    runs = dict.fromkeys(zip(scores.family[inside].tolist(), scores.run[inside].tolist(), strict=True))
    rows = pd.DataFrame([{"family": design.families[f], "run": design.runs[r]} for f, r in runs])
    return (
        f"{count} of the {len(inside)} {scores.level} with at most {np.exp(cut):.3g} {length.name} lie {side} the fit, "
        f"on average by {score.mean():.1f} standard deviations of the noise {by_chance}: {run_list(rows, 4)}. "
        "Runs that were trained too briefly or tuned badly lie to this side: leave them out and see whether the "
        "forecast moves"
    )
