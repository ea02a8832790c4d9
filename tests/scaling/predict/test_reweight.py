"""Test re-weighted posteriors against sampling, and when re-weighting is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.draws.importance import resampled
from bayescale.core.serialization import fact
from bayescale.data.reading import read_runs
from bayescale.loading import load
from bayescale.scaling.checks.convergence import publication_gate
from bayescale.scaling.fit import fit
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import design_from_tree, to_tree, variables_from_tree
from bayescale.scaling.predict.added_rows import Extension, Refused, extended
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.predict.log_likelihood import log_likelihood
from bayescale.scaling.predict.reweight import Reweighted, added_log_likelihood, reweighted, weighted
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.log_density import to_points
from bayescale.scaling.sampling.retries import sample_posterior
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import TRUTH, MadeUp, simulated_runs

type Array = NDArray[np.float64]

CHECKPOINTS = simulated_runs().assign(
    run=[f"{'ab'[i // 25]}{i % 25 // 5}" for i in range(50)],
    step=np.arange(50),
    n_params=lambda table: table.groupby("run")["n_params"].transform("first"),  # a run has one size
)


NEW = {"family": "a", "run": "new", "n_params": 3e8, "n_tokens": 9e9}


def with_run(times: float, **changed: object) -> pd.DataFrame:
    """The simulated runs and one more, its loss so many times what the law says."""
    run: dict[str, Any] = {**NEW, **changed}
    inputs = {name: run[name] for name in ("n_params", "n_tokens")}
    loss = float(law("chinchilla").predict(inputs, TRUTH[run["family"]])) * times
    return pd.concat([simulated_runs(), pd.DataFrame([{**run, "loss": loss}])], ignore_index=True)


def update(fitted: Fit, table: pd.DataFrame) -> Reweighted:
    found = reweighted(fitted.posterior, read_runs(table))
    assert isinstance(found, Reweighted), found
    return found


@pytest.fixture(scope="module")
def sampled_fit() -> Fit:
    """Consecutive draws, from which resampling takes enough different ones."""
    return fit(simulated_runs(), "chinchilla", discrepancy=False, random_seed=1)


@pytest.mark.parametrize(("times", "moved"), [(1.002, False), (0.94, True)], ids=["typical", "surprising"])
def test_reweighting_agrees_with_sampling(sampled_fit: Fit, times: float, moved: bool) -> None:
    """Every reported quantile within Monte Carlo error of NUTS on the same frozen design."""
    from arviz_stats.base import array_stats

    table = with_run(times)
    found = update(sampled_fit, table)
    assert bool(found.moves) == moved
    assert found.tree["sample_stats"]["source_draw"].to_numpy().max() < sampled_fit.posterior.n_draws
    longer = extended(sampled_fit.posterior.design, read_runs(table))
    assert isinstance(longer, Extension)
    again = to_tree(longer.design, sample_posterior(longer.design, Sampler(), 5, False), Sampler(), 5)
    scores, shifts = [], []
    for name in ("E", "A", "alpha", "B", "beta", "noise_floor", "noise_slope", "noise_df", "population", "spread"):
        ours, theirs, before = (_columns(tree, name) for tree in (found.tree, again, sampled_fit.tree))
        for prob in (0.05, 0.5, 0.95):
            axes = {"prob": prob, "chain_axis": 0, "draw_axis": 1}
            error = np.hypot(*(array_stats.mcse(one, method="quantile", **axes) for one in (ours, theirs)))
            middle = [np.quantile(one, prob, axis=(0, 1)) for one in (ours, theirs, before)]
            scores.append((middle[0] - middle[1]) / error)
            shifts.append((middle[2] - middle[1]) / error)
    z = np.concatenate(scores)
    assert np.abs(z).max() < 4
    assert np.sqrt(np.mean(z**2)) < 1.4
    if moved:  # contrast: the posterior before would not do
        assert np.abs(np.concatenate(shifts)).max() > 6


def _columns(tree: xr.DataTree, name: str) -> Array:
    values = tree["posterior"][name].to_numpy()
    return np.asarray(values.reshape(*values.shape[:2], -1))


def test_no_added_rows_give_equal_weights(plain_fit: Fit) -> None:
    values = variables_from_tree(plain_fit.tree, plain_fit.posterior.design)
    nothing = Extension(design_from_tree(plain_fit.tree), np.array([], dtype=np.int64))
    found, n_draws = weighted(nothing, values), plain_fit.posterior.n_draws
    assert found.moves == ()
    assert found.weights.effective_size == n_draws
    np.testing.assert_array_equal(found.points, to_points(values))
    np.testing.assert_array_equal(resampled(found.weights, np.random.default_rng(1)), np.arange(n_draws))


def test_new_rows_of_a_run_count_given_its_old_ones(made_up: MadeUp) -> None:
    """Given the rows that were there: they share the run's effect and its tail."""
    spec = Spec(law("chinchilla"), discrepancy=False)
    old = make_design(read_runs(CHECKPOINTS.drop(index=[4, 17, 18])), spec)
    longer = extended(old, read_runs(CHECKPOINTS))
    assert isinstance(longer, Extension)
    assert {*longer.design.row[longer.added].tolist()} == {5, 18, 19}  # numbered from 1
    values = made_up(old).values  # noqa: PD011
    whole = from_draws(longer.design, values)[0]
    short = replace(longer.design, scaled_response=old.scaled_response, log_inputs=old.log_inputs, family=old.family)
    before = replace(whole, design=replace(short, run=old.run, row=old.row))
    expected = log_likelihood(whole).sum(axis=-1) - log_likelihood(before).sum(axis=-1)
    np.testing.assert_allclose(added_log_likelihood(whole, longer.added), expected, atol=1e-9)


