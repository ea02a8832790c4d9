"""Test how draws of several laws are mixed."""

import numpy as np
import pytest
import xarray as xr

from bayescale.errors import StoredPosteriorError
from bayescale.scaling.stack import is_stack, member_trees, mixed_draws


def constant(value: float, draws: int) -> xr.Dataset:
    """Draws that are all alike."""
    return xr.Dataset({"x": (("chain", "draw", "target"), np.full((2, draws, 3), value))}, {"draw": np.arange(draws)})


def test_each_chain_has_each_law_by_its_weight() -> None:
    mixture = mixed_draws([constant(0.0, 100), constant(1.0, 100)], [0.3, 0.7], seed=1)["x"].to_numpy()
    assert mixture.shape == (2, 100, 3)
    np.testing.assert_allclose(mixture.mean(axis=1), 0.7)
    assert (mixture == mixture[..., :1]).all()  # a draw is of one law at all targets


def test_the_seed_fixes_the_law_behind_a_draw() -> None:
    parts = [constant(0.0, 50), constant(1.0, 50)]
    first, second, other = (mixed_draws(parts, [0.5, 0.5], seed)["x"].to_numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_laws_with_more_draws_are_thinned() -> None:
    long = xr.Dataset({"x": (("chain", "draw"), np.tile(np.arange(100.0), (2, 1)))}, {"draw": np.arange(100)})
    short = xr.Dataset({"x": (("chain", "draw"), np.full((2, 10), -1.0))}, {"draw": np.arange(10)})
    mixture = mixed_draws([long, short], [0.5, 0.5], seed=1)["x"]
    assert mixture.sizes["draw"] == 10
    of_long = mixture.to_numpy()[mixture.to_numpy() >= 0]
    assert len(of_long) == 10
    assert set(of_long) <= {0.0, 11.0, 22.0, 33.0, 44.0, 55.0, 66.0, 77.0, 88.0, 99.0}


def test_laws_that_went_on_with_more_chains_mix_with_those_that_did_not() -> None:
    more = xr.Dataset({"x": (("chain", "draw"), np.repeat(np.arange(6.0)[:, None], 20, axis=1))})
    mixture = mixed_draws([more, constant(-1.0, 20).isel(target=0)], [0.5, 0.5], seed=1)["x"]
    assert dict(mixture.sizes) == {"chain": 2, "draw": 20}
    assert set(np.unique(mixture)) == {-1.0, 0.0, 5.0}


def test_one_law_is_not_thinned() -> None:
    draws = constant(1.0, 7)
    assert mixed_draws([draws], [0.2], seed=1) is draws


def test_a_stack_needs_members() -> None:
    tree = xr.DataTree()
    assert not is_stack(tree)
    tree.attrs = {"bayescale_kind": '"stack"'}
    assert is_stack(tree)
    with pytest.raises(StoredPosteriorError, match="no members"):
        member_trees(tree)
