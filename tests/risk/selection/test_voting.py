"""Votes: the limit of majority voting, a lead of k votes, Best-of-Majority."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from bayescale.risk.selection.voting import (
    best_of_majority,
    best_of_majority_accuracy,
    first_to_lead_by,
    least_lead,
    mode_is_right,
    voting_limit,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from bayescale.errors import InputError
from bayescale.risk.estimators.exact import best_of_n, pass_at_k


@pytest.mark.parametrize(("p", "k"), [(0.7, 3), (0.55, 4), (0.5, 5), (0.2, 2), (0.9, 1)])
def test_lead_vote_is_the_gamblers_ruin(p: float, k: int) -> None:
    """The linear equations of the walk on -k..k, by brute force."""
    size = 2 * k - 1
    step = np.eye(size) - p * np.eye(size, k=1) - (1 - p) * np.eye(size, k=-1)
    wins = np.linalg.solve(step, np.append(np.zeros(size - 1), p))[k - 1]
    votes = np.linalg.solve(step, np.ones(size))[k - 1]
    found = first_to_lead_by(p, k)
    assert found.correct == pytest.approx(wins, rel=1e-10)
    assert found.votes == pytest.approx(votes, rel=1e-10)


def test_lead_vote_as_published_and_at_its_ends() -> None:
    """1 / (1 + ((1 - p) / p)^k): .999999 at p = .99, k = 3, as implementations of arXiv 2511.09030 print it."""
    assert first_to_lead_by(0.99, 3).correct == pytest.approx(0.999999, abs=5e-7)
    found = first_to_lead_by([0.0, 1.0, 0.5 + 1e-12], [2, 2, 100])
    assert found.correct[:2].tolist() == [0.0, 1.0]
    assert found.votes == pytest.approx([2, 2, 1e4])


def test_least_lead_is_enough_and_one_less_is_not() -> None:
    lead = least_lead(0.99, 0.95, 1_000_000)
    assert first_to_lead_by(0.99, lead).correct ** 1e6 >= 0.95
    assert first_to_lead_by(0.99, lead - 1).correct ** 1e6 < 0.95
    assert least_lead(0.75, 0.995, 50) == 9  # ⌈log(.995^(-1/50) - 1) / log(1/3)⌉ = ⌈9.2 / 1.0986⌉
    assert np.isinf(least_lead(0.5, 0.9))
    assert least_lead(0.95, 0.9) == 1


@given(st.integers(0, 200), st.integers(0, 200), st.sampled_from([0.2, 0.5, 1.0]))
def test_mode_of_two_answers_is_a_beta_tail(first: int, second: int, prior: float) -> None:
    if first + second == 0:
        return
    expected = beta.sf(0.5, first + prior, second + prior)
    assert mode_is_right([first, second], 0, prior) == pytest.approx(expected, abs=1e-9)


def test_mode_of_several_answers_is_a_dirichlet_share() -> None:
    votes = np.array([5, 3, 2, 0])
    draws = np.random.default_rng(0).dirichlet(votes + 0.5, 200_000).argmax(axis=1)
    chances = [mode_is_right(votes, place) for place in range(4)]
    assert sum(chances) == pytest.approx(1, abs=1e-10)
    for place, chance in enumerate(chances):
        assert chance == pytest.approx((draws == place).mean(), abs=0.005)


def test_limit_over_problems_is_poisson_binomial() -> None:
    votes = [[9, 1], [6, 4], [1, 9], [50, 1]]
    limit = voting_limit(votes, [0, 0, 0, 0], prob=0.8)
    assert limit.expected == pytest.approx(limit.problems.mean())
    shares = (np.random.default_rng(1).random((200_000, 4)) < limit.problems).mean(axis=1)
    assert (limit.lower, limit.upper) == tuple(np.quantile(shares, [0.1, 0.9], method="inverted_cdf"))


def test_more_votes_settle_the_mode() -> None:
    assert mode_is_right([600, 400], 0) > 0.999999
    assert 0.5 < mode_is_right([6, 4], 0) < 0.8


def test_frequent_answers_go_first_by_reward() -> None:
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


def test_a_threshold_keeps_best_of_n_from_falling_with_samples() -> None:
    """A rare wrong answer with the highest reward: Best-of-N finds it sooner or later, Best-of-Majority never."""
    votes, rewards = [600, 380, 20], [0.8, 0.3, 0.9]
    best = [best_of_majority_accuracy(votes, rewards, 0, n) for n in (10, 300)]
    majority = [best_of_majority_accuracy(votes, rewards, 0, n, least_share=0.2) for n in (10, 300)]
    assert best[1] < 0.01 < 0.5 < best[0]
    assert majority[1] > 0.999 > majority[0]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: first_to_lead_by(1.5, 2), "rate"),
        (lambda: first_to_lead_by(0.5, 0), "lead"),
        (lambda: least_lead(0.9, 1.0), "target"),
        (lambda: mode_is_right([1, 2], 2), "correct=2"),
        (lambda: mode_is_right([0, 0], 0), "no vote"),
        (lambda: mode_is_right([1, 2], 0, prior=-1), "prior=-1"),
        (lambda: voting_limit([[1, 2]], [0, 1]), "correct of 2"),
        (lambda: best_of_majority([1, 2], [0.1]), "rewards"),
        (lambda: best_of_majority([1, 2], [0.1, 0.2], k=0), "k=0"),
        (lambda: best_of_majority([1, 2], [0.1, 0.2], least_share=2), "least_share=2"),
        (lambda: best_of_majority_accuracy([1, 2], [0.1, 0.2], 0, 4), "n=4"),
    ],
)
def test_bad_input_is_named(call: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()  # type: ignore[operator]
