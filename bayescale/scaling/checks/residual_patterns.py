"""Does the law have the shape of the data? What is left of them along each input, held against chance."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.checks import Finding
from bayescale.data.quantities import from_axis
from bayescale.scaling.checks.residual_scores import CHANCE, Scores, block_means, chance_of, silent, told
from bayescale.scaling.model.design import Design

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

NEIGHBOURS, TRENDS = "neighbouring residuals", "residuals along the inputs"
SHAPES = ("slope", "curvature", "third order")
ADVICE = {
    "law": "The law misses a shape that the data have: try discrepancy=True, another law, or a narrower range",
    "discrepancy": "Law and discrepancy both miss a shape that the data have: try another law or a narrower range",
    "checkpoints": "Checkpoints of one run say less than as many runs would, and intervals come out too narrow: keep "
    "fewer of each run, or take a law of the whole curve",
}


def neighbours(design: Design, levels: Sequence[Scores]) -> tuple[Finding, pd.DataFrame]:
    """Are residuals of neighbours along an input alike?

    One row per level, input and family (None: all): number of pairs, their correlation, and the probability of one as
    large in another order. The finding's is of the largest over all inputs and levels.
    """
    rows, largest = [], []
    for scores in levels:
        correlations = []
        for j in scores.varying:
            for family, pairs, correlation in _correlations(design, scores, j):
                told_of = (scores.level, design.spec.law.inputs[j], family, pairs)
                rows.append((*told_of, correlation[0], float(chance_of(correlation))))
                correlations += [correlation] if family is None else []
        largest.append(np.stack(correlations, axis=1))
    table = pd.DataFrame(rows, columns=["level", "input", "family", "pairs", "correlation", "probability"])
    if not levels:
        return silent(NEIGHBOURS, design), table
    chances = [float(chance_of(one.max(axis=1))) for one in largest]
    return told(NEIGHBOURS, chances, lambda i, chance: _alike(design, levels[i], largest[i][0], chance, table)), table


def _correlations(design: Design, scores: Scores, j: int) -> Iterator[tuple[str | None, int, Array]]:
    """For all families (None) and each: pairs of neighbours, and their correlation in every order (1 + order,)."""
    order = _along(scores, j)
    block, family = scores.block[order], scores.family[order]
    same = np.flatnonzero(block[1:] == block[:-1])
    score = scores.score[:, order]
    products = score[:, same] * score[:, same + 1]
    parts: list[tuple[str | None, Any]] = [(None, np.full(len(family), True))]
    if len(design.families) > 1:
        parts += [(design.families[index], family == index) for index in np.unique(family)]
    for name, mine in parts:
        pairs = mine[same]  # a pair is of one family
        variance = max(float(np.mean(score[0, mine] ** 2)), 1e-300)
        yield name, int(pairs.sum()), products[:, pairs].mean(axis=1) / variance


def _along(scores: Scores, j: int) -> Index:
    """Units block by block, sorted by an input; among ties by the other inputs, so that neighbours are alike."""
    others = [scores.axes[:, i] for i in range(scores.axes.shape[1]) if i != j]
    return np.lexsort((*others, scores.axes[:, j], scores.block))


def _alike(design: Design, scores: Scores, seen: Array, chance: float, table: pd.DataFrame) -> str:
    j = scores.varying[int(seen.argmax())]
    name = design.spec.law.inputs[j]
    said = f"residuals of {scores.level} next to each other along {name} correlate {seen.max():.2f}"
    if chance > CHANCE:
        return f"no pattern: {said} at most (probability by chance {chance:.2g})"
    where = _where(table[(table["level"] == scores.level) & (table["input"] == name)])
    missed = "checkpoints" if scores.level == "checkpoints" else "discrepancy" if design.basis else "law"
    return f"{said}{where} (probability by chance {chance:.2g}); {_stretch(design, scores, j)}. {ADVICE[missed]}"


def _where(rows: pd.DataFrame) -> str:
    """The families whose own neighbours are alike, where there are several."""
    own = rows[rows["family"].notna()].sort_values("correlation", ascending=False)
    alike = own[own["probability"] <= 5 * CHANCE]
    names = [f"{row.family} {row.correlation:.2f}" for row in alike.itertuples()]
    if len(own) < 2 or not names:
        return ""
    return f", most in {', '.join(names[:4])}" + (f" and {len(names) - 4} more families" if len(names) > 4 else "")


def _stretch(design: Design, scores: Scores, j: int) -> str:
    """The longest stretch along an input that lies to one side, in words."""
    order = _along(scores, j)
    above, block = scores.score[0, order] > 0, scores.block[order]
    starts = np.flatnonzero(np.r_[True, (above[1:] != above[:-1]) | (block[1:] != block[:-1])])
    lengths = np.diff(np.r_[starts, len(order)])
    longest = int(lengths.argmax())
    units = order[starts[longest] : starts[longest] + lengths[longest]]
    name = design.spec.law.inputs[j]
    low, high = (float(from_axis(name, end)) for end in (scores.axes[units, j].min(), scores.axes[units, j].max()))
    side = "above" if above[starts[longest]] else "below"
    place = f"from {name} {low:.3g} to {high:.3g}" if high > low else f"at {name} {low:.3g}"
    first, whose = units[0], ""
    if scores.level == "checkpoints":
        whose = f" ({design.runs[scores.run[first]]})"
    elif len(design.families) > 1:
        whose = f" ({design.families[scores.family[first]]})"
    return f"{len(units)} in a row, {place}{whose}, lie {side} what is fitted"


def trends(design: Design, levels: Sequence[Scores]) -> tuple[Finding, pd.DataFrame]:
    """Do residuals rise, fall or bend along an input?

    One row per level and input: the `shape` that is strongest, and the mean score of the units in the `smallest`, the
    `middle` and the `largest` third of their block's range of the input (on the axis), in standard deviations of the
    noise, with the probability of a slope, curvature or third order as strong by chance. The finding's is of the
    strongest over all inputs and levels.
    """
    rows, chances = [], []
    for scores in levels:
        strengths = []
        for j in scores.varying:
            strength, ends = _strengths(scores, j), _thirds(scores, j)
            shape = SHAPES[int(strength[0].argmax())]
            strengths.append(strength.max(axis=1))
            rows.append((scores.level, design.spec.law.inputs[j], shape, *ends, float(chance_of(strengths[-1]))))
        chances.append(float(chance_of(np.stack(strengths, axis=1).max(axis=1))))
    table = pd.DataFrame(rows, columns=["level", "input", "shape", "smallest", "middle", "largest", "probability"])
    if not levels:
        return silent(TRENDS, design), table
    return told(TRENDS, chances, lambda i, chance: _trend(table[table["level"] == levels[i].level], chance)), table


def _strengths(scores: Scores, j: int) -> Array:
    """Strength of slope, curvature and third order, orthogonal and within blocks, in every order (1 + order, shape)."""
    axis = scores.axes[:, j]
    powers = (2 * (axis - axis.min()) / np.ptp(axis) - 1)[:, None] ** np.arange(1, 4)
    centred = powers - np.column_stack([block_means(scores.block, column) for column in powers.T])
    basis, triangle = np.linalg.qr(centred)
    basis = basis * (np.abs(np.diag(triangle)) > 1e-6 * np.sqrt(len(axis)))  # three values of an input have no third
    return np.asarray(np.abs(scores.common @ basis))


def _thirds(scores: Scores, j: int) -> tuple[float, float, float]:
    """Mean score of the units in the smallest, the middle and the largest third of their block's range of an input.

    A mean of scores that were seen: it never leaves their range, as a polynomial between blocks does. NaN where no unit
    lies in a third.
    """
    axis = scores.axes[:, j]
    low, high = np.full(scores.block.max() + 1, np.inf), np.full(scores.block.max() + 1, -np.inf)
    np.minimum.at(low, scores.block, axis)
    np.maximum.at(high, scores.block, axis)
    span = (high - low)[scores.block]
    varies = span > 1e-9
    place = np.minimum((3 * (axis - low[scores.block])[varies] / span[varies]).astype(int), 2)
    score = scores.common[0, varies]
    first, middle, last = (float(score[place == k].mean()) if (place == k).any() else float("nan") for k in range(3))
    return first, middle, last


def _signed(value: float) -> str:
    return f"{value:+.1f}" if np.isfinite(value) else "(no rows)"


def _trend(rows: pd.DataFrame, chance: float) -> str:
    worst = rows.sort_values("probability", kind="stable").iloc[0]
    said = (
        f"in the smallest, middle and largest third of {worst['input']} they are {_signed(worst['smallest'])}, "
        f"{_signed(worst['middle'])} and {_signed(worst['largest'])} standard deviations of the noise on average "
        f"(probability by chance {chance:.2g})"
    )
    if chance > CHANCE:
        return f"no trend: {said}"
    others = rows[(rows["probability"] <= CHANCE) & (rows["input"] != worst["input"])]["input"].tolist()
    also = f", and along {', '.join(others)}" if others else ""
    how = "rise or fall" if worst["shape"] == "slope" else "bend"
    return (
        f"residuals of {worst['level']} {how} along {worst['input']}{also}: {said}. A forecast to a larger "
        f"{worst['input']} goes on from the largest: leave out the end that misleads, or compare laws by backtest"
    )
