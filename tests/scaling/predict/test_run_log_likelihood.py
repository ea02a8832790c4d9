"""Test log densities of many runs, evaluated in blocks."""

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.maintenance.influence import side_of
from bayescale.scaling.checks.registry import check_posterior
from bayescale.scaling.model.design import make_design
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.predict import run_log_likelihood as module
from bayescale.scaling.predict.run_log_likelihood import run_blocks
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling.single_law import make_spec
from tests.conftest import MadeUp, simulated_runs


def with_checkpoints() -> pd.DataFrame:
    """Eight runs, every other one with three rows."""
    runs = simulated_runs(n=4)
    more = [runs.iloc[::2].assign(n_tokens=runs["n_tokens"] * by, loss=runs["loss"] / by**0.05) for by in (2, 4)]
    return pd.concat([runs, *more], ignore_index=True)


def test_checks_do_not_depend_on_what_is_stored(made_up: MadeUp, monkeypatch: pytest.MonkeyPatch) -> None:
    design = make_design(read_runs(with_checkpoints()), make_spec("chinchilla", "family", True, "growing", None))
    draws = made_up(design)
    stored = to_tree(design, draws, Sampler(), 1)
    n_draws = int(np.prod(Posterior(stored).functions.draws))
    monkeypatch.setattr(module, "MOST_STORED", 0)
    monkeypatch.setattr(module, "BLOCK_VALUES", 5 * n_draws)
    again = to_tree(design, draws, Sampler(), 1)
    assert len(run_blocks(design, n_draws)) > 2
    per_run = stored["log_likelihood"]["log_likelihood"].to_numpy()
    assert [*again["log_likelihood"].data_vars] == ["total"]
    np.testing.assert_allclose(again["log_likelihood"]["total"], per_run.sum(axis=-1))
    runs = np.array([0, 3, 7])
    np.testing.assert_allclose(Posterior(again).run_log_likelihood(runs), per_run[..., runs])
    np.testing.assert_allclose(side_of(Posterior(again), per_run).log_likelihood(runs), per_run[..., runs])
    monkeypatch.undo()
    whole = check_posterior(Posterior(stored))
    monkeypatch.setattr(module, "BLOCK_VALUES", 5 * n_draws)
    blocks = check_posterior(Posterior(again))
    pd.testing.assert_frame_equal(whole.table, blocks.table)
    for name, table in whole.details.items():
        pd.testing.assert_frame_equal(table, blocks.details[name])
