"""Best-of-Majority against enumeration."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.risk.estimators.exact import best_of_n, pass_at_k
from bayescale.risk.selection.best_of_majority import best_of_majority, best_of_majority_accuracy


def test_frequent_answers_are_ordered_by_reward() -> None:
    votes, rewards = [3, 1, 4, 0], [0.55, 0.99, 0.5, 2.0]
    assert best_of_majority(votes, rewards).tolist() == [1]
    assert best_of_majority(votes, rewards, k=2, least_share=0.3).tolist() == [0, 2]
    assert best_of_majority(votes, rewards, least_share=0.9).tolist() == []


def handed_in(sample: tuple[int, ...], rewards: list[float], correct: int, k: int, least: float) -> Fraction:
    """Chance that the right answer is among the k chosen of one sample, ties at random."""
    counts = {answer: sample.count(answer) for answer in set(sample)}
    frequent = [answer for answer, count in counts.items() if count >= least * len(sample) - 1e-12]
    if correct not in frequent:
        return Fraction(0)
    ahead = sum(rewards[answer] > rewards[correct] for answer in frequent)
    tied = sum(rewards[answer] == rewards[correct] for answer in frequent)
    return min(max(Fraction(k - ahead, tied), Fraction(0)), Fraction(1))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=2, max_size=4).filter(lambda votes: sum(votes) > 0),
    st.data(),
)
def test_accuracy_of_best_of_majority_is_the_mean_over_all_draws(votes: list[int], data: st.DataObject) -> None:
    rewards = data.draw(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=len(votes), max_size=len(votes)))
    correct = data.draw(st.integers(0, len(votes) - 1))
    n, k = data.draw(st.integers(1, sum(votes))), data.draw(st.integers(1, 3))
    least = data.draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]))
    pool = [answer for answer, count in enumerate(votes) for _ in range(count)]
    draws = [handed_in(draw, rewards, correct, k, least) for draw in combinations(pool, n)]
    found = best_of_majority_accuracy(votes, rewards, correct, n, k, least)
    assert found == pytest.approx(float(sum(draws) / len(draws)), abs=1e-12)


def test_without_a_threshold_it_is_pass_at_n_and_best_of_n() -> None:
    votes, rewards = [4, 7, 6, 5], [1.0, 2.0, 3.0, 4.0]
    assert best_of_majority_accuracy(votes, rewards, 0, 5, k=4) == pytest.approx(pass_at_k(22, 4, 5))
    correct = np.repeat([0.0, 0.0, 1.0, 0.0], votes)
    score = np.repeat(rewards, votes)
    assert best_of_majority_accuracy(votes, rewards, 2, 5) == pytest.approx(best_of_n(correct, 5, score=score))


def test_threshold_keeps_accuracy_from_falling_with_samples() -> None:
    """A rare wrong answer with the highest reward: Best-of-N finds it sooner or later, Best-of-Majority never."""
    votes, rewards = [600, 380, 20], [0.8, 0.3, 0.9]
    best = [best_of_majority_accuracy(votes, rewards, 0, n) for n in (10, 300)]
    majority = [best_of_majority_accuracy(votes, rewards, 0, n, least_share=0.2) for n in (10, 300)]
    assert best[1] < 0.01 < 0.5 < best[0]
    assert majority[1] > 0.999 > majority[0]
