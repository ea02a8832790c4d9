"""Simulation-based calibration of laws: coverage of their posteriors where law, priors and noise are true.

The whole way from data to forecasts is calibrated (Talts et al. 2018, arXiv 1804.06788): parameters from the joint
prior, data from the model, the default preconditioner, sampler and tree, and the ranks of the true values among
posterior draws, of parameters, the log-likelihood and forecasts. The true values go through the same tree as a
posterior of one draw, so that the quantities compared are those that are reported.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.calibration.prior_draws import Values, possible_draw, simulated
from bayescale.calibration.result import Calibration, SimulationResult, calibration, rank
from bayescale.calibration.simulated_design import design_of, targets_of
from bayescale.calibration.simulations import require_counts, run_simulations
from bayescale.core.arguments import checked
from bayescale.core.random import read_seed
from bayescale.errors import InputError
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.spec import Pooling
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.predict.forecast import NEW_FAMILY, forecast
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.diagnostics import Diagnosis
from bayescale.scaling.sampling.nuts import STATS
from bayescale.scaling.sampling.retries import sample_posterior
from bayescale.scaling.sampling.sampler import Draws, Sampler
from bayescale.scaling.single_law import make_spec
from bayescale.scaling_laws.law import Law, Noise
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.priors.prior_table import PriorTable

type Array = NDArray[np.float64]

DRAWS = 100  # of each posterior that a true value is ranked among: few enough to be nearly independent
POOR_RHAT = 1.05  # above it, or with fewer effective draws than are ranked, ranks mean little
LEAST_SIMULATIONS = 20
#: Four chains, as a fit has them: the gate passes where a law is sampled well.
SHORT = Sampler(draws=800, tune=150, cores=1, attempts=2)


@checked
def check_calibration(
    law: str | Law = "joint",
    runs: object = None,
    *,
    family: str | None = "family",
    discrepancy: bool = True,
    noise: Noise | None = None,
    pooling: Mapping[str, Pooling] | None = None,
    priors: Mapping[str, Prior] | PriorTable | None = None,
    n_families: int = 3,
    n_runs: int = 20,
    simulations: int = 100,
    sampler: Sampler | None = None,
    random_seed: int | None = None,
    cluster: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Calibration:
    """Simulate data from a law and its priors, fit them, and rank the true values among posterior draws.

    Parameters
    ----------
    law : str or Law, default "joint"
        The law.
    runs : Runs, table or path, optional
        Runs whose inputs, families and runs are used, and what a fit takes from its data (centre, least response, unit,
        basis); their responses are not used otherwise. None makes up runs over the ranges of the law.
    family, discrepancy, noise, pooling, priors
        As in `fit`.
    n_families, n_runs : int, default 3 and 20
        Number of families, and of runs of each, where `runs` is None.
    simulations : int, default 100
        Number of simulations.
    sampler : Sampler, optional
        How each posterior is sampled; by default briefly, with two attempts and the gate of the last recorded. Every
        simulation runs on one core.
    random_seed : int, optional
        Seed.
    cluster : str, optional
        None: a thread for every core of this machine; "local", or the address of a Dask scheduler.
    progress : callable, optional
        Called with a line after each simulation; None is silent.

    Returns
    -------
    Calibration
        Coverage, ranks and tests of uniformity, of parameters, log-likelihood and forecasts.

    Raises
    ------
    InputError
        If an argument cannot be used, or no simulation could be sampled.
    LawError
        If the law does not fit the runs, or its priors make no possible data.

    References
    ----------
    Talts et al. (2018), arXiv:1804.06788.
    """
    require_counts(
        {"n_families": (n_families, 1), "n_runs": (n_runs, 2), "simulations": (simulations, LEAST_SIMULATIONS)}
    )
    spec = make_spec(law, family, discrepancy, noise, pooling, priors)
    seed = read_seed(random_seed)
    design = design_of(spec, runs, n_families, n_runs)
    return calibrate_design(design, simulations, sampler or SHORT, seed, cluster, progress)


def calibrate_design(
    design: Design,
    simulations: int,
    sampler: Sampler = SHORT,
    random_seed: int = 0,
    cluster: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Calibration:
    """Calibrate the model of a design, with its inputs and the values it holds fixed.

    Parameters
    ----------
    design : Design
        The model and the inputs of its rows.
    simulations : int
        Number of simulations.
    sampler, random_seed, cluster, progress
        As in `check_calibration`.

    Returns
    -------
    Calibration
        As of `check_calibration`.

    Raises
    ------
    InputError
        If no simulation could be sampled.
    LawError
        If the priors make no possible data.
    """
    with np.errstate(all="ignore"):
        possible_draw(design, np.random.default_rng(random_seed))
    single_core, targets = replace(sampler, cores=1), targets_of(design)
    if cluster is None:
        density_of(design)  # compiled before threads ask for it
    jobs = [(design, targets, single_core, random_seed, index) for index in range(simulations)]
    results = run_simulations(simulate, jobs, progress, cluster)
    if not any(result.ranks for result in results):
        raise InputError(f"none of {simulations} simulations could be sampled: {results[0].why}")
    families = {"family": np.array(design.families, dtype=str)}
    return calibration(_description(design), results, DRAWS, families, random_seed)


def _description(design: Design) -> str:
    spec = design.spec
    parts = [
        f"law {spec.law.name!r}",
        f"{len(design.families)} families of {len(design.row)} runs in all",
        f"{spec.noise} noise",
        "with discrepancy" if spec.discrepancy else "no discrepancy",
    ]
    return ", ".join(parts)


def simulate(design: Design, targets: pd.DataFrame, sampler: Sampler, random_seed: int, index: int) -> SimulationResult:
    """Simulate data from a draw of the prior, sample their posterior, and rank the true values.

    Parameters
    ----------
    design : Design
        The model and the inputs of its rows.
    targets : pandas.DataFrame
        Targets whose forecasts are ranked, as of `targets_of`.
    sampler : Sampler
        How the posterior is sampled.
    random_seed, index : int
        Seed of the calibration, and number of the simulation.

    Returns
    -------
    SimulationResult
        The ranks, or why nothing could be sampled.
    """
    rng = np.random.default_rng(np.random.SeedSequence([random_seed, 0, index]))
    with np.errstate(all="ignore"):  # draws of a prior may overflow; impossible ones are drawn again
        truth, tries = possible_draw(design, rng)
        data = replace(design, scaled_response=simulated(design, truth, rng))
        fit_seed, *seeds = map(int, rng.integers(2**31, size=3))
        try:
            drawn = sample_posterior(data, sampler, fit_seed, False)
        except InputError as error:
            return SimulationResult({}, tries, False, str(error), True, {})
        true_values, drawn_values = (
            _quantities(data, values, sampler, seed, targets)
            for values, seed in zip((truth, _thinned(drawn.values)), seeds, strict=True)
        )
        ranks = {name: rank(true_values[name][0], value, rng) for name, value in drawn_values.items()}
    diagnosis = drawn.diagnosis
    poor = not (diagnosis.rhat <= POOR_RHAT and min(diagnosis.ess_bulk, diagnosis.ess_tail) >= DRAWS)
    why = "; ".join(diagnosis.failures)
    return SimulationResult(ranks, tries, diagnosis.passed, why, poor, diagnosis.figures)


def _thinned(values: Values) -> Values:
    """DRAWS draws (1, draw, …), evenly from all chains."""
    flat = {name: value.reshape(1, value.shape[0] * value.shape[1], *value.shape[2:]) for name, value in values.items()}
    length = next(iter(flat.values())).shape[1]
    places = np.linspace(0, length - 1, DRAWS).round().astype(int)
    return {name: value[:, places] for name, value in flat.items()}


def _quantities(
    design: Design, values: Values, sampler: Sampler, random_seed: int, targets: pd.DataFrame
) -> dict[str, Array]:
    """Quantities that a posterior with these draws (1, draw, …) reports: (draw,), or (draw, family)."""
    shape = next(iter(values.values())).shape[:2]
    stats: dict[str, Any] = {name: np.zeros(shape) for name in STATS}
    draws = Draws(values, stats, Diagnosis(1.0, np.inf, np.inf, 0, 1.0), "")
    tree = to_tree(design, draws, sampler, random_seed)
    posterior = tree["posterior"].to_dataset().isel(chain=0)
    layout = design.layout
    out = {name: posterior[name].to_numpy() for name in (*layout.law.parameter_names, *layout.noise_names)}
    for group, dim in (("population", "population_parameter"), ("spread", "pooled_parameter")):
        if group in posterior:
            names = posterior[dim].to_numpy()
            out |= {f"{group}_{name}": posterior[group].sel({dim: name}).to_numpy() for name in names}
    if layout.family_noise:
        out["noise_scale"] = posterior["noise_scale"].to_numpy()
    if design.basis is not None:
        out["discrepancy_scale"] = posterior["discrepancy_scale"].to_numpy()
    out["log_likelihood"] = tree["log_likelihood"]["log_likelihood"].sum("run").to_numpy()[0]
    return out | _forecasts(FittedLaws(tree), targets)


def _forecasts(laws: FittedLaws, targets: pd.DataFrame) -> dict[str, Array]:
    """Forecasts at the centre and far beyond, of every family and of a new one."""
    draws = forecast(laws, targets.drop(columns="place")).dataset.isel(chain=0)
    law, new = draws["law"].to_numpy(), draws["target_family"].to_numpy() == NEW_FAMILY
    places = {place: (targets["place"] == place).to_numpy() for place in ("centre", "far")}
    out = {f"law_{place}": law[:, here & ~new] for place, here in places.items()}
    out["run_far"] = draws["run"].to_numpy()[:, places["far"] & ~new]
    if new.any():
        out |= {f"law_{place}_new_family": law[:, here & new][:, 0] for place, here in places.items()}
    return out
