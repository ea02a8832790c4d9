"""Test partial centring: the prior of the coordinate, the inverse, and what fits start from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.data.reading import read_runs
from bayescale.scaling.model.centring import (
    default_centring,
    from_centred,
    from_joined,
    from_joined_noise,
    from_total,
    to_centred,
    to_joined,
    to_joined_noise,
    to_total,
)
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


SLOPES = st.lists(st.floats(-5, 5), min_size=3, max_size=3)
WEIGHTS = st.lists(st.floats(0.01, 10), min_size=3, max_size=3)


@given(SLOPES, WEIGHTS)
def test_slopes_come_back_from_their_total_and_ratios(slopes: list[float], weights: list[float]) -> None:
    total = to_total(slopes, weights, np)
    assert total[0] == pytest.approx(np.log(np.dot(weights, np.exp(slopes))), abs=1e-9)
    np.testing.assert_allclose(total[1:], np.array(slopes[1:]) - slopes[0], atol=1e-9)
    np.testing.assert_allclose(from_total(total, weights, np), slopes, atol=1e-9)


@given(SLOPES, WEIGHTS)
def test_total_and_ratios_have_the_volume_of_the_slopes(slopes: list[float], weights: list[float]) -> None:
    steps = 1e-5 * np.eye(3)
    moved = [
        np.subtract(to_total(slopes + step, weights, np), to_total(slopes - step, weights, np)) / 2e-5 for step in steps
    ]
    assert np.linalg.det(np.array(moved)) == pytest.approx(1.0, abs=1e-6)


def test_only_the_slopes_of_a_list_of_parameters_are_joined() -> None:
    values, names = [1.0, -2.0, 0.3, -3.0], ("E", "A", "alpha", "B")
    joined = to_joined(values, names, ("A", "B"), [1.0, 1.0], np)
    assert joined == pytest.approx([1.0, np.log(np.exp(-2) + np.exp(-3)), 0.3, -1.0])
    assert from_joined(joined, names, ("A", "B"), [1.0, 1.0], np) == pytest.approx(values)
    assert to_joined(values, names, (), [], np) == values


@given(st.floats(-8, 1), st.floats(-8, 1))
def test_noise_at_the_centre_and_ratio_stand_for_floor_and_slope(floor: float, slope: float) -> None:
    names, joined = ("noise_floor", "noise_slope", "noise_df"), ("noise_floor", "noise_slope")
    sampled = to_joined_noise([floor, slope, 1.3], names, joined, np)
    assert np.exp(sampled[0]) == pytest.approx(np.hypot(np.exp(floor), np.exp(slope)))
    assert sampled[1:] == pytest.approx([slope - floor, 1.3], abs=1e-9)
    assert from_joined_noise(sampled, names, joined, np) == pytest.approx([floor, slope, 1.3], abs=1e-9)
    assert to_joined_noise([floor, 1.3], ("noise_floor", "noise_df"), (), np) == [floor, 1.3]


def test_fits_start_from_families_centred_halfway_and_a_discrepancy_that_is_not_centred() -> None:
    design = make_design(read_runs(simulated_runs()), Spec(law("chinchilla")))
    centring, n_basis = default_centring(design), design.layout.n_basis
    assert n_basis > 0
    np.testing.assert_array_equal(centring.members, np.full((4, 2), 0.5))  # A, B, alpha, beta of two families
    np.testing.assert_array_equal(centring.weights, np.zeros(n_basis))
    np.testing.assert_array_equal(centring.turn, np.eye(n_basis))
    assert centring.projector.shape == (50, n_basis)
    assert not centring.projector.any()
