"""The compiled density is that of the public PyMC model, in value and gradient, for models of every form."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import bayescale as bs
from bayescale.calibration.simulated_design import design_of
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.starting_point import starting_point
from bayescale.scaling.single_law import make_spec
from tests.scaling.kernel.pymc_density import PyMCDensity

POINTS = 4
NAMES = list(bs.laws().index)


def assert_agrees(design: Design, seed: int = 0) -> None:
    """Compare at random points near the start, in coordinates that are centred at random."""
    rng = np.random.default_rng(seed)
    centring = default_centring(design)
    centring = replace(
        centring,
        members=rng.uniform(0, 1, centring.members.shape),
        term_weights=rng.uniform(0.2, 1, centring.term_weights.shape),
        population_weights=rng.uniform(0.2, 1, centring.population_weights.shape),
        weights=rng.uniform(0, 1, centring.weights.shape),
        projector=0.1 * rng.standard_normal(centring.projector.shape),
    )
    density, public = density_of(design), PyMCDensity(design, centring)
    assert (list(density.blocks), density.size) == (public.names, public.size)
    finite = 0
    for _ in range(POINTS):
        point = starting_point(design, density) + 0.2 * rng.standard_normal(density.size)
        with np.errstate(all="ignore"):
            (value, gradient), (expected, slope) = density(point, public.data), public(point)
        if np.isfinite(expected):
            finite += 1
            assert value == pytest.approx(expected, rel=1e-11)
            np.testing.assert_allclose(gradient, slope, rtol=1e-9, atol=1e-11 * np.abs(slope).max())
        else:
            assert not np.isfinite(value)
    assert finite


def simulated(law: str = "joint", families: int = 3, rows: int = 8, **settings: Any) -> Design:
    spec = make_spec(
        law,
        "family",
        settings.pop("discrepancy", True),
        settings.pop("noise", None),
        settings.pop("pooling", None),
        None,
    )
    return design_of(spec, None, families, rows)


@pytest.mark.parametrize("law", ["joint", "m4", "batch_trajectory", "float_training", "downstream_error", "u_shape"])
def test_density_is_that_of_the_public_model(law: str) -> None:
    assert_agrees(simulated(law))


@pytest.mark.slow
@pytest.mark.parametrize("law", NAMES)
def test_density_of_every_law_is_that_of_the_public_model(law: str) -> None:
    assert_agrees(simulated(law))


@pytest.mark.parametrize(
    "settings",
    [
        {"families": 1},
        {"families": 1, "discrepancy": False, "noise": "constant"},
        {"discrepancy": False},
        {"noise": "constant"},
        {"pooling": {"noise": "partial"}},
        {"pooling": {"noise": "partial"}, "discrepancy": False, "noise": "constant"},
        {"pooling": {"alpha": "free", "E": "free"}},
        {"pooling": {"alpha": "shared", "E": "shared", "q": "partial"}},
        {"pooling": {"E": "shared", "A": "shared", "B": "shared", "alpha": "shared", "beta": "shared"}},
    ],
    ids=str,
)
def test_every_pooling_and_noise(settings: dict[str, Any]) -> None:
    assert_agrees(simulated(**settings))


@pytest.mark.parametrize("families", [1, 2])
@pytest.mark.parametrize("drift", [False, True])
@pytest.mark.parametrize("noise", ["shared", "partial"])
def test_runs_of_several_rows(families: int, drift: bool, noise: str) -> None:
    design = simulated("chinchilla", families, 12, discrepancy=False, pooling={"noise": noise})
    run = np.arange(len(design.row)) // 3
    log_inputs = design.log_inputs if drift else design.log_inputs[run * 3]
    design = replace(design, runs=tuple(str(i) for i in range(run.max() + 1)), run=run, log_inputs=log_inputs)
    assert (design.layout.run_noise, design.layout.drift) == (True, drift)
    assert_agrees(design)
