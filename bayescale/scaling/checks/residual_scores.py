"""Quantile residuals of the training rows in random orders: the distribution of patterns that arise by chance.

Where model and data agree, quantile residuals of one family are exchangeable: in any order, neighbours are unrelated
and nothing trends. So the permutation distribution of a statistic is its distribution by chance. A fit takes away some
of the alikeness of residuals and adds none, so that these tests report too little rather than too much.

Rows of one run share its effect and are not exchangeable with rows of other runs. Where runs have several rows, two
questions are separate: about the means of runs within a family, and about the deviations of checkpoints from the mean
of their run. Checkpoints that wander are found by the check of neighbours. Whatever wanders appears to trend, so a
trend of checkpoints must be common to the runs: its distribution by chance gives the course of each run a random sign.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.checks import CheckResult
from bayescale.scaling.model.design import Design

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]
type Level = Literal["runs", "checkpoints"]

CHANCE = 0.01  # a pattern less probable than this in scores without a pattern is reported
FEWEST = 8  # scores in all, and …
FEWEST_IN_BLOCK = 3  # … of a family (or, for checkpoints, of a run), below which an order has no meaning
MOST_ORDERS, LEAST_ORDERS, MOST_NUMBERS = 999, 199, 4_000_000  # orders tried, and how many numbers they may fill


@dataclass(frozen=True)
class ResidualScores:
    """Scores that are exchangeable within their block, if the model is right.

    Attributes
    ----------
    level : {"runs", "checkpoints"}
        What a unit is: a run, or a checkpoint of a run.
    score : ndarray
        Scores as observed and then in random orders (1 + order, unit), with the mean of their block taken out.
    common : ndarray
        For runs the same; for checkpoints the scores as observed, and then those of every run with a random sign.
    axes : ndarray
        Inputs on their axes (unit, input).
    block : ndarray of int
        Block of each unit (unit,): its family for runs, its run for checkpoints.
    family, run : ndarray of int
        Indices of the design (unit,).
    """

    level: Level
    score: Array
    common: Array
    axes: Array
    block: Index
    family: Index
    run: Index

    @property
    def varying(self) -> tuple[int, ...]:
        """Inputs that differ within a block, so that the block has an order along them."""
        deviations = [column - block_means(self.block, column) for column in self.axes.T]
        return tuple(j for j, deviation in enumerate(deviations) if np.abs(deviation).max(initial=0.0) > 1e-9)


def residual_scores(design: Design, score: Array, seed: int) -> tuple[ResidualScores, ...]:
    """Permute scores within their blocks, by level.

    Parameters
    ----------
    design : Design
        What was fitted.
    score : ndarray
        Score of each training row (obs,).
    seed : int
        Seed of the random orders.

    Returns
    -------
    tuple of ResidualScores
        Of runs, and of checkpoints where runs have several rows. A level without enough units, or whose inputs do not
        differ, is left out; so is all if a score is not finite.
    """
    if not np.isfinite(score).all():
        return ()
    count = np.bincount(design.run)
    if count.max() == 1:
        levels = [_permuted("runs", score, design.log_inputs, design.family, design.family, design.run, seed)]
    else:
        means = [np.bincount(design.run, column) / count for column in (score, *design.log_inputs.T)]
        family = np.zeros(len(count), dtype=np.int64)
        family[design.run] = design.family
        levels = [
            _permuted("runs", means[0], np.column_stack(means[1:]), family, family, np.arange(len(count)), seed),
            _permuted("checkpoints", score, design.log_inputs, design.run, design.family, design.run, seed),
        ]
    return tuple(scores for scores in levels if scores.score.shape[1] >= FEWEST and scores.varying)


def _permuted(
    level: Level, score: Array, axes: Array, block: Index, family: Index, run: Index, seed: int
) -> ResidualScores:
    """Scores of the blocks with enough units, as observed and in random orders."""
    enough = np.bincount(block)[block] >= FEWEST_IN_BLOCK
    score, axes, block, family, run = score[enough], axes[enough], block[enough], family[enough], run[enough]
    centred = score - block_means(block, score)
    orders = int(np.clip(MOST_NUMBERS // max(len(score), 1), LEAST_ORDERS, MOST_ORDERS))
    rng = np.random.default_rng(np.random.SeedSequence([seed, 5]))
    permutation = np.argsort(block + rng.random((orders, len(block))), axis=1)  # block by block, at random inside
    permuted = np.empty((1 + orders, len(block)))
    permuted[0] = centred
    permuted[1:, np.argsort(block, kind="stable")] = centred[permutation]
    if level == "runs":
        return ResidualScores(level, permuted, permuted, axes, block, family, run)
    signs = rng.choice([-1.0, 1.0], (1 + orders, int(block.max(initial=-1)) + 1))
    signs[0] = 1.0
    return ResidualScores(level, permuted, centred * signs[:, block], axes, block, family, run)


def block_means(block: Index, column: Array) -> Array:
    """Return each unit's mean over its block.

    Parameters
    ----------
    block : ndarray of int
        Block of each unit (unit,).
    column : ndarray
        Values (unit,).

    Returns
    -------
    ndarray
        Means (unit,).
    """
    return np.asarray((np.bincount(block, column) / np.maximum(np.bincount(block), 1))[block])


def probability_by_chance(statistic: Array) -> Array:
    """Return the permutation p-value of a statistic.

    Parameters
    ----------
    statistic : ndarray
        The statistic as observed and in random orders (1 + order, ...).

    Returns
    -------
    ndarray
        Share of orders, the observed one among them, in which it is at least as large as observed (...).
    """
    return np.asarray((statistic >= statistic[:1] - 1e-9 * np.abs(statistic[:1])).mean(axis=0))


def pattern_result(
    probabilities: Sequence[float], describe: Callable[[int, float], str], details: dict[str, pd.DataFrame]
) -> CheckResult:
    """Combine the levels of a check into one result, with a Bonferroni correction.

    Parameters
    ----------
    probabilities : sequence of float
        Probability by chance of the pattern on each level.
    describe : callable
        From the index of a level and its corrected probability to a sentence.
    details : dict of str to pandas.DataFrame
        Tables behind the result.

    Returns
    -------
    CheckResult
        The value is the smallest corrected probability. The meaning describes each level beyond chance, or else the
        level nearest to it. It warns where the value is 0.01 or less.
    """
    corrected = [min(1.0, probability * len(probabilities)) for probability in probabilities]
    described = [i for i, probability in enumerate(corrected) if probability <= CHANCE] or [int(np.argmin(corrected))]
    meaning = ". ".join(describe(i, corrected[i]) for i in described)
    return CheckResult(min(corrected), CHANCE, meaning, warns=min(corrected) <= CHANCE, details=details)


def too_few_scores(design: Design, details: dict[str, pd.DataFrame]) -> CheckResult:
    """Return the result of a check that has too few scores.

    Parameters
    ----------
    design : Design
        What was fitted.
    details : dict of str to pandas.DataFrame
        Empty tables of the check.

    Returns
    -------
    CheckResult
        With NaN for its value.
    """
    meaning = (
        f"cannot be computed: it takes {FEWEST} runs (or checkpoints) with finite residuals, {FEWEST_IN_BLOCK} of one "
        f"family (or run) and of different size; the data are {len(design.row)} rows of {len(design.runs)} runs in "
        f"{len(design.families)} famil{'y' if len(design.families) == 1 else 'ies'}"
    )
    return CheckResult(float("nan"), CHANCE, meaning, details=details)
