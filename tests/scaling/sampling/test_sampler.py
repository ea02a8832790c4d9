"""Many small families are fitted by pooling; what cannot be fitted is refused before sampling, with the cause."""

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.data.runs import read_runs
from bayescale.errors import ChecksFailed, InputError
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.sampling import retries
from bayescale.scaling.sampling.compilation import Density, density_of
from bayescale.scaling.sampling.mode_search import determined_parameters, noise_below_prior
from bayescale.scaling.sampling.noiseless_rows import require_scatter
from bayescale.scaling.sampling.nuts import Chains, NoDraws, initial_coordinate, is_finite_at, run_chains
from bayescale.scaling.sampling.preconditioner import Preconditioner, laplace_preconditioner
from bayescale.scaling.sampling.progress import Silent
from bayescale.scaling.sampling.retries import sample_posterior
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling.single_law import _refusal, make_spec, require_pooled
from bayescale.scaling_laws.registry import law

TRUTH = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 410.0, "beta": 0.28}


def small_families(count: int, rows: int, noise: float = 0.005, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    inputs = {"n_params": 10 ** rng.uniform(7.5, 9.5, count * rows), "n_tokens": 10 ** rng.uniform(9, 11, count * rows)}
    loss = law("chinchilla").predict(inputs, TRUTH) + noise * rng.standard_normal(count * rows)
    return pd.DataFrame({"family": np.repeat([f"f{i}" for i in range(count)], rows), **inputs, "loss": loss})


def design_of(table: pd.DataFrame, name: str = "chinchilla", discrepancy: bool = False) -> Design:
    return make_design(read_runs(table), make_spec(name, "family", discrepancy, "growing", None))


def test_start_of_small_families_is_finite_and_their_noise_is_not_zero() -> None:
    design = design_of(small_families(8, 3))
    density = density_of(design)
    preconditioner = laplace_preconditioner(design, density)
    assert noise_below_prior(design, density, preconditioner.coordinates.centres[0]) < 4
    assert all(
        is_finite_at(density, preconditioner, initial_coordinate(density, preconditioner, seed)) for seed in range(20)
    )


def test_small_families_are_fitted_by_pooling() -> None:
    sampler = Sampler(draws=1000, tune=400, chains=2, attempts=1)
    draws = sample_posterior(design_of(small_families(8, 3)), sampler, 1, False)
    assert draws.diagnosis.rhat < 1.05
    assert draws.diagnosis.divergences <= 0.01 * 2000


def test_rows_determine_no_more_parameters_than_there_are() -> None:
    assert determined_parameters(100, 40) == 20
    assert determined_parameters(40, 40) == 20
    assert 19 < determined_parameters(24, 68) < 24
    found = [determined_parameters(rows, 68) for rows in range(1, 100)]
    assert found == sorted(found)


def test_families_of_one_row_are_refused_with_the_way_out() -> None:
    table = small_families(14, 1)
    with pytest.raises(InputError, match=r"no family in .* has two rows.*family=None"):
        bs.fit(table, law="chinchilla", progress=False)
    shared = dict.fromkeys(law("chinchilla").parameter_names, "shared")
    for spec in (
        make_spec("chinchilla", None, True, "growing", None),
        make_spec("chinchilla", "", True, "growing", None),
        make_spec("chinchilla", "family", True, "growing", shared),  # type: ignore[arg-type]
    ):
        require_pooled(make_design(read_runs(table), spec), "here")


def test_one_family_of_two_rows_is_enough_to_try() -> None:
    table = small_families(6, 1)
    more = pd.concat([table, table.iloc[:1].assign(n_params=3e8, n_tokens=2e10, loss=2.9)])
    require_pooled(design_of(more), "here")


@pytest.mark.parametrize(("count", "discrepancy"), [(1, False), (1, True), (3, False)])
def test_rows_without_noise_are_refused_before_sampling(count: int, discrepancy: bool) -> None:
    table = small_families(count, 24, noise=0.0)
    with pytest.raises(InputError, match=r"exactly.*calculated from a law, not measured.*add noise"):
        bs.fit(table, law="chinchilla", discrepancy=discrepancy, progress=False)


def test_little_noise_is_not_refused() -> None:
    design = design_of(small_families(1, 24, noise=0.001))
    laplace_preconditioner(design, density_of(design))


def test_rows_no_more_than_parameters_are_noted_before_sampling() -> None:
    assert any("3 rows for the 5 parameters" in note for note in design_of(small_families(1, 3)).notes)
    assert any("fewer rows than the 5 parameters" in note for note in design_of(small_families(8, 3)).notes)
    assert not any("parameters" in note and "rows" in note for note in design_of(small_families(2, 9)).notes)


def test_a_density_that_is_nowhere_finite_gives_no_draws_and_no_foreign_exception() -> None:
    design = design_of(small_families(2, 6))
    density = density_of(design)
    preconditioner = laplace_preconditioner(design, density)
    preconditioner.data["rows"][:, 0] = np.nan
    with pytest.raises(NoDraws, match="not finite"):
        run_chains(density, preconditioner, Sampler(), "diag", 1, Silent(), "test")


def test_a_sampler_that_gives_up_raises_no_foreign_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    import nutpie

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("All initialization points failed\n\nStack backtrace:\n 0: <unknown>")

    monkeypatch.setattr(nutpie, "sample", fails)
    with pytest.raises(ChecksFailed, match="All initialization points failed") as caught:
        bs.fit(small_families(2, 6), law="chinchilla", discrepancy=False, progress=False)
    assert "backtrace" not in str(caught.value)
    assert caught.value.fit is None


FAILS_AND_ENDS = """
import numpy as np, pandas as pd
from tests.scaling.sampling.test_sampler import design_of, small_families
from bayescale.scaling.sampling import nuts
from bayescale.scaling.sampling.progress import Silent
from bayescale.scaling.sampling.preconditioner import laplace_preconditioner
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.sampler import Sampler
design = design_of(small_families(2, 6))
density = density_of(design)
preconditioner = laplace_preconditioner(design, density)
nuts.initial_coordinate = lambda density, preconditioner, seed: np.full(density.size, np.nan)
try:
    nuts.run_chains(density, preconditioner, Sampler(), "diag", 1, Silent(), "test")
except nuts.NoDraws as error:
    print("no draws:", "initialization" in str(error))
"""


def test_a_process_whose_chains_failed_ends_without_a_signal() -> None:
    done = subprocess.run([sys.executable, "-c", FAILS_AND_ENDS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "no draws: True"), done.stderr


def test_the_spread_of_floors_is_looked_for_where_the_posterior_has_it() -> None:
    design = design_of(small_families(18, 3))
    density = density_of(design)
    spreads = density.unpack(laplace_preconditioner(design, density).coordinates.centres[0])["log_spread"]
    assert np.abs(spreads - [-2.84, -3.36, -3.43, -3.24, -3.37]).max() < 1  # means of a long run's draws


@pytest.mark.parametrize("name", ["chinchilla", "joint"])
@pytest.mark.parametrize(("count", "rows"), [(18, 3), (3, 24), (1, 8)])
def test_rows_without_noise_are_refused_before_anything_is_compiled(count: int, rows: int, name: str) -> None:
    with pytest.raises(InputError, match="calculated from a law, not measured"):
        require_scatter(design_of(small_families(count, rows, noise=0.0), name))


def test_families_that_differ_without_noise_are_refused() -> None:
    table = small_families(3, 24, noise=0.0)
    table["loss"] *= table["family"].map({"f0": 1.0, "f1": 1.1, "f2": 0.93})
    with pytest.raises(InputError, match="calculated from a law, not measured"):
        require_scatter(design_of(table))


def test_rows_that_no_curve_could_miss_are_not_refused() -> None:
    few = small_families(1, 6)
    again = pd.concat(
        [few.assign(run="first", seed=1), few.assign(run="second", seed=2)], ignore_index=True
    )  # measured twice, alike: still six points for five parameters
    require_scatter(design_of(again))
    require_scatter(design_of(small_families(3, 24, noise=0.0005)))
    one_measured = small_families(3, 24, noise=0.0)
    one_measured.loc[:23, "loss"] *= np.exp(0.005 * np.random.default_rng(1).standard_normal(24))
    require_scatter(design_of(one_measured))


def test_attempts_end_with_the_gradients_that_a_fit_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_refusal_of_few_rows_names_what_would_help() -> None:
    message = _refusal(design_of(small_families(8, 3)), ["R-hat"], "the last")
    assert "24 rows of 8 families for 5 parameters of each" in message
    assert '"alpha": "shared", "beta": "shared"' in message
    assert "rows of" not in _refusal(design_of(small_families(2, 24)), ["R-hat"], "the last")
