"""Majority votes and their limit."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from bayescale.errors import InputError
from bayescale.risk.selection.majority import majority_vote, mode_is_right, voting_limit


@given(st.lists(st.integers(0, 3), min_size=1, max_size=4).filter(any), st.data())
@settings(deadline=None, max_examples=60)
def test_majority_vote_is_the_mean_over_all_draws(votes: list[int], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, sum(votes)))
    correct = data.draw(st.integers(0, len(votes) - 1))
    answers = [answer for answer, times in enumerate(votes) for _ in range(times)]
    won = []
    for chosen in combinations(answers, n):
        counts = np.bincount(chosen, minlength=len(votes))
        won.append(float(counts[correct] == counts.max()) / (counts == counts.max()).sum())
    assert majority_vote(votes, correct, n) == pytest.approx(np.mean(won), abs=1e-12)


def test_majority_of_many_votes_is_the_mode() -> None:
    assert majority_vote([60, 40], 0, 100) == 1
    assert majority_vote([40, 60], 0, 100) == 0
    chances = [majority_vote([300, 200, 100], 0, n) for n in (1, 5, 25, 125)]
    assert (np.diff(chances) > 0).all()
    assert chances[0] == pytest.approx(0.5)
    with pytest.raises(InputError, match="whole number from 1 to the 5 votes"):
        majority_vote([3, 2], 0, 6)
    with pytest.raises(InputError, match=r"n=2\.5"):
        majority_vote([3, 2], 0, 2.5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="one count for each"):
        majority_vote([1.5, 2], 0, 1)


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


def test_more_votes_determine_the_mode() -> None:
    assert mode_is_right([600, 400], 0) > 0.999999
    assert 0.5 < mode_is_right([6, 4], 0) < 0.8
