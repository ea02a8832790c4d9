"""Simulated losses of two domains, and approximate draws of their posterior."""

import numpy as np
import pandas as pd

from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.preview import preview
from bayescale.scaling.responses import POOLING, law_of_table, stack_responses


def true_loss(own: np.ndarray, other: np.ndarray, n_params: np.ndarray, n_tokens: np.ndarray) -> np.ndarray:
    """Loss of a domain: half of the worth of the other domain's parameters, a tenth of its tokens."""
    size, data = n_params * (own + 0.5 * other), n_tokens * (own + 0.1 * other)
    return np.asarray(1.2 + 200 * size**-0.3 + 1500 * data**-0.35)


def mixture_table() -> pd.DataFrame:
    """Two losses of 48 runs, with an effect of a run that both share."""
    rng = np.random.default_rng(3)
    n_params = np.tile([1e8, 2e8, 4e8, 8e8], 12)
    n_tokens = n_params * rng.choice([20.0, 40.0], 48)
    web = np.repeat(np.linspace(0.1, 0.9, 12), 4)
    lucky = rng.normal(0, 0.004, 48)
    table = pd.DataFrame({"n_params": n_params, "n_tokens": n_tokens, "weight_web": web, "weight_code": 1 - web})
    table["run"] = [f"r{i}" for i in range(48)]
    for name, own in (("web", web), ("code", 1 - web)):
        noise = lucky + rng.normal(0, 0.001, 48)
        table[f"{name}_loss"] = true_loss(own, 1 - own, n_params, n_tokens) * np.exp(noise)
    return table


def made_mixtures(table: pd.DataFrame | None = None, law: str = "mixture_effective") -> FittedLaws:
    """Approximate draws of the posterior of both losses of a table, by default `mixture_table`."""
    runs = stack_responses(mixture_table() if table is None else table, ["web_loss", "code_loss"])
    return preview(runs, law_of_table(law, runs), discrepancy=False, random_seed=1, pooling=POOLING).laws
