"""Gamma ratios against sums, which are exact for whole differences, and against SciPy where it is exact."""

import math

import numpy as np
import pytest
from scipy.special import gammaln, psi

from bayescale.risk.estimators.gamma_ratio import digamma_difference, log_gamma_ratio


@pytest.mark.parametrize("x", [1e-9, 0.1, 0.44, 3.0, 15.9, 16.0, 17.2, 1e3, 1e9, 1e12])
@pytest.mark.parametrize("a", [1, 5, 300])
def test_whole_differences_are_sums(x: float, a: int) -> None:
    logs, inverses = (math.fsum(f(x + j) for j in range(a)) for f in (math.log, lambda value: 1 / value))
    assert log_gamma_ratio(x, a) == pytest.approx(logs, rel=1e-13)
    assert digamma_difference(x, a) == pytest.approx(inverses, rel=1e-13)


def test_small_arguments_agree_with_scipy() -> None:
    x, a = np.meshgrid([0.1, 0.44, 3.0, 15.9, 16.0, 40.0], [0.0, 1e-9, 0.16, 0.5, 2.7])
    np.testing.assert_allclose(log_gamma_ratio(x, a), gammaln(x + a) - gammaln(x), atol=1e-13)
    np.testing.assert_allclose(digamma_difference(x, a), psi(x + a) - psi(x), atol=1e-14)


def test_a_small_difference_keeps_its_digits() -> None:
    # a · log x to first order in a
    assert log_gamma_ratio(1e12, 1e-9) == pytest.approx(1e-9 * math.log(1e12), rel=1e-9)
    assert digamma_difference(1e12, 1.0) == pytest.approx(1e-12, rel=1e-12)
