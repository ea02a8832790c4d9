"""The success of an average task, its inverse, and the parts of a posterior."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from bayescale.errors import InputError
from bayescale.horizon.posterior import logit_of_mean, mean_success
from tests.golden import golden_horizon


@pytest.mark.parametrize(("logit", "scale"), [(0.7, 0.0), (-2.0, 1.0), (3.0, 2.5), (-9.0, 6.0)])
def test_the_average_is_the_integral(logit: float, scale: float) -> None:
    exact = quad(lambda z: expit(logit + scale * z) * norm.pdf(z), -12, 12, epsabs=1e-12)[0]
    assert mean_success(np.array(logit), np.array(scale)) == pytest.approx(exact, rel=1e-6)


@given(st.floats(0.001, 0.999), st.floats(0, 8))
def test_the_logit_inverts_the_average(level: float, scale: float) -> None:
    logit = logit_of_mean(level, np.array([scale]))
    assert mean_success(logit, np.array([scale]))[0] == pytest.approx(level, rel=1e-6)


def test_half_of_the_average_tasks_is_half_of_the_median_task() -> None:
    horizon = golden_horizon("agents")
    assert horizon.log2_horizon(0.5) == pytest.approx(horizon.draws("log2_horizon"), abs=1e-9)
    assert (horizon.log2_horizon(0.8) < horizon.log2_horizon(0.5)).all()
    assert (horizon.log2_horizon(0.2) > horizon.log2_horizon(0.5)).all()


def test_agents_by_name() -> None:
    horizon = golden_horizon("agents")
    assert horizon.agents_at(["late", "early"]).tolist() == [4, 1]
    assert horizon.agents_at("weak").tolist() == [0]
    with pytest.raises(InputError, match=r"no agent is named 'lat'\. Did you mean 'late'"):
        horizon.agents_at(["lat"])
