"""Difficulty in fifths, and the choice of a policy by difficulty."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.risk.decisions.policy_values import choose_by_difficulty, chosen_values, fifths


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=10, max_size=40))
def test_fifths_have_equal_sizes_and_follow_the_rate(rates: list[float]) -> None:
    fifth = fifths(np.array(rates))
    sizes = np.bincount(fifth, minlength=5)
    assert sizes.max() - sizes.min() <= 1
    for harder in range(1, 5):
        assert np.array(rates)[fifth == harder].max() <= np.array(rates)[fifth == harder - 1].min()


def test_choice_is_the_best_mean_of_each_fifth() -> None:
    fifth = np.repeat(np.arange(5), 2)
    value = np.array([[0.4, 0.0, 0.3, 0.3, 0.2, 0.6, 0, 0, 0, 0], [0, 0.1, 0, 0, 0, 0.7, 0.5, 0.5, 0.5, 0.5]])
    choice = choose_by_difficulty(value, fifth)
    assert choice.tolist() == [0] * 6 + [1] * 4
    expected = [0.4, 0.0, 0.3, 0.3, 0.2, 0.6, 0.5, 0.5, 0.5, 0.5]
    np.testing.assert_allclose(chosen_values(value[None], choice)[0], expected)
