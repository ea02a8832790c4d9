"""A risk posterior is parsed once, and its parts agree with the tree."""

import numpy as np
import pandas as pd
import pytest

from bayescale.errors import StoredPosteriorError
from bayescale.risk import posterior as module
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.result import Risk


def test_tree_is_parsed_once_for_several_decisions(risk: Risk, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    parse = module.problems_from_tree
    monkeypatch.setattr(module, "problems_from_tree", lambda tree: calls.append(1) or parse(tree))
    fresh = Risk(risk.tree)
    fresh.at([10])
    fresh.budget_for(0.5)
    fresh.worst_of(5, 100)
    fresh.next_attempts(100, 50)
    assert sum(calls) == 1


def test_mass_of_each_draw_sums_to_one(risk: Risk) -> None:
    laws = risk.law_draws(1)
    assert laws.mass.shape[0] == risk.n_draws
    np.testing.assert_allclose(laws.mass.sum(axis=1) + laws.zero, 1.0, atol=1e-9)


def test_first_draws_are_those_of_all(risk: Risk) -> None:
    np.testing.assert_array_equal(risk.law_draws(0, 50).mass, risk.law_draws(0).mass[:50])


def test_weights_of_laws_sum_to_one_in_each_group(risk: Risk) -> None:
    assert risk.laws.groupby("model")["weight"].sum().to_numpy() == pytest.approx([1, 1])
    assert risk.laws["common"].between(0, 1).sum() > 0
    assert sum(law.weight for law in risk.mixing_laws) == pytest.approx(1)


def test_random_streams_repeat_and_differ(risk: Risk) -> None:
    assert risk.random_generator(1, 2).random() == risk.random_generator(1, 2).random()
    assert risk.random_generator(1, 2).random() != risk.random_generator(1, 3).random()


def test_other_trees_are_refused(risk: Risk) -> None:
    tree = risk.tree.copy()
    tree.attrs = {name: value for name, value in tree.attrs.items() if not name.endswith("predictive_seed")}
    with pytest.raises(StoredPosteriorError, match="predictive_seed"):
        RiskPosterior(tree).predictive_seed  # noqa: B018


def test_counts_agree_with_the_trials(risk: Risk, table: pd.DataFrame) -> None:
    sums = table.groupby("model")[["attempts", "successes"]].sum()
    pd.testing.assert_frame_equal(risk.groups.set_index("model")[["attempts", "successes"]], sums, check_names=False)
