"""Best-of-n by a reward model."""

import numpy as np
import pandas as pd
import pytest
from bayescale.risk.selection.rewards import noisy_best_of_n, normal_best_of_n, reward_curve, samples_of
from scipy.integrate import quad
from scipy.stats import norm

from bayescale.errors import InputError
from bayescale.risk.estimators.exact import best_of_n, best_of_n_divergence


def test_largest_normal_has_its_closed_forms_for_few_samples() -> None:
    """Expected largest of up to five standard normals, which is elementary: by orthant probabilities of three."""
    root, orthant = np.sqrt(np.pi), np.arcsin(1 / 3) / np.pi
    expected = [0.0, 1 / root, 1.5 / root, 3 / root * (0.5 + orthant), 5 / root * (0.25 + 1.5 * orthant)]
    assert normal_best_of_n([1, 2, 3, 4, 5]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("n", [1e4, 1e9, 1e15])
def test_largest_normal_of_very_many(n: float) -> None:
    def density(x: float) -> float:
        return float(x * n * norm.pdf(x) * np.exp((n - 1) * norm.logcdf(x)))

    top = norm.isf(1 / n)
    expected = quad(density, top - 3, top + 8, limit=400, points=[top, top + 0.5])[0]
    assert normal_best_of_n(n) == pytest.approx(expected, rel=1e-7)


def test_normal_noise_costs_a_factor_and_never_turns_the_reward() -> None:
    values = normal_best_of_n([1, 10, 1e6], correlation=0.6, sd=2.0)
    assert values == pytest.approx(1.2 * normal_best_of_n([1, 10, 1e6]))
    assert (np.diff(values) > 0).all()


def test_a_tiny_noise_is_the_best_of_n_with_replacement() -> None:
    gold = np.array([0.0, 1.0, 2.0, 3.0])
    expected = [3 - sum((k / 4) ** n for k in (1, 2, 3)) for n in (1, 2, 4, 16)]
    assert noisy_best_of_n(gold, [1, 2, 4, 16], noise=1e-6) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("degrees", [np.inf, 2.0])
def test_noise_is_what_happens_to_samples_that_are_drawn(degrees: float) -> None:
    rng = np.random.default_rng(4)
    gold = np.array([0.0, 0.5, 2.0])
    for n in (2, 8):
        drawn = rng.choice(gold, (100_000, n))
        noise = rng.standard_normal(drawn.shape) if np.isinf(degrees) else rng.standard_t(degrees, drawn.shape)
        best = drawn[np.arange(len(drawn)), (drawn + 0.7 * noise).argmax(axis=1)]
        error = best.std() / np.sqrt(len(best))
        assert noisy_best_of_n(gold, n, 0.7, degrees) == pytest.approx(best.mean(), abs=4 * error)


def test_normal_gold_with_normal_noise_is_the_closed_form() -> None:
    gold = norm.ppf((np.arange(2000) + 0.5) / 2000)
    found = noisy_best_of_n(gold, [4, 64], noise=1.0)
    assert found == pytest.approx(normal_best_of_n([4, 64], correlation=np.sqrt(0.5)), rel=0.01)


def test_heavy_tailed_noise_over_optimises_back_to_the_mean() -> None:
    gold = np.array([0.0, 1.0, 2.0, 3.0])
    values = noisy_best_of_n(gold, [1, 16, 10**6, 10**14], noise=1.0, degrees=2.0)
    assert values[1] > values[0] + 0.5
    assert values[2] < values[1] - 0.5
    assert values[3] == pytest.approx(gold.mean(), abs=1e-3)


def gao(n: np.ndarray, alpha: float, beta: float) -> np.ndarray:
    d = np.sqrt(best_of_n_divergence(n))
    return d * (alpha - beta * d)


def test_a_curve_that_follows_gaos_form_is_given_back() -> None:
    """Gold rewards by rank of the score whose expected best of n is d (1 - .4 d) at every n of the table."""
    m, alpha, beta = 64, 1.0, 0.4
    counts = np.array([1, 2, 4, 8, 16, 32, 64])
    weights = np.stack([best_of_n(np.eye(m), int(n), score=np.tile(np.arange(m), (m, 1))) for n in counts])
    gold = np.linalg.lstsq(weights, gao(counts, alpha, beta), rcond=None)[0]
    curve = reward_curve(np.tile(gold, (3, 1)), np.tile(np.arange(m), (3, 1)))
    assert (curve.alpha, curve.beta) == pytest.approx((alpha, beta), abs=1e-6)
    assert best_of_n_divergence(round(curve.peak)) == pytest.approx((alpha / (2 * beta)) ** 2, abs=0.05)
    assert curve.predict(1000) == pytest.approx(gao(np.array([1000]), alpha, beta)[0], abs=1e-5)


def test_a_curve_measures_what_over_optimisation_costs() -> None:
    rng = np.random.default_rng(6)
    gold = rng.normal(size=(60, 64))
    bent = reward_curve(gold, gold + rng.standard_t(1.5, gold.shape))
    straight = reward_curve(gold, gold + rng.normal(size=gold.shape))
    assert bent.beta_positive > 0.99
    assert bent.table["gold"].to_numpy()[-1] < bent.table["gold"].max() - 0.2
    assert straight.table["gold"].is_monotonic_increasing
    assert straight.table["gold"].to_numpy()[-1] == pytest.approx(
        normal_best_of_n(64, correlation=np.sqrt(0.5)), abs=0.35
    )
    assert (straight.table["oracle"] >= straight.table["gold"] - 1e-12).all()


def test_more_problems_narrow_the_interval() -> None:
    rng = np.random.default_rng(7)
    gold = rng.normal(size=(400, 8))
    scores = gold + rng.normal(size=gold.shape)
    many, few = reward_curve(gold, scores), reward_curve(gold[:40], scores[:40])
    width = [(curve.table["gold_upper"] - curve.table["gold_lower"]).iloc[-1] for curve in (many, few)]
    assert width[0] < 0.5 * width[1]


def test_samples_are_read_by_problem() -> None:
    table = pd.DataFrame({"problem": ["a", "b"] * 3, "reward": range(6), "score": range(6)})
    gold, scores = samples_of(table)
    assert gold.tolist() == [[0, 2, 4], [1, 3, 5]] == scores.tolist()
    with pytest.raises(InputError, match="'b' has 2 samples"):
        samples_of(table.iloc[:5])
    with pytest.raises(InputError, match="score"):
        samples_of(table.drop(columns="score"))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: normal_best_of_n(0), "n=0"),
        (lambda: normal_best_of_n(4, correlation=2), "correlation=2"),
        (lambda: noisy_best_of_n([1.0, np.nan], 2, 1.0), "rewards"),
        (lambda: noisy_best_of_n([1.0], 2, 0.0), "noise=0.0"),
        (lambda: noisy_best_of_n([1.0], 2, 1.0, degrees=0.5), "degrees=0.5"),
        (lambda: reward_curve([[1, 2, 3]], [[1, 2, 3]]), "two problems"),
        (lambda: reward_curve(np.ones((2, 4)), np.ones((2, 3))), "scores"),
        (lambda: reward_curve(np.ones((2, 4)), np.ones((2, 4)), n=[2]), "two numbers above 1"),
    ],
)
def test_bad_input_is_named(call: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()  # type: ignore[operator]
