"""Scores simulated from the capability model, with their true values."""

import numpy as np
import pandas as pd
from scipy.special import expit

CHANCE = {"choice": 0.25}
ITEMS = {"choice": 2000.0, "open": 500.0, "code": 200.0, "reading": 2000.0}
LEVELS = {"choice": -1.5, "open": -2.0, "code": -3.0, "reading": 0.0}
SLOPES = {"choice": 1.2, "open": 1.5, "code": 1.0, "reading": 0.8}


def scores_table(families: int = 8, per_family: int = 5, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Models with their measured scores, and their true scores without the noise of items."""
    rng = np.random.default_rng(seed)
    rows, truths = [], []
    for family in range(families):
        efficiency, offset = rng.normal(0, 0.4), rng.normal(0, 0.2, len(LEVELS))
        for place in range(per_family):
            compute = rng.uniform(-1.5, 1.5)
            capability = efficiency + compute + rng.normal(0, 0.25)
            row = {"family": f"<b>{family}</b>", "model": f"{family}-{place}", "flops": 10 ** (22 + compute)}
            truth = dict(row)
            for extra, name in zip(offset, LEVELS, strict=True):
                share = expit(LEVELS[name] + SLOPES[name] * capability + extra + rng.normal(0, 0.15))
                truth[name] = CHANCE.get(name, 0.0) + (1 - CHANCE.get(name, 0.0)) * share
                row[name] = rng.binomial(int(ITEMS[name]), truth[name]) / ITEMS[name]
            rows.append({**row, "n_params": 1e9 * 10 ** (compute / 2 + rng.normal(0, 0.1))})
            truths.append(truth)
    return pd.DataFrame(rows), pd.DataFrame(truths)


BENCHMARKS = list(LEVELS)
