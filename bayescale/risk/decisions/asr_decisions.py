"""Decisions from a risk posterior: attempts to reach a level, the worst of many prompts, a fleet, two models."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.errors import InputError
from bayescale.risk.grid import RATE
from bayescale.risk.posterior import Drawn, drawn, problems_of, settings
from bayescale.risk.predict import MOST_ATTEMPTS, group_table, new_shares, prompt_nodes, shares

type Array = NDArray[np.float64]

_GRID = np.unique(np.round(np.geomspace(1, MOST_ATTEMPTS, 241)).astype(np.int64))


@dataclass(frozen=True, repr=False)
class Budget(Shown):
    """Attempts per prompt at which a level is reached: `dataset` with `these` and `new` (chain, draw, group), infinite
    where it never is; `table` their medians and intervals, by group."""

    dataset: xr.Dataset
    table: pd.DataFrame
    level: float
    prob: float

    @property
    def _page(self) -> Page:
        title = f"Attempts per prompt until {100 * self.level:.4g} % are broken; {100 * self.prob:.4g} % intervals"
        return Page(title, self.table)


def budget_for(tree: xr.DataTree, level: float, prob: float = 0.9) -> Budget:
    """The least attempts N a prompt at which ASR@N reaches `level`, interpolated on log N; infinity where it never
    does.

    Of these prompts, N below the attempts made are fresh attempts, and N from there on are attempts in total.
    """
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        raise InputError(f"level={level!r} must be a share strictly between 0 and 1, such as 0.5")
    problems = problems_of(tree)
    found = dict(zip(("these", "new"), shares(tree, _GRID), strict=True))
    reached = {name: _crossing(value, _GRID, level) for name, value in found.items()}
    table = group_table(problems)
    levels = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    for name, value in reached.items():
        quantiles = np.quantile(value, levels, axis=0, method="nearest")
        for what, quantile in zip(("median", "lower", "upper"), quantiles, strict=True):
            table[f"{name}_{what}"] = quantile
    dims = ("chain", "draw", "group")
    dataset = xr.Dataset({name: (dims, value[None]) for name, value in reached.items()})
    return Budget(dataset, table, level, prob)


def _crossing(value: Array, grid: NDArray[np.int64], level: float) -> Array:
    """Where draws (draw, group, grid) first reach the level: (draw, group)."""
    reached = value >= level
    first = np.where(reached.any(axis=2), reached.argmax(axis=2), len(grid))  # these may fall where attempts were made
    log_grid = np.log(grid.astype(float))
    at, before = np.clip(first, 0, len(grid) - 1), np.clip(first - 1, 0, len(grid) - 1)
    high = np.take_along_axis(value, at[..., None], 2)[..., 0]
    low = np.take_along_axis(value, before[..., None], 2)[..., 0]
    part = np.where(high > low, (level - low) / np.where(high > low, high - low, 1.0), 1.0)
    crossing = np.exp(log_grid[before] + np.clip(part, 0, 1) * (log_grid[at] - log_grid[before]))
    return np.where(first == len(grid), np.inf, np.where(first == 0, float(grid[0]), np.ceil(crossing)))


def worst_of(tree: xr.DataTree, prompts: int, attempts: int, prob: float = 0.9) -> pd.DataFrame:
    """Probability that at least one of `prompts` new prompts is broken within `attempts` each, by group: median and
    interval over the posterior, and `expected`, which is what to bet on."""
    _whole("prompts", prompts)
    _whole("attempts", attempts)
    new = new_shares(tree, np.array([attempts]))[..., 0]
    with np.errstate(divide="ignore"):
        risk = -np.expm1(prompts * np.log1p(-np.minimum(new, 1 - 1e-16)))
    return _summary(tree, risk, prob).assign(prompts=prompts, attempts=attempts)


def fleet(tree: xr.DataTree, users: int, attempts: int, prob: float = 0.9) -> pd.DataFrame:
    """Prompts broken when `users` each try one new prompt `attempts` times: expected number with its interval over the
    posterior (`median`, `lower`, `upper`), and the probability that any is (`any_median`, …)."""
    _whole("users", users)
    number = users * new_shares(tree, np.array([attempts]))[..., 0]
    some = worst_of(tree, users, attempts, prob)
    table = _summary(tree, number, prob).assign(users=users, attempts=attempts)
    return table.assign(**{f"any_{name}": some[name].to_numpy() for name in ("median", "lower", "upper", "expected")})


def _summary(tree: xr.DataTree, value: Array, prob: float) -> pd.DataFrame:
    """Median, interval and mean of draws (draw, group)."""
    low, middle, high = np.quantile(value, [(1 - prob) / 2, 0.5, (1 + prob) / 2], axis=0)
    table = group_table(problems_of(tree))
    return table.assign(median=middle, lower=low, upper=high, expected=value.mean(axis=0))


def _whole(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise InputError(f"{name}={value!r} must be a whole number, 1 or more")


def compare(
    tree: xr.DataTree,
    first: Sequence[str] | str,
    second: Sequence[str] | str,
    budgets: NDArray[np.int64],
    prob: float = 0.9,
) -> pd.DataFrame:
    """ASR@N of the second group less that of the first, paired by prompt, one row per budget.

    `these_*`: over N fresh attempts at the prompts both were tried on, at every N, since what one of them happened to
    break is no difference between them (`at` counts it from the attempts made on). `new_*`: over prompts of their
    population, the shared prompts re-weighted as the Bayesian bootstrap does (Rubin 1981), so that a prompt hard for
    both counts for both. `second_lower` is the probability that the second breaks less, for new prompts.
    """
    problems = problems_of(tree)
    places = [_group(problems.groups, problems.group_names, name) for name in (first, second)]
    own = [{problems.problem[i]: i for i in np.flatnonzero(problems.group == place)} for place in places]
    shared = sorted(own[0].keys() & own[1].keys())
    if len(shared) < 2:
        raise InputError(
            f"compare: {first!r} and {second!r} share {len(shared)} problems; a paired comparison needs at least two "
            "with the same `problem` in both groups"
        )
    rng = np.random.default_rng(np.random.SeedSequence([0, *places]))
    chances = [
        _chances(tree, place, np.array([mine[name] for name in shared]), budgets, rng)
        for place, mine in zip(places, own, strict=True)
    ]
    difference = chances[1] - chances[0]  # (draw, problem, budget)
    weights = rng.dirichlet(np.ones(len(shared)), len(difference))
    values = {"these": difference.mean(axis=1), "new": np.einsum("dp,dpb->db", weights, difference)}
    table = pd.DataFrame({"budget": budgets, "problems": len(shared)})
    for name, value in values.items():
        low, middle, high = np.quantile(value, [(1 - prob) / 2, 0.5, (1 + prob) / 2], axis=0)
        table = table.assign(**{f"{name}_median": middle, f"{name}_lower": low, f"{name}_upper": high})
    return table.assign(second_lower=(values["new"] < 0).mean(axis=0))


def _group(groups: tuple[tuple[str, ...], ...], names: tuple[str, ...], wanted: Sequence[str] | str) -> int:
    key = (wanted,) if isinstance(wanted, str) else tuple(map(str, wanted))
    if key not in groups:
        known = "; ".join(", ".join(group) for group in groups[:12])
        raise InputError(f"compare: no group {', '.join(key)!r} in {', '.join(names)}. Known: {known}.")
    return groups.index(key)


def _chances(
    tree: xr.DataTree, group: int, mine: NDArray[np.int64], budgets: NDArray[np.int64], rng: np.random.Generator
) -> Array:
    """Draws (draw, problem, budget) of each prompt's chance of being broken, itself drawn given its own counts."""
    problems, law = problems_of(tree), drawn(tree, group)
    counted = [problems.counted(one) for one in settings(tree)]
    out = np.empty((len(law.mass), len(mine), len(budgets)))
    broken = np.vstack([-np.expm1(-np.outer(RATE, budgets)), np.zeros(len(budgets))])
    for setting, one in enumerate(counted):
        draws = np.flatnonzero(law.setting == setting)
        own = Drawn(law.mass[draws], law.zero[draws], law.setting[draws])
        for place, problem in enumerate(mine):
            same = (one.attempts == problems.attempts[problem]) & (one.successes == problems.successes[problem])
            node = prompt_nodes(own, one, int(np.flatnonzero(same)[0]), 1, rng)[:, 0]
            out[draws, place] = broken[node]
    return out
