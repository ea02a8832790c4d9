"""Rates of the same problems under several options, and their correlation."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import kstest, norm, spearmanr

from bayescale.errors import InputError
from bayescale.risk.decisions.policies import inference_multiplier
from bayescale.risk.fit import fit_risk
from bayescale.risk.grid import STEP, X, count_pairs
from bayescale.risk.judge import Judge
from bayescale.risk.posterior import LawDraws
from bayescale.risk.predict.crossed_rates import CrossedRates, _joint, _likelihood, _Panel, crossed_rates
from bayescale.risk.result import Risk
from tests.risk.simulation import option_counts


@pytest.fixture(scope="module")
def equal(equal_options: tuple[np.ndarray, Risk]) -> CrossedRates:
    """Crossed rates of two options whose rates are the same."""
    return crossed_rates(equal_options[1])


def test_correlation_is_estimated(unlike_options: tuple[np.ndarray, Risk], equal: CrossedRates) -> None:
    assert np.median(equal.correlation) > 0.85
    assert np.quantile(crossed_rates(unlike_options[1]).correlation, 0.95) < 0.6


def test_rates_agree_with_the_true_rates(equal_options: tuple[np.ndarray, Risk], equal: CrossedRates) -> None:
    order = [int(name) for name in equal.problem]
    mean = -np.expm1(-equal.rates).mean(axis=0)
    assert spearmanr(mean[0], equal_options[0][0][order]).statistic > 0.9
    assert mean.mean() == pytest.approx(equal_options[0].mean(), abs=0.02)


def test_one_option_informs_the_other() -> None:
    """Problems never solved in two attempts at one temperature, told apart by forty at the other."""
    rates, table = option_counts(0.0)
    few = table["temperature"] == "0.2"
    rng = np.random.default_rng(3)
    table.loc[few, ["attempts", "successes"]] = np.column_stack([np.full(few.sum(), 2), rng.binomial(2, rates[0])])
    risk = fit_risk(table, by=["temperature"], mixing="logit_normal", draws=300, random_seed=1)
    joint, alone = crossed_rates(risk), crossed_rates(risk, ["0.2"])
    order = [int(name) for name in joint.problem]
    error = [
        np.abs(-np.expm1(-rate).mean(axis=0) - rates[0][order]).mean()
        for rate in (joint.rates[:, 0], alone.rates[:, 0])
    ]
    assert error[0] < 0.75 * error[1]


def test_bad_input_is_refused(equal_options: tuple[np.ndarray, Risk]) -> None:
    risk = equal_options[1]
    cases = [
        (lambda: risk.mixture({"0.3": 4}), "'0.3' is not a group of temperature; groups are 0.2; 1"),
        (lambda: risk.mixture({"1": 4, "1.0": 4}), "'1' is named 2 times"),
        (lambda: risk.mixture({"0.2": 0}), "attempts are 0"),
        (lambda: risk.mixture({"0.2": 1.5}), "1.5 must be a whole number"),
        (lambda: risk.best_mixture(0), "attempts=0"),
        (lambda: risk.best_mixture(4, ["0.2"]), "the only one"),
        (lambda: risk.best_mixture(4, ["0.2", "0.2"]), "named 2 times"),
        (lambda: risk.choose({"0.2": 4}), "two policies"),
        (lambda: risk.choose({"0.2": 4, "1.0": 0}, rule="best"), "rule='best'"),
        (lambda: inference_multiplier(0.5, 1), "size_ratio=0.5"),
    ]
    for call, words in cases:
        with pytest.raises(InputError, match=words.replace("(", r"\(")):
            call()


def test_unshared_problems_and_persistent_judges_are_refused() -> None:
    _, table = option_counts(0.0, problems=12)
    table.loc[table["temperature"] == "1.0", "problem"] += 100
    with pytest.raises(InputError, match="share 0 problems"):
        fit_risk(table, by=["temperature"], mixing="beta", draws=100, random_seed=1).mixture({"0.2": 1, "1.0": 1})
    judge = Judge(false_positive_rate=(1, 99), errors="persistent")
    judged = fit_risk(table, by=["temperature"], mixing="beta", judge=judge, draws=100, random_seed=1)
    with pytest.raises(InputError, match="persistent"):
        judged.mixture({"0.2": 1})


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
    likelihoods = [_likelihood(counted, made[:many], part) for part in np.split(solved, 2)]
    panel = _Panel([logit_normal(mean, sd) for mean in means], [likelihoods])
    return _joint(panel, np.ones(many), rng, 400)[1]


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
