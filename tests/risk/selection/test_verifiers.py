"""Sampling with an imperfect verifier."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.errors import InputError
from bayescale.risk.selection.verifiers import best_tries, verified

SHARE = st.floats(0, 1)


@pytest.mark.parametrize(("tries", "accuracy"), [(1, 0.3), (5, 0.73034), (np.inf, 0.81081)])
def test_published_accuracy_with_a_verifier(tries: float, accuracy: float) -> None:
    assert verified([0.3], tries, completeness=1.0, soundness=0.9).correct == pytest.approx(accuracy, abs=5e-6)


@given(st.lists(SHARE, min_size=1, max_size=4), SHARE, SHARE, st.integers(1, 12))
@settings(deadline=None)
def test_accuracy_equals_a_sum_over_tries(rates: list[float], complete: float, sound: float, tries: int) -> None:
    correct = wrong = 0.0
    for rate in rates:
        reached = 1.0
        for _ in range(tries):
            right, not_right = complete * rate, (1 - sound) * (1 - rate)
            correct, wrong = correct + reached * right / len(rates), wrong + reached * not_right / len(rates)
            reached *= 1 - right - not_right
    found = verified(rates, tries, complete, sound)
    assert found.correct == pytest.approx(correct, abs=1e-12)
    assert found.false_positive == pytest.approx(wrong, abs=1e-12)
    assert found.correct + found.false_positive + found.unanswered == pytest.approx(1, abs=1e-12)


@given(st.lists(SHARE, min_size=1, max_size=4), SHARE, SHARE)
@settings(deadline=None)
def test_answers_rise_with_tries_to_the_ceiling(rates: list[float], complete: float, sound: float) -> None:
    found = verified(rates, [1, 2, 10, 1e3, 1e9, np.inf], complete, sound)
    for rising in (found.correct, found.false_positive, -found.unanswered):
        assert (np.diff(rising) >= -1e-12).all()
    r = np.array(rates)
    passes = complete * r + (1 - sound) * (1 - r)
    ceiling = np.divide(complete * r, passes, out=np.zeros(len(r)), where=passes > 0).mean()
    assert found.correct[-1] == pytest.approx(ceiling, abs=1e-12)


def test_perfect_verifier_is_pass_at_k() -> None:
    rates = np.array([0.0, 1e-300, 1e-12, 0.2, 1.0])
    tries = np.array([1, 100, 1e12])
    found = verified(rates, tries)
    np.testing.assert_allclose(found.correct, (-np.expm1(tries[:, None] * np.log1p(-rates.clip(0, 1 - 1e-16)))).mean(1))
    assert (found.false_positive == 0).all()
    assert verified([0.0], np.inf).unanswered == 1
    assert verified([1e-300], np.inf).correct == 1
    # β → 1: of two tries each of 1e-12, and of false positives as rare
    rare = verified([1e-12], 1000, soundness=1 - 2**-40)
    assert rare.correct == pytest.approx(1e-9, rel=1e-8)
    assert rare.false_positive == pytest.approx(1000 * 2**-40, rel=1e-8)


def test_draws_have_their_own_weights_and_verifiers() -> None:
    rng = np.random.default_rng(2)
    rates, weights = rng.beta(0.5, 3, (6, 5)), rng.random((6, 5))
    complete, sound = rng.beta(8, 2, 6), rng.beta(8, 2, 6)
    found = verified(rates, [1, 30], complete, sound, weights)
    assert found.correct.shape == (6, 2)
    alone = [verified(r, 30, c, s, w).correct for r, c, s, w in zip(rates, complete, sound, weights, strict=True)]
    np.testing.assert_allclose(found.correct[:, 1], alone)
    # a problem of weight 2 is that problem twice; one of weight 0 is none
    np.testing.assert_allclose(
        verified([0.1, 0.5, 0.9], 3, 0.9, 0.8, [2, 1, 0]).correct, verified([0.1, 0.1, 0.5], 3, 0.9, 0.8).correct
    )


def test_accuracy_agrees_with_simulation() -> None:
    rng = np.random.default_rng(4)
    rates, complete, sound, tries, repeats = np.array([0.02, 0.3, 0.7]), 0.8, 0.9, 6, 40_000
    right = rng.random((repeats, 3, tries)) < rates[:, None]
    passed = rng.random(right.shape) < np.where(right, complete, 1 - sound)
    first = passed.argmax(axis=-1)
    handed = np.take_along_axis(right, first[..., None], -1)[..., 0]
    share = (handed & passed.any(axis=-1)).mean()
    # 120,000 outcomes: standard error below 0.0015; this is four of them
    assert verified(rates, tries, complete, sound).correct == pytest.approx(share, abs=0.006)


@given(
    st.lists(st.floats(0.001, 0.999), min_size=1, max_size=5),
    st.floats(0.05, 1),
    st.floats(0, 1),
    st.floats(-5, 0),
    st.sampled_from([0.0, 1e-3, 0.02]),
    st.booleans(),
)
@settings(deadline=None, max_examples=100)
def test_best_number_has_the_highest_value(
    rates: list[float], complete: float, sound: float, loss: float, cost: float, stops: bool
) -> None:
    best = best_tries(rates, complete, sound, correct=1.0, false_positive=loss, cost=cost, stops=stops)
    tries = np.arange(1, 400)
    found = verified(rates, tries, complete, sound)
    r = np.array(rates)
    reject = 1 - complete * r - (1 - sound) * (1 - r)
    made = np.cumsum(reject[:, None] ** (tries - 1), axis=1).mean(axis=0) if stops else tries
    value = found.correct + loss * found.false_positive - cost * made
    assert best.value >= value.max() - 1e-9
    assert best.value >= 0
    if 1 <= best.tries < 400:
        assert best.value == pytest.approx(value[int(best.tries) - 1], abs=1e-9)
    if best.tries == 0:
        assert best.value == 0


def test_best_number_falls_with_the_cost_of_a_false_positive() -> None:
    rates = np.random.default_rng(0).beta(0.6, 1.2, 200)
    tries = [best_tries(rates, 1.0, 0.75, false_positive=-loss).tries for loss in (0.05, 0.5, 1.0, 2.0, 50.0)]
    assert (np.diff(tries) <= 0).all()
    assert tries[0] > tries[2] > 0 == tries[-1]
    # what a verifier without error hands over is always right, and trying on costs nothing
    assert best_tries([0.2, 0.0], false_positive=-100.0).tries == np.inf
    assert best_tries([1.0], false_positive=-100.0).tries == 1
    # all problems alike: trying on is always worth it, or never
    assert best_tries([0.3], 0.9, 0.9).tries == np.inf
    assert best_tries([0.3], 0.9, 0.9, false_positive=-10.0).tries == 0
    # one try in ten succeeds and costs 0.2 of what success is worth
    assert best_tries([0.1], cost=0.2).tries == 0
    assert best_tries([0.1], cost=0.2).ceiling == pytest.approx(-1.0)
    # paid whether needed or not: p (1 − p)^(k − 1) > cost up to k = 7.98
    assert best_tries([0.3], cost=0.025, stops=False).tries == 7
    assert best_tries([0.3], cost=0.025, stops=False).ceiling == -np.inf
    # a verifier that prefers wrong answers: none
    assert best_tries([0.2, 0.9], 0.1, 0.1).tries == 0


def test_every_draw_has_its_best_number() -> None:
    rng = np.random.default_rng(3)
    rates, sound = rng.beta(0.5, 1, (20, 30)), rng.beta(8, 2, 20)
    found = best_tries(rates, 0.9, sound, cost=0.001)
    assert found.tries.shape == found.value.shape == (20,)
    alone = [best_tries(r, 0.9, s, cost=0.001).tries for r, s in zip(rates, sound, strict=True)]
    assert found.tries.tolist() == alone


def test_all_input_errors_are_listed() -> None:
    with pytest.raises(InputError) as caught:
        verified([0.5, 1.5, np.nan], 3, completeness=-0.1, soundness=[0.5, 2.0], weights=[-1.0, 1, 1])
    assert len(caught.value.problems) == 4
    for said in ("rates: 1.5, nan", "completeness: -0.1", "soundness: 2", "weights"):
        assert said in str(caught.value)
    with pytest.raises(InputError, match="shapes do not broadcast"):
        verified([0.5, 0.5], 1, weights=[1.0, 1.0, 1.0])
    with pytest.raises(InputError, match="above 0 for at least one problem"):
        verified([0.5, 0.5], 1, weights=[0.0, 0.0])
    with pytest.raises(InputError, match="tries"):
        verified([0.5], [0, 2.5])
    with pytest.raises(InputError) as caught:
        best_tries([0.5], correct=np.nan, cost=-1.0)
    assert len(caught.value.problems) == 2
