"""Weights of components: prior weight times evidence, group by group."""

import numpy as np
import pytest

from bayescale.risk.grid import PERFECT
from bayescale.risk.mixing import mixings
from bayescale.risk.sampling.component import Component, component_weights
from bayescale.risk.sampling.importance_sampling import ImportanceSample, Points


def component(law: int, log_evidence: list[float]) -> Component:
    """A component of which only the evidence is used."""
    points = Points(np.zeros((1, 1)), np.zeros(1), (), lambda z: np.zeros((2, len(z))), 2)
    sample = ImportanceSample(points, np.array(log_evidence), np.ones(2), np.ones(2))
    return Component(mixings(["beta", "logit_normal"])[law], PERFECT, sample)


def test_weights_are_prior_times_evidence() -> None:
    weights = component_weights([component(0, [0.0, 0.0]), component(1, [0.0, np.log(3)])])
    np.testing.assert_allclose(weights, [[0.5, 0.25], [0.5, 0.75]])
    assert component_weights([component(0, [-900.0, 5.0])]) == pytest.approx(np.ones((1, 2)))
