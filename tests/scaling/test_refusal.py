"""The message for a posterior that did not converge: what failed, and advice that suits the fit."""

import pytest

from bayescale.data.reading import read_runs
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.refusal import refusal
from bayescale.scaling_laws.registry import law
from tests.simulation import simulated_runs


@pytest.mark.parametrize(("name", "advised"), [("joint", True), ("chinchilla", False)])
def test_advice_suits_law_and_table(name: str, advised: bool) -> None:
    design = make_design(read_runs(simulated_runs()), Spec(law(name)))
    message = refusal(design, ["R-hat 1.2 is above 1.01"], "mode and curvature")
    assert f"law {name!r} did not converge (last attempt: mode and curvature)" in message
    assert "  - R-hat 1.2 is above 1.01" in message
    assert ("law='chinchilla'" in message) == advised
    assert "attribute `fit`" in message
    assert "attribute `fit`" not in refusal(design, [], "none", has_draws=False)


def test_families_of_few_rows_get_advice_on_pooling() -> None:
    rows = [
        {"family": family, "n_params": size, "n_tokens": 20 * size, "loss": 2 + (1e9 / size) ** 0.3}
        for family in "abcd"
        for size in (1e8, 1e9)
    ]
    message = refusal(make_design(read_runs(rows), Spec(law("chinchilla"))), ["failed"], "attempt")
    assert "more rows: 8 rows of 4 families for 5 parameters of each" in message
    assert '"alpha": "shared"' in message
