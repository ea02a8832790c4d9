"""Expressions: quantities that are formulas, and renamed inputs."""

import numpy as np
import pytest

from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.terms import floor, power, term


def test_a_quantity_may_be_a_formula() -> None:
    worth = "n_unique_tokens * (1 + R * (1 - exp(-max(n_tokens / n_unique_tokens - 1, 0) / R)))"
    entry = Law("repeated", floor("E") + power("B", "beta", worth), priors={"R": lognormal(15.0, 0.6)})
    assert entry.inputs == ("n_unique_tokens", "n_tokens")
    parameters = {"E": 1.7, "B": 400.0, "beta": 0.3, "R": 15.0}
    inputs = {"n_unique_tokens": 1e9, "n_tokens": np.array([1e9, 4e9, 1e12, 1e14])}
    computed = ((entry.predict(inputs, parameters) - 1.7) / 400) ** (-1 / 0.3)
    assert computed[0] == pytest.approx(1e9)
    assert 3.6e9 < computed[1] < 4e9
    assert computed[3] == pytest.approx(16e9)


def test_an_input_can_be_renamed() -> None:
    expression = floor("E") + power("A", "alpha", "flops") + term("k * flops") + term("c")
    assert expression.renamed("flops", "n_tokens").names == ("n_tokens", "k", "c")
