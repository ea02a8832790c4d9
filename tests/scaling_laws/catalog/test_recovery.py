"""Laws of models made from other models and of sparse weights, fitted to runs of known truth and to real runs."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.helpers import first, sampled_inputs, source
from tests.scaling_laws.catalog.published_fine_tuning import KAPLAN
from tests.scaling_laws.catalog.test_compression import t5_runs

NOISE, ROWS = 0.005, 60
#: Coefficients that published sets leave open.
OPEN = {
    "transfer_loss": KAPLAN,
    "forgetting": {"offset": 0.0, "d_0": 0.2, "beta": 0.4, "alpha": 0.6},
}
NAMES = (
    *("distillation", "finetuning", "finetuning_pretraining", "finetuning_adapters"),
    *("transfer", "transfer_loss", "forgetting", "weight_sparsity"),
)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_fit_recovers_the_published_law(name: str) -> None:
    """The fit passes its gate, or raises; forecasts hold the truth, and few runs determine less."""
    entry, rng = law(name), np.random.default_rng(3)
    truth = {**OPEN.get(name, {}), **first(name)}
    table = pd.DataFrame(sampled_inputs(entry, ROWS, rng))
    exact = entry.predict({column: table[column].to_numpy() for column in table}, truth)
    table[entry.response] = exact * np.exp(NOISE * rng.standard_normal(ROWS))
    targets = pd.DataFrame(sampled_inputs(entry, 8, rng))
    expected = entry.predict({column: targets[column].to_numpy() for column in targets}, truth)

    def forecast(rows: int) -> Any:
        runs = bs.read_runs(table.head(rows), response=entry.response)
        return bs.fit(runs, law=name, discrepancy=False, random_seed=1).forecast(targets, prob=0.99).table

    many, few = forecast(ROWS), forecast(15)
    assert ((many["law_lower"] < expected) & (expected < many["law_upper"])).mean() >= 7 / 8
    widths = [np.log(rows["law_upper"] / rows["law_lower"]).mean() for rows in (many, few)]
    assert widths[0] < widths[1]


@pytest.mark.slow
def test_sparse_t5_of_four_times_the_size_is_forecast_from_the_smaller_runs() -> None:
    runs = pd.DataFrame(t5_runs())
    largest = runs["n_params"] == runs["n_params"].max()
    fit = bs.fit(runs[~largest], law="weight_sparsity", random_seed=1)
    held_out = runs[largest]
    rows = fit.forecast(held_out.drop(columns="loss")).table
    measured = held_out["loss"].to_numpy()
    assert ((rows["run_lower"] < measured) & (measured < rows["run_upper"])).sum() >= 9  # of 12; 90 % intervals
    assert np.abs(np.log(rows["run_median"] / measured)).mean() < 0.012
    # the published coefficients, fitted to all runs, but for those of sparsity: b is larger in these data
    posterior, published = fit.tree["posterior"].to_dataset(), source("weight_sparsity", "T5")
    for name in ("E", "A", "alpha", "B", "beta"):
        lower, upper = np.quantile(posterior[name].to_numpy(), [0.05, 0.95])
        assert lower < published[name] < upper, name
