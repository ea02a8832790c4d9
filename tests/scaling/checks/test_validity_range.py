"""The law's range of validity: rows and targets outside it are counted, and a law without one is reported."""

from dataclasses import replace

import numpy as np
import pytest

from bayescale.scaling.checks.validity_range import validity_range
from bayescale.scaling.model.spec import Spec
from tests.scaling.checks.check_cases import CHINCHILLA, context_of_targets, design_of
from tests.simulation import simulated_runs


def test_rows_and_targets_outside_the_range_are_counted() -> None:
    runs = simulated_runs()
    runs.loc[[0, 1], "n_tokens"] = [5e7, 2e7]
    targets = [{"n_params": 3e12, "n_tokens": 2e14}, {"n_params": 1e9, "n_tokens": 1e10}]
    result = validity_range(context_of_targets(design_of(runs), targets))
    assert result.value == 3  # points, however many of their inputs are outside
    assert result.warns
    assert "n_tokens of 50 rows: 2 below 1e+08, by up to 5x (a)" in result.meaning
    assert "n_params of 2 targets: 1 above 1e+12, by up to 3x (a new family)" in result.meaning
    table = result.details["ranges"]
    assert table["points"].tolist() == ["rows", "rows", "targets", "targets"]
    assert table[["below", "above"]].to_numpy().tolist() == [[0, 0], [2, 0], [0, 1], [0, 1]]
    assert table["factor"].tolist() == pytest.approx([np.nan, 5, 3, 2], nan_ok=True)


def test_the_edge_of_a_range_is_inside() -> None:
    runs = simulated_runs()
    runs.loc[0, "n_tokens"] = 1e8
    result = validity_range(context_of_targets(design_of(runs)))
    assert result.value == 0
    assert not result.warns
    assert result.meaning.startswith("all rows lie where law 'chinchilla' is meant to hold")


def test_a_law_without_a_range_is_reported() -> None:
    design = replace(design_of(simulated_runs()), spec=Spec(replace(CHINCHILLA, ranges={}), discrepancy=False))
    result = validity_range(context_of_targets(design))
    assert np.isnan(result.value)
    assert "states no range" in result.meaning
    assert result.details["ranges"].empty
