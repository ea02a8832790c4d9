"""Groups that ArviZ takes: their dimensions, that replicates are of the posterior, and that its plots accept them."""

import arviz as az
import numpy as np
import pytest
import xarray as xr

from bayescale.calibration.arviz_groups import to_arviz
from bayescale.errors import InputError
from bayescale.scaling.result import Fit
from tests.golden import golden


@pytest.fixture(scope="module")
def tree(plain_fit: Fit) -> xr.DataTree:
    return to_arviz(plain_fit, draws=50)


def test_groups_and_dimensions(tree: xr.DataTree, plain_fit: Fit) -> None:
    assert set(tree.children) == {*plain_fit.tree.children, "prior", "prior_predictive", "posterior_predictive"}
    assert "prior" not in plain_fit.tree.children  # the fit itself stays small
    for group in ("posterior_predictive", "prior_predictive"):
        assert dict(tree[group]["loss"].sizes) == {"chain": 4, "draw": 50, "obs": 50}
    assert tree["prior"]["alpha"].dims == tree["posterior"]["alpha"].dims == ("chain", "draw", "family")


def test_replicates_are_as_wide_as_the_data(tree: xr.DataTree) -> None:
    """A calibrated model: about as many measurements inside the 80 % band of their replicates, and few outside."""
    band = tree["posterior_predictive"]["loss"].quantile([0.1, 0.9], dim=("chain", "draw")).to_numpy()
    observed = tree["observed_data"]["loss"].to_numpy()
    assert 0.6 < np.mean((observed >= band[0]) & (observed <= band[1])) < 0.95
    prior = tree["prior_predictive"]["loss"].quantile([0.1, 0.9], dim=("chain", "draw")).to_numpy()
    assert np.mean(prior[1] - prior[0]) > 3 * np.mean(band[1] - band[0])


def test_the_same_seed_gives_the_same_draws(tree: xr.DataTree, plain_fit: Fit) -> None:
    again, other = to_arviz(plain_fit, draws=50), to_arviz(plain_fit, draws=50, random_seed=3)
    assert again["posterior_predictive"]["loss"].identical(tree["posterior_predictive"]["loss"])
    assert not other["prior"]["alpha"].equals(tree["prior"]["alpha"])


def test_arviz_draws_them(tree: xr.DataTree) -> None:
    az.plot_ppc_dist(tree, var_names="loss", backend="none")
    az.plot_prior_posterior(tree, var_names=["alpha", "beta"], backend="none")


def test_a_stack_has_no_such_groups() -> None:
    with pytest.raises(InputError, match=r"use one of fit\.members"):
        to_arviz(golden("stack"))


def test_no_draws_are_refused(plain_fit: Fit) -> None:
    with pytest.raises(InputError, match="draws"):
        to_arviz(plain_fit, draws=0)
