"""Is a list of laws one fit, whose forecasts mix the laws by weights that held-back runs gave them?"""

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
from bayescale.scaling.evaluation.stacking import stack
from bayescale.scaling.predict.forecast import log_density
from bayescale.scaling.result import Fit
from tests.conftest import TRUTH, simulated_runs

LAWS = ["chinchilla", "kaplan_params"]
TARGETS = [{"family": "a", "n_params": 1e11, "n_tokens": 2e12}, {"n_params": 2e10, "n_tokens": 1e12}]
SHORT = bs.Sampler(draws=250, tune=300)


@pytest.fixture(scope="module")
def stacked() -> Fit:
    return bs.fit(simulated_runs(n=16), LAWS, discrepancy=False, noise="constant", sampler=SHORT, random_seed=1)


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
    own = {name: member.forecast(TARGETS).dataset for name, member in stacked.members.items()}
    length = both.sizes["draw"]
    from_law = {}
    for name, dataset in own.items():
        kept = np.linspace(0, dataset.sizes["draw"] - 1, length).round().astype(int)
        from_law[name] = (dataset["law"].to_numpy()[:, kept] == both["law"].to_numpy()).all(axis=-1)
    assert (sum(from_law.values()) == 1).all()
    weights = stacked.weights.set_index("law")["weight"]
    for name, mine in from_law.items():
        assert mine.mean() == pytest.approx(weights[name], abs=1 / length)


def test_densities_mix_too(stacked: Fit) -> None:
    observed = [2.0, 2.1]
    mixture = np.exp(log_density(stacked, TARGETS, observed))
    weights = stacked.weights.set_index("law")["weight"]
    parts = [weights[n] * np.exp(log_density(m, TARGETS, observed)) for n, m in stacked.members.items()]
    np.testing.assert_allclose(mixture, sum(parts))


def test_two_answers_of_a_stack_come_from_the_same_laws(stacked: Fit) -> None:
    joint = stacked.mix(lambda posterior: Fit(posterior.tree).forecast(TARGETS).dataset)
    xr_first = stacked.mix(lambda posterior: Fit(posterior.tree).forecast(TARGETS[:1]).dataset)
    np.testing.assert_allclose(joint["law"][..., 0], xr_first["law"][..., 0])


def test_checks_trends_and_reports_speak_of_every_law(stacked: Fit) -> None:
    checks = stacked.check(TARGETS)
    assert {name.split(":")[0] for name in checks.table["check"]} == set(LAWS)
    assert stacked.trend("n_params", 1e8, 1e10, {"n_tokens": 1e11, "family": "a"}).table["falls"].iloc[0] > 0.99
    content = loss_report(stacked, stacked.forecast(TARGETS), checks, title="two laws")
    assert len(content.part(Table, "weights").records) == 2
    assert {part.name for part in content.parts if isinstance(part, Equation)} == {f"latex_{name}" for name in LAWS}
    assert "kaplan_params" in to_json(content)
    with pytest.raises(InputError, match="stack of chinchilla, kaplan_params"):
        _ = stacked.law


def test_too_few_runs_to_hold_back_weigh_equally() -> None:
    """Seven small runs and a large one: a weight that rested on it would be its accident."""
    table = simulated_runs({"a": TRUTH["a"]}, n=7)
    one = table.head(1).assign(run="large", n_params=1e13, n_tokens=1e13)
    found = bs.fit(pd.concat([table, one]), LAWS, noise="constant", discrepancy=False, random_seed=1)
    assert found.weights["weight"].tolist() == [0.5, 0.5]
    assert any("no more than 1 larger" in note for note in found.notes)


def test_a_stack_of_laws_that_do_not_belong_together_is_refused() -> None:
    with pytest.raises(InputError, match="different responses"):
        bs.fit(simulated_runs(n=6), ["chinchilla", "downstream_error"])
    with pytest.raises(InputError, match="none twice"):
        bs.fit(simulated_runs(n=6), ["chinchilla", "chinchilla"])


def scored(runs: int, better: float) -> pd.DataFrame:
    """Points of two laws; the first has `better` nats more on every run."""
    each = pd.DataFrame({"family": "a", "run": [f"r{i}" for i in range(runs)], "cut": 1.0, "row": range(runs)})
    noise = np.random.default_rng(1).normal(size=runs)
    return pd.concat([each.assign(law="one", log_score=noise + better), each.assign(law="two", log_score=noise)])


def test_weights_move_with_the_evidence_and_not_before() -> None:
    few, many = (stack(scored(runs, 0.05)).table.set_index("law") for runs in (4, 400))
    assert 0.45 < few.loc["one", "weight"] < 0.55
    assert few.loc["one", "upper"] - few.loc["one", "lower"] > 0.8
    assert many.loc["one", "weight"] > 0.85
    assert many.loc["one", "lower"] > few.loc["one", "lower"]


def test_weights_of_two_laws_are_those_of_an_exact_integral() -> None:
    points = scored(30, 0.0)
    rng = np.random.default_rng(3)
    points["log_score"] += rng.normal(size=len(points))
    wide = points.pivot_table("log_score", "run", "law")
    density = np.exp(wide.to_numpy() - wide.to_numpy().max(axis=1, keepdims=True))
    grid = (np.arange(20_000) + 0.5) / 20_000
    likelihood = np.log(grid[:, None] * density[:, 0] + (1 - grid[:, None]) * density[:, 1]).sum(axis=1)
    posterior = np.exp(likelihood - likelihood.max())
    exact = (posterior * grid).sum() / posterior.sum()
    assert stack(points).table.set_index("law").loc["one", "weight"] == pytest.approx(exact, abs=0.02)
