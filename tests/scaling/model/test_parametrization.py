"""The level at the centre of the data is that of floor, power terms and formula together."""

import numpy as np
import pytest

import bayescale as bs
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.parametrization import FamilyParameters, with_family_level
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.draws import centre_of, from_draws
from bayescale.scaling_laws.law import Law
from tests.scaling.model.law_cases import PENALTY, runs_of

DRAWS = 50


@pytest.fixture
def design() -> Design:
    return make_design(bs.read_runs(runs_of(PENALTY)), Spec(PENALTY, discrepancy=False))


def drawn(design: Design, log_level: float) -> dict[str, np.ndarray]:
    """Coordinates around the priors' medians (1, draw, …), all at one level."""
    rng, layout = np.random.default_rng(5), design.layout
    sizes = {"population": len(layout.population), "log_spread": len(layout.pooled), "noise": len(layout.noise_names)}
    values = {name: 0.3 * rng.standard_normal((1, DRAWS, size)) - 1 for name, size in sizes.items()}
    values["member"] = 0.3 * rng.standard_normal((1, DRAWS, len(layout.members), layout.n_families)) - 1
    return {**values, "level": np.full((1, DRAWS, layout.n_families), log_level)}


def test_law_at_the_centre_is_the_level_whatever_the_formula_adds(design: Design) -> None:
    law: Law = design.spec.law
    functions, _ = from_draws(design, drawn(design, np.log(2.3)))
    assert np.ptp(functions.natural["k"]) > 0.1
    np.testing.assert_allclose(law.evaluate(centre_of(design), functions.natural), 2.3, rtol=1e-12)


def test_reducible_part_is_all_above_the_floor(design: Design) -> None:
    functions, _ = from_draws(design, drawn(design, np.log(2.3)))
    np.testing.assert_allclose(functions.natural["E"] + functions.reducible, 2.3, rtol=1e-12)


def test_a_level_at_the_centre_of_a_family_is_the_law_there(design: Design) -> None:
    law: Law = design.spec.law
    functions, _ = from_draws(design, drawn(design, np.log(2.3)))
    own = {name: np.array([0.4, 2.0]) * value for name, value in centre_of(design).items()}
    level = np.full(functions.reducible.shape, 2.3)
    taken = FamilyParameters(dict(functions.natural), level, functions.reducible, design.min_loss)
    moved = with_family_level(design.layout, taken, centre_of(design), own, np)
    np.testing.assert_allclose(law.evaluate(own, moved.natural), 2.3, rtol=1e-12)
    np.testing.assert_allclose(law.evaluate(centre_of(design), moved.natural), moved.level, rtol=1e-12)
    assert np.ptp(moved.level) > 0.01
