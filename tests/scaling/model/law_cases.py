"""Laws of every form, and runs that follow them: formulas, other scales, inputs that may be zero."""

import numpy as np
import pandas as pd

import bayescale as bs
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling_laws.law import Law

SIGMOID = Law(
    "mine",
    bs.term("sigmoid(a + b * log(n_params / 1e9) - c * mantissa_bits)"),
    scale=bs.Scale("logit"),
    response="accuracy",
    priors={"a": bs.normal(0.0, 1.0), "b": bs.lognormal(0.3, 0.4), "c": bs.normal(0.0, 0.2)},
    pooling={"a": "partial"},
)
PENALTY = Law(
    "penalty",
    bs.floor("E") + bs.power("A", "alpha", "n_params") + bs.term("k * 2**-bits"),
    priors={"k": bs.lognormal(0.5, 0.5)},
)
LINEAR = Law(
    "linear",
    bs.term("a + b * log(examples)"),
    scale=bs.Scale("identity"),
    response="score",
    priors={"a": bs.normal(0.0, 3.0), "b": bs.normal(1.0, 0.5)},
)


def runs_of(entry: Law, n: int = 30, seed: int = 2) -> pd.DataFrame:
    """Runs of two families that follow an entry at the middle of its priors, with noise on its scale."""
    rng = np.random.default_rng(seed)
    columns = {
        "n_params": np.exp(rng.uniform(np.log(1e8), np.log(1e10), n)),
        "bits": rng.choice([2.0, 3.0, 4.0, 8.0], n),
        "mantissa_bits": rng.choice([0.0, 1.0, 3.0], n),
        "examples": np.exp(rng.uniform(np.log(1e4), np.log(1e8), n)),
    }
    parameters = {"E": 1.7, "A": 400.0, "alpha": 0.34} | {k: p.quantile(0.5) for k, p in entry.priors.items()}
    inputs = {name: columns[name] for name in entry.inputs}
    clean = entry.scale.forward(entry.predict(inputs, {k: parameters[k] for k in entry.parameter_names}), np)
    response = entry.scale.inverse(clean + 0.01 * rng.standard_normal(n))
    return pd.DataFrame({"family": np.where(np.arange(n) % 2, "x", "y"), **inputs, entry.response: response})


def design_of(entry: Law, discrepancy: bool = True) -> Design:
    return make_design(bs.read_runs(runs_of(entry), response=entry.response), Spec(entry, discrepancy=discrepancy))
