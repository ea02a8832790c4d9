"""Test new families against the population of the posterior."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayescale.data.reading import read_runs
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.priors import FAMILY_NOISE, prior_of
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.predict.new_family import _new_coordinates
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.priors.prior_files import shipped
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp, simulated_runs

ONE = {"lone": {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 420.0, "beta": 0.28}}


def tree_of(made_up: MadeUp, spec: Spec, table: pd.DataFrame) -> tuple[Design, xr.DataTree]:
    design = make_design(read_runs(table), spec)
    return design, to_tree(design, made_up(design), Sampler(), 7)


def test_pooled_parameters_scatter_around_the_population(plain_fit: Fit) -> None:
    functions = Posterior(plain_fit.tree).functions
    posterior = plain_fit.tree["posterior"]
    mean = posterior["population"].sel(population_parameter="alpha").to_numpy()
    spread = posterior["spread"].sel(pooled_parameter="alpha").to_numpy()
    z = (np.log(functions.natural["alpha"][..., -1]) - mean) / spread
    assert z.mean() == pytest.approx(0, abs=0.1)
    assert z.std() == pytest.approx(1, abs=0.1)


def test_noise_of_a_new_family_comes_from_its_prior(made_up: MadeUp) -> None:
    spec = Spec(law("chinchilla"), discrepancy=False, pooling={"noise": "partial"})
    scale = Posterior(tree_of(made_up, spec, simulated_runs())[1]).functions.noise_scale
    assert scale is not None
    assert np.log(scale[..., -1]).std() == pytest.approx(FAMILY_NOISE.spread, rel=0.3)


def test_shared_parameters_equal_the_population(joint_fit: Fit) -> None:
    functions = joint_fit.posterior.functions
    np.testing.assert_allclose(functions.natural["q"][..., -1], functions.natural["q"][..., 0])


def test_free_parameters_come_from_the_prior(made_up: MadeUp) -> None:
    spec = Spec(law("chinchilla"), discrepancy=False, pooling={"alpha": "free"})
    design, tree = tree_of(made_up, spec, simulated_runs())
    prior = prior_of(design.spec, "alpha")
    drawn = _new_coordinates(design, tree["posterior"].to_dataset(), 1)["alpha"]
    assert drawn.std() == pytest.approx(prior.spread, rel=0.35)


def test_a_second_family_lies_between_the_first_and_the_prior(made_up: MadeUp) -> None:
    spec = Spec(law("chinchilla"), discrepancy=False, priors=shipped("stated"))
    design, tree = tree_of(made_up, spec, simulated_runs(ONE))
    tree["posterior"]["coordinate"].data[:] = 0.0  # far above the prior's log .33 of an exponent
    prior = prior_of(design.spec, "alpha")
    drawn = _new_coordinates(design, tree["posterior"].to_dataset(), 1)["alpha"]
    assert prior.location < drawn.mean() < 0
    assert drawn.std() < prior.spread


def test_the_seed_fixes_the_new_family(plain_fit: Fit) -> None:
    first, second = (Posterior(plain_fit.tree).functions.natural["E"] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (first > 0).all()
