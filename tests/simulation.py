"""Tables of runs simulated from known laws."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bayescale.scaling_laws.registry import law

HOSTILE = "<script>alert(1)</script>"
MATHEMATICAL = r"_$\frac{1$ & <b>模型</b>"
TRUTH = {
    "a": {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 420.0, "beta": 0.28},
    "b": {"E": 1.8, "A": 300.0, "alpha": 0.32, "B": 500.0, "beta": 0.29},
}


def simulated_runs(
    truth: Mapping[str, Mapping[str, float]] = TRUTH, n: int = 25, noise: float = 0.005, seed: int = 1
) -> pd.DataFrame:
    """`n` runs a family of the Chinchilla law, sizes and data spread over two decades, normal noise on log loss."""
    rng = np.random.default_rng(seed)
    tables = []
    for family, parameters in truth.items():
        inputs = {
            "n_params": np.exp(rng.uniform(np.log(1e7), np.log(1e9), n)),
            "n_tokens": np.exp(rng.uniform(np.log(3e8), np.log(3e10), n)),
        }
        loss = law("chinchilla").predict(inputs, parameters) * np.exp(noise * rng.standard_normal(n))
        runs = [f"{family}{i}" for i in range(n)]
        tables.append(pd.DataFrame({"family": family, "run": runs, **inputs, "loss": loss}))
    return pd.concat(tables, ignore_index=True)


def hostile_runs() -> pd.DataFrame:
    """Runs of a Chinchilla law with 1 % noise: one family on a path, one on a grid of sizes and tokens."""
    rng = np.random.default_rng(3)
    sizes = np.geomspace(5e7, 3e9, 8)
    path = pd.DataFrame({"family": HOSTILE, "n_params": sizes, "n_tokens": 20 * sizes})
    grid = [(n, d) for n in (1e8, 5e8, 2e9) for d in (5e9, 2e10, 8e10)]
    table = pd.concat(
        [path, pd.DataFrame(grid, columns=["n_params", "n_tokens"]).assign(family=MATHEMATICAL)], ignore_index=True
    )
    law = 1.7 + 406 / table["n_params"] ** 0.34 + 411 / table["n_tokens"] ** 0.28
    return table.assign(
        run=[f"run-{i}" for i in table.index], loss=law * np.exp(0.01 * rng.standard_normal(len(table)))
    )
