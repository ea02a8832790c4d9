"""Test draws of many targets in blocks."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.maintenance.forecast_scores import forecast_rows
from bayescale.scaling.model.design import make_design
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.predict import blocks
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling.single_law import make_spec
from tests.conftest import MadeUp, simulated_runs


@pytest.fixture
def unsampled_fit(made_up: MadeUp) -> Fit:
    """A posterior of the joint law with a discrepancy, whose draws no sampler made."""
    design = make_design(read_runs(simulated_runs(n=6)), make_spec("joint", "family", True, "growing", None))
    return Fit(to_tree(design, made_up(design), Sampler(), 1))


def targets(count: int) -> pd.DataFrame:
    sizes = np.geomspace(1e8, 1e10, count)
    return pd.DataFrame({"family": ["a", "b", None] * (count // 3), "n_params": sizes, "n_tokens": 20 * sizes})


def test_blocks_equal_one_piece(unsampled_fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = unsampled_fit.forecast(targets(12))
    assert len([*whole.blocks]) == 1
    monkeypatch.setattr(blocks, "BLOCK_VALUES", 5 * number_of_draws(whole.dataset))
    parts = unsampled_fit.forecast(targets(12))
    assert [block.sizes["target"] for block in parts.blocks] == [5, 5, 2]
    pd.testing.assert_frame_equal(parts.table, whole.table, rtol=1e-5)
    xr.testing.assert_allclose(parts.dataset, whole.dataset, rtol=1e-5)
    assert parts.dataset.attrs == whole.dataset.attrs
    pd.testing.assert_frame_equal(parts.below(2.5), whole.below(2.5), atol=0.02)
    pd.testing.assert_frame_equal(forecast_rows(parts, ["a"]), forecast_rows(whole, ["a"]), rtol=1e-5)


def test_equal_targets_in_two_blocks_differ(unsampled_fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    twins = pd.concat([targets(3).iloc[[0]]] * 2, ignore_index=True)
    together = unsampled_fit.forecast(twins).dataset["run"].to_numpy()
    monkeypatch.setattr(blocks, "BLOCK_VALUES", 1)
    apart = unsampled_fit.forecast(twins).dataset["run"].to_numpy()
    assert not np.allclose(apart[..., 0], apart[..., 1])
    np.testing.assert_allclose(apart, together, rtol=1e-5)


def test_too_many_draws_are_refused(unsampled_fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    n_draws = number_of_draws(unsampled_fit.forecast(targets(3)).dataset)
    monkeypatch.setattr(blocks, "BLOCK_VALUES", 4 * n_draws)
    monkeypatch.setattr(blocks, "MOST_BYTES", 16 * n_draws * 6)
    forecast = unsampled_fit.forecast(targets(12))
    assert len(forecast.table) == 12
    assert len(forecast.below(2.5)) == 12
    with pytest.raises(InputError, match=r"12 targets need .* GB of memory.*table.*at most 6 targets"):
        _ = forecast.dataset


def number_of_draws(dataset: xr.Dataset) -> int:
    return dataset.sizes["chain"] * dataset.sizes["draw"]
