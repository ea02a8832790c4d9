"""The basis of the discrepancy spans its kernel at the data, and nothing far from them."""

from dataclasses import replace

import numpy as np

from bayescale.scaling.model.discrepancy import N_FUNCTIONS, kernel, make_basis

FLAT = np.zeros(2)


def points(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(count)
    return rng.uniform([16, 20], [20, 24], (count, 2)), np.arange(count) % 2


def test_kernel_is_that_of_the_formula() -> None:
    left, right = np.array([[1.0, 2.0]]), np.array([[1.5, 2.0], [1.0, 4.0]])
    family, others, lengths = np.array([0]), np.array([0, 1]), np.array([0.5, 2.0])
    expected = [[np.exp(-0.5), 0.7 * np.exp(-0.5)]]
    np.testing.assert_allclose(kernel(left, family, right, others, lengths, 0.7), expected)


def test_few_points_are_spanned_completely() -> None:
    log_inputs, family = points(N_FUNCTIONS - 4)
    basis = make_basis(log_inputs, family, lengthscale=0.3, shared=0.7, slopes=FLAT)
    assert basis.size == N_FUNCTIONS
    features = basis.features(log_inputs, family)
    expected = kernel(log_inputs, family, log_inputs, family, basis.lengthscales, 0.7)
    np.testing.assert_allclose(features @ features.T, expected, atol=1e-9)
    np.testing.assert_allclose(basis.residual_covariance(log_inputs, family), 0.0, atol=1e-9)


def test_far_from_the_data_the_full_variance_is_left() -> None:
    log_inputs, family = points(40)
    basis = make_basis(log_inputs, family, lengthscale=0.3, shared=0.7, slopes=FLAT)
    far = basis.residual_covariance(log_inputs[:1] + 30.0, family[:1])
    np.testing.assert_allclose(far, 1.0, atol=1e-6)


def test_length_scales_follow_the_range_of_every_input() -> None:
    log_inputs = np.array([[1.0, 5.0], [3.0, 5.0]])
    basis = make_basis(log_inputs, np.array([0, 0]), lengthscale=0.5, shared=1.0, slopes=FLAT)
    np.testing.assert_allclose(basis.lengthscales, [0.5 * 3.0, 0.5 * 1.0])


def test_amplitude_falls_along_the_slopes_and_is_one_at_the_centre() -> None:
    log_inputs, family = points(12)
    flat = make_basis(log_inputs, family, lengthscale=0.3, shared=0.7, slopes=FLAT)
    basis = make_basis(log_inputs, family, lengthscale=0.3, shared=0.7, slopes=np.array([-0.2, -0.1]))
    centre = log_inputs.mean(axis=0)
    ratios = basis.amplitude(centre + np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 3.0]]))
    np.testing.assert_allclose(ratios, np.exp([0.0, -0.2, -0.5]))
    amplitude = basis.amplitude(log_inputs)[:, None]
    np.testing.assert_allclose(basis.features(log_inputs, family), amplitude * flat.features(log_inputs, family))
    beyond = log_inputs + 1.0
    ratio = basis.residual_covariance(beyond, family) / flat.residual_covariance(beyond, family)
    np.testing.assert_allclose(np.sqrt(np.diag(ratio)), basis.amplitude(beyond))
    np.testing.assert_array_equal(flat.weights, replace(basis, slopes=FLAT).weights)
