"""Patterns in residuals along an input: whether neighbours are alike, and whether residuals trend."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.checks import CheckResult, check
from bayescale.data.quantities import from_axis
from bayescale.scaling.checks.context import CheckContext
from bayescale.scaling.checks.residual_scores import (
    CHANCE,
    ResidualScores,
    block_means,
    pattern_result,
    probability_by_chance,
    too_few_scores,
)
from bayescale.scaling.checks.training_rows import residual_table
from bayescale.scaling.model.design import Design

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

SHAPES = ("slope", "curvature", "third order")
ADVICE = {
    "law": "The law misses a shape of the data: try discrepancy=True, another law, or a narrower range",
    "discrepancy": "Law and discrepancy miss a shape of the data: try another law or a narrower range",
    "checkpoints": "Checkpoints of one run carry less information than as many runs, and intervals are too narrow: use "
    "fewer checkpoints of each run, or a law of the whole curve",
}


@check("neighbouring residuals")
def neighbouring_residuals(context: CheckContext) -> CheckResult:
    """Test whether residuals of neighbours along an input are alike.

    Parameters
    ----------
    context : CheckContext
        The posterior.

    Returns
    -------
    CheckResult
        The value is the probability by chance of the largest correlation over inputs and levels. Table `neighbours`:
        per level, input and family (None: all), the number of `pairs`, their `correlation`, and the `probability` of
        one as large in another order. Table `residuals`: see `residual_table`.
    """
    design, levels = context.design, context.innovation_scores
    rows, largest = [], []
    for scores in levels:
        correlations = []
        for j in scores.varying:
            for family, pairs, correlation in _correlations(design, scores, j):
                labels = (scores.level, design.spec.law.inputs[j], family, pairs)
                rows.append((*labels, correlation[0], float(probability_by_chance(correlation))))
                correlations += [correlation] if family is None else []
        largest.append(np.stack(correlations, axis=1))
    table = pd.DataFrame(rows, columns=["level", "input", "family", "pairs", "correlation", "probability"])
    details = {"residuals": residual_table(design, context.training_rows), "neighbours": table}
    if not levels:
        return too_few_scores(design, details)
    probabilities = [float(probability_by_chance(correlations.max(axis=1))) for correlations in largest]

    def describe(level: int, probability: float) -> str:
        return _describe_neighbours(design, levels[level], largest[level][0], probability, table)

    return pattern_result(probabilities, describe, details)


def _correlations(design: Design, scores: ResidualScores, j: int) -> Iterator[tuple[str | None, int, Array]]:
    """For all families (None) and each: pairs of neighbours, and their correlation in every order (1 + order,)."""
    order = _order_along(scores, j)
    block, family = scores.block[order], scores.family[order]
    same = np.flatnonzero(block[1:] == block[:-1])
    products = scores.score[:, order[same]]  # one product for each order and pair: as large as all scores
    products *= scores.score[:, order[same + 1]]
    parts: list[tuple[str | None, Any]] = [(None, np.full(len(family), True))]
    if len(design.families) > 1:
        parts += [(design.families[index], family == index) for index in np.unique(family)]
    for name, members in parts:
        pairs = members[same]  # a pair is of one family
        variance = max(float(np.mean(scores.score[0, order[members]] ** 2)), 1e-300)
        of_pairs = products if pairs.all() else products[:, pairs]
        yield name, int(pairs.sum()), of_pairs.mean(axis=1) / variance


def _order_along(scores: ResidualScores, j: int) -> Index:
    """Units block by block, sorted by an input; among ties by the other inputs, so that neighbours are alike."""
    others = [scores.axes[:, i] for i in range(scores.axes.shape[1]) if i != j]
    return np.lexsort((*others, scores.axes[:, j], scores.block))


def _describe_neighbours(
    design: Design, scores: ResidualScores, correlations: Array, probability: float, table: pd.DataFrame
) -> str:
    """Describe the strongest correlation of a level, over inputs, in a sentence."""
    j = scores.varying[int(correlations.argmax())]
    name = design.spec.law.inputs[j]
    subject = f"residuals of neighbouring {scores.level} along {name}"
    by_chance = f"(probability by chance {probability:.2g})"
    if probability > CHANCE:
        return f"no pattern: {subject} correlate by {correlations.max():.2f} at most {by_chance}"
    where = _families_alike(table[(table["level"] == scores.level) & (table["input"] == name)])
    missed = "checkpoints" if scores.level == "checkpoints" else "discrepancy" if design.basis else "law"
    run = _longest_run(design, scores, j)
    return f"{subject} correlate by {correlations.max():.2f}{where} {by_chance}; {run}. {ADVICE[missed]}"


def _families_alike(rows: pd.DataFrame) -> str:
    """List the families whose neighbours are alike, where there are several."""
    by_family = rows[rows["family"].notna()].sort_values("correlation", ascending=False)
    alike = by_family[by_family["probability"] <= 5 * CHANCE]
    names = [f"{row.family} {row.correlation:.2f}" for row in alike.itertuples()]
    if len(by_family) < 2 or not names:
        return ""
    return f", most in {', '.join(names[:4])}" + (f" and {len(names) - 4} more families" if len(names) > 4 else "")


def _longest_run(design: Design, scores: ResidualScores, j: int) -> str:
    """Describe the longest stretch along an input whose residuals have one sign."""
    order = _order_along(scores, j)
    above, block = scores.score[0, order] > 0, scores.block[order]
    starts = np.flatnonzero(np.r_[True, (above[1:] != above[:-1]) | (block[1:] != block[:-1])])
    lengths = np.diff(np.r_[starts, len(order)])
    longest = int(lengths.argmax())
    units = order[starts[longest] : starts[longest] + lengths[longest]]
    name = design.spec.law.inputs[j]
    low, high = (float(from_axis(name, end)) for end in (scores.axes[units, j].min(), scores.axes[units, j].max()))
    side = "above" if above[starts[longest]] else "below"
    place = f"from {name} {low:.3g} to {high:.3g}" if high > low else f"at {name} {low:.3g}"
    first, label = units[0], ""
    if scores.level == "checkpoints":
        label = f" ({design.runs[scores.run[first]]})"
    elif len(design.families) > 1:
        label = f" ({design.families[scores.family[first]]})"
    return f"{len(units)} in a row, {place}{label}, lie {side} the fit"


@check("residuals along the inputs")
def residuals_along_inputs(context: CheckContext) -> CheckResult:
    """Test whether residuals rise, fall or bend along an input.

    Parameters
    ----------
    context : CheckContext
        The posterior.

    Returns
    -------
    CheckResult
        The value is the probability by chance of the strongest slope, curvature or third order over inputs and levels.
        Table `trends`: per level and input, the `shape` that is strongest; the mean score of the units in the
        `smallest`, `middle` and `largest` third of their block's range of the input (on its axis), in standard
        deviations of the noise; and the `probability` of as strong a shape by chance.
    """
    design, levels = context.design, context.residual_scores
    rows, probabilities = [], []
    for scores in levels:
        strengths = []
        for j in scores.varying:
            strength, thirds = _strengths(scores, j), _thirds(scores, j)
            shape = SHAPES[int(strength[0].argmax())]
            strengths.append(strength.max(axis=1))
            probability = float(probability_by_chance(strengths[-1]))
            rows.append((scores.level, design.spec.law.inputs[j], shape, *thirds, probability))
        probabilities.append(float(probability_by_chance(np.stack(strengths, axis=1).max(axis=1))))
    table = pd.DataFrame(rows, columns=["level", "input", "shape", "smallest", "middle", "largest", "probability"])
    details = {"trends": table}
    if not levels:
        return too_few_scores(design, details)

    def describe(level: int, probability: float) -> str:
        return _describe_trend(table[table["level"] == levels[level].level], probability)

    return pattern_result(probabilities, describe, details)


def _strengths(scores: ResidualScores, j: int) -> Array:
    """Strength of slope, curvature and third order, orthogonal and within blocks, in every order (1 + order, shape)."""
    axis = scores.axes[:, j]
    powers = (2 * (axis - axis.min()) / np.ptp(axis) - 1)[:, None] ** np.arange(1, 4)
    centred = powers - np.column_stack([block_means(scores.block, column) for column in powers.T])
    basis, triangle = np.linalg.qr(centred)
    basis = basis * (np.abs(np.diag(triangle)) > 1e-6 * np.sqrt(len(axis)))  # three values of an input have no third
    return np.asarray(np.abs(scores.common @ basis))


def _thirds(scores: ResidualScores, j: int) -> tuple[float, float, float]:
    """Mean score of the units in the smallest, the middle and the largest third of their block's range of an input.

    A mean of observed scores never leaves their range, as a polynomial between blocks does. NaN where no unit lies in a
    third.
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


def _describe_trend(rows: pd.DataFrame, probability: float) -> str:
    """Describe the strongest trend of a level, over inputs, in a sentence."""
    strongest = rows.sort_values("probability", kind="stable").iloc[0]
    name = strongest["input"]
    thirds = (
        f"their means in the smallest, middle and largest third of {name} are {_signed(strongest['smallest'])}, "
        f"{_signed(strongest['middle'])} and {_signed(strongest['largest'])} standard deviations of the noise "
        f"(probability by chance {probability:.2g})"
    )
    if probability > CHANCE:
        return f"no trend of residuals of {strongest['level']}: {thirds}"
    others = rows[(rows["probability"] <= CHANCE) & (rows["input"] != name)]["input"].tolist()
    also = f", and along {', '.join(others)}" if others else ""
    verb = "rise or fall" if strongest["shape"] == "slope" else "bend"
    return (
        f"residuals of {strongest['level']} {verb} along {name}{also}: {thirds}. A forecast at a larger {name} "
        "continues from the largest third: leave out the rows at the other end, or compare laws by backtest"
    )
