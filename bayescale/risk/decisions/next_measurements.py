"""Which measurements to add, problems or attempts, to halve the interval of ASR@N of new problems.

The answer comes from simulation: data of a larger study are drawn from the posterior (the counts so far stay, attempts
and problems are added), analysed as the present data were, and the width of the interval is computed. Where sampling
stopped at a success, the larger study stops there too: attempts are added only to problems not broken yet.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import median_and_interval, require_prob
from bayescale.errors import InputError
from bayescale.risk.grid import RATE
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.asr_draws import asr_of_new, read_budgets
from bayescale.risk.predict.problem_laws import problem_nodes
from bayescale.risk.problems import Problems
from bayescale.risk.sampling.sampler import refit
from bayescale.risk.sampling_design import Design

type Index = NDArray[np.int64]
type Array = NDArray[np.float64]

FACTORS = (2, 4, 8)
REPEATS = 3
_DRAWS = 400
_STREAM = 5


@dataclass(frozen=True, repr=False)
class Plan(Shown):
    """Simulated larger studies, and which of them to make.

    Attributes
    ----------
    width : float
        Width of the present interval of ASR@N of new problems.
    table : DataFrame
        One row per larger study: `buy` ("problems", "attempts" or "both"), `factor`, `problems`, `attempts` per problem
        (at most, where sampling stops at a success), `cost` of what is added, `expected_width`, its Monte Carlo
        standard error `se`, and `halves` (whether the width is halved).
    advice : str
        Which study to make.
    """

    width: float
    table: pd.DataFrame
    advice: str

    @property
    def _page(self) -> Page:
        return Page(f"What to measure next: the interval is {self.width:.3g} wide now", self.table, (self.advice,))


def plan(
    self: RiskPosterior,
    budget: int,
    price_problem: float = 1.0,
    price_attempt: float = 0.01,
    group: int = 0,
    prob: float = 0.9,
) -> Plan:
    """Simulate larger studies of a group, and find the cheapest that halves the interval of ASR@N of new problems.

    Parameters
    ----------
    budget : int
        N, attempts per problem.
    price_problem : float, default 1.0
        Price of another problem, in any currency.
    price_attempt : float, default 0.01
        Price of another attempt, in the same currency.
    group : int, default 0
        Row of `groups`.
    prob : float, default 0.9
        Probability of the interval.

    Returns
    -------
    Plan
        Expected width and cost of each larger study.

    Raises
    ------
    InputError
        All problems at once, for a budget, prices or a group that cannot be used, and a group whose number of attempts
        depended on outcomes by an unknown rule.
    """
    require_prob(prob)
    number = read_budgets(budget)[:1]
    problems = self.problems
    _require(problems, price_problem, price_attempt, group)
    rows = problems.rows(group)
    stops = problems.design.of("until_success")[rows]
    width = _width(asr_of_new(self, number)[:, group, 0], prob)
    present = problems.attempts[rows]
    usual = int(present[stops].max() if stops.any() else np.median(present))
    studies = []
    for buy, problem_factor, attempt_factor in _candidates():
        widths, added = [], []
        for repeat in range(REPEATS):
            rng = self.random_generator(_STREAM, repeat)
            study = simulated_study(self, group, problem_factor, attempt_factor, rng)
            added.append(int(study.attempts.sum()) - int(present.sum()))
            larger = refit(self, study, _DRAWS, self.predictive_seed + repeat)
            widths.append(_width(asr_of_new(larger, number)[:, 0, 0], prob))
        total, attempts = len(rows) * problem_factor, usual * attempt_factor
        more_attempts = np.mean(added) if stops.any() else total * attempts - int(present.sum())
        cost = (total - len(rows)) * price_problem + float(more_attempts) * price_attempt
        mean, error = float(np.mean(widths)), float(np.std(widths, ddof=1) / np.sqrt(REPEATS))
        factor = max(problem_factor, attempt_factor)
        studies.append((buy, factor, total, attempts, cost, mean, error, mean <= width / 2))
    names = ["buy", "factor", "problems", "attempts", "cost", "expected_width", "se", "halves"]
    table = pd.DataFrame(studies, columns=names)
    return Plan(width, table, _advice(table))


def _candidates() -> list[tuple[str, int, int]]:
    """Larger studies: what is multiplied, and factors of problems and attempts."""
    single = [("problems", factor, 1) for factor in FACTORS] + [("attempts", 1, factor) for factor in FACTORS]
    return [*single, ("both", 2, 2), ("both", 4, 4)]


def _require(problems: Problems, price_problem: float, price_attempt: float, group: int) -> None:
    wrong = [
        f"{name}={value!r} must be a price above 0"
        for name, value in (("price_problem", price_problem), ("price_attempt", price_attempt))
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < np.inf
    ]
    if isinstance(group, bool) or not isinstance(group, int) or not 0 <= group < len(problems.groups):
        wrong.append(f"group={group!r} must be the number of a row of `groups`, from 0 to {len(problems.groups) - 1}")
    elif problems.design.of("adaptive")[problems.group == group].any():
        wrong.append(
            "no larger study can be simulated, because the number of attempts depends on outcomes by an unknown rule; "
            "declare design='fixed' or 'until_success' in fit_risk if one of them holds"
        )
    if wrong:
        raise InputError("plan:", wrong)


def _width(draws: Array, prob: float) -> float:
    _, lower, upper = median_and_interval(draws, prob)
    return float(upper - lower)


def simulated_study(
    posterior: RiskPosterior, group: int, problem_factor: int, attempt_factor: int, rng: np.random.Generator
) -> Problems:
    """Simulate a larger study under one draw of the posterior: the counts so far, with simulated counts added.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    group : int
        Index of the group.
    problem_factor, attempt_factor : int
        Problems and attempts of the larger study, in multiples of the present ones.
    rng : Generator
        Source of randomness.

    Returns
    -------
    Problems
        One group, the present problems first.
    """
    problems, rows = posterior.problems, posterior.problems.rows(group)
    laws = posterior.law_draws(group)
    draw = np.array([int(rng.integers(len(laws.mass)))])
    law = laws.at(draw)
    rates = posterior.judge_rates[int(law.judge_index[0])]
    attempts, successes, batch = problems.attempts[rows], problems.successes[rows], problems.design.batch[rows]
    node = problem_nodes(posterior, group, rows, rng, draw)[0]
    chances = np.clip(np.append(np.exp(rates.log_success(RATE)), rates.false_positives), 0, 1)
    most = np.where(batch > 0, attempts[batch > 0].max(initial=0), attempts) * attempt_factor
    left = np.where((batch > 0) & (successes > 0), 0, most - attempts)
    ran, succeeded = _simulated_attempts(chances[node], left, batch, rng)
    attempts, successes = attempts + ran, successes + succeeded
    added = len(rows) * (problem_factor - 1)
    template = rng.choice(len(rows), added)  # the measured problem whose sampling design a new one has
    mass = np.append(law.mass[0], law.zero[0])
    new_node = rng.choice(len(mass), added, p=mass / mass.sum())
    ran, succeeded = _simulated_attempts(chances[new_node], most[template], batch[template], rng)
    return _one_group(np.append(attempts, ran), np.append(successes, succeeded))


def _one_group(attempts: Index, successes: Index) -> Problems:
    """Counts of one group; the design is declared fixed, since the likelihood is the same under any."""
    count = len(attempts)
    zeros = np.zeros(count, dtype=np.int64)
    return Problems(
        group_names=(),
        groups=((),),
        group=zeros,
        problem=tuple(map(str, range(count))),
        attempts=attempts,
        successes=successes,
        weight=np.ones(count),
        errors=zeros,
        first_success=np.full(count, np.nan),
        design=Design(("fixed",) * count, zeros, declared=True),
    )


def _simulated_attempts(chance: Array, most: Index, batch: Index, rng: np.random.Generator) -> tuple[Index, Index]:
    """Attempts and successes of problems that get `most` attempts or, in batches, attempts until the first success."""
    ran, succeeded = most.copy(), rng.binomial(most, chance)
    stops = batch > 0
    if stops.any():
        p, limit, size = chance[stops], most[stops], batch[stops]
        first = rng.geometric(np.clip(p, 1e-18, 1.0))
        hit = first <= limit
        ran[stops] = np.where(hit, np.minimum(-(-first // size) * size, limit), limit)
        succeeded[stops] = np.where(hit, 1 + rng.binomial(np.maximum(ran[stops] - first, 0), p), 0)
    return ran, succeeded


def _advice(table: pd.DataFrame) -> str:
    enough = table[table["halves"]]
    if enough.empty:
        best = table.iloc[int(table["expected_width"].to_numpy().argmin())]
        more = "problems and attempts" if best["buy"] == "both" else best["buy"]
        return (
            f"No study simulated here halves the interval. The narrowest, with {int(best['factor'])} times the {more}, "
            f"has an expected width of {best['expected_width']:.2f}. The lower tail of the mixing law remains "
            "uncertain; attempts near N itself are needed to measure it."
        )
    best = enough.iloc[int(enough["cost"].to_numpy().argmin())]
    more = "problems and attempts" if best["buy"] == "both" else best["buy"]
    return (
        f"Add {more}: {int(best['problems'])} problems with {int(best['attempts'])} attempts each halve the interval, "
        f"at a cost of {best['cost']:.4g}."
    )
