"""Modes of small families are finite, and their noise is not zero."""

from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.mode_search import (
    determined_parameters,
    noise_below_prior,
)
from bayescale.scaling.sampling.nuts import initial_coordinate, is_finite_at
from bayescale.scaling.sampling.preconditioner import laplace_preconditioner
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
