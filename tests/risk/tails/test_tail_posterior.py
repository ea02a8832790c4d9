"""The posterior of a tail: transformations and integrals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from bayescale.risk.tails.tail import Tail
from bayescale.risk.tails.tail_posterior import from_psi, to_psi


@given(st.floats(1e-12, 1 - 1e-9))
def test_psi_is_inverted_and_keeps_order(p: float) -> None:
    assert from_psi(to_psi(p)) == pytest.approx(p, rel=1e-9)
    assert to_psi(p) < to_psi(min(p * 1.01 + 1e-12, 1.0))


def test_psi_at_0_and_1() -> None:
    assert to_psi([0.0, np.exp(-1), 1.0]).tolist() == [-np.inf, 0.0, np.inf]
    assert from_psi([-np.inf, 0.0, np.inf]).tolist() == [0.0, pytest.approx(np.exp(-1)), 1.0]


def test_mean_above_the_threshold_is_an_integral() -> None:
    for slope, threshold in ((-0.4, -3.0), (-1.0, -1.5), (-2.5, 0.3)):
        tail = Tail(100, threshold, np.array([1.0]), slope, slope * -threshold + np.log(0.05), 1e-4, "")
        above, _ = quad(
            lambda x, s=slope, u=threshold: -s * np.exp(s * x) * float(from_psi(u + x)), 0, np.inf, epsabs=1e-13
        )
        mean = 0.95 * 1e-4 + 0.05 * above
        assert tail.aggregate_risk(1000).line[0] == pytest.approx(1 - (1 - mean) ** 1000, rel=1e-8)
