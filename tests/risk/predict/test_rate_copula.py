"""The joint posterior of mixing laws and of the correlation of a problem's rates between options."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import kstest, norm

from bayescale.risk.grid import STEP, X, count_pairs
from bayescale.risk.posterior import LawDraws
from bayescale.risk.predict.rate_copula import Panel, joint_draws


def logit_normal(mean: float, sd: float) -> LawDraws:
    """A known mixing law as one draw."""
    edges = np.append(X - STEP / 2, X[-1] + STEP / 2)
    below = norm.cdf((np.log(np.expm1(np.exp(edges))) - mean) / sd)
    return LawDraws(np.diff(below)[None], np.zeros(1), np.zeros(1, dtype=np.int64))


def correlations(correlation: float, attempts: int, seed: int, many: int = 80) -> np.ndarray:
    """Posterior draws of the correlation from counts simulated with known mixing laws."""
    rng = np.random.default_rng(seed)
    shared = np.sqrt(correlation) * rng.normal(size=many)
    means, sd = (-4.0, -3.6), 2.5
    score = [shared + np.sqrt(1 - correlation) * rng.normal(size=many) for _ in means]
    rates = expit(np.array(means)[:, None] + sd * np.stack(score))
    solved = rng.binomial(attempts, rates).ravel().astype(np.int64)
    made, group = np.full(2 * many, attempts), np.repeat([0, 1], many)
    counted = count_pairs(made, solved, group)
    likelihood = np.maximum(np.column_stack([counted.at_zero, counted.likelihood]), 0.0)
    pairs = counted.pair_index(made, solved).reshape(2, many)
    panel = Panel([logit_normal(mean, sd) for mean in means], [likelihood], pairs)
    return joint_draws(panel, np.ones(many), rng, 400)[1]


def test_correlation_is_calibrated_where_mixing_laws_are_known() -> None:
    """Simulation-based calibration: correlations from their prior, counts given them, ranks are uniform."""
    truths = np.random.default_rng(0).random(60)
    ranks = [np.mean(correlations(truth, 20, seed) < truth) for seed, truth in enumerate(truths)]
    assert kstest(ranks, "uniform").pvalue > 0.01


@pytest.mark.parametrize("attempts", [20, 10_000])
@pytest.mark.parametrize("truth", [0.5, 0.9, 0.98])
def test_correlation_interval_covers_and_narrows_with_attempts(truth: float, attempts: int) -> None:
    """With 10,000 attempts rates are known, and Fisher's z of 80 pairs has standard deviation 1 / sqrt(77)."""
    draws = [np.arctanh(correlations(truth, attempts, seed)) for seed in range(8)]
    away = [(np.arctanh(truth) - z.mean()) / z.std() for z in draws]
    assert abs(np.mean(away)) < 3.3 / np.sqrt(8)
    if attempts == 10_000:
        assert np.mean([z.std() for z in draws]) < 1.4 / np.sqrt(77)
