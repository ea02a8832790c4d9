"""Expressions, links and scales: composition and inverses."""

import numpy as np
import pytest

from bayescale.scaling_laws.expression import Link, Scale, floor, power, term
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal


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


def test_terms_add_to_powers_and_inputs_can_be_renamed() -> None:
    expression = floor("E") + power("A", "alpha", "flops") + term("k * flops") + term("c")
    assert expression.renamed("flops", "n_tokens").names == ("n_tokens", "k", "c")
    assert (floor("E") + term("k * x")).latex == "E + k\\,x"


@pytest.mark.parametrize("kind", ["log", "logit", "identity"])
def test_scale_inverts_itself_and_knows_its_domain(kind: str) -> None:
    scale = Scale(kind)  # type: ignore[arg-type]
    response = np.array([0.01, 0.3, 0.99])
    assert scale.inverse(scale.forward(response, np)) == pytest.approx(response)
    assert (
        list(scale.reaches(np.array([-1.0, 0.0, 0.5, 1.0, 2.0, np.nan])))
        == {
            "log": [False, False, True, True, True, False],
            "logit": [False, False, True, False, False, False],
            "identity": [True, True, True, True, True, False],
        }[kind]
    )


@pytest.mark.parametrize("kind", ["identity", "survival", "failure"])
def test_link_inverts_itself(kind: str) -> None:
    link = Link(kind)  # type: ignore[arg-type]
    latent = np.array([0.01, 0.3, 2.0])
    assert link.inverse(link.forward(latent, np)) == pytest.approx(latent)
