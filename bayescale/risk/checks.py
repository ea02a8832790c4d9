"""Checks of a risk posterior: importance sampling (the gate), predictive checks of the counts, shared problems."""

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.checks import CheckResult, Checks, results_table
from bayescale.core.gate import LEAST_ESS, MOST_PARETO_K
from bayescale.risk.grid import RATE
from bayescale.risk.posterior import RiskPosterior

type Array = NDArray[np.float64]

MIN_WEIGHT = 0.05  # of a law in some group, for its exploration to be checked
MOST_DRAWS = 300  # of the posterior, for predictive checks
MOST_GROUPS = 300  # for predictive checks
SMALL_TAIL = 0.01  # tail probability of a predictive statistic, over all groups and statistics, from which it warns
LEAST_CANDIDATES = 10.0  # effective number of mixing laws of a crossed group, below which it warns
_STREAM = 2


def check(self: RiskPosterior) -> Checks:
    """Check the posterior: exploration of the mixing laws, their fit to the counts, their weights, shared problems.

    Returns
    -------
    Checks
        One row per check. Details: `laws`, weights and exploration by group and law; `predictive`, tail probability of
        each statistic by group.
    """
    predictive, tails = _predictive(self)
    results = [*_exploration(self), predictive, _law_weights(self), *_crossing(self)]
    return Checks(results_table(results), {"laws": self.laws, "predictive": tails})


def _exploration(posterior: RiskPosterior) -> list[CheckResult]:
    """The gate: effective number of points and Pareto shape, over laws with a weight."""
    laws = posterior.laws
    used = laws[laws["weight"] >= MIN_WEIGHT]
    least, most = float(used["effective"].min()), float(used["pareto_k"].max())
    enough = f"{least:.0f} effective points of importance sampling at least, for laws with a weight of 5 % or more"
    few = (
        f"{least:.0f} effective points of importance sampling, fewer than {LEAST_ESS:.0f}, for a law with a weight of "
        "5 % or more"
    )
    even = f"importance weights are reliable (Pareto k at most {MOST_PARETO_K})"
    uneven = f"importance weights are unreliable (Pareto k above {MOST_PARETO_K}): few points determine the evidence"
    return [
        CheckResult(
            least,
            float(LEAST_ESS),
            enough if least >= LEAST_ESS else few,
            least >= LEAST_ESS,
            check="effective points",
        ),
        CheckResult(
            most,
            MOST_PARETO_K,
            even if most <= MOST_PARETO_K else uneven,
            most <= MOST_PARETO_K,
            check="Pareto k",
        ),
    ]


def _predictive(posterior: RiskPosterior) -> tuple[CheckResult, pd.DataFrame]:
    """The smallest tail probability of the statistics of `_STATISTICS`, and a table of all by group."""
    problems = posterior.problems
    fixed = problems.design.of("fixed") & (problems.attempts > 0)
    if not fixed.any():
        meaning = "not computed: numbers of attempts depended on outcomes, and the check simulates fixed numbers"
        return CheckResult(float("nan"), SMALL_TAIL, meaning, check="predictive"), pd.DataFrame()
    rng = posterior.random_generator(_STREAM)
    count, rows = len(problems.groups), []
    checked = np.linspace(0, count, min(count, MOST_GROUPS), endpoint=False).astype(int).tolist()
    for group in checked:
        fixed_rows = np.flatnonzero((problems.group == group) & fixed)
        if len(fixed_rows):
            labels = dict(zip(problems.group_names, problems.groups[group], strict=True))
            rows += [labels | row for row in _tails(posterior, group, fixed_rows, rng)]
    table = pd.DataFrame(rows)
    smallest = table.iloc[int(table["tail"].to_numpy().argmin())]
    group_label = ", ".join(str(smallest[name]) for name in problems.group_names)
    threshold = SMALL_TAIL / len(table)
    improbable = bool(smallest["tail"] < threshold)
    if improbable:
        meaning = (
            f"{smallest['statistic']}{f' of {group_label}' if group_label else ''} is improbable under the mixing laws "
            f"(tail probability {smallest['tail']:.2g}): look for different kinds of prompts in one group"
        )
    else:
        meaning = "problems never broken, mean rate and highest rate are as the mixing laws predict"
    if len(checked) < count:
        meaning = f"in {len(checked)} of {count} groups, evenly spaced: {meaning}"
    tail = float(smallest["tail"])
    return CheckResult(tail, threshold, meaning, warns=improbable, check="predictive"), table


