"""The ARISE score: gains, losses, several draws, and invalid input."""

import math

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.scaling_laws.functions.reasoning_efficiency import arise


def test_arise_weights_losses_more_than_gains() -> None:
    tokens = [1000.0, 2000.0, 4000.0]
    assert arise([0.2, 0.6, 0.6], tokens) == pytest.approx(0.4 / 2)
    assert arise([0.6, 0.6, 0.2], tokens) == pytest.approx(-0.4 * 2)
    assert arise([0.5, 0.5, 0.5], tokens) == 0.0
    cheap, dear = arise([0.2, 0.6], [1000.0, 1500.0]), arise([0.2, 0.6], [1000.0, 9000.0])
    assert cheap > dear > 0


def test_arise_matches_the_authors_sum() -> None:
    # two samples, four budgets, tokens that fall once; gains over tokens' ratio, losses times it, by hand
    accuracy = [[0.2, 0.5, 0.4, 0.6], [0.1, 0.1, 0.3, 0.0]]
    tokens = [[100.0, 400.0, 300.0, 600.0], [200.0, 250.0, 500.0, 1000.0]]
    by_hand = [0.3 * 100 / 400 - 0.1 * 300 / 400 + 0.2 * 300 / 600, 0.2 * 250 / 500 - 0.3 * 1000 / 500]
    assert arise(accuracy, tokens) == pytest.approx(by_hand)


def test_arise_broadcasts_over_draws_and_problems() -> None:
    rng = np.random.default_rng(3)
    accuracy, tokens = rng.uniform(size=(50, 4, 3)), np.sort(rng.uniform(1e2, 1e4, (4, 3)))
    scores = arise(accuracy, tokens)
    assert scores.shape == (50, 4)
    assert scores[7, 2] == pytest.approx(arise(accuracy[7, 2], tokens[2]))


@pytest.mark.parametrize(
    ("accuracy", "tokens", "message"),
    [
        ([0.1, 0.2], [1.0, 2.0, 3.0], "same budgets"),
        ([0.1], [1.0], "two or more"),
        ([0.1, 1.2], [1.0, 2.0], "between 0 and 1"),
        ([0.1, math.nan], [1.0, 2.0], "between 0 and 1"),
        ([0.1, 0.2], [math.inf, 1.0], "finite"),
        ([0.1, 0.2], [0.0, 1.0], "more than 0"),
    ],
)
def test_arise_refuses_invalid_input(accuracy: list[float], tokens: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        arise(accuracy, tokens)
