"""Trials of agents whose horizons are known."""

import numpy as np
import pandas as pd
from scipy.special import expit

HOSTILE, MATHEMATICAL = "<script>alert(1)</script>", "$\\alpha_1$ agent"
#: Median horizon in minutes and release date of each agent; "weak" is made to fail always.
HORIZONS = {"weak": 0.01, "early": 4.0, HOSTILE: 20.0, MATHEMATICAL: 60.0, "late": 240.0}
RELEASED = dict(zip(HORIZONS, ("2021-01-01", "2022-01-01", "2023-01-01", "2024-01-01", "2025-01-01"), strict=True))
SLOPE, FAMILY, TASK, CELL = 0.7, 0.8, 0.8, 0.6  # logits per doubling, and standard deviations of effects


def agent_trials(seed: int = 5, families: int = 12, per_family: int = 2, attempts: int = 6) -> pd.DataFrame:
    """One row per agent and task, with human times from 1 minute to 16 hours."""
    rng = np.random.default_rng(seed)
    tasks = families * per_family
    minutes = np.exp2(rng.permutation(np.linspace(0, 10, tasks)))
    family = np.repeat(np.arange(families), per_family)
    effect = FAMILY * rng.standard_normal(families)[family] + TASK * rng.standard_normal(tasks)
    rows = []
    for agent, horizon in HORIZONS.items():
        logit = SLOPE * (np.log2(horizon) - np.log2(minutes)) + effect + CELL * rng.standard_normal(tasks)
        successes = rng.binomial(attempts, expit(logit)) * (agent != "weak")
        for task in range(tasks):
            rows.append((agent, f"family {family[task]}", f"task {task}", minutes[task], attempts, successes[task]))
    return pd.DataFrame(rows, columns=["model", "family", "problem", "human_minutes", "attempts", "successes"])


def shipped_agents() -> pd.DataFrame:
    """The table `example:agent_horizons`: seven agents released every half year, whose horizons double in 200 days."""
    rng = np.random.default_rng(20260301)
    families, per_family, attempts = 14, 3, 4
    tasks = families * per_family
    family = np.repeat(np.arange(families), per_family)
    minutes = np.exp2(rng.uniform(0, 9.5, tasks)).round(1)
    effect = 0.8 * rng.standard_normal(families)[family] + 0.8 * rng.standard_normal(tasks)
    days = np.arange(7) * 182
    horizons = np.exp2(1.0 + days / 200 + 0.4 * rng.standard_normal(7))
    parts = []
    for place, (day, horizon) in enumerate(zip(days, horizons, strict=True)):
        logit = 0.65 * (np.log2(horizon) - np.log2(minutes)) + effect + 0.6 * rng.standard_normal(tasks)
        columns = {
            "model": f"agent-{place + 1}",
            "release_date": str(np.datetime64("2023-01-15") + day),
            "family": [f"family-{index + 1}" for index in family],
            "problem": [f"task-{index + 1}" for index in range(tasks)],
            "human_minutes": minutes,
            "attempts": attempts,
            "successes": rng.binomial(attempts, expit(logit)),
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)
