"""A stack of laws: its tree, its forecasts as mixtures, and equal weights without enough held-back runs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.errors import InputError
from bayescale.report.elements import Equation
from bayescale.report.loss.content import loss_report
from bayescale.report.render.json import to_json
from bayescale.report.tables import Table
from bayescale.scaling.predict.predictive import log_density
from bayescale.scaling.result import Fit
from bayescale.scaling_laws.link import Scale
from tests.golden import golden
from tests.simulation import TRUTH, simulated_runs

LAWS = ["chinchilla", "kaplan_params"]
TARGETS = [{"family": "a", "n_params": 1e11, "n_tokens": 2e12}, {"n_params": 2e10, "n_tokens": 1e12}]


@pytest.fixture(scope="module")
def stacked() -> Fit:
    return golden("stack")


def test_the_tree_holds_every_law_and_its_weight(stacked: Fit, tmp_path: Path) -> None:
    assert list(stacked.tree["members"].children) == LAWS
    assert stacked.weights["weight"].sum() == pytest.approx(1)
    assert stacked.weights.set_index("law").loc["chinchilla", "weight"] > 0.8  # the truth
    assert (stacked.weights["lower"] <= stacked.weights["weight"]).all()
    assert any("held back" in note for note in stacked.notes)
    assert not any("widened" in note for note in stacked.notes)  # the true law's intervals held
    assert set(stacked.summary()["law"]) == set(LAWS)
    stacked.save(tmp_path / "stack.nc")
    again = bs.load(tmp_path / "stack.nc")
    pd.testing.assert_frame_equal(again.forecast(TARGETS).table, stacked.forecast(TARGETS).table)
    pd.testing.assert_frame_equal(again.weights, stacked.weights)


def test_forecasts_mix_draws_by_weight(stacked: Fit) -> None:
    """Every draw is one member's, whole, and each member gives its share."""
    both = stacked.forecast(TARGETS).dataset
    of_member = {name: member.forecast(TARGETS).dataset for name, member in stacked.members.items()}
    length = both.sizes["draw"]
    from_law = {}
    for name, dataset in of_member.items():
        places = np.linspace(0, dataset.sizes["draw"] - 1, length).round().astype(int)
        from_law[name] = (dataset["law"].to_numpy()[:, places] == both["law"].to_numpy()).all(axis=-1)
    assert (sum(from_law.values()) == 1).all()
    weights = stacked.weights.set_index("law")["weight"]
    for name, is_from in from_law.items():
        assert is_from.mean() == pytest.approx(weights[name], abs=1 / length)


def test_densities_mix_too(stacked: Fit) -> None:
    observed = [2.0, 2.1]
    mixture = np.exp(log_density(stacked, TARGETS, observed))
    weights = stacked.weights.set_index("law")["weight"]
    parts = [weights[n] * np.exp(log_density(m, TARGETS, observed)) for n, m in stacked.members.items()]
    np.testing.assert_allclose(mixture, sum(parts))


def test_two_forecasts_of_a_stack_mix_the_same_draws(stacked: Fit) -> None:
    joint = stacked.mix(lambda posterior: Fit(posterior.tree).forecast(TARGETS).dataset)
    xr_first = stacked.mix(lambda posterior: Fit(posterior.tree).forecast(TARGETS[:1]).dataset)
    np.testing.assert_allclose(joint["law"][..., 0], xr_first["law"][..., 0])


def test_checks_trends_and_reports_cover_every_law(stacked: Fit) -> None:
    checks = stacked.check(TARGETS)
    assert {name.split(":")[0] for name in checks.table["check"]} == set(LAWS)
    assert stacked.trend("n_params", 1e8, 1e10, {"n_tokens": 1e11, "family": "a"}).table["falls"].iloc[0] > 0.99
    content = loss_report(stacked, stacked.forecast(TARGETS), checks, title="two laws")
    assert len(content.part(Table, "weights").records) == 2
    assert {part.name for part in content.parts if isinstance(part, Equation)} == {f"latex_{name}" for name in LAWS}
    assert "kaplan_params" in to_json(content)
    with pytest.raises(InputError, match="stack of chinchilla, kaplan_params"):
        _ = stacked.law


def test_too_few_held_back_runs_give_equal_weights() -> None:
    """Seven small runs and a large one, which does not deteris_from weights."""
    table = simulated_runs({"a": TRUTH["a"]}, n=7)
    large = table.head(1).assign(run="large", n_params=1e13, n_tokens=1e13)
    fit = bs.fit(pd.concat([table, large]), LAWS, noise="constant", discrepancy=False, random_seed=1)
    assert fit.weights["weight"].tolist() == [0.5, 0.5]
    assert any("no more than 1 larger" in note for note in fit.notes)


def test_a_stack_of_different_responses_is_refused() -> None:
    with pytest.raises(InputError, match="different responses"):
        bs.fit(simulated_runs(n=6), ["chinchilla", "downstream_error"])
    with pytest.raises(InputError, match="none twice"):
        bs.fit(simulated_runs(n=6), ["chinchilla", "chinchilla"])


@pytest.mark.slow
def test_laws_on_different_scales_are_weighed_on_the_same_response() -> None:
    """One curve on the logarithm and on the response itself; noise is small, so that both say the same of a run."""
    rng = np.random.default_rng(1)
    sizes = np.exp(np.linspace(np.log(1e7), np.log(1e10), 30))
    loss = 12.0 * (sizes / 1e7) ** -0.3 * np.exp(0.005 * rng.standard_normal(30))  # from 12 down to 1.5 nats
    on_log = bs.law("kaplan_params")
    on_loss = replace(on_log, name="kaplan_params_linear", scale=Scale("identity"))
    sampler = bs.Sampler(draws=400, tune=400)
    table = pd.DataFrame({"n_params": sizes, "loss": loss})
    fit = bs.fit(table, [on_log, on_loss], discrepancy=False, sampler=sampler, random_seed=1, progress=False)
    weights = fit.weights.set_index("law")
    assert weights["weight"].sum() == pytest.approx(1)
    assert weights["weight"].between(0.1, 0.9).all()
    assert abs(weights["log_score"].diff().iloc[-1]) < 0.5, weights  # on each law's own scale they differ by 1.5
    forecast = fit.forecast([{"n_params": 3e10}]).table.iloc[0]
    assert forecast["law_median"] == pytest.approx(12.0 * 3e3**-0.3, rel=0.03)
