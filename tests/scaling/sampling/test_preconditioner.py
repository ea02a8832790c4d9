"""Test coordinates and centring before sampling: mode, covariance, and orthogonal functions of the discrepancy."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bayescale.data.reading import read_runs
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.sampling.compilation import Density, density_of
from bayescale.scaling.sampling.coordinates import spline_weights
from bayescale.scaling.sampling.preconditioner import Preconditioner, laplace_preconditioner, scale_index
from bayescale.scaling.sampling.reparametrization import inverse
from bayescale.scaling_laws.registry import law
from tests.scaling.sampling.small_families import design_of, small_families
from tests.simulation import simulated_runs

type Array = NDArray[np.float64]
type Prepared = tuple[Design, Density, Preconditioner]


def prepare(name: str, discrepancy: bool) -> Prepared:
    design = make_design(read_runs(simulated_runs()), Spec(law(name), discrepancy=discrepancy))
    density = density_of(design)
    return design, density, laplace_preconditioner(design, density)


@pytest.fixture(scope="module")
def plain() -> Prepared:
    return prepare("chinchilla", discrepancy=False)


@pytest.fixture(scope="module")
def joint() -> Prepared:
    return prepare("joint", discrepancy=True)


def negative_hessian(density: Density, preconditioner: Preconditioner, point: Array) -> Array:
    """Negative second differences of the log density at a point."""
    steps, data = 1e-4 * np.eye(density.size), preconditioner.data
    rows = [(density(point - step, data)[1] - density(point + step, data)[1]) / 2e-4 for step in steps]
    return np.asarray(rows + np.transpose(rows)) / 2


def test_without_a_discrepancy_a_fixed_matrix_is_the_covariance_at_the_mode(plain: Prepared) -> None:
    _, density, preconditioner = plain
    coordinates = preconditioner.coordinates
    assert coordinates.scale == -1
    assert coordinates.matrices.shape == (1, density.size, density.size)
    mode, factor = coordinates.centres[0], coordinates.matrices[0]
    np.testing.assert_array_equal(np.triu(factor, 1), 0.0)
    hessian = negative_hessian(density, preconditioner, mode)
    values = np.linalg.eigvalsh(factor.T @ hessian @ factor)
    assert values.min() > 0.5
    assert values.max() < 2.0


def test_coordinates_are_nearly_round_at_their_origin_with_a_discrepancy(joint: Prepared) -> None:
    _, density, preconditioner = joint
    coordinates = preconditioner.coordinates
    origin = coordinates.points(np.zeros(density.size))
    factor = np.tensordot(spline_weights(coordinates.nodes, origin[[coordinates.scale]])[0], coordinates.matrices, 1)
    whitened = factor.T @ negative_hessian(density, preconditioner, origin) @ factor
    others = np.delete(np.arange(density.size), coordinates.scale)
    values = np.linalg.eigvalsh(whitened[np.ix_(others, others)])
    assert values.min() > 0.05
    assert values.max() < 4.0


def test_nodes_span_scales_around_the_median_of_the_prior(joint: Prepared) -> None:
    design, _, preconditioner = joint
    nodes = preconditioner.coordinates.nodes
    np.testing.assert_allclose(np.diff(nodes), 0.5)
    assert 5 <= len(nodes) <= 21
    assert np.abs(nodes - design.spec.priors["discrepancy_scale"].location).min() < 1e-12


def test_centres_of_nodes_are_modes_given_their_scale(joint: Prepared) -> None:
    """The gradient vanishes there, in conditional standard deviations; noise and spreads are set by other criteria.

    It is that of the density over floors, not levels.
    """
    design, density, preconditioner = joint
    over_floors = pack_data(design, preconditioner.centring, jacobian_power=0.0)
    coordinates = preconditioner.coordinates
    names = ("population", "member", "level", "weight")
    places = np.concatenate([np.arange(density.size)[density.blocks[name][0]] for name in names])
    for node, centre in zip(coordinates.nodes, coordinates.centres, strict=True):
        point = centre.copy()
        point[coordinates.scale] = node
        curvature = np.diag(negative_hessian(density, preconditioner, point))[places]
        gradient = density(point, over_floors)[1][places]
        assert (np.abs(gradient) / np.sqrt(curvature)).max() < 0.02


def test_functions_of_the_discrepancy_are_orthogonal_under_the_noise(joint: Prepared) -> None:
    """The projector is the regression on the functions: of each function it gives that coefficient alone."""
    design, _, preconditioner = joint
    centring = preconditioner.centring
    assert design.basis is not None
    functions = design.basis.features(design.log_inputs, design.family) @ centring.turn
    np.testing.assert_allclose(centring.turn.T @ centring.turn, np.eye(len(centring.turn)), atol=1e-9)
    determined = centring.weights > 1e-3
    assert determined.any()
    product = centring.projector.T @ functions
    np.testing.assert_allclose(product[:, determined][determined], np.eye(determined.sum()), atol=1e-6)


def test_weights_are_centred_by_what_the_data_determine(joint: Prepared) -> None:
    """Centre a coefficient by the share of its prior variance that the data explain."""
    weights = joint[2].centring.weights
    assert (weights >= 0).all()
    assert (weights <= 1).all()
    assert (np.diff(weights) >= -1e-12).all()  # in the order of information
    assert weights[-1] > 0.5
    assert weights[0] < 0.5


@pytest.mark.parametrize(("name", "discrepancy"), [("chinchilla", False), ("joint", True)])
def test_scale_index_is_the_place_of_the_log_scale(name: str, discrepancy: bool) -> None:
    design = make_design(read_runs(simulated_runs()), Spec(law(name), discrepancy=discrepancy))
    density = density_of(design)
    place = scale_index(design, density)
    if not discrepancy:
        assert place == -1
        return
    point = np.zeros(density.size)
    point[place] = 7.0
    assert density.unpack(point)["log_discrepancy"] == 7.0


def test_mode_predicts_the_data_to_their_noise(plain: Prepared) -> None:
    """Simulated noise has a standard deviation of 0.005."""
    design, density, preconditioner = plain
    mode = preconditioner.coordinates.centres[:1][None]
    functions, _ = from_draws(design, inverse(design, density.unpack(mode), preconditioner.centring))
    residual, _ = functions.at_data()
    assert np.std(residual) == pytest.approx(0.005, rel=0.3)


@pytest.mark.slow
def test_families_of_two_rows_do_not_have_their_floors_at_the_edge() -> None:
    """Over levels the joint mode puts the floors of all families where their prior's continuation begins."""
    design = design_of(small_families(13, 2), discrepancy=True)
    density = density_of(design)
    preconditioner = laplace_preconditioner(design, density)
    point = preconditioner.coordinates.points(np.zeros(density.size))
    values = inverse(design, density.unpack(point[None, None]), preconditioner.centring)
    fractions = from_draws(design, values)[0].natural["E"][0, 0] / design.min_loss
    assert fractions.max() < 0.85
    largest = np.linalg.eigvalsh(negative_hessian(density, preconditioner, point))
    assert largest[0] > -10  # at a jump of the gradient, differences have curvatures of -80,000


def test_modes_are_searched_once_for_a_preview_and_its_fit(joint: Prepared) -> None:
    design, density, _ = joint
    first = laplace_preconditioner(design, density)
    same = make_design(read_runs(simulated_runs()), Spec(law("joint"), discrepancy=True))
    assert laplace_preconditioner(same, density) is first


def test_other_losses_of_the_same_layout_have_other_modes(joint: Prepared) -> None:
    design, density, _ = joint
    first = laplace_preconditioner(design, density)
    runs = simulated_runs().assign(loss=lambda table: table["loss"] * 1.1)
    other = make_design(read_runs(runs), Spec(law("joint"), discrepancy=True))
    assert other.layout.key() == design.layout.key()
    assert not np.array_equal(laplace_preconditioner(other, density).coordinates.centres, first.coordinates.centres)
