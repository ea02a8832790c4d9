"""Votes that stop at a lead."""

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.risk.selection.best_of_majority import best_of_majority, best_of_majority_accuracy
from bayescale.risk.selection.lead_vote import first_to_lead_by, least_lead
from bayescale.risk.selection.majority import mode_is_right, voting_limit


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


def test_lead_vote_at_published_and_extreme_values() -> None:
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
def test_bad_input_is_refused(call: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()  # type: ignore[operator]
