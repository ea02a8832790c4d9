"""Priors of scales are lognormal."""

import numpy as np
import pytest
from scipy.stats import norm

from bayescale.capability.priors import PRIORS


def test_the_log_density_is_that_of_a_normal_logarithm() -> None:
    prior, values = PRIORS.model_scale, np.array([-2.0, 0.3])
    expected = norm(prior.log_median, prior.spread).logpdf(values)
    assert np.diff(prior.log_density(values)) == pytest.approx(np.diff(expected))
