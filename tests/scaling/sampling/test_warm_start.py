"""Starting from an earlier posterior's draws: other coordinates, the same posterior, and a way back where they do not
suit."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from arviz_stats.base import array_stats

from bayescale.core.serialization import fact
from bayescale.data.reading import read_runs
from bayescale.errors import ChecksFailed
from bayescale.scaling.fit import fit
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.sampling import retries
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.diagnostics import Diagnosis
from bayescale.scaling.sampling.reparametrization import inverse
from bayescale.scaling.sampling.retries import chains_roughly_agree, sample_posterior
from bayescale.scaling.sampling.sampler import AFTER_AGREEMENT, AFTER_SHORT_TREES, Draws, RetryStep, Sampler
from bayescale.scaling.sampling.warm_start import WarmStart, preconditioner_from_draws, sampler_points, warm_start_of
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.registry import law
from tests.conftest import simulated_runs

SAMPLER = Sampler(draws=1500, tune=300, chains=2)  # of 500, the first attempt failed at 8 of 8 seeds


@dataclass(frozen=True)
class Grown:
    """Two designs, the second with a larger run; draws of the first, and of the second from nothing."""

    before: Design
    after: Design
    earlier: Draws
    cold: Draws

    @property
    def start(self) -> WarmStart:
        return WarmStart(self.before, self.earlier.values)


@pytest.fixture(
    scope="module", params=[False, pytest.param(True, marks=pytest.mark.slow)], ids=["law alone", "with discrepancy"]
)
def grown(request: pytest.FixtureRequest) -> Grown:
    runs = simulated_runs()
    largest = (runs["n_params"] * runs["n_tokens"]).idxmax()
    spec = Spec(law("joint" if request.param else "chinchilla"), discrepancy=request.param)
    before, after = (make_design(read_runs(table), spec) for table in (runs.drop(index=largest), runs))
    return Grown(before, after, sample_posterior(before, SAMPLER, 1, False), sample_posterior(after, SAMPLER, 2, False))


def _scores(warm: Draws, cold: Draws) -> np.ndarray:
    """Differences of medians over their Monte Carlo errors: of levels, noise and population."""
    out = []
    for name in ("level", "noise", "population"):
        pair = warm.values[name], cold.values[name]
        errors = [array_stats.mcse(value, method="median", chain_axis=0, draw_axis=1) for value in pair]
        medians = [np.median(value, axis=(0, 1)) for value in pair]
        out.append(((medians[0] - medians[1]) / np.hypot(*errors)).ravel())
    return np.concatenate(out)


def test_warm_and_cold_starts_agree(grown: Grown) -> None:
    warm = sample_posterior(grown.after, SAMPLER, 3, False, grown.start)
    assert warm.warm
    assert not grown.cold.warm
    assert warm.diagnosis.passed
    scores = _scores(warm, grown.cold)
    assert np.sqrt(np.mean(scores**2)) < 2.0
    assert np.abs(scores).max() < 4.5


@pytest.mark.parametrize("fault", ["shifted", pytest.param("narrow", marks=pytest.mark.slow)])
def test_a_misleading_start_does_not_change_the_posterior(grown: Grown, fault: str) -> None:
    values = {}
    for name, value in grown.earlier.values.items():
        middle, width = value.mean(axis=(0, 1)), value.std(axis=(0, 1))
        values[name] = value + 4 * width if fault == "shifted" else middle + 0.2 * (value - middle)
    draws = sample_posterior(grown.after, SAMPLER, 3, False, WarmStart(grown.before, values))
    assert draws.diagnosis.passed
    scores = _scores(draws, grown.cold)
    assert np.sqrt(np.mean(scores**2)) < 2.0
    assert np.abs(scores).max() < 4.5


def test_sampler_points_stand_for_the_draws(grown: Grown) -> None:
    density = density_of(grown.before)
    preconditioner = preconditioner_from_draws(grown.before, density, grown.start)
    assert preconditioner is not None
    for centring in (default_centring(grown.before), preconditioner.centring):
        points = sampler_points(grown.before, density, grown.earlier.values, centring)
        shaped = points.reshape(*grown.earlier.values["noise"].shape[:2], -1)
        back = inverse(grown.before, density.unpack(shaped), centring)
        for name, value in grown.earlier.values.items():
            assert back[name] == pytest.approx(value, abs=1e-8), name


def test_unsuitable_draws_give_no_warm_start(grown: Grown) -> None:
    density = density_of(grown.after)
    few = {name: value[:, :20] for name, value in grown.earlier.values.items()}
    assert preconditioner_from_draws(grown.after, density, WarmStart(grown.before, few)) is None
    still = {name: np.zeros_like(value) + value[:1, :1] for name, value in grown.earlier.values.items()}
    assert preconditioner_from_draws(grown.after, density, WarmStart(grown.before, still)) is None
    beyond = {**grown.earlier.values, "noise": grown.earlier.values["noise"] + 1e4}
    assert preconditioner_from_draws(grown.after, density, WarmStart(grown.before, beyond)) is None
    renamed = replace(grown.before, families=tuple(f"{name}2" for name in grown.before.families))
    assert preconditioner_from_draws(grown.after, density, WarmStart(renamed, grown.earlier.values)) is None
    other_law = replace(grown.before.spec.law, priors={"alpha": lognormal(0.2, 0.1)})
    other = replace(grown.before, spec=replace(grown.before.spec, law=other_law))
    assert preconditioner_from_draws(grown.after, density, WarmStart(other, grown.earlier.values)) is None


def test_only_a_converged_fit_gives_a_warm_start() -> None:
    runs = simulated_runs()
    plain: dict[str, Any] = {"discrepancy": False, "noise": "constant", "sampler": SAMPLER, "random_seed": 1}
    first = fit(runs.iloc[1:], "chinchilla", **plain)
    second = fit(runs, "chinchilla", start=first, **plain)
    assert [fact(fitted.tree, "warm") for fitted in (first, second)] == [False, True]
    apart = first.tree.copy()
    apart["posterior"] = apart["posterior"].to_dataset().map(lambda draws: draws + draws["chain"] * abs(draws).max())
    assert warm_start_of(first.posterior) is not None
    assert warm_start_of(Posterior(apart)) is None


@pytest.mark.parametrize(("short_trees", "step"), [(24, AFTER_SHORT_TREES[0]), (0, AFTER_AGREEMENT[0])])
def test_a_retry_keeps_coordinates_of_short_trees_and_takes_others_from_draws(
    short_trees: int, step: RetryStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too few draws to pass, though their chains agree: the next attempt knows where to sample."""
    monkeypatch.setattr(retries, "SHORT_TREES", short_trees)
    few = Sampler(draws=150, tune=200, chains=2, attempts=2)
    with pytest.raises(ChecksFailed) as failed:
        fit(simulated_runs(), "chinchilla", discrepancy=False, sampler=few, random_seed=1)
    assert fact(failed.value.fit.tree, "attempt") == step.name
    assert fact(failed.value.fit.tree, "warm") is False  # of no earlier posterior


@pytest.mark.parametrize(("rhat", "divergences", "good"), [(1.05, 10, True), (1.3, 0, False), (1.01, 100, False)])
def test_chains_agree_roughly_by_rhat_and_divergences(rhat: float, divergences: int, good: bool) -> None:
    stats = {"diverging": np.zeros((4, 1000), dtype=bool)}
    assert chains_roughly_agree(Draws({}, stats, Diagnosis(rhat, 300.0, 300.0, divergences, 0.5), "one")) is good
