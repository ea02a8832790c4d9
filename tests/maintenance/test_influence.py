"""Runs that were added, removed or changed, and medians of weighted draws."""

import numpy as np

from bayescale.maintenance.influence import Key, RunRows, _weighted_median, changes_between


def run(name: str, loss: float, place: int = 0) -> tuple[Key, RunRows]:
    return ("a", name, 1), RunRows(place, "a", name, (((1e9,), loss),))


def test_runs_are_added_removed_or_changed() -> None:
    old = dict([run("kept", 2.0), run("changed", 2.1), run("removed", 2.2)])
    new = dict([run("changed", 2.15), run("kept", 2.0, place=7), run("added", 1.9)])
    changes = {key[1]: change for key, change in changes_between(old, new).items()}
    assert changes == {"added": "added", "changed": "changed", "removed": "removed"}


def test_a_weighted_median_is_the_median_of_repeated_draws() -> None:
    draws = np.array([[[1.0], [2.0], [3.0], [4.0]]])
    equal = np.full((1, 4), 0.25)
    np.testing.assert_allclose(_weighted_median(draws, equal), [2.5])
    heavy = np.array([[0.0, 0.0, 1.0, 0.0]])
    np.testing.assert_allclose(_weighted_median(draws, heavy), [3.0], atol=0.51)
