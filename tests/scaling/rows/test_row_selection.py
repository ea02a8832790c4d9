"""Rows that fill the space of inputs: numbers by family, ends that stay, and no look at the response."""

import numpy as np
import pytest

from bayescale.scaling.rows.row_selection import space_filling


def points(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(size=(count, 2)) * [10.0, 0.1]


def test_small_families_stay_whole_and_large_ones_share_the_rest_equally() -> None:
    family = np.repeat([0, 1, 2], [5, 300, 700])
    chosen = space_filling(points(1005), family, 105)
    assert np.bincount(family[chosen]).tolist() == [5, 50, 50]
    assert len(set(chosen)) == 105


@pytest.mark.parametrize("most", [1, 2, 7, 64, 100])
def test_as_many_rows_as_asked_for_each_once(most: int) -> None:
    chosen = space_filling(points(1000), np.zeros(1000, dtype=np.int64), most)
    assert len(chosen) == most
    assert (np.diff(chosen) > 0).all()


def test_selected_rows_fill_the_space_better_than_random_rows() -> None:
    every = points(4000)
    scaled = every / np.ptp(every, axis=0)
    random = np.random.default_rng(1).choice(4000, 64, replace=False)
    chosen = space_filling(every, np.zeros(4000, dtype=np.int64), 64)

    def farthest(rows: np.ndarray) -> float:
        """Largest distance of any row from the nearest of those chosen."""
        return float(np.sqrt(((scaled[:, None] - scaled[rows]) ** 2).sum(axis=-1)).min(axis=1).max())

    assert farthest(chosen) < farthest(random)
    assert np.ptp(scaled[chosen], axis=0) == pytest.approx([1.0, 1.0], abs=0.03)


def test_equal_inputs_and_constant_columns_are_no_obstacle() -> None:
    every = np.zeros((50, 2))
    assert len(space_filling(every, np.zeros(50, dtype=np.int64), 10)) == 10
