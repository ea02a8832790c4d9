"""Measure the cost of a risk posterior by number of groups: fit, forecast and checks, in CPU seconds of one process.

    python -m benchmarks.risk_cost

Each group has 200 prompts with 100 attempts each, or with 10 to 200, which gives more distinct counts to integrate.
"""

import time

import numpy as np
import pandas as pd

from bayescale.risk.fit import fit_risk
from benchmarks.shared import write_table

GROUPS = (1, 5, 20, 50)
PROMPTS = 200


def trials(groups: int, unequal: bool) -> pd.DataFrame:
    """Counts of models whose prompts' chances are Beta, each model with its own."""
    rng = np.random.default_rng(groups)
    tables = []
    for group in range(groups):
        chance = rng.beta(rng.uniform(0.3, 0.6), rng.uniform(4, 40), PROMPTS)
        attempts = rng.integers(10, 201, PROMPTS) if unequal else np.full(PROMPTS, 100)
        counts = {"attempts": attempts, "successes": rng.binomial(attempts, chance)}
        tables.append(pd.DataFrame({"model": f"m{group}", "problem": range(PROMPTS), **counts}))
    return pd.concat(tables)


def measure(groups: int, unequal: bool) -> dict[str, object]:
    """One row: CPU seconds of each step, and the least effective number of points behind the answer."""
    table = trials(groups, unequal)
    began = time.process_time()
    risk = fit_risk(table, by=["model"], random_seed=1)
    fitted = time.process_time()
    risk.at([1_000, 10_000])
    asked = time.process_time()
    return {
        "groups": groups,
        "attempts": "10 to 200" if unequal else "100",
        "fit_and_checks": round(fitted - began, 2),
        "forecast": round(asked - fitted, 2),
        "total": round(asked - began, 2),
        "effective_points": round(float(risk.laws["effective"].min())),
    }


def main() -> None:
    fit_risk(trials(1, False), random_seed=1)  # imports are not what is measured
    rows = []
    for unequal in (False, True):
        for groups in GROUPS:
            rows.append(measure(groups, unequal))
            print(rows[-1], flush=True)
    write_table("risk_cost", pd.DataFrame(rows))


if __name__ == "__main__":
    main()
