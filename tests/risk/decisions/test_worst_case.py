"""The worst of many prompts, and fleets of users."""

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.risk.result import Risk


def test_worst_of_and_fleet(risk: Risk) -> None:
    new = risk.at([100]).dataset["new"].to_numpy()[0, :, :, 0]
    worst = risk.worst_of(5, 100)
    assert worst["expected"].to_numpy() == pytest.approx((1 - (1 - new) ** 5).mean(axis=0))
    found = risk.fleet(1000, 100)
    assert found["median"].to_numpy() == pytest.approx(1000 * np.median(new, axis=0))
    assert (found["any_median"] >= worst["median"]).all()
    with pytest.raises(InputError, match="prompts=0"):
        risk.worst_of(0, 100)
