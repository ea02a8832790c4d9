"""Runs trained too briefly: they err one way only, and a law fitted to them is pulled towards them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.checks import Finding
from bayescale.data.quantities import KNOWN
from bayescale.scaling.checks.loo import named
from bayescale.scaling.checks.residual_scores import CHANCE, Scores, block_means, chance_of, silent, told
from bayescale.scaling.model.design import Design

type Array = NDArray[np.float64]

CHECK = "undertrained rungs"
SIZES = ("n_params", "n_params_nonemb", "n_params_active", "n_params_total", "n_params_average")
LENGTHS = ("n_tokens", "steps", "examples", "lr_area", "flops", "gpu_hours", "n_unique_tokens", "environments")
FEWEST = 3  # units that make a rung
BINS = 8
COLUMNS = ["level", "ladder", "least", "most", "units", "mean_score", "share_above", "in_rung"]
ONE_SIDED = 0.8  # share of a rung's units on the worse side


@dataclass(frozen=True)
class Ladder:
    """How long units were trained: `name` in words, `height` its logarithm (unit,)."""

    name: str
    height: Array


def undertrained(design: Design, levels: Sequence[Scores]) -> tuple[Finding, pd.DataFrame]:
    """Do the units trained most briefly lie to the worse side of what is fitted, and which are they?

    Runs are ordered by tokens per parameter (or by the training's length, or by size where the law has no other),
    checkpoints by their place in the run. Of all cuts in the lower half takes the one below which residuals are
    one-sided and farthest to the worse side, and asks how often chance has one as far. One row per level and bin:
    `least` and `most` of the ladder, units, their mean score and share above what is fitted, and whether the bin lies
    in the rung found.
    """
    worse = _worse(design)
    asked = [(ladder, scores) for scores in levels if (ladder := _ladder(design, scores)) is not None]
    if not asked:
        meaning = f"cannot be asked: law {design.spec.law.name!r} has no input for how long a run was trained"
        silence = Finding(CHECK, None, float("nan"), CHANCE, meaning) if levels else silent(CHECK, design)
        return silence, pd.DataFrame(columns=COLUMNS)
    scans = [_scan(*one, worse) for one in asked]
    ends = [cut if chance * len(asked) <= CHANCE else -np.inf for chance, cut in scans]
    table = pd.concat([_bins(*one, end) for one, end in zip(asked, ends, strict=True)], ignore_index=True)
    chances = [chance for chance, _ in scans]
    found = told(CHECK, chances, lambda i, chance: _said(design, *asked[i], worse, ends[i], chance))
    return found, table


def _ladder(design: Design, scores: Scores) -> Ladder | None:
    """Of runs tokens per parameter where the law has both; else the training's length, else the size, else its only
    input: the first of these that differs. Of checkpoints their place in the run."""
    inputs = design.spec.law.inputs
    names = [name for name in (*LENGTHS, *SIZES) if name in inputs]
    if len(inputs) == 1 and inputs[0] not in KNOWN:
        names = [*inputs]
    column = {name: scores.axes[:, j] for j, name in enumerate(inputs)}
    ladders = [Ladder(name, column[name]) for name in names]
    size = next((name for name in SIZES if name in inputs), None)
    if scores.level == "checkpoints":
        ladders = [Ladder(f"of their run's {one.name}", one.height - _last(scores, one.height)) for one in ladders]
    elif size and "n_tokens" in inputs:
        ladders.insert(0, Ladder("tokens per parameter", column["n_tokens"] - column[size]))
    return next((ladder for ladder in ladders if np.ptp(ladder.height) > 1e-9), None)


def _last(scores: Scores, height: Array) -> Array:
    """The largest in each unit's block: (unit,)."""
    largest = np.full(scores.block.max() + 1, -np.inf)
    np.maximum.at(largest, scores.block, height)
    return np.asarray(largest[scores.block])


def _worse(design: Design) -> float:
    """+1 where the response falls with size and data (a loss), −1 where it rises (an accuracy)."""
    inputs = design.spec.law.inputs
    known = [inputs.index(name) for name in (*SIZES, *LENGTHS) if name in inputs] or [0]
    size = design.log_inputs[:, known].sum(axis=1)
    size = size - block_means(design.family, size)
    return 1.0 if float(size @ design.scaled_response) <= 0 else -1.0


def _scan(ladder: Ladder, scores: Scores, worse: float) -> tuple[float, float]:
    """Probability by chance of the rung that stands out most, and the height that ends it: 1 and −∞ without one."""
    order = np.argsort(ladder.height, kind="stable")
    height, score = ladder.height[order], worse * scores.common[:, order]
    count = np.arange(1, len(order))  # units below a cut; a cut never parts ties
    cuts = count[(np.diff(height) > 1e-9) & (count >= FEWEST) & (count <= len(order) / 2)]
    if not len(cuts):
        return 1.0, -np.inf
    strength = np.cumsum(score, axis=1)[:, cuts - 1] / np.sqrt(cuts * (1 - cuts / len(order)))
    strength[np.cumsum(score > 0, axis=1)[:, cuts - 1] < ONE_SIDED * cuts] = 0.0
    return float(chance_of(strength.max(axis=1))), float(height[cuts[int(strength[0].argmax())] - 1])


def _bins(ladder: Ladder, scores: Scores, cut: float) -> pd.DataFrame:
    edges = np.unique(np.quantile(ladder.height, np.arange(1, BINS) / BINS))
    place = np.searchsorted(edges, ladder.height)
    rows = []
    for index in np.unique(place):
        height, score = ladder.height[place == index], scores.score[0, place == index]
        ends = np.exp(height.min()), np.exp(height.max())
        inside = bool(height.min() <= cut + 1e-9)
        rows.append((scores.level, ladder.name, *ends, len(height), score.mean(), (score > 0).mean(), inside))
    return pd.DataFrame(rows, columns=COLUMNS)


def _said(design: Design, ladder: Ladder, scores: Scores, worse: float, cut: float, chance: float) -> str:
    side = "above" if worse > 0 else "below"
    if chance > CHANCE:
        return (
            f"none: the {scores.level} with the least {ladder.name} do not lie {side} what is fitted as a group "
            f"(probability by chance {chance:.2g})"
        )
    inside = np.flatnonzero(ladder.height <= cut + 1e-9)
    score = worse * scores.score[0, inside]
    share = int((score > 0).sum())
    runs = dict.fromkeys(zip(scores.family[inside].tolist(), scores.run[inside].tolist(), strict=True))
    rows = pd.DataFrame([{"family": design.families[f], "run": design.runs[r]} for f, r in runs])
    return (
        f"{share} of the {len(inside)} {scores.level} with at most {np.exp(cut):.3g} {ladder.name} lie {side} what is "
        f"fitted, on average by {score.mean():.1f} standard deviations of the noise (probability by chance "
        f"{chance:.2g}): {named(rows, 4)}. Runs trained too briefly or tuned badly err this way: leave them out and "
        "see whether the forecast moves"
    )
