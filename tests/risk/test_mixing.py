"""Mixing laws: priors, weights and names."""

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.risk.mixing import MIXINGS, NEVER, mixings


@pytest.mark.parametrize("name", sorted(MIXINGS))
def test_mass_is_a_distribution_at_prior_draws(name: str) -> None:
    law = MIXINGS[name]
    z = np.random.default_rng(1).standard_normal((400, len(law.coordinates)))
    parameters = law.parameters(z)
    mass, zero = law.mass(parameters)
    np.testing.assert_allclose(mass.sum(axis=1) + zero, 1.0, atol=1e-9)
    assert (mass >= 0).all()
    if NEVER in parameters:
        assert (zero >= parameters[NEVER] - 1e-9).all()


def test_prior_weights_sum_to_one() -> None:
    assert sum(law.weight for law in mixings()) == pytest.approx(1)
    assert [law.weight for law in mixings(["beta", "logit_normal"])] == [0.5, 0.5]
    with pytest.raises(InputError, match="Did you mean 'beta'"):
        mixings("betta")
    with pytest.raises(InputError, match="at least one"):
        mixings([])