def test_runs_that_contradict_the_posterior_are_refused(plain_fit: Fit) -> None:
    table = simulated_runs()
    other = simulated_runs(seed=9).assign(run=[f"other{i}" for i in range(50)], loss=lambda t: t["loss"] * 1.1)
    found = reweighted(plain_fit.posterior, read_runs(pd.concat([table, other], ignore_index=True)))
    assert isinstance(found, Refused)
    assert "too far for its draws" in found.reason
    assert not (found.pareto_k <= 0.7 and found.effective_size >= 400)


def test_a_reweighted_tree_is_a_posterior(plain_fit: Fit, tmp_path: Path) -> None:
    runs = read_runs(with_run(1.002))
    found = reweighted(plain_fit.posterior, runs)
    assert isinstance(found, Reweighted)
    gate = publication_gate(found.tree)
    assert [(result.check, result.passed) for result in gate.results] == [
        ("Pareto k̂ of the weights", True),
        ("effective size of the weights", True),
    ]
    assert gate.results[0].value == found.pareto_k
    assert gate.results[1].value == found.effective_size
    assert "alpha[a]" in gate.quantities.index
    assert fact(found.tree, "attempt") == "re-weighted"
    assert fact(found.tree, "data_digest") == runs.digest
    assert fact(found.tree, "weighted_from") == {"data_digest": fact(plain_fit.tree, "data_digest"), "random_seed": 1}
    assert fact(found.tree, "predictive_seed") == fact(plain_fit.tree, "predictive_seed")
    assert found.tree["log_likelihood"].sizes["run"] == 51
    fitted = Fit(found.tree)
    assert fitted.check().passed
    fitted.save(tmp_path / "fit.nc")
    again, target = load(tmp_path / "fit.nc"), [{**NEW, "run": None}]
    assert isinstance(again, Fit)
    pd.testing.assert_frame_equal(again.forecast(target).table, fitted.forecast(target).table)
    twice = reweighted(Posterior(found.tree), runs)
    assert isinstance(twice, Refused)
    assert "re-weighted already" in twice.reason


def test_a_gate_of_weights_can_fail(plain_fit: Fit) -> None:
    tree = update(plain_fit, with_run(1.002)).tree
    tree.attrs |= {"bayescale_pareto_k": "0.9", "bayescale_effective_size": "120.0"}
    assert [result.passed for result in publication_gate(tree).results] == [False, False]
