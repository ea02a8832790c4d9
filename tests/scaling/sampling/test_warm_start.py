"""Starting from an earlier posterior's draws: other coordinates, the same posterior, and a way back where they do not
suit."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from arviz_stats.base import array_stats

from bayescale.core.diagnostics import Diagnosis
from bayescale.core.serialization import fact
from bayescale.data.runs import read_runs
from bayescale.errors import ChecksFailed
from bayescale.scaling.fit import fit
from bayescale.scaling.model.design import Design, Spec, make_design
from bayescale.scaling.model.pymc_model import default_centring
from bayescale.scaling.sampling.reparametrization import coefficients, lift
from bayescale.scaling.sampling.sampler import MORE_CAREFUL, Draws, Sampler, density_of, draw, mixed
from bayescale.scaling.sampling.warm_start import Start, frame_from, sampler_points, start_of
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
    def start(self) -> Start:
        return Start(self.before, self.earlier.values)


@pytest.fixture(scope="module", params=[False, True], ids=["law alone", "with discrepancy"])
def grown(request: pytest.FixtureRequest) -> Grown:
    runs = simulated_runs()
    largest = (runs["n_params"] * runs["n_tokens"]).idxmax()
    spec = Spec(law("joint" if request.param else "chinchilla"), discrepancy=request.param)
    before, after = (make_design(read_runs(one), spec) for one in (runs.drop(index=largest), runs))
    return Grown(before, after, draw(before, SAMPLER, 1, False), draw(after, SAMPLER, 2, False))


def _scores(left: Draws, right: Draws) -> np.ndarray:
    """Differences of medians over their Monte Carlo errors: of levels, noise and population."""
    out = []
    for name in ("level", "noise", "population"):
        ours, theirs = left.values[name], right.values[name]
        errors = [array_stats.mcse(one, method="median", chain_axis=0, draw_axis=1) for one in (ours, theirs)]
        out.append((np.median(ours, axis=(0, 1)) - np.median(theirs, axis=(0, 1))) / np.hypot(*errors))
    return np.concatenate([one.ravel() for one in out])


def test_warm_and_cold_agree(grown: Grown) -> None:
    warm = draw(grown.after, SAMPLER, 3, False, grown.start)
    assert warm.warm
    assert not grown.cold.warm
    assert warm.diagnosis.passed
    scores = _scores(warm, grown.cold)
    assert np.sqrt(np.mean(scores**2)) < 2.0
    assert np.abs(scores).max() < 4.5


@pytest.mark.parametrize("fault", ["shifted", "narrow"])
def test_a_wrong_posterior_to_start_from_changes_no_answer(grown: Grown, fault: str) -> None:
    values = {}
    for name, value in grown.earlier.values.items():
        middle, width = value.mean(axis=(0, 1)), value.std(axis=(0, 1))
        values[name] = value + 4 * width if fault == "shifted" else middle + 0.2 * (value - middle)
    found = draw(grown.after, SAMPLER, 3, False, Start(grown.before, values))
    assert found.diagnosis.passed
    scores = _scores(found, grown.cold)
    assert np.sqrt(np.mean(scores**2)) < 2.0
    assert np.abs(scores).max() < 4.5


def test_points_are_what_the_sampler_lifts(grown: Grown) -> None:
    density = density_of(grown.before)
    frame = frame_from(grown.before, density, grown.start)
    assert frame is not None
    for centring in (default_centring(grown.before), frame.centring):
        points = sampler_points(grown.before, density, grown.earlier.values, centring)
        shaped = points.reshape(*grown.earlier.values["noise"].shape[:2], -1)
        back = lift(grown.before, density.unpack(shaped), centring)
        if "weight" in back:
            back["weight"] = coefficients(grown.before, back, centring)
        for name, value in grown.earlier.values.items():
            assert back[name] == pytest.approx(value, abs=1e-8), name


def test_without_what_suits_it_starts_cold(grown: Grown) -> None:
    density = density_of(grown.after)
    few = {name: value[:, :20] for name, value in grown.earlier.values.items()}
    assert frame_from(grown.after, density, Start(grown.before, few)) is None
    still = {name: np.zeros_like(value) + value[:1, :1] for name, value in grown.earlier.values.items()}
    assert frame_from(grown.after, density, Start(grown.before, still)) is None
    beyond = {**grown.earlier.values, "noise": grown.earlier.values["noise"] + 1e4}
    assert frame_from(grown.after, density, Start(grown.before, beyond)) is None
    renamed = replace(grown.before, families=tuple(f"{name}2" for name in grown.before.families))
    assert frame_from(grown.after, density, Start(renamed, grown.earlier.values)) is None
    other = replace(grown.before, spec=replace(grown.before.spec, law=replace(grown.before.spec.law, source="else")))
    assert frame_from(grown.after, density, Start(other, grown.earlier.values)) is None


def test_a_fit_starts_warm_from_one_that_converged() -> None:
    runs = simulated_runs()
    plain: dict[str, Any] = {"discrepancy": False, "noise": "constant", "sampler": SAMPLER, "random_seed": 1}
    first = fit(runs.iloc[1:], "chinchilla", **plain)
    second = fit(runs, "chinchilla", start=first, **plain)
    assert [fact(one.tree, "warm") for one in (first, second)] == [False, True]
    apart = first.tree.copy()
    apart["posterior"] = apart["posterior"].to_dataset().map(lambda one: one + one["chain"] * abs(one).max())
    assert start_of(first.posterior) is not None
    assert start_of(apart) is None


def test_an_attempt_after_a_failed_one_goes_on_from_its_draws_where_chains_agreed() -> None:
    """Too few draws to pass, though their chains agree: the next attempt knows from them where to sample."""
    few = Sampler(draws=150, tune=200, chains=2, attempts=2)
    with pytest.raises(ChecksFailed) as failed:
        fit(simulated_runs(), "chinchilla", discrepancy=False, sampler=few, random_seed=1)
    assert fact(failed.value.fit.tree, "attempt") == MORE_CAREFUL[0].name
    assert fact(failed.value.fit.tree, "warm") is False  # of no earlier posterior


@pytest.mark.parametrize(("rhat", "divergences", "good"), [(1.05, 10, True), (1.3, 0, False), (1.01, 100, False)])
def test_draws_of_chains_that_disagree_or_diverge_are_not_gone_on_from(
    rhat: float, divergences: int, good: bool
) -> None:
    stats = {"diverging": np.zeros((4, 1000), dtype=bool)}
    assert mixed(Draws({}, stats, Diagnosis(rhat, 300.0, 300.0, divergences, 0.5), "one")) is good
