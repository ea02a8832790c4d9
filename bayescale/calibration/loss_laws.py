"""Is a law's posterior right as often as it says when the law, its priors and its noise are true?

Simulation-based calibration (Talts et al. 2018, arXiv 1804.06788) of the whole way from data to forecasts: parameters
from the joint prior, data from the model, the usual frame, sampler and tree, and the ranks of the true values among
posterior draws, of parameters, of the log-likelihood and of what `forecast` says. The truth goes through the same tree
as a posterior of one draw, so that what is compared is what is reported.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.calibration.prior_draws import Values, possible_draw, simulated
from bayescale.calibration.result import Calibration, One, calibration, rank
from bayescale.calibration.simulate import design_of, targets_of
from bayescale.calibration.simulations import require_counts, side_by_side
from bayescale.core.arguments import checked
from bayescale.core.diagnostics import Diagnosis
from bayescale.core.random import read_seed
from bayescale.errors import InputError
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.spec import Pooling
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.predict.forecast import NEW_FAMILY, forecast
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.nuts import STATS
from bayescale.scaling.sampling.retries import sample_posterior
from bayescale.scaling.sampling.sampler import Draws, Sampler
from bayescale.scaling.single_law import make_spec
from bayescale.scaling_laws.law import Law, Noise
from bayescale.scaling_laws.prior import Prior

type Array = NDArray[np.float64]

DRAWS = 100  # of each posterior that a true value is ranked among: few enough to be all but independent
POOR_RHAT = 1.05  # above it, or with fewer effective draws than are ranked, ranks mean little
LEAST_SIMULATIONS = 20
SHORT = Sampler(draws=500, tune=300, chains=2, cores=1, attempts=1)


@checked
def check_calibration(
    law: str | Law = "joint",
    runs: object = None,
    *,
    family: str | None = "family",
    discrepancy: bool = True,
    noise: Noise | None = None,
    pooling: Mapping[str, Pooling] | None = None,
    priors: Mapping[str, Prior] | None = None,
    n_families: int = 3,
    n_runs: int = 20,
    simulations: int = 100,
    sampler: Sampler | None = None,
    random_seed: int | None = None,
    cluster: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Calibration:
    """Simulate data from a law and its priors, fit them, and see how often the truth is where posteriors say.

    runs         whose inputs, families and runs are taken, and what a fit takes from its data (centre, least
                 response, unit, basis); its responses count for nothing else. None makes up `n_families` of `n_runs`
                 runs over the ranges where the law is meant to hold.
    sampler      how each posterior is sampled; by default shortly and once (`attempts=1`), its gate noted. Every
                 simulation runs on one core.
    cluster      None: a thread for every core here; "local", or a Dask scheduler's address, as `backtest` takes it.
    progress     told a line after each simulation; None is silent.

    The other arguments are those of `fit`. Raises InputError or LawError for a question that cannot be asked, and for
    priors that make no possible data.
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
    """Calibration of the model of a design, its inputs and frozen values as they are; see `check_calibration`."""
    with np.errstate(all="ignore"):
        possible_draw(design, np.random.default_rng(random_seed))
    how, targets = replace(sampler, cores=1), targets_of(design)
    if cluster is None:
        density_of(design)  # compiled before threads ask for it
    jobs = [(design, targets, how, random_seed, index) for index in range(simulations)]
    ones = side_by_side(simulate, jobs, progress, cluster)
    if not any(one.ranks for one in ones):
        raise InputError(f"none of {simulations} simulations could be sampled: {ones[0].why}")
    families = {"family": np.array(design.families, dtype=str)}
    return calibration(_of(design), ones, DRAWS, families, random_seed)


def _of(design: Design) -> str:
    spec = design.spec
    parts = [
        f"law {spec.law.name!r}",
        f"{len(design.families)} families of {len(design.row)} runs in all",
        f"{spec.noise} noise",
        "with discrepancy" if spec.discrepancy else "no discrepancy",
    ]
    return ", ".join(parts)


def simulate(design: Design, targets: pd.DataFrame, sampler: Sampler, random_seed: int, index: int) -> One:
    """One simulation: a draw of the prior, its data, their posterior, and the ranks of what was true."""
    rng = np.random.default_rng(np.random.SeedSequence([random_seed, 0, index]))
    with np.errstate(all="ignore"):  # a prior reaches far; what cannot be is drawn again
        truth, tries = possible_draw(design, rng)
        data = replace(design, scaled_response=simulated(design, truth, rng))
        fit_seed, *seeds = map(int, rng.integers(2**31, size=3))
        try:
            drawn = sample_posterior(data, sampler, fit_seed, False)
        except InputError as error:
            return One({}, tries, False, str(error), True, {})
        known, drawn_of = (
            _quantities(data, values, sampler, seed, targets)
            for values, seed in zip((truth, _thinned(drawn.values)), seeds, strict=True)
        )
        ranks = {name: rank(known[name][0], value, rng) for name, value in drawn_of.items()}
    found = drawn.diagnosis
    poor = not (found.rhat <= POOR_RHAT and min(found.ess_bulk, found.ess_tail) >= DRAWS)
    return One(ranks, tries, found.passed, "; ".join(found.failures), poor, vars(found))


def _thinned(values: Values) -> Values:
    """DRAWS draws (1, draw, …), evenly from all chains."""
    flat = {name: value.reshape(1, -1, *value.shape[2:]) for name, value in values.items()}
    length = next(iter(flat.values())).shape[1]
    kept = np.linspace(0, length - 1, DRAWS).round().astype(int)
    return {name: value[:, kept] for name, value in flat.items()}


def _quantities(
    design: Design, values: Values, sampler: Sampler, random_seed: int, targets: pd.DataFrame
) -> dict[str, Array]:
    """What a posterior with these draws (1, draw, …) reports: (draw,), or (draw, family) of what families have."""
    shape = next(iter(values.values())).shape[:2]
    stats: dict[str, Any] = {name: np.zeros(shape) for name in STATS}
    draws = Draws(values, stats, Diagnosis(1.0, np.inf, np.inf, 0, 1.0), "")
    tree = to_tree(design, draws, sampler, random_seed)
    own = tree["posterior"].to_dataset().isel(chain=0)
    layout = design.layout
    out = {name: own[name].to_numpy() for name in (*layout.law.parameter_names, *layout.noise_names)}
    for group, dim in (("population", "population_parameter"), ("spread", "pooled_parameter")):
        if group in own:
            out |= {f"{group}_{name}": own[group].sel({dim: name}).to_numpy() for name in own[dim].to_numpy()}
    if design.basis is not None:
        out["discrepancy_scale"] = own["discrepancy_scale"].to_numpy()
    out["log_likelihood"] = tree["log_likelihood"]["log_likelihood"].sum("run").to_numpy()[0]
    return out | _forecasts(FittedLaws(tree), targets)


def _forecasts(laws: FittedLaws, targets: pd.DataFrame) -> dict[str, Array]:
    """What is forecast at the centre and far beyond: of every family, and of one never seen."""
    found = forecast(laws, targets.drop(columns="place")).dataset.isel(chain=0)
    law, new = found["law"].to_numpy(), found["target_family"].to_numpy() == NEW_FAMILY
    places = {place: (targets["place"] == place).to_numpy() for place in ("centre", "far")}
    out = {f"law_{place}": law[:, here & ~new] for place, here in places.items()}
    out["run_far"] = found["run"].to_numpy()[:, places["far"] & ~new]
    if new.any():
        out |= {f"law_{place}_new_family": law[:, here & new][:, 0] for place, here in places.items()}
    return out
