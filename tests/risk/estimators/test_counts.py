"""Validation of counts for exact estimators."""

import numpy as np
import pytest

import bayescale as bs
from bayescale.errors import InputError
from tests.risk.simulation import until_success


def test_exact_estimators_refuse_stopped_attempts() -> None:
    rng = np.random.default_rng(10)
    table = until_success(rng, rng.beta(0.6, 3, 60), 40)
    n, s = table["attempts"].to_numpy(), table["successes"].to_numpy()
    with pytest.raises(InputError, match="design='until_success'"):
        bs.mean_pass_at_k(n, s, 1)
    with pytest.raises(InputError, match="depends on outcomes"):
        bs.pass_at_k(n, s, 1, design="adaptive")
    assert bs.mean_pass_at_k(n, s, 1, design="fixed").value == pytest.approx((s / n).mean())
    assert bs.pass_at_k(5, 1, 1) == pytest.approx(0.2)  # one problem shows no design