def _tails(
    posterior: RiskPosterior, group: int, rows: NDArray[np.int64], rng: np.random.Generator
) -> list[dict[str, object]]:
    """Each statistic of a group's counts, and its two-sided tail probability in simulated counts."""
    problems = posterior.problems
    attempts, simulated = problems.attempts[rows], _simulated(posterior, group, rows, rng)
    tails: list[dict[str, object]] = []
    for name, statistic in _STATISTICS.items():
        values, observed = statistic(simulated, attempts), float(statistic(problems.successes[rows][None], attempts)[0])
        below, above = float(np.mean(values <= observed)), float(np.mean(values >= observed))
        tails.append({"statistic": name, "observed": observed, "tail": min(1.0, 2 * min(below, above))})
    return tails


def _simulated(
    posterior: RiskPosterior, group: int, rows: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Successes of the group's problems simulated from its mixing law: (draw, problem)."""
    laws = posterior.law_draws(group, MOST_DRAWS)
    cumulative = np.cumsum(np.column_stack([laws.mass, laws.zero]), axis=1)
    cumulative /= cumulative[:, -1:]
    offset = np.arange(len(cumulative))[:, None]
    uniform = rng.random((len(offset), len(rows)))
    position = np.searchsorted((cumulative + offset).ravel(), (uniform + offset).ravel())
    node = np.minimum(position.reshape(uniform.shape) - offset * cumulative.shape[1], len(RATE))
    rate = np.append(RATE, 0.0)
    chance = np.stack([np.exp(rates.log_success(np.maximum(rate, 1e-300))) for rates in posterior.judge_rates])
    chances = np.clip(chance[laws.judge_index[:, None], node], 0, 1)
    return np.asarray(rng.binomial(posterior.problems.attempts[rows], chances))


_STATISTICS: Mapping[str, Callable[[NDArray[np.int64], NDArray[np.int64]], Array]] = {
    "problems never broken": lambda counts, attempts: (counts == 0).sum(axis=1),
    "mean rate": lambda counts, attempts: (counts / attempts).mean(axis=1),
    "highest rate": lambda counts, attempts: (counts / attempts).max(axis=1),
}


def _law_weights(posterior: RiskPosterior) -> CheckResult:
    """The largest weight of a mixing law, averaged over groups."""
    weight = posterior.tree["laws"]["weight"].to_numpy().mean(axis=1)
    names = [law.name for law in posterior.mixing_laws]
    top = int(weight.argmax())
    several = f"average of {len(names)} mixing laws; the largest weight has {names[top]} ({100 * weight[top]:.0f} %)"
    single = f"one mixing law: {names[top]}"
    meaning = single if len(names) == 1 else several
    return CheckResult(float(weight[top]), float("nan"), meaning, check="mixing law")


def _crossing(posterior: RiskPosterior) -> list[CheckResult]:
    """The least effective number of candidates for the mixing law of a crossed group; nothing without crossing."""
    difficulty, problems = posterior.difficulty, posterior.problems
    if difficulty is None:
        return []
    groups = np.unique(problems.group[problems.shared_index >= 0])
    least = float(difficulty.effective[groups].min())
    pairs = np.array([difficulty.correlation(a, b).mean() for a, b in combinations(groups.tolist(), 2)])
    few = least < LEAST_CANDIDATES
    meaning = (
        f"{problems.n_shared} problems are shared by {len(groups)} groups; correlation of their difficulty "
        f"{pairs.min():.2f}{f' to {pairs.max():.2f}' * (len(pairs) > 1)}"
    )
    if few:
        meaning += (
            f". Only {least:.0f} mixing laws of a group agree with the other groups: compare with crossed=False before "
            "relying on narrow intervals"
        )
    return [CheckResult(least, LEAST_CANDIDATES, meaning, warns=few, check="shared problems")]
