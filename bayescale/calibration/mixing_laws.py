"""Is a risk posterior right as often as it says when its mixing law and priors are true?

Simulation-based calibration of the whole way from counts to ASR@N: parameters of a mixing law from its prior, chances
of problems from the law, counts from the chances, the usual fit, and the ranks of the true values among its draws: of
parameters, of the counts' log-likelihood, and of `these` and `new` at every budget.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.calibration.result import Calibration, One, calibration, rank
from bayescale.calibration.simulations import require_counts, side_by_side
from bayescale.core.arguments import checked
from bayescale.core.random import read_seed
from bayescale.errors import ChecksFailed
from bayescale.risk.fit import fit_risk
from bayescale.risk.grid import PERFECT, RATE, STEP, Counts, X
from bayescale.risk.mixing import Mixing, mixings
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.asr_draws import asr_of_new, asr_of_these, read_budgets
from bayescale.risk.result import Risk
from bayescale.risk.sampling.pooling import COMMON, MOST_COMMON

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

DRAWS = 100  # of each posterior that a true value is ranked among
LEAST_SIMULATIONS = 20


@dataclass(frozen=True)
class Plan:
    """What every simulation measures: mixing laws (with weights, of which one is true), groups, problems a group,
    attempts a problem, and the budgets asked about."""

    laws: tuple[Mixing, ...]
    named: tuple[str, ...] | None
    groups: int
    problems: int
    attempts: int
    budgets: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Truth:
    """One draw of everything: the law that holds, its parameters by group, its mass on the nodes (group, node) and at
    p = 0 (group,), and every problem's rate (group, problem) and successes."""

    law: int
    parameters: dict[str, Array]
    mass: Array
    zero: Array
    rate: Array
    successes: Index


