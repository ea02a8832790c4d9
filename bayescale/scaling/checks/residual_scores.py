"""Scores of the training rows in random orders: what chance makes of them.

Where model and data agree, scores (quantile residuals) of one family are exchangeable: in whatever order they are put,
neighbours are unrelated, and nothing trends. So chance is what the same scores do in other orders. Taking a fit out of
data leaves residuals that are less alike than that, never more: tests against chance err on the silent side.

Rows of one run share its effect and are not exchangeable with other runs' rows. Where runs have several, two questions
are asked apart: of the runs' means, within a family, and of the checkpoints' distances from them, within a run. That
checkpoints wander is for neighbours to tell. A trend would be seen in whatever wanders, so of checkpoints it must be
one that runs have in common: chance is then each run's course with a sign of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bayescale.core.checks import Finding
from bayescale.scaling.model.design import Design

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]
type Level = Literal["runs", "checkpoints"]

CHANCE = 0.01  # a pattern less probable than this in scores without one is told
FEWEST = 8  # scores in all, and …
FEWEST_TOGETHER = 3  # … of a family (or, for checkpoints, of a run), below which order says nothing
MOST_ORDERS, LEAST_ORDERS, MOST_NUMBERS = 999, 199, 4_000_000  # orders tried, and how many numbers they may fill


@dataclass(frozen=True)
class Scores:
    """Scores that could as well stand in another order within their block, if the model is right.

    score   (1 + order, unit): as they are, then in random orders; the block's mean is taken out.
    common  (1 + order, unit): for runs the same; for checkpoints as they are, then every run's with a random sign.
    axes    (unit, input): inputs on their axes.
    block   (unit,): family for runs, run for checkpoints. `family` and `run` (unit,) are indices of the design.
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
        """Inputs that differ within a block: only along them has it an order."""
        apart = [column - block_means(self.block, column) for column in self.axes.T]
        return tuple(j for j, one in enumerate(apart) if np.abs(one).max(initial=0.0) > 1e-9)


def scores_of(design: Design, score: Array, seed: int) -> tuple[Scores, ...]:
    """The scores of rows (obs,) by level; a level where order says nothing is left out: too few, or all alike."""
    if not np.isfinite(score).all():
        return ()
    count = np.bincount(design.run)
    if count.max() == 1:
        found = [_scores("runs", score, design.log_inputs, design.family, design.family, design.run, seed)]
    else:
        means = [np.bincount(design.run, column) / count for column in (score, *design.log_inputs.T)]
        family = np.zeros(len(count), dtype=np.int64)
        family[design.run] = design.family
        found = [
            _scores("runs", means[0], np.column_stack(means[1:]), family, family, np.arange(len(count)), seed),
            _scores("checkpoints", score, design.log_inputs, design.run, design.family, design.run, seed),
        ]
    return tuple(one for one in found if one.score.shape[1] >= FEWEST and one.varying)


def _scores(level: Level, score: Array, axes: Array, block: Index, family: Index, run: Index, seed: int) -> Scores:
    kept = np.bincount(block)[block] >= FEWEST_TOGETHER
    score, axes, block, family, run = score[kept], axes[kept], block[kept], family[kept], run[kept]
    centred = score - block_means(block, score)
    orders = int(np.clip(MOST_NUMBERS // max(len(score), 1), LEAST_ORDERS, MOST_ORDERS))
    rng = np.random.default_rng(np.random.SeedSequence([seed, 5]))
    drawn = np.argsort(block + rng.random((orders, len(block))), axis=1)  # block by block, at random inside
    together = np.empty((1 + orders, len(block)))
    together[0] = centred
    together[1:, np.argsort(block, kind="stable")] = centred[drawn]
    if level == "runs":
        return Scores(level, together, together, axes, block, family, run)
    signs = rng.choice([-1.0, 1.0], (1 + orders, int(block.max(initial=-1)) + 1))
    signs[0] = 1.0
    return Scores(level, together, centred * signs[:, block], axes, block, family, run)


def block_means(block: Index, column: Array) -> Array:
    """Each unit's mean over its block: (unit,)."""
    return np.asarray((np.bincount(block, column) / np.maximum(np.bincount(block), 1))[block])


def chance_of(statistic: Array) -> Array:
    """Share of orders, the one seen among them, in which a statistic (1 + order, …) is as large as seen."""
    return np.asarray((statistic >= statistic[:1] - 1e-9 * np.abs(statistic[:1])).mean(axis=0))


def told(check: str, chances: Sequence[float], say: Callable[[int, float], str]) -> Finding:
    """The finding over all levels, by each one's probability by chance: what `say` has on every level beyond chance,
    or on the one nearest to it. `say` gets a level's index and its probability, taken over all levels."""
    joint = [min(1.0, chance * len(chances)) for chance in chances]
    beyond = [i for i, chance in enumerate(joint) if chance <= CHANCE] or [int(np.argmin(joint))]
    meaning = ". ".join(say(i, joint[i]) for i in beyond)
    return Finding(check, None, min(joint), CHANCE, meaning, warns=min(joint) <= CHANCE)


def silent(check: str, design: Design) -> Finding:
    """The finding of a check that has too few scores to say anything."""
    meaning = (
        f"cannot be asked: it takes {FEWEST} runs (or checkpoints) with finite residuals, {FEWEST_TOGETHER} of one "
        f"family (or run) and of different size; the data are {len(design.row)} rows of {len(design.runs)} runs in "
        f"{len(design.families)} famil{'y' if len(design.families) == 1 else 'ies'}"
    )
    return Finding(check, None, float("nan"), CHANCE, meaning)
