"""How much of each law: weights that maximise the log score of held-out larger runs (stacking of predictive
distributions, Yao et al. 2018), with their uncertainty by the Bayesian bootstrap over runs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

from bayescale.errors import InputError

type Array = NDArray[np.float64]

REPEATS = 200


@dataclass(frozen=True)
class Stack:
    """`table` has one row per law: `weight`, its 90 % interval over re-weighted runs, and the log score of the law by
    itself per run. `runs` is how many independent runs the weights rest on."""

    table: pd.DataFrame
    runs: int


def stack(points: pd.DataFrame, random_seed: int = 0) -> Stack:
    """Stacking weights from a backtest's points. Rows of one run, over all cuts, count as one.

    Raises InputError where the laws were not all scored on the same rows, or there is a single run.
    """
    wide = points.pivot_table("log_score", ["family", "run", "cut", "row"], "law", sort=False)
    if wide.isna().any().any():
        raise InputError("stacking needs every law scored on the same rows")
    runs = wide.groupby(["family", "run"], sort=False).ngroup().to_numpy()
    share = 1 / np.bincount(runs)[runs]  # a run with many rows speaks once
    count = int(runs.max()) + 1
    if count < 2:
        raise InputError("stacking needs at least two held-out runs: with one, weights would be that run's accident")
    density = np.exp(wide.to_numpy() - wide.to_numpy().max(axis=1, keepdims=True))
    weight = _best(density, share)
    rng = np.random.default_rng(random_seed)
    again = np.stack([_best(density, share * rng.exponential(size=count)[runs]) for _ in range(REPEATS)])
    low, high = np.quantile(again, [0.05, 0.95], axis=0)
    alone = np.array([np.sum(share * wide[law].to_numpy()) / count for law in wide])
    names = [str(name) for name in wide.columns]
    table = pd.DataFrame({"law": names, "weight": weight, "lower": low, "upper": high, "log_score": alone})
    order = points["law"].drop_duplicates().tolist()
    return Stack(table.set_index("law").loc[order].reset_index(), count)


def _best(density: Array, share: Array) -> Array:
    """Weights on the simplex that maximise sum share · log(density @ w): concave, by softmax coordinates."""
    if density.shape[1] == 1:
        return np.ones(1)

    def loss(at: Array) -> tuple[float, Array]:
        w = np.exp(at - at.max())
        w /= w.sum()
        mixed = density @ w
        slope = (share / mixed) @ density
        gradient = -(w * (slope - slope @ w)) + 1e-6 * at
        return float(-(share * np.log(mixed)).sum() + 0.5e-6 * at @ at), gradient

    found = minimize(
        loss, np.zeros(density.shape[1]), jac=True, method="L-BFGS-B", bounds=[(-30, 30)] * density.shape[1]
    )
    w = np.exp(found.x - found.x.max())
    return np.asarray(w / w.sum())
