"""Many families of few rows."""

import numpy as np
import pandas as pd

from bayescale.data.reading import read_runs
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.single_law import make_spec
from bayescale.scaling_laws.registry import law

TRUTH = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 410.0, "beta": 0.28}


def small_families(count: int, rows: int, noise: float = 0.005, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    inputs = {"n_params": 10 ** rng.uniform(7.5, 9.5, count * rows), "n_tokens": 10 ** rng.uniform(9, 11, count * rows)}
    loss = law("chinchilla").predict(inputs, TRUTH) + noise * rng.standard_normal(count * rows)
    return pd.DataFrame({"family": np.repeat([f"f{i}" for i in range(count)], rows), **inputs, "loss": loss})


def design_of(table: pd.DataFrame, name: str = "chinchilla", discrepancy: bool = False) -> Design:
    return make_design(read_runs(table), make_spec(name, "family", discrepancy, "growing", None))
