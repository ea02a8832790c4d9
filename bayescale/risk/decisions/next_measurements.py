"""What to buy next: more problems or more attempts, to halve the interval of ASR@N of new problems.

By simulation, not by a formula: data of a larger study are drawn from the posterior (the problems measured so far kept,
new attempts and new problems drawn), analysed as these were, and the width of the interval is read off. Where sampling
stopped at a success, so does the larger study: more attempts are more for the problems not broken yet.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.serialization import fact
from bayescale.errors import InputError
from bayescale.risk.grid import RATE
from bayescale.risk.mixing import MIXINGS, Mixing
from bayescale.risk.posterior import Drawn, Problems, attributes, drawn, judge_of, problems_of, sample, settings
from bayescale.risk.predict import new_shares, prompt_nodes
from bayescale.risk.sampling_design import Design

FACTORS = (2, 4, 8)
REPEATS = 3
_DRAWS = 400


@dataclass(frozen=True, repr=False)
class Plan(Shown):
    """`width` is the interval's width now; `table` has one row per way to grow the study: `buy` (problems, attempts or
    both), `factor`, `problems`, `attempts` (per problem; at most, where sampling stops at a success), `cost` of what
    is added, `expected_width` over simulated studies, its Monte Carlo error `se`, and whether it `halves` the width.
    `advice` says which to buy."""

    width: float
    table: pd.DataFrame
    advice: str

    @property
    def _page(self) -> Page:
        return Page(f"What to buy: the interval is {self.width:.3g} wide now", self.table, (self.advice,))


def plan(tree: xr.DataTree, budget: int, price_problem: float, price_attempt: float, group: int, prob: float) -> Plan:
    """Simulate larger studies of one group; see `Plan`. Prices are in any one currency."""
    problems = problems_of(tree)
    _require(problems, price_problem, price_attempt, group)
    own = np.flatnonzero(problems.group == group)
    stops = problems.design.of("until_success")[own]
    seed = int(fact(tree, "predictive_seed"))
    width = _width(new_shares(tree, np.array([budget]))[:, group, 0], prob)
    made = problems.attempts[own]
    usual = int(made[stops].max() if stops.any() else np.median(made))
    rows = []
    for buy, more_problems, more_attempts in _ways():
        widths, added = [], []
        for repeat in range(REPEATS):
            rng = np.random.default_rng(np.random.SeedSequence([seed, 5, repeat]))
            study = _study(tree, group, more_problems, more_attempts, rng)
            added.append(int(study.attempts.sum()) - int(made.sum()))
            widths.append(_width(_refit(tree, study, budget, seed + repeat), prob))
        total = len(own) * more_problems
        attempts = usual * more_attempts
        more = np.mean(added) if stops.any() else total * attempts - int(made.sum())
        cost = (total - len(own)) * price_problem + float(more) * price_attempt
        mean, error = float(np.mean(widths)), float(np.std(widths, ddof=1) / np.sqrt(REPEATS))
        factor = max(more_problems, more_attempts)
        rows.append((buy, factor, total, attempts, cost, mean, error, mean <= width / 2))
    names = ["buy", "factor", "problems", "attempts", "cost", "expected_width", "se", "halves"]
    table = pd.DataFrame(rows, columns=names)
    return Plan(width, table, _advice(table))


def _ways() -> list[tuple[str, int, int]]:
    ways = [("problems", factor, 1) for factor in FACTORS] + [("attempts", 1, factor) for factor in FACTORS]
    return [*ways, ("both", 2, 2), ("both", 4, 4)]


def _require(problems: Problems, price_problem: float, price_attempt: float, group: int) -> None:
    found = [
        f"{name}={value!r} must be a price above 0"
        for name, value in (("price_problem", price_problem), ("price_attempt", price_attempt))
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < np.inf
    ]
    if isinstance(group, bool) or not isinstance(group, int) or not 0 <= group < len(problems.groups):
        found.append(f"group={group!r} must be the number of a row of `groups`, from 0 to {len(problems.groups) - 1}")
    elif problems.design.of("adaptive")[problems.group == group].any():
        found.append(
            "the number of attempts depends on outcomes by a rule that is not known, so that no larger study can be "
            "simulated; state design='fixed' or 'until_success' in fit_risk where one of them holds"
        )
    if found:
        raise InputError("plan:", found)


def _width(draws: NDArray[np.float64], prob: float) -> float:
    low, high = np.quantile(draws, [(1 - prob) / 2, (1 + prob) / 2])
    return float(high - low)


def _study(tree: xr.DataTree, group: int, more_problems: int, more_attempts: int, rng: np.random.Generator) -> Problems:
    """A larger study under one draw of the posterior: the counts so far, and what would be added to them."""
    problems = problems_of(tree)
    law = drawn(tree, group)
    draw = int(rng.integers(len(law.mass)))
    one = Drawn(law.mass[[draw]], law.zero[[draw]], law.setting[[draw]])
    verdicts = settings(tree)[int(one.setting[0])]
    counted = problems.counted(verdicts)
    own = np.flatnonzero(problems.group == group)
    attempts, successes, batch = problems.attempts[own], problems.successes[own], problems.design.batch[own]
    node = np.empty(len(own), dtype=np.int64)
    for i, (n, s) in enumerate(zip(attempts, successes, strict=True)):
        pair = int(np.flatnonzero((counted.attempts == n) & (counted.successes == s))[0])
        node[i] = prompt_nodes(one, counted, pair, 1, rng)[0, 0]
    chances = np.clip(np.append(np.exp(verdicts.log_success(RATE)), verdicts.false_positives), 0, 1)
    most = np.where(batch > 0, attempts[batch > 0].max(initial=0), attempts) * more_attempts
    left = np.where((batch > 0) & (successes > 0), 0, most - attempts)
    ran, succeeded = _attempted(chances[node], left, batch, rng)
    attempts, successes = attempts + ran, successes + succeeded
    added = len(own) * (more_problems - 1)
    like = rng.choice(len(own), added)  # the measured problem whose plan a new one follows
    mass = np.append(one.mass[0], one.zero[0])
    fresh = rng.choice(len(mass), added, p=mass / mass.sum())
    ran, succeeded = _attempted(chances[fresh], most[like], batch[like], rng)
    attempts, successes = np.append(attempts, ran), np.append(successes, succeeded)
    many = len(attempts)
    zeros = np.zeros(many, dtype=np.int64)
    design = Design(("fixed",) * many, zeros, declared=True)  # the likelihood is the same under any
    names = tuple(map(str, range(many)))
    unknown = np.full(many, np.nan)
    return Problems((), ((),), zeros, names, attempts, successes, np.ones(many), zeros, unknown, design)


def _attempted(
    chance: NDArray[np.float64], most: NDArray[np.int64], batch: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Attempts and successes of problems that are tried `most` times or, in batches, until the first success."""
    ran, succeeded = most.copy(), rng.binomial(most, chance)
    stops = batch > 0
    if stops.any():
        p, limit, size = chance[stops], most[stops], batch[stops]
        first = rng.geometric(np.clip(p, 1e-18, 1.0))
        hit = first <= limit
        ran[stops] = np.where(hit, np.minimum(-(-first // size) * size, limit), limit)
        succeeded[stops] = np.where(hit, 1 + rng.binomial(np.maximum(ran[stops] - first, 0), p), 0)
    return ran, succeeded


def _refit(tree: xr.DataTree, study: Problems, budget: int, seed: int) -> NDArray[np.float64]:
    """Draws of ASR@N of new problems given a simulated study, under the laws that count today."""
    judge = judge_of(tree)
    found = sample(study, _laws(tree), judge, _DRAWS, seed)
    found.attrs = attributes(study, judge, seed, (), "", "")
    return new_shares(found, np.array([budget]))[:, 0, 0]


def _laws(tree: xr.DataTree) -> list[Mixing]:
    laws = tree["laws"]
    pairs = zip(laws["law"].to_numpy(), laws["prior_weight"].to_numpy(), strict=True)
    return [replace(MIXINGS[str(name)], weight=float(weight)) for name, weight in pairs]


def _advice(table: pd.DataFrame) -> str:
    enough = table[table["halves"]]
    if enough.empty:
        best = table.iloc[int(table["expected_width"].to_numpy().argmin())]
        return (
            f"nothing tried here halves the interval; the most that {int(best['factor'])} times the {best['buy']} "
            f"brings is a width of {best['expected_width']:.2f}: the tail of the mixing law is what is open, and only "
            "attempts near the budget itself show it"
        )
    best = enough.iloc[int(enough["cost"].to_numpy().argmin())]
    return (
        f"buy {best['buy']}: {int(best['problems'])} problems of {int(best['attempts'])} attempts halve the interval "
        f"for {best['cost']:.4g}"
    )
