"""Prior sensitivity of the forecast: a warning where priors matter, by power-scaling."""

import numpy as np
import pytest
import xarray as xr
from arviz_stats import psense

from bayescale.scaling.checks.context import CheckContext, forecast_points
from bayescale.scaling.checks.prior_sensitivity import prior_sensitivity
from bayescale.scaling.predict.discrepancy_paths import mean_response
from bayescale.scaling.result import Fit


def context_of(fit: Fit, targets: object = None) -> CheckContext:
    return CheckContext(fit.posterior, forecast_points(fit.posterior.design, targets))


@pytest.mark.parametrize("group", ["prior", "likelihood"])
def test_sensitivities_are_those_of_arviz(plain_fit: Fit, group: str) -> None:
    context = context_of(plain_fit, [{"n_params": 1e12, "n_tokens": 1e14}, {"n_params": 2e8, "n_tokens": 6e9}])
    tree, points = plain_fit.tree, context.points
    functions, seed = context.posterior.functions, context.posterior.predictive_seed
    mean = mean_response(functions, points.log_inputs, points.family, seed)
    coords = {dim: tree["log_prior"].coords[dim].to_numpy() for dim in ("chain", "draw")}
    groups = {
        "posterior": xr.Dataset({"mean": (("chain", "draw", "point"), mean)}, coords),
        "log_prior": tree["log_prior"].to_dataset(),
        "log_likelihood": tree["log_likelihood"].to_dataset(),
    }
    expected = psense(xr.DataTree.from_dict(groups), group=group)["mean"].to_numpy()
    result = prior_sensitivity(context).details["sensitivity"][f"{group}_sensitivity"]
    np.testing.assert_allclose(result, expected, rtol=1e-7)


def test_priors_matter_more_for_a_new_family(plain_fit: Fit) -> None:
    far = {"n_params": 1e12, "n_tokens": 1e14}
    result = prior_sensitivity(context_of(plain_fit, [{**far, "family": "a"}, far]))
    shares = result.details["sensitivity"]["prior_share"]
    assert shares[1] > shares[0]


def test_a_prior_that_moves_the_forecast_warns(plain_fit: Fit) -> None:
    """The log prior of a posterior is made to rise steeply with the exponent of size."""
    tree = plain_fit.tree.copy(deep=True)
    exponent = tree["posterior"]["alpha"].sel(family="a").to_numpy()
    name = next(iter(tree["log_prior"].data_vars))
    tree["log_prior"][name].data[:] = 5 * (exponent - exponent.mean()) / exponent.std()
    target = {"n_params": 1e12, "n_tokens": 6e9, "family": "a"}
    result = prior_sensitivity(context_of(Fit(tree), [target]))
    assert result.warns
    assert result.value > 0.05
    assert "the forecast at a target is sensitive to priors" in result.meaning


def test_forecasts_near_the_data_do_not_warn(plain_fit: Fit) -> None:
    result = prior_sensitivity(context_of(plain_fit, [{"n_params": 2e8, "n_tokens": 6e9, "family": "a"}]))
    assert not result.warns
    assert result.value < 0.05
    assert "is hardly sensitive to priors" in result.meaning


def test_without_targets_every_family_is_checked(joint_fit: Fit) -> None:
    result = prior_sensitivity(context_of(joint_fit))
    table = result.details["sensitivity"]
    assert table["family"].tolist() == ["a", "b"]
    assert table["prior_share"].between(0, 1).all()
    assert "at 10x the largest inputs" in result.meaning


def test_draws_of_a_thinned_tree_are_aligned(plain_fit: Fit) -> None:
    tree = plain_fit.tree.isel(draw=slice(None, None, 2))
    tree.attrs = dict(plain_fit.tree.attrs)
    value = prior_sensitivity(context_of(Fit(tree))).value
    assert value == pytest.approx(prior_sensitivity(context_of(plain_fit)).value, abs=0.05)
