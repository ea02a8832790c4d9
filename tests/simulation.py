"""Tables of runs simulated from known laws."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.prior import lognormal, normal
from bayescale.scaling_laws.registry import law
from bayescale.scaling_laws.terms import term

HOSTILE = "<script>alert(1)</script>"
MATHEMATICAL = r"_$\frac{1$ & <b>模型</b>"
TRUTH = {
    "a": {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 420.0, "beta": 0.28},
    "b": {"E": 1.8, "A": 300.0, "alpha": 0.32, "B": 500.0, "beta": 0.29},
}
RUN_EFFECTS = {"r0": -0.06, "r1": -0.03, "r2": 0.0, "r3": 0.02, "r4": 0.07}  # on log loss
ERROR_OF_LOSS = Law(
    "error",
    term("eps - k * exp(-loss)"),
    scale=Scale("identity"),
    response="error",
    priors={"eps": normal(0.7, 0.2), "k": lognormal(1.0, 0.5)},
)


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


def learning_curves(effects: Mapping[str, float], n: int = 12) -> pd.DataFrame:
    """Checkpoints of runs that each lie a factor off the same power law, and noise of a thousandth."""
    rng, step = np.random.default_rng(5), np.geomspace(100, 1e4, n)
    tables = []
    for run, effect in effects.items():
        loss = (1.5 + 8 * step**-0.4) * np.exp(effect + 0.001 * rng.standard_normal(n))
        tables.append(pd.DataFrame({"run": run, "examples": step, "loss": loss}))
    return pd.concat(tables)


def losses_and_errors() -> pd.DataFrame:
    """Losses of one family and its errors: .76 less 1.3 exp(-loss), with noise of .002."""
    rng = np.random.default_rng(1)
    loss = rng.uniform(2.0, 5.0, 20)
    error = 0.76 - 1.3 * np.exp(-loss) + 0.002 * rng.standard_normal(20)
    return pd.DataFrame({"family": "a", "loss": loss, "error": error})
