"""Simulated counts for tests of repeated sampling."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

type Array = np.ndarray[Any, np.dtype[Any]]


def beta_counts(
    groups: dict[str, tuple[float, float]], problems: int = 120, attempts: int = 50, seed: int = 1
) -> pd.DataFrame:
    """Counts with Beta-distributed rates by group, and the rates in `chance`; groups share the names of problems."""
    rng = np.random.default_rng(seed)
    tables = []
    for name, (a, b) in groups.items():
        p = rng.beta(a, b, problems)
        counts = {"attempts": attempts, "successes": rng.binomial(attempts, p), "chance": p.round(12)}
        tables.append(pd.DataFrame({"model": name, "problem": [f"q{i}" for i in range(problems)], **counts}))
    return pd.concat(tables, ignore_index=True)


def without_rates(table: pd.DataFrame) -> pd.DataFrame:
    """Counts alone."""
    return table.drop(columns="chance")


def width(table: pd.DataFrame, name: str = "new") -> Array:
    """Width of each interval of an estimand."""
    return (table[f"{name}_upper"] - table[f"{name}_lower"]).to_numpy()


def until_success(
    rng: np.random.Generator, rates: Array, cap: int | Array, batch: int = 1, errors: float = 0.0, model: str = "m"
) -> pd.DataFrame:
    """Counts of attempts in batches until the batch with the first success, `cap` at most; a share of calls fails."""
    rows = []
    for problem, (rate, most) in enumerate(zip(rates, np.broadcast_to(cap, len(rates)), strict=True)):
        ran = successes = failed = 0
        while ran + failed < most and not successes:
            runs = rng.random(batch) >= errors
            successes = int((rng.random(batch)[runs] < rate).sum())
            ran, failed = ran + int(runs.sum()), failed + int((~runs).sum())
        rows.append((model, problem, ran, successes, failed))
    return pd.DataFrame(rows, columns=["model", "problem", "attempts", "successes", "errors"])


def fixed_attempts(rng: np.random.Generator, rates: Array, attempts: int | Array, model: str = "m") -> pd.DataFrame:
    """Counts of attempts whose number is set in advance."""
    made = np.broadcast_to(attempts, len(rates))
    counts = {"attempts": made, "successes": rng.binomial(made, rates), "errors": 0}
    return pd.DataFrame({"model": model, "problem": range(len(rates)), **counts})


def two_stages(rng: np.random.Generator, rates: Array, first: int, second: int) -> pd.DataFrame:
    """Counts with a second stage of attempts for the problems that the first did not solve."""
    table = fixed_attempts(rng, rates, first)
    unsolved = (table["successes"] == 0).to_numpy()
    table.loc[unsolved, "attempts"] += second
    table.loc[unsolved, "successes"] += rng.binomial(second, rates[unsolved])
    return table


def option_counts(spread: float, attempts: int = 30, problems: int = 100, seed: int = 1) -> tuple[Array, pd.DataFrame]:
    """Rates (option, problem) whose logits differ by `spread` between two temperatures, and counts of them."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(-3, 2, problems)
    rates = expit(shared + spread * rng.normal(size=(2, problems)))
    tables = [
        pd.DataFrame(
            {
                "temperature": name,
                "problem": range(problems),
                "attempts": attempts,
                "successes": rng.binomial(attempts, p),
            }
        )
        for name, p in zip(("0.2", "1.0"), rates, strict=True)
    ]
    return rates, pd.concat(tables, ignore_index=True)


def trials(groups: dict[str, tuple[float, float]], name: str = "model", prompts: int = 40) -> pd.DataFrame:
    """Counts of 100 attempts at prompts whose rates are Beta; the same prompts in every group."""
    rng = np.random.default_rng(5)
    rows = [
        (group, f"<i>secret</i> {prompt}", 100, rng.binomial(100, rng.beta(a, b)))
        for group, (a, b) in groups.items()
        for prompt in range(prompts)
    ]
    return pd.DataFrame(rows, columns=[name, "problem", "attempts", "successes"])
