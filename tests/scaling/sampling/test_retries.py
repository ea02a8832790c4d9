"""Attempts at a posterior: what they take up, and when they end."""

from typing import Any

import numpy as np
import pytest

from bayescale.data.reading import read_runs
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior_tree import tree_of_draws
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.sampling import retries
from bayescale.scaling.sampling.compilation import Density
from bayescale.scaling.sampling.nuts import Chains, NoDraws, run_chains
from bayescale.scaling.sampling.preconditioner import Preconditioner
from bayescale.scaling.sampling.retries import judged_quantities, sample_posterior
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp, simulated_runs
from tests.scaling.sampling.small_families import design_of, small_families


def test_small_families_are_fitted_by_pooling() -> None:
    sampler = Sampler(draws=1000, tune=400, chains=2, attempts=1)
    draws = sample_posterior(design_of(small_families(8, 3)), sampler, 1, False)
    assert draws.diagnosis.rhat < 1.05
    assert draws.diagnosis.divergences <= 0.01 * 2000


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count", "rows"), [("joint", 13, 2), ("chinchilla", 13, 3), ("chinchilla", 18, 2)])
def test_many_small_families_pass_within_two_attempts(name: str, count: int, rows: int) -> None:
    """Where modes have their floors at the edge, first attempts take 130 to 340 steps a draw, and some fits fail."""
    sampler = Sampler(attempts=2)
    draws = sample_posterior(design_of(small_families(count, rows), name, discrepancy=True), sampler, 1, False)
    assert draws.diagnosis.passed
    assert draws.stats["n_steps"].mean() < 80


def test_attempts_end_when_gradients_are_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    depths = []

    def chains_of_deep_trees(density: Density, preconditioner: Preconditioner, sampler: Sampler, *more: Any) -> Chains:
        depths.append(more[-1])
        rng, shape = np.random.default_rng(len(depths)), (sampler.chains, sampler.draws)
        steps, diverging = np.full(shape, 800), np.ones(shape, dtype=bool)
        stats = {"n_steps": steps, "diverging": diverging, "energy": rng.standard_normal(shape)}
        return Chains(rng.standard_normal((*shape, density.size)), stats)

    monkeypatch.setattr(retries, "run_chains", chains_of_deep_trees)
    monkeypatch.setattr(retries, "LONG_TREES", 1000)
    draws = sample_posterior(design_of(small_families(2, 6)), Sampler(draws=100, tune=100, chains=2), 1, False)
    assert not draws.diagnosis.passed
    assert depths == [10, 9]


def test_an_attempt_that_is_merely_short_goes_on() -> None:
    sampler = Sampler(draws=350, tune=300, chains=2, attempts=1)
    draws = sample_posterior(design_of(small_families(2, 12)), sampler, 1, False)
    chains = draws.values["noise"].shape[0]
    assert chains in (4, 6)
    assert draws.stats["diverging"].shape == (chains, 350)
    assert f"{chains * 350:,} draws ({chains} chains of 350)" in draws.notes[0]


def test_a_continuation_without_draws_keeps_those_before(monkeypatch: pytest.MonkeyPatch) -> None:
    sampled: list[int] = []

    def first_chains_only(*arguments: Any) -> Chains:
        sampled.append(len(arguments))
        if len(sampled) > 1:
            raise NoDraws("the sampler gave up")
        return run_chains(*arguments)

    monkeypatch.setattr(retries, "run_chains", first_chains_only)
    sampler = Sampler(draws=350, tune=300, chains=2, attempts=1)
    draws = sample_posterior(design_of(small_families(2, 12)), sampler, 1, False)
    assert len(sampled) == 2
    assert draws.values["noise"].shape[:2] == (2, 350)
    assert not draws.diagnosis.passed


def test_retries_judge_everything_that_is_published(made_up: MadeUp) -> None:
    """Otherwise draws could pass without another attempt and fail the gate of the checks."""
    design = make_design(read_runs(simulated_runs()), Spec(law("joint")))
    values = made_up(design).values
    judged = judged_quantities(values, from_draws(design, values)[0])
    columns = {column.tobytes() for value in judged.values() for column in value.reshape(60, -1).T}
    published = tree_of_draws(design, values, made_up(design).stats)["posterior"].data_vars
    for name, variable in published.items():
        if name != "coordinate":  # drawn from, and not reported
            assert {column.tobytes() for column in variable.to_numpy().reshape(60, -1).T} <= columns, name
