"""Measured curves of best-of-n."""

import numpy as np
import pandas as pd
import pytest

from bayescale.errors import InputError
from bayescale.risk.estimators.exact import best_of_n, best_of_n_divergence
from bayescale.risk.selection.noisy_best_of_n import noisy_best_of_n, normal_best_of_n
from bayescale.risk.selection.reward_curve import reward_curve, samples_from_table


def gao(n: np.ndarray, alpha: float, beta: float) -> np.ndarray:
    d = np.sqrt(best_of_n_divergence(n))
    return d * (alpha - beta * d)


def test_curve_of_gaos_form_is_recovered() -> None:
    """Gold rewards by rank of the score whose expected best of n is d (1 - .4 d) at every n of the table."""
    m, alpha, beta = 64, 1.0, 0.4
    counts = np.array([1, 2, 4, 8, 16, 32, 64])
    weights = np.stack([best_of_n(np.eye(m), int(n), score=np.tile(np.arange(m), (m, 1))) for n in counts])
    gold = np.linalg.lstsq(weights, gao(counts, alpha, beta), rcond=None)[0]
    curve = reward_curve(np.tile(gold, (3, 1)), np.tile(np.arange(m), (3, 1)))
    assert (curve.alpha, curve.beta) == pytest.approx((alpha, beta), abs=1e-6)
    assert best_of_n_divergence(round(curve.peak)) == pytest.approx((alpha / (2 * beta)) ** 2, abs=0.05)
    assert curve.predict(1000) == pytest.approx(gao(np.array([1000]), alpha, beta)[0], abs=1e-5)


def test_curve_measures_over_optimisation() -> None:
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
    gold, scores = samples_from_table(table)
    assert gold.tolist() == [[0, 2, 4], [1, 3, 5]] == scores.tolist()
    with pytest.raises(InputError, match="'b' has 2 samples"):
        samples_from_table(table.iloc[:5])
    with pytest.raises(InputError, match="score"):
        samples_from_table(table.drop(columns="score"))


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
def test_bad_input_is_refused(call: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()  # type: ignore[operator]
