"""Test partial centring: the prior of the coordinate, the inverse, and what fits start from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.data.runs import read_runs
from bayescale.scaling.model.centring import default_centring, from_centred, to_centred
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling_laws.registry import law
from tests.simulation import simulated_runs

VALUES = st.floats(-50, 50)


@pytest.mark.parametrize("centring", [0.0, 0.3, 1.0])
def test_centred_coordinates_have_their_prior(centring: float) -> None:
    """A value that is Normal(2, 0.5) has a coordinate that is Normal(2c, 0.5^c): Papaspiliopoulos et al. 2007."""
    mean, spread = 2.0, 0.5
    deviation = spread * np.random.default_rng(0).standard_normal(100_000)
    coordinate = to_centred(deviation, mean, spread ** (1 - centring), centring)
    assert coordinate.mean() == pytest.approx(centring * mean, abs=0.02)
    assert coordinate.std() == pytest.approx(spread**centring, rel=0.02)
    np.testing.assert_allclose(from_centred(coordinate, mean, spread ** (1 - centring), centring), mean + deviation)


@given(VALUES, VALUES, st.floats(0.01, 10), st.floats(0, 1))
def test_value_comes_back_from_its_coordinate(deviation: float, mean: float, spread: float, centring: float) -> None:
    stretch = spread ** (1 - centring)
    coordinate = to_centred(deviation, mean, stretch, centring)
    assert from_centred(coordinate, mean, stretch, centring) == pytest.approx(mean + deviation, abs=1e-9)


@given(VALUES, VALUES, st.floats(0.01, 10))
def test_extremes_are_the_value_and_the_standardized_distance(deviation: float, mean: float, spread: float) -> None:
    assert to_centred(deviation, mean, 1.0, 1.0) == pytest.approx(mean + deviation)
    assert to_centred(deviation, mean, spread, 0.0) == pytest.approx(deviation / spread)


def test_fits_start_from_families_centred_halfway_and_a_discrepancy_that_is_not_centred() -> None:
    design = make_design(read_runs(simulated_runs()), Spec(law("chinchilla")))
    centring, n_basis = default_centring(design), design.layout.n_basis
    assert n_basis > 0
    np.testing.assert_array_equal(centring.members, np.full((4, 2), 0.5))  # A, B, alpha, beta of two families
    np.testing.assert_array_equal(centring.weights, np.zeros(n_basis))
    np.testing.assert_array_equal(centring.turn, np.eye(n_basis))
    assert centring.projector.shape == (50, n_basis)
    assert not centring.projector.any()
