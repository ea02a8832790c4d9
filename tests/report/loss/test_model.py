"""The model in a report: formula, facts and parameters, against the draws of the posterior."""

import json

import numpy as np
import pytest

from bayescale.core.serialization import frozen
from bayescale.report.elements import Equation, Facts
from bayescale.report.loss.model import COMMON, model_parts, parameters_tables
from bayescale.report.tables import Table
from bayescale.scaling.result import Fit
from bayescale.scaling_laws.priors.prior_table import QUANTITIES
from tests.golden import golden


def test_the_law_is_described(plain_fit: Fit) -> None:
    equation, facts, *_ = model_parts(plain_fit, 0.9)
    assert isinstance(equation, Equation)
    assert equation.latex == r"L = E + A\,N^{-\alpha} + B\,D^{-\beta}"
    assert isinstance(facts, Facts)
    assert facts.facts["Law"] == "chinchilla (L1)"
    assert "2203.15556" in facts.facts["Source"]
    assert facts.facts["Families"] == "E, A, alpha, B, beta partially pooled over families"
    assert facts.facts["Discrepancy"].startswith("none")


def test_each_way_of_pooling_is_named(plain_fit: Fit) -> None:
    spec = json.loads(plain_fit.tree.attrs["bayescale_spec"])
    tree = plain_fit.tree.copy()
    pooling = {"alpha": "shared", "beta": "shared", "E": "free"}
    tree.attrs = {**plain_fit.tree.attrs, **frozen({"spec": {**spec, "pooling": pooling, "noise": "constant"}})}
    facts = model_parts(Fit(tree), 0.9)[1]
    assert isinstance(facts, Facts)
    assert facts.facts["Families"] == (
        "A, B partially pooled over families; alpha, beta shared by all families; E separate for each family"
    )
    assert "grows" not in facts.facts["Noise"]


@pytest.mark.parametrize("prob", [0.5, 0.9])
def test_parameters_are_quantiles_of_the_draws(plain_fit: Fit, prob: float) -> None:
    (table,) = parameters_tables(plain_fit, prob)
    assert table.caption == f"Parameters by family: median and {100 * prob:.4g} % interval"
    assert table.columns == ("family", "E", "A", "alpha", "B", "beta")
    assert [row[0] for row in table.rows] == ["a", "b"]
    assert len(table.records) == 10
    for record in table.records:
        draws = plain_fit.tree["posterior"][str(record["parameter"])].sel(family=record["family"]).to_numpy()
        expected = np.quantile(draws, [0.5, (1 - prob) / 2, (1 + prob) / 2])
        np.testing.assert_allclose([record[name] for name in ("median", "lower", "upper")], expected, rtol=1e-6)
        cell = table.rows["ab".index(str(record["family"]))][table.columns.index(str(record["parameter"]))]
        median, lower, upper = (
            float(text) for text in cell.strip(")").replace("(", "").replace("to\u00a0", "").split()
        )
        np.testing.assert_allclose([median, lower, upper], expected, rtol=1e-3)


def test_noise_is_common_to_all_families(plain_fit: Fit, joint_fit: Fit) -> None:
    def names(fit: Fit) -> list[object]:
        (common,) = [part for part in model_parts(fit, 0.9) if isinstance(part, Table) and part.name == "common"]
        return [record["parameter"] for record in common.records]

    assert names(plain_fit) == ["noise_floor", "noise_slope", "noise_growth", "noise_df"]
    assert {name for name in names(joint_fit) if "discrepancy" in str(name)}
    facts = model_parts(joint_fit, 0.9)[1]
    assert isinstance(facts, Facts)
    assert facts.facts["Discrepancy"].startswith("a smooth function")


def test_the_priors_are_named(plain_fit: Fit) -> None:
    _, facts, *_ = model_parts(plain_fit, 0.9)
    assert isinstance(facts, Facts)
    assert facts.facts["Priors"] == plain_fit.posterior.design.spec.priors.description


def test_common_parameters_have_a_meaning_and_their_scale(plain_fit: Fit) -> None:
    for fit, scale in (
        (plain_fit, "on the logarithm of the response"),
        (Fit(golden("link").tree), "in units of 0.133 of the response"),
    ):
        (common,) = [part for part in model_parts(fit, 0.9) if isinstance(part, Table) and part.name == "common"]
        assert scale in common.caption
        meanings = [row[common.columns.index("meaning")] for row in common.rows]
        assert len(meanings) == len(common.records) >= 2
        assert all(meanings)


def test_every_common_parameter_is_explained() -> None:
    assert {name for name in QUANTITIES if name.startswith(("noise_", "discrepancy_"))} == set(COMMON)
