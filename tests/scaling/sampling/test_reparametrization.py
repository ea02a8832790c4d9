"""Other coordinates of the same values: forward and inverse, and the density of both."""

import numpy as np
import pytest

from bayescale.data.reading import read_runs
from bayescale.scaling.model.centring import Centring, default_centring
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.preconditioner import laplace_preconditioner
from bayescale.scaling.sampling.reparametrization import forward, inverse
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp, simulated_runs


def test_density_is_the_same_in_every_centring() -> None:
    """The same point in other coordinates has the same density, up to the volume of the move."""
    design = make_design(read_runs(simulated_runs()), Spec(law("joint")))
    density = density_of(design)
    plain = default_centring(design)
    preconditioner = laplace_preconditioner(design, density)
    point = preconditioner.coordinates.points(np.zeros((1, 1, density.size)))
    values = inverse(design, density.unpack(point), preconditioner.centring)
    moved = density.flatten(forward(design, values, plain))
    log_spread = values["log_spread"][0, 0, design.layout.member_places, None]
    volume = np.sum((preconditioner.centring.members - plain.members) * log_spread)
    volume += np.sum((preconditioner.centring.weights - plain.weights) * values["log_discrepancy"][0, 0])
    there = density(point[0, 0], preconditioner.data)[0]
    assert density(moved, pack_data(design, plain))[0] - volume == pytest.approx(there, abs=1e-6)


def random_centring(design: Design) -> Centring:
    rng, layout = np.random.default_rng(4), design.layout
    members, weights = rng.random((len(layout.members), layout.n_families)), rng.random(layout.n_basis)
    turn = np.linalg.qr(rng.standard_normal((layout.n_basis, layout.n_basis)))[0]
    projector = 0.1 * rng.standard_normal((len(design.row), layout.n_basis))
    terms = len(layout.joined_terms)
    return Centring(members, rng.random((terms, layout.n_families)), rng.random(terms), weights, turn, projector)


def test_inverse_undoes_forward(made_up: MadeUp) -> None:
    design = make_design(read_runs(simulated_runs()), Spec(law("joint")))
    values = made_up(design).values
    centring = random_centring(design)
    sampled = forward(design, values, centring)
    assert np.abs(sampled["member"] - values["member"]).max() > 0.1
    assert np.abs(sampled["weight"] - values["weight"]).max() > 0.01
    back = inverse(design, sampled, centring)
    for name, value in values.items():
        np.testing.assert_allclose(back[name], value, atol=1e-9, err_msg=name)
