"""Permuted scores: what chance makes of scores without a pattern, and levels of runs and checkpoints."""

import numpy as np
import pytest

from bayescale.scaling.checks.residual_patterns import neighbouring_residuals, residuals_along_inputs
from bayescale.scaling.checks.residual_scores import pattern_result, probability_by_chance, residual_scores
from bayescale.scaling.checks.undertrained import undertrained_runs
from tests.scaling.checks.check_cases import (
    CHINCHILLA,
    DESIGN,
    along,
    checkpoints,
    context_of_levels,
    context_of_scores,
    design_of,
    noise,
)

PATTERN_CHECKS = (neighbouring_residuals, residuals_along_inputs, undertrained_runs)


def test_scores_without_a_pattern_are_flagged_at_the_nominal_rate() -> None:
    contexts = [context_of_scores(DESIGN, noise(len(DESIGN.row), seed), seed) for seed in range(120)]
    probabilities = np.array([[check(context).value for check in PATTERN_CHECKS] for context in contexts])
    share = (probabilities <= 0.1).mean(axis=0)
    assert ((share >= 0.02) & (share <= 0.18)).all()  # three standard errors of a share of 120 are 0.08
    assert ((probabilities <= 0.01).mean(axis=0) <= 0.05).all()


def test_residuals_of_a_fitted_curve_are_flagged_more_rarely() -> None:
    rng, flagged = np.random.default_rng(1), 0
    family = np.eye(2)[DESIGN.family]
    columns = [family, *(family * along(DESIGN, name)[:, None] ** k for name in CHINCHILLA.inputs for k in (1, 2))]
    basis = np.linalg.qr(np.column_stack(columns))[0]
    for seed in range(40):
        noisy = rng.standard_t(4, len(DESIGN.row))
        context = context_of_scores(DESIGN, noisy - basis @ (basis.T @ noisy), seed)
        flagged += sum(check(context).value <= 0.05 for check in PATTERN_CHECKS)
    assert flagged <= 6  # of 120, each at 5 %


def test_the_seed_fixes_the_orders() -> None:
    score = noise(len(DESIGN.row), 4)
    first, again, other = (residual_scores(DESIGN, score, seed)[0].score for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first[1:] != other[1:]).any()
    family = DESIGN.family == 0
    np.testing.assert_allclose(np.sort(first[5, family]), np.sort(first[0, family]))  # within the family


def test_a_run_effect_is_no_pattern_of_checkpoints() -> None:
    design = design_of(checkpoints())
    flagged = 0
    for seed in range(20):
        effect = 3 * noise(len(design.runs), seed)[design.run]
        score = effect + 0.3 * noise(len(design.row), 100 + seed)
        levels = {scores.level: scores for scores in residual_scores(design, score, 3)}
        assert set(levels) == {"runs", "checkpoints"}
        assert levels["runs"].score.shape[1] == 12
        context = context_of_levels(design, list(levels.values()), score)
        flagged += sum(check(context).value <= 0.05 for check in PATTERN_CHECKS)
    assert flagged <= 9  # of 60, each at 5 %


def test_levels_without_enough_units_are_left_out() -> None:
    design = design_of(checkpoints(runs=1, each=20))
    (scores,) = residual_scores(design, noise(20, 9), 3)
    assert scores.level == "checkpoints"
    assert scores.varying == (1,)  # its size does not vary
    assert residual_scores(design, np.full(20, np.nan), 3) == ()


def test_probability_by_chance_counts_the_observed_order() -> None:
    statistic = np.array([[3.0], [1.0], [3.0], [4.0], [2.0]])
    assert probability_by_chance(statistic) == pytest.approx(3 / 5)


def test_levels_are_combined_with_a_bonferroni_correction() -> None:
    result = pattern_result([0.004, 0.2], lambda level, probability: f"level {level}: {probability:g}", {})
    assert result.value == pytest.approx(0.008)
    assert result.warns
    assert result.meaning == "level 0: 0.008"
    quiet = pattern_result([0.9, 0.2], lambda level, probability: f"level {level}: {probability:g}", {})
    assert not quiet.warns
    assert quiet.meaning == "level 1: 0.4"
