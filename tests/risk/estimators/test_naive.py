"""The plug-in estimator."""

import numpy as np

from bayescale.risk.estimators.exact import mean_pass_at_k
from bayescale.risk.estimators.naive import naive


def test_naive_is_the_plug_in_and_below_the_unbiased_estimate() -> None:
    found = naive([10, 20], [1, 5], [1, 10])
    np.testing.assert_allclose(found.value, [(0.1 + 0.25) / 2, 1 - (0.9**10 + 0.75**10) / 2])
    assert found.value[1] < mean_pass_at_k([10, 20], [1, 5], 10).value
    assert found.lower is None
    assert found.upper is None