@checked
def check_risk_calibration(
    mixing: str | Sequence[str] | None = None,
    *,
    n_groups: int = 1,
    n_problems: int = 100,
    n_attempts: int = 100,
    budgets: Sequence[int] = (1_000, 10_000),
    simulations: int = 100,
    random_seed: int | None = None,
    cluster: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Calibration:
    """Simulate attempts from mixing laws and their priors, fit them, and see how often the truth is where posteriors
    say.

    mixing    names as `fit_risk` takes them. Of several, each simulation draws the true one by the laws' prior weights,
              for all groups, and parameters are not ranked: their laws have different ones.
    budgets   attempts at which ASR@N (`these`, `new`) is ranked.
    cluster   None: a thread for every core here; "local", or a Dask scheduler's address.
    progress  told a line after each simulation; None is silent.

    Raises InputError for a question that cannot be asked.
    """
    require_counts(
        {
            "n_groups": (n_groups, 1),
            "n_problems": (n_problems, 1),
            "n_attempts": (n_attempts, 1),
            "simulations": (simulations, LEAST_SIMULATIONS),
        }
    )
    asked = tuple(map(int, read_budgets(budgets)))
    named = None if mixing is None else (mixing,) if isinstance(mixing, str) else tuple(mixing)
    plan = Plan(mixings(named), named, n_groups, n_problems, n_attempts, asked)
    seed = read_seed(random_seed)
    ones = side_by_side(simulate, [(plan, seed, index) for index in range(simulations)], progress, cluster)
    return calibration(_of(plan), ones, DRAWS, {"group": np.arange(n_groups)}, seed)


def _of(plan: Plan) -> str:
    law = plan.laws[0].name if len(plan.laws) == 1 else f"an average of {len(plan.laws)} mixing laws"
    groups = f"{plan.groups} group{'s' * (plan.groups > 1)}"
    return f"{law}, {groups} of {plan.problems} problems, {plan.attempts} attempts each"


def simulate(plan: Plan, random_seed: int, index: int) -> One:
    """One simulation: a draw of the prior, its counts, their posterior, and the ranks of what was true."""
    rng = np.random.default_rng(np.random.SeedSequence([random_seed, 0, index]))
    truth = true_draw(plan, rng)
    group = np.repeat([f"g{place}" for place in range(plan.groups)], plan.problems)
    problem = np.tile([f"p{place}" for place in range(plan.problems)], plan.groups)
    table = pd.DataFrame(
        {"group": group, "problem": problem, "attempts": plan.attempts, "successes": truth.successes.ravel()}
    )
    try:
        risk, why = fit_risk(table, ["group"], mixing=plan.named, random_seed=int(rng.integers(2**31))), ""
    except ChecksFailed as failed:
        risk, why = failed.fit, str(failed).split(". What to try")[0]
    known, found = _true_quantities(plan, truth, risk), _quantities(plan, risk)
    ranks = {name: rank(known[name], value, rng) for name, value in found.items()}
    laws = risk.laws
    used = laws[laws["weight"] > 0]
    facts = {"effective": float(used["effective"].min()), "pareto_k": float(used["pareto_k"].max())}
    return One(ranks, 1, not why, why, bool(why), facts)


def true_draw(plan: Plan, rng: np.random.Generator) -> Truth:
    """Everything from the prior. Groups' coordinates share by as much as `pooling` believes they may.

    Rates lie where the law's mass does, and between nodes as if the density were straight there.
    """
    place = int(rng.choice(len(plan.laws), p=[law.weight for law in plan.laws]))
    law = plan.laws[place]
    dims = len(law.coordinates)
    common = MOST_COMMON * rng.beta(*COMMON, dims) if plan.groups > 1 else np.zeros(dims)
    z = np.sqrt(common) * rng.standard_normal(dims) + np.sqrt(1 - common) * rng.standard_normal((plan.groups, dims))
    parameters = law.parameters(z)
    mass, zero = law.mass(parameters)
    cumulative = np.cumsum(np.column_stack([mass, zero]), axis=1)
    turn = rng.random((plan.groups, plan.problems)) * cumulative[:, -1:]
    node = np.stack([np.searchsorted(own, at) for own, at in zip(cumulative, turn, strict=True)])
    x = np.append(X, -np.inf)[np.minimum(node, len(X))] + STEP * (rng.random(turn.shape) + rng.random(turn.shape) - 1)
    rate = np.exp(x)
    successes = rng.binomial(plan.attempts, -np.expm1(-rate))
    return Truth(place, parameters, mass, zero, rate, successes)


def _true_quantities(plan: Plan, truth: Truth, risk: Risk) -> dict[str, Array]:
    """True values, each (group,)."""
    out = dict(truth.parameters)
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
    """Draws of the same, each (draw, group)."""
    thinned = RiskPosterior(_thinned(risk.tree))
    posterior = thinned.tree["posterior"].to_dataset().isel(chain=0)
    one = len(plan.laws) == 1
    out = {name: posterior[name].to_numpy() for name in (plan.laws[0].parameter_names if one else ())}
    budgets = np.array(plan.budgets, dtype=np.int64)
    these, new = asr_of_these(thinned, budgets), asr_of_new(thinned, budgets)
    for place, budget in enumerate(plan.budgets):
        out |= {f"these_{budget}": these[..., place], f"new_{budget}": new[..., place]}
    counted = thinned.problems.counted(PERFECT)
    laws = [thinned.law_draws(group) for group in range(plan.groups)]
    own = [_log_likelihood(counted, group, law.mass, law.zero) for group, law in enumerate(laws)]
    out["log_likelihood"] = np.stack(own, axis=1)
    return out if one else out | {"law": posterior["law_index"].to_numpy().astype(float)}


def _thinned(tree: xr.DataTree) -> xr.DataTree:
    """DRAWS draws of a risk posterior, evenly from all."""
    draws = tree["posterior"].sizes["draw"]
    kept = np.linspace(0, draws - 1, DRAWS).round().astype(int)
    parts = {name: node.to_dataset() for name, node in tree.children.items()}
    parts["posterior"] = parts["posterior"].isel(draw=kept)
    out = xr.DataTree.from_dict(parts)
    out.attrs = tree.attrs
    return out


def _log_likelihood(counted: Counts, group: int, mass: Array, zero: Array) -> Array:
    """Log-likelihood (draw,) of a group's counts under mixing laws (draw, node), but for a constant."""
    chance = mass @ counted.likelihood.T + zero[:, None] * counted.at_zero
    return np.asarray(np.log(np.maximum(chance, 1e-300)) @ counted.weight[group])
