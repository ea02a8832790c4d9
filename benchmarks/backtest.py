"""Measure where a backtest spends its time: ten folds of five laws on a table of a hundred runs.

    python -m benchmarks.backtest

The result has the number of compilations (target: one per law) and CPU seconds of all threads (target: 60 in all). All
settings are the defaults of `backtest`.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd

import bayescale as bs
from bayescale.scaling.evaluation import backtest
from bayescale.scaling.sampling import compilation, retries
from benchmarks.shared import write_table

LAWS = ("chinchilla", "joint", "kaplan", "kaplan_params", "kaplan_tokens")
FOLDS = 10


def table(rows: int = 100, seed: int = 1) -> pd.DataFrame:
    """Runs of two families by the Chinchilla law."""
    rng = np.random.default_rng(seed)
    n_params = np.exp(rng.uniform(np.log(1e7), np.log(3e9), rows))
    n_tokens = n_params * np.exp(rng.uniform(np.log(5), np.log(100), rows))
    family = np.where(np.arange(rows) % 2, "a", "b")
    floor = np.where(family == "a", 1.7, 1.8)
    loss = (floor + 400 / n_params**0.34 + 410 / n_tokens**0.28) * np.exp(0.005 * rng.standard_normal(rows))
    return pd.DataFrame({"family": family, "n_params": n_params, "n_tokens": n_tokens, "loss": loss})


@contextmanager
def timed(owner: Any, name: str, spent: dict[str, list[float]]) -> Iterator[None]:
    """Note the CPU seconds of every call of a function."""
    real = getattr(owner, name)

    def watched(*given: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return real(*given, **named)
        finally:
            spent.setdefault(name, []).append(time.process_time() - began)

    with mock.patch.object(owner, name, watched):
        yield


def main() -> None:
    runs = table()
    compute = 6 * runs["n_params"] * runs["n_tokens"]
    cuts = [float(compute.quantile(level)) for level in np.linspace(0.5, 0.95, FOLDS)]
    spent: dict[str, list[float]] = {}
    began = time.process_time()
    with (
        timed(compilation, "compile_density", spent),
        timed(retries, "run_chains", spent),
        timed(retries, "laplace_preconditioner", spent),
        timed(backtest, "_scored", spent),
    ):
        done = bs.backtest(runs, LAWS, cuts=cuts, random_seed=1, progress=print)
    total = time.process_time() - began
    row = {
        "laws": len(LAWS),
        "folds": FOLDS,
        "fits": len(LAWS) * FOLDS,
        "samplings": len(spent["run_chains"]),
        "compilations": len(spent["compile_density"]),
        "cpu_s": total,
        "compiling": sum(spent["compile_density"]),
        "coordinates": sum(spent["laplace_preconditioner"]),
        "sampling": sum(spent["run_chains"]),
        "scoring": sum(spent["_scored"]),
        "gates passed": f"{int(done.points.groupby(['law', 'cut'])['passed'].all().sum())} of {len(LAWS) * FOLDS}",
    }
    write_table("backtest_cost", pd.DataFrame([row]).round(2))


if __name__ == "__main__":
    main()
