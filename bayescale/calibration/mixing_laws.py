"""Simulation-based calibration of mixing laws: coverage of risk posteriors where mixing law and priors are true.

The whole way from counts to ASR@N is calibrated: parameters of a mixing law from its prior, success rates of problems
from the law, counts from the rates, the default fit, and the ranks of the true values among its draws, of parameters,
the log-likelihood of the counts, and `these` and `new` at every budget. Several groups have the same problems, whose
rates are joined by the factor of difficulty; its loadings are ranked too.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.calibration.result import Calibration, SimulationResult, calibration, rank
from bayescale.calibration.risk_truth import Plan, Truth, true_draw
from bayescale.calibration.simulations import require_counts, run_simulations
from bayescale.core.arguments import checked
from bayescale.core.random import read_seed
from bayescale.errors import ChecksFailed
from bayescale.risk.difficulty import LOADING
from bayescale.risk.fit import fit_risk
from bayescale.risk.grid import PERFECT, RATE, Counts
from bayescale.risk.mixing import mixings
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.asr_draws import asr_of_new, asr_of_these, read_budgets
from bayescale.risk.problems import LEAST_SHARED
from bayescale.risk.result import Risk

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

DRAWS = 100  # of each posterior that a true value is ranked among
LEAST_SIMULATIONS = 20


@checked
def check_risk_calibration(
    mixing: str | Sequence[str] | None = None,
    *,
    n_groups: int = 1,
    n_problems: int = 100,
    n_attempts: int = 100,
    budgets: Sequence[int] = (1_000, 10_000),
    crossed: bool = True,
    simulations: int = 100,
    random_seed: int | None = None,
    cluster: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Calibration:
    """Simulate attempts from mixing laws and their priors, fit them, and rank the true values among posterior draws.

    Parameters
    ----------
    mixing : str or sequence of str, optional
        Mixing laws, as `fit_risk` takes them. Of several, each simulation draws the true one by the laws' prior
        weights, for all groups, and parameters are not ranked, since their laws have different ones.
    n_groups, n_problems, n_attempts : int, default 1, 100 and 100
        Number of groups, of problems a group, and of attempts a problem.
    budgets : sequence of int, default (1000, 10000)
        Attempts at which ASR@N (`these`, `new`) is ranked.
    crossed : bool, default True
        Whether several groups share their problems; with ten problems or more.
    simulations : int, default 100
        Number of simulations.
    random_seed : int, optional
        Seed.
    cluster : str, optional
        None: a thread for every core of this machine; "local", or the address of a Dask scheduler.
    progress : callable, optional
        Called with a line after each simulation; None is silent.

    Returns
    -------
    Calibration
        Coverage, ranks and tests of uniformity, of parameters, log-likelihood and ASR@N.

    Raises
    ------
    InputError
        If an argument cannot be used.

    References
    ----------
    Talts et al. (2018), arXiv:1804.06788.
    """
    require_counts(
        {
            "n_groups": (n_groups, 1),
            "n_problems": (n_problems, 1),
            "n_attempts": (n_attempts, 1),
            "simulations": (simulations, LEAST_SIMULATIONS),
        }
    )
    read = tuple(map(int, read_budgets(budgets)))
    requested = None if mixing is None else (mixing,) if isinstance(mixing, str) else tuple(mixing)
    shared = crossed and n_groups > 1 and n_problems >= LEAST_SHARED
    plan = Plan(mixings(requested), requested, n_groups, n_problems, n_attempts, read, shared)
    seed = read_seed(random_seed)
    jobs = [(plan, seed, index) for index in range(simulations)]
    results = run_simulations(simulate, jobs, progress, cluster)
    return calibration(_description(plan), results, DRAWS, {"group": np.arange(n_groups)}, seed)


def _description(plan: Plan) -> str:
    law = plan.laws[0].name if len(plan.laws) == 1 else f"an average of {len(plan.laws)} mixing laws"
    groups = f"{plan.groups} group{'s' * (plan.groups > 1)}"
    shared = "shared " * plan.crossed
    return f"{law}, {groups} of {plan.problems} {shared}problems, {plan.attempts} attempts each"


def simulate(plan: Plan, random_seed: int, index: int) -> SimulationResult:
    """Simulate counts from a draw of the prior, fit them, and rank the true values.

    Parameters
    ----------
    plan : Plan
        What is measured.
    random_seed, index : int
        Seed of the calibration, and number of the simulation.

    Returns
    -------
    SimulationResult
        The ranks.
    """
    rng = np.random.default_rng(np.random.SeedSequence([random_seed, 0, index]))
    truth = true_draw(plan, rng)
    group = np.repeat([f"g{place}" for place in range(plan.groups)], plan.problems)
    problem = np.tile([f"p{place}" for place in range(plan.problems)], plan.groups)
    problem = problem if plan.crossed else np.char.add(np.char.add(group, " "), problem)
    table = pd.DataFrame(
        {"group": group, "problem": problem, "attempts": plan.attempts, "successes": truth.successes.ravel()}
    )
    try:
        risk, why = fit_risk(table, ["group"], mixing=plan.requested, random_seed=int(rng.integers(2**31))), ""
    except ChecksFailed as failed:
        risk, why = failed.fit, str(failed).split(". What to try")[0]
    true_values, drawn_values = _true_quantities(plan, truth, risk), _quantities(plan, risk)
    ranks = {name: rank(true_values[name], value, rng) for name, value in drawn_values.items()}
    laws = risk.laws
    used = laws[laws["weight"] > 0]
    facts = {"effective": float(used["effective"].min()), "pareto_k": float(used["pareto_k"].max())}
    return SimulationResult(ranks, 1, not why, why, bool(why), facts)


def _true_quantities(plan: Plan, truth: Truth, risk: Risk) -> dict[str, Array]:
    """True values, each (group,)."""
    out = truth.parameters | ({"loading": truth.loading} if plan.crossed else {})
    broken = truth.successes > 0
    for budget in plan.budgets:
        if budget < plan.attempts:  # fresh attempts
            these = -np.expm1(-truth.rate * budget)
        else:
            these = np.where(broken, 1.0, -np.expm1(-truth.rate * (budget - plan.attempts)))
        out[f"these_{budget}"] = these.mean(axis=1)
        out[f"new_{budget}"] = truth.mass @ -np.expm1(-RATE * budget)
    counted = risk.problems.counted(PERFECT)
    out["log_likelihood"] = np.array(
        [_log_likelihood(counted, group, truth.mass[[group]], truth.zero[[group]])[0] for group in range(plan.groups)]
    )
    return out | {"law": np.full(plan.groups, float(truth.law))}


def _quantities(plan: Plan, risk: Risk) -> dict[str, Array]:
    """Draws of the same quantities, each (draw, group)."""
    thinned = RiskPosterior(_thinned(risk.tree))
    posterior = thinned.tree["posterior"].to_dataset().isel(chain=0)
    single = len(plan.laws) == 1
    out = {name: posterior[name].to_numpy() for name in (plan.laws[0].parameter_names if single else ())}
    budgets = np.array(plan.budgets, dtype=np.int64)
    if thinned.difficulty is not None:
        out["loading"] = LOADING[thinned.difficulty.communality]
    these, new = asr_of_these(thinned, budgets), asr_of_new(thinned, budgets)
    for place, budget in enumerate(plan.budgets):
        out |= {f"these_{budget}": these[..., place], f"new_{budget}": new[..., place]}
    counted = thinned.problems.counted(PERFECT)
    laws = [thinned.law_draws(group) for group in range(plan.groups)]
    log_likelihood = [_log_likelihood(counted, group, law.mass, law.zero) for group, law in enumerate(laws)]
    out["log_likelihood"] = np.stack(log_likelihood, axis=1)
    return out if single else out | {"law": posterior["law_index"].to_numpy().astype(float)}


def _thinned(tree: xr.DataTree) -> xr.DataTree:
    """DRAWS draws of a risk posterior, evenly from all."""
    draws = tree["posterior"].sizes["draw"]
    places = np.linspace(0, draws - 1, DRAWS).round().astype(int)
    parts = {name: node.to_dataset() for name, node in tree.children.items()}
    parts |= {name: part.isel(draw=places) for name, part in parts.items() if "draw" in part.sizes}
    out = xr.DataTree.from_dict(parts)
    out.attrs = tree.attrs
    return out


def _log_likelihood(counted: Counts, group: int, mass: Array, zero: Array) -> Array:
    """Log-likelihood (draw,) of a group's counts under mixing laws (draw, node), up to a constant."""
    chance = mass @ counted.likelihood.T + zero[:, None] * counted.at_zero
    return np.asarray(np.log(np.maximum(chance, 1e-300)) @ counted.weight[group])
