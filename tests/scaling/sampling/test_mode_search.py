"""Modes of small families are finite, and their noise is not zero."""

import numpy as np
import pytest
from scipy.special import logsumexp

from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.family_spreads import spread_indices
from bayescale.scaling.sampling.mode_search import (
    SETTLED,
    determined_parameters,
    log_noise_scales,
    mode_search,
    noise_below_prior,
    noise_scale,
)
from bayescale.scaling.sampling.nuts import initial_coordinate, is_finite_at
from bayescale.scaling.sampling.preconditioner import laplace_preconditioner
from bayescale.scaling.sampling.starting_point import starting_point
from tests.scaling.sampling.small_families import design_of, small_families


def test_start_is_finite_and_noise_positive_for_small_families() -> None:
    design = design_of(small_families(8, 3))
    density = density_of(design)
    preconditioner = laplace_preconditioner(design, density)
    assert noise_below_prior(design, density, preconditioner.coordinates.centres[0]) < 4
    assert all(
        is_finite_at(density, preconditioner, initial_coordinate(density, preconditioner, seed)) for seed in range(20)
    )


def test_determined_parameters_grow_with_rows_up_to_half() -> None:
    assert determined_parameters(100, 40) == 20
    assert determined_parameters(40, 40) == 20
    assert 19 < determined_parameters(24, 68) < 24
    counts = [determined_parameters(rows, 68) for rows in range(1, 100)]
    assert counts == sorted(counts)


def test_little_noise_is_not_refused() -> None:
    design = design_of(small_families(1, 24, noise=0.001))
    laplace_preconditioner(design, density_of(design))


@pytest.mark.parametrize(("count", "rows"), [(18, 2), (13, 3), (2, 12)])
def test_noise_at_a_mode_is_that_of_the_runs(count: int, rows: int) -> None:
    """The mode of the density itself has far less noise wherever parameters are as many as rows."""
    design = design_of(small_families(count, rows, noise=0.01), "joint", discrepancy=True)
    density = density_of(design)
    data = pack_data(design, default_centring(design), jacobian_power=0.0)
    held = (density.blocks["log_discrepancy"][0].start, *spread_indices(density, design))
    search = mode_search(design, density, held)
    mode = search.mode(data, starting_point(design, density))
    noise = np.exp(logsumexp(2 * log_noise_scales(design, density, mode)) / 2)
    assert 0.001 < noise < 0.02
    assert abs(search.fitted_parameters(data, mode) - search.tilt.power) <= SETTLED
    untilted = search._tilted_mode(data, mode, held, 0.0)
    assert untilted[noise_scale(design, density)] < np.log(noise) - 0.2


def test_fitted_parameters_are_those_that_the_rows_determine() -> None:
    """Of one family with many rows: all parameters of the law that the rows inform, and none of an empty prior."""
    design = design_of(small_families(1, 200))
    density = density_of(design)
    data = pack_data(design, default_centring(design), jacobian_power=0.0)
    search = mode_search(design, density, ())
    mode = search.mode(data, starting_point(design, density))
    assert 3.0 < search.fitted_parameters(data, mode) < 6.5  # of five parameters, and those of the noise
    mode[noise_scale(design, density)] += 12.0
    assert abs(search.fitted_parameters(data, mode)) < 0.5
