"""Spreads over families are those of the posterior, not of the scatter of single families' estimates."""

import numpy as np
import pytest

import bayescale as bs
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.preconditioner import laplace_preconditioner
from tests.conftest import simulated_runs
from tests.scaling.sampling.small_families import design_of, small_families


def test_spreads_over_many_families_are_not_the_scatter_of_their_estimates() -> None:
    """Exponents of single families are known to about .3 in log here, and differ by .05: the joint mode says .3."""
    rng = np.random.default_rng(3)
    truth = {
        f"f{i:02d}": {
            "E": 1.7 * np.exp(0.1 * rng.standard_normal()),
            "A": 400.0 * np.exp(0.2 * rng.standard_normal()),
            "alpha": 0.34 * np.exp(0.05 * rng.standard_normal()),
            "B": 420.0 * np.exp(0.2 * rng.standard_normal()),
            "beta": 0.28 * np.exp(0.05 * rng.standard_normal()),
        }
        for i in range(30)
    }
    runs = bs.read_runs(simulated_runs(truth, n=20, noise=0.02))
    design = make_design(runs, Spec(bs.law("chinchilla"), discrepancy=False, noise="constant"))
    density = density_of(design)
    log_spread = density.unpack(laplace_preconditioner(design, density).coordinates.centres[0])["log_spread"]
    spread = dict(zip(design.layout.pooled, np.exp(log_spread), strict=True))
    assert spread["alpha"] < 0.15
    assert spread["beta"] < 0.15


@pytest.mark.slow
def test_spreads_of_small_families_are_near_their_posterior_means() -> None:
    design = design_of(small_families(18, 3))
    density = density_of(design)
    spreads = density.unpack(laplace_preconditioner(design, density).coordinates.centres[0])["log_spread"]
    assert np.abs(spreads - [-2.84, -3.36, -3.43, -3.24, -3.37]).max() < 1  # means of a long run's draws
