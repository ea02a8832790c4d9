"""Golden posteriors of risk pass their checks, and a fresh posterior agrees with them."""

import numpy as np
import pytest

from bayescale.core.serialization import fact
from bayescale.risk.posterior_tree import SCHEMA
from tests.golden import RISK_MAKERS, golden_risk


@pytest.mark.parametrize("name", RISK_MAKERS)
def test_golden_posteriors_of_risk_pass(name: str) -> None:
    risk = golden_risk(name)
    assert fact(risk.tree, "schema") == SCHEMA
    assert risk.check().passed


@pytest.mark.parametrize(
    "name", ["groups", *(pytest.param(name, marks=pytest.mark.slow) for name in RISK_MAKERS if name != "groups")]
)
def test_a_fresh_posterior_of_risk_agrees_with_its_golden_one(name: str) -> None:
    """The same seed draws the same points, but for rounding that differs between processors."""
    stored, fresh = golden_risk(name), RISK_MAKERS[name]()
    assert fresh.groups.equals(stored.groups)
    assert fresh.judge == stored.judge
    ours, theirs = (risk.at([1, 1000]).dataset["new"].to_numpy()[0] for risk in (stored, fresh))
    error = theirs.std(axis=0) * np.sqrt(2 / len(theirs))
    assert (np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) <= 4.5 * error + 1e-9).all()
    assert ours.std(axis=0) == pytest.approx(theirs.std(axis=0), rel=0.25, abs=1e-9)
