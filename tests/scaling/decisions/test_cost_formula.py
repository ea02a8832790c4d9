"""Test compute by a formula against the usual cost and closed forms."""

import numpy as np
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import InputError, LawError
from bayescale.scaling.decisions.allocation import allocate
from bayescale.scaling.decisions.cost_formula import read_compute_cost
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp, simulated_runs
from tests.golden import golden

USUAL = "6 * n_params * n_tokens"


def test_the_usual_formula_gives_the_usual_answers(plain_fit: Fit) -> None:
    usual = plain_fit.allocate([1e20, 1e23], family="a").table
    by_formula = plain_fit.allocate([1e20, 1e23], family="a", cost=USUAL).table
    for name in ("n_params_median", "n_tokens_lower", "tokens_per_param_median", "loss_upper"):
        np.testing.assert_allclose(by_formula[name], usual[name], rtol=1e-4)
    usual = plain_fit.required([2.3, 2.6], family="a").table
    by_formula = plain_fit.required([2.3, 2.6], family="a", cost=USUAL).table
    np.testing.assert_allclose(by_formula["flops_median"], usual["flops_median"], rtol=1e-3)


def test_more_expensive_data_moves_the_optimum_to_larger_models(plain_fit: Fit) -> None:
    """With 6·N·D + k·D the optimum has fewer tokens than without the data's own cost."""
    cheap = plain_fit.allocate(1e21, family="a", cost=USUAL).table
    dear = plain_fit.allocate(1e21, family="a", cost=f"{USUAL} + 1e10 * n_tokens").table
    assert dear["n_tokens_median"][0] < cheap["n_tokens_median"][0]
    spent = (6 * dear["n_params_median"] + 1e10) * dear["n_tokens_median"]
    assert spent[0] == pytest.approx(1e21, rel=0.01)


@pytest.mark.parametrize("formula", [USUAL, "6 * n_params * n_tokens**1.2 + n_params**2"])
def test_sizes_and_data_spend_the_budget(plain_fit: Fit, formula: str) -> None:
    cost = read_compute_cost(plain_fit, 0.0, formula, None)
    data = np.geomspace(1e6, 1e10, 5)
    size = cost.size(np.asarray(1e21), data)
    inside = size > 1.01e4
    np.testing.assert_allclose(cost.flops(size, data)[inside], 1e21, rtol=1e-6)
    at_ratio = cost.size_at_ratio(np.asarray(1e21), 20.0)
    assert cost.flops(at_ratio, 20 * at_ratio) == pytest.approx(1e21)
    assert cost.flops(np.asarray(1e4), cost.most_data(np.asarray(1e21))) == pytest.approx(1e21)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("6 * n_params * examples", "'examples' is not an input"),
        ("6 * n_params", "exactly two inputs"),
        ("6 * n_params / n_tokens", "grows with n_tokens"),
        ("6 * n_params * ", "not valid arithmetic"),
        ("__import__('os')", "cost:"),
    ],
)
def test_formulas_that_are_no_cost_are_refused(plain_fit: Fit, formula: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        plain_fit.allocate(1e21, family="a", cost=formula)


def test_a_formula_excludes_other_statements_of_cost(plain_fit: Fit) -> None:
    with pytest.raises(InputError, match="give one"):
        plain_fit.allocate(1e21, family="a", cost=USUAL, tokens_served=1e12)
    with pytest.raises(LawError, match="n_params"):
        golden("link").allocate(1e21)


def test_a_formula_is_the_cost_of_a_law_without_training_tokens(made_up: MadeUp) -> None:
    """A / (N^alpha D^beta) at fixed N·D is best at an end: with all compute in size where alpha exceeds beta."""
    runs = simulated_runs().rename(columns={"n_tokens": "n_finetune_tokens"})
    design = make_design(read_runs(runs), Spec(law("finetuning"), discrepancy=False))
    laws = FittedLaws(to_tree(design, made_up(design), Sampler(), 1))
    with pytest.raises(LawError, match="cost=, the compute as a formula of two inputs"):
        allocate(laws, 1e20, family="a")
    row = allocate(laws, 1e20, family="a", cost="6 * n_params * n_finetune_tokens").table.iloc[0]
    spent = 6 * row["n_params_median"] * row["n_finetune_tokens_median"]
    assert spent == pytest.approx(1e20, rel=0.05)
    assert "at the edge" in row["flag"]
