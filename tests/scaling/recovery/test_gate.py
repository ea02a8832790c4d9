"""Default fits of runs simulated from published coefficients pass the gate with a wide margin."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.scaling.sampling.sampler import Sampler


def superposition() -> pd.DataFrame:
    """Fifteen widths at the published amplitude and exponent, whose floor is .93 of the least loss."""
    rng, width = np.random.default_rng(1), np.geomspace(64, 8192, 15)
    loss = 476.08 * width**-0.9098 + 1.9
    return pd.DataFrame({"width": width, "loss": loss * np.exp(rng.normal(0, 0.01, len(width)))})


def data_pruning() -> pd.DataFrame:
    """Twelve sizes of a pruned image data set; error falls to a third along a stretched exponential."""
    rng, examples = np.random.default_rng(1), np.geomspace(1e4, 1.3e6, 12)
    error = 0.6 * np.exp(-1.5 * (examples / 1e6) ** 0.4) + 0.03
    return pd.DataFrame({"examples": examples, "error": error * np.exp(rng.normal(0, 0.01, len(examples)))})


@pytest.mark.parametrize(
    ("law", "table", "inside"),
    [
        ("superposition", superposition(), ("L_inf", 1.9)),
        pytest.param("data_pruning", data_pruning(), ("e_inf", 0.03), marks=pytest.mark.slow),
    ],
    ids=["superposition", "data_pruning"],
)
def test_simulated_runs_pass_the_gate_and_hold_the_floor(
    law: str, table: pd.DataFrame, inside: tuple[str, float]
) -> None:
    fitted = bs.fit(table, law=law, random_seed=1, progress=False, sampler=Sampler(attempts=2))
    checks = fitted.check().table.set_index("check")["value"]
    assert checks["divergences"] == 0
    assert min(checks["ESS bulk"], checks["ESS tail"]) > 500
    name, truth = inside
    lower, upper = np.quantile(fitted.tree["posterior"][name].to_numpy(), [0.01, 0.99])
    assert lower < truth < upper
