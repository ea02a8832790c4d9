"""Test comparisons of runs against forecasts, and what cancels in them."""

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.scaling.decisions.compare import compare, monte_carlo_error
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp, simulated_runs

A = {"family": "a", "n_params": 2e9, "n_tokens": 4e10}
B = {**A, "family": "b"}
BIGGER = {**A, "n_params": 2.2e9}


def test_compare_uses_the_draws_of_forecasts(joint_fit: Fit) -> None:
    found = compare(joint_fit, A, B, prob=0.8)
    both = joint_fit.forecast([A, B]).dataset
    for kind in ("law", "run"):
        one, other = both[kind].to_numpy()[..., 0], both[kind].to_numpy()[..., 1]
        np.testing.assert_allclose(found.dataset[f"{kind}_difference"][..., 0], one - other)
        row = found.table.iloc[0]
        assert row[f"{kind}_below"] == (one < other).mean()
        assert row[f"{kind}_difference_upper"] == pytest.approx(np.quantile(one - other, 0.9))
        assert row[f"{kind}_percent_median"] == pytest.approx(np.median(100 * (one / other - 1)))
    assert found.table["a_family"].tolist() == ["a"]
    assert found.table["b_n_params"].tolist() == [2e9]
    assert "80 %" in found._repr_html_()


def test_compare_cancels_shared_uncertainty(joint_fit: Fit) -> None:
    row = compare(joint_fit, BIGGER, A).table.iloc[0]
    losses = joint_fit.forecast([BIGGER, A]).dataset["law"].to_numpy()
    apart = np.sqrt(losses.reshape(-1, 2).var(axis=0).sum())  # were they independent
    assert row.law_difference_upper - row.law_difference_lower < 0.5 * 2 * 1.645 * apart
    assert row.law_below > 0.9


def test_single_runs_are_less_certain_than_averages(joint_fit: Fit) -> None:
    row = compare(joint_fit, BIGGER, A).table.iloc[0]
    assert abs(row.run_below - 0.5) < abs(row.law_below - 0.5)
    assert row.run_difference_upper - row.run_difference_lower > row.law_difference_upper - row.law_difference_lower


def test_compare_is_antisymmetric(joint_fit: Fit) -> None:
    there, back = compare(joint_fit, A, BIGGER).table.iloc[0], compare(joint_fit, BIGGER, A).table.iloc[0]
    assert there.law_below + back.law_below == pytest.approx(1)
    assert there.law_difference_median == pytest.approx(-back.law_difference_median, rel=1e-6)


def test_equal_targets_are_equally_probable(joint_fit: Fit) -> None:
    row = compare(joint_fit, A, A).table.iloc[0]
    assert row.law_below == 0.5
    assert row.run_below == pytest.approx(0.5, abs=4 * row.run_below_mcse)
    assert row.law_difference_lower == row.law_difference_upper == 0
    assert row.run_difference_lower < 0 < row.run_difference_upper


def test_compare_broadcasts_one_target(plain_fit: Fit) -> None:
    many = pd.DataFrame([A, B, BIGGER]).assign(name=["x", "y", "z"])
    table = compare(plain_fit, many, B).table
    assert table["a_name"].tolist() == ["x", "y", "z"]
    assert table["b_family"].tolist() == ["b"] * 3
    assert table["law_below"][1] == 0.5
    single = compare(plain_fit, A, B).table
    assert table["law_difference_median"][0] == pytest.approx(single["law_difference_median"][0], rel=1e-6)
    assert len(compare(plain_fit, B, many).table) == 3


def test_compare_accepts_different_family_columns(made_up: MadeUp) -> None:
    runs = read_runs(simulated_runs().rename(columns={"family": "model"}))
    design = make_design(runs, Spec(law("chinchilla"), family="model", discrepancy=False))
    tree = to_tree(design, made_up(design), Sampler(), 1)
    mine = {"model" if name == "family" else name: value for name, value in A.items()}
    nobody = {name: value for name, value in A.items() if name != "family"}
    table = compare(FittedLaws(tree), [mine, mine], [B, nobody]).table
    assert table["a_family"].tolist() == ["a", "a"]
    assert [one if isinstance(one, str) else None for one in table["b_family"]] == ["b", None]
    assert table["law_difference_median"][0] == compare(FittedLaws(tree), A, B).table["law_difference_median"][0]
    assert compare(FittedLaws(tree), mine, nobody).table["b_family"].isna().all()


def test_compare_flags_the_farther_target(plain_fit: Fit) -> None:
    table = compare(plain_fit, [A, A], [B, {**B, "n_tokens": 4e14}]).table
    assert table["flag"][0] == ""
    assert "beyond the data" in table["flag"][1]


def test_monte_carlo_error_grows_with_autocorrelation() -> None:
    rng = np.random.default_rng(1)
    fresh = (rng.random((4, 1000, 1)) < 0.3).astype(float)
    sticky = np.repeat(fresh[:, :100], 10, axis=1)
    assert monte_carlo_error(fresh)[0] == pytest.approx(np.sqrt(0.3 * 0.7 / 4000), rel=0.15)
    assert monte_carlo_error(sticky)[0] > 2 * monte_carlo_error(fresh)[0]
    assert monte_carlo_error(np.ones((4, 1000, 1))).tolist() == [1 / 4000]


def test_compare_refuses_wrong_arguments(plain_fit: Fit) -> None:
    with pytest.raises(InputError) as caught:
        compare(plain_fit, {**A, "family": "aa"}, {"family": "b", "n_params": -1.0})
    text = str(caught.value)
    assert "a: target 1: family 'aa'" in text
    assert "b: input 'n_tokens' is missing" in text
    assert "b: target 1: n_params=-1.0" in text
    with pytest.raises(InputError, match="a has 2 targets and b has 3"):
        compare(plain_fit, [A, A], [B, B, B])
    with pytest.raises(InputError, match="a: targets must be"):
        compare(plain_fit, [], B)
    with pytest.raises(InputError, match="prob="):
        compare(plain_fit, A, B, prob=90)
