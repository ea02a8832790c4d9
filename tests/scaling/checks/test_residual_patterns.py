"""Neighbouring residuals and residuals along inputs: seen where the law misses a shape, and silent elsewhere."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.scaling.checks.residual_patterns import neighbouring_residuals, residuals_along_inputs
from bayescale.scaling.checks.residual_scores import residual_scores
from bayescale.scaling.checks.undertrained import undertrained_runs
from tests.scaling.checks.check_cases import (
    CHINCHILLA,
    DESIGN,
    along,
    checkpoints,
    context_of_levels,
    context_of_scores,
    design_of,
    noise,
)
from tests.scaling.sampling.small_families import small_families

CURVES = Path(__file__).resolve().parents[4] / "shared" / "data" / "double_descent" / "curves.csv"


def test_a_missed_shape_is_reported_along_its_input() -> None:
    bump = 2.5 * np.cos(np.pi * along(DESIGN, "n_tokens"))
    context = context_of_scores(DESIGN, noise(len(DESIGN.row), 1) + bump, 7)
    result = neighbouring_residuals(context)
    assert result.value <= 0.002
    assert result.warns
    assert result.meaning.startswith("residuals of neighbouring runs along n_tokens correlate by")
    assert "in a row, from n_tokens" in result.meaning
    assert "try discrepancy=True" in result.meaning
    pairs = result.details["neighbours"]
    strongest = pairs.loc[pairs["correlation"].idxmax()]
    assert strongest["input"] == "n_tokens"
    assert pairs["family"].isna().sum() == len(CHINCHILLA.inputs)
    assert pairs[pairs["family"] == "a"]["pairs"].tolist() == [24, 24]
    trend = residuals_along_inputs(context)
    assert trend.value <= 0.002
    assert trend.meaning.startswith("residuals of runs bend along n_tokens:")
    assert trend.details["trends"].set_index("input")["probability"]["n_params"] > 0.05


def test_a_slope_is_reported_with_its_thirds() -> None:
    context = context_of_scores(DESIGN, noise(len(DESIGN.row), 2) + 3 * along(DESIGN, "n_params"), 7)
    result = residuals_along_inputs(context)
    row = result.details["trends"].set_index("input").loc["n_params"]
    assert row["shape"] == "slope"
    assert "rise or fall along n_params" in result.meaning
    assert row["smallest"] == pytest.approx(-3, abs=1)
    assert row["middle"] == pytest.approx(0, abs=1)
    assert row["largest"] == pytest.approx(3, abs=1)


def test_differences_between_families_are_no_trend() -> None:
    context = context_of_scores(DESIGN, noise(len(DESIGN.row), 3) + 20.0 * DESIGN.family, 7)
    for check in (neighbouring_residuals, residuals_along_inputs, undertrained_runs):
        assert check(context).value > 0.01
        assert not check(context).warns


def test_residuals_along_an_input_stay_within_the_observed_range() -> None:
    """Families of narrow ranges far apart: a polynomial through them reached +22 standard deviations."""
    table = small_families(4, 9)
    table["n_params"] *= 10.0 ** np.repeat([0, 1, 2, 3], 9)
    design = design_of(table)
    rng = np.random.default_rng(3)
    for _ in range(20):
        score = np.clip(rng.standard_normal(36), -1.6, 1.6)
        trends = residuals_along_inputs(context_of_scores(design, score, 1)).details["trends"]
        assert np.nanmax(np.abs(trends[["smallest", "middle", "largest"]].to_numpy())) <= 3.2


def test_wandering_checkpoints_are_reported_with_their_run() -> None:
    design = design_of(checkpoints())
    wander = np.cumsum(noise(len(design.row), 7).reshape(12, 8), axis=1).ravel()
    result = neighbouring_residuals(context_of_scores(design, wander))
    assert result.value <= 0.01
    assert "residuals of neighbouring checkpoints along n_tokens" in result.meaning
    assert "fewer checkpoints of each run" in result.meaning
    assert "(r" in result.meaning


def test_a_shape_along_size_is_reported_of_runs() -> None:
    design = design_of(checkpoints(runs=24))
    bump = 4 * np.sin(2 * np.pi * along(design, "n_params"))
    result = neighbouring_residuals(context_of_scores(design, bump + noise(len(design.row), 8)))
    assert "residuals of neighbouring runs along n_params" in result.meaning


def test_checkpoints_of_one_run_are_checked() -> None:
    design = design_of(checkpoints(runs=1, each=20))
    context = context_of_scores(design, 3 * along(design, "n_tokens") ** 2 + 0.5 * noise(20, 9))
    assert neighbouring_residuals(context).value <= 0.01
    trend = residuals_along_inputs(context)
    assert trend.details["trends"]["input"].tolist() == ["n_tokens"]
    assert trend.value == 1  # one run may wander like this by chance


def test_a_trend_of_checkpoints_must_be_common_to_the_runs() -> None:
    design = design_of(checkpoints())
    early = np.tile(np.r_[2.0, 1.0, np.zeros(6)], 12)
    flagged = 0
    for seed in range(20):
        wander = np.cumsum(noise(96, seed).reshape(12, 8), axis=1).ravel()
        context = context_of_scores(design, wander)
        flagged += sum(check(context).value <= 0.05 for check in (residuals_along_inputs, undertrained_runs))
    assert flagged <= 6  # of 40, each at 5 %
    context = context_of_scores(design, 2 * early + 0.3 * wander)
    assert "residuals of checkpoints rise or fall along n_tokens" in residuals_along_inputs(context).meaning
    result = undertrained_runs(context)
    assert "checkpoints with at most 0.139 of their run's n_tokens lie above" in result.meaning
    bins = result.details["rungs"]
    assert bins[bins["level"] == "checkpoints"]["most"].max() == pytest.approx(1)


def test_too_few_scores_are_reported() -> None:
    for check in (neighbouring_residuals, residuals_along_inputs, undertrained_runs):
        result = check(context_of_levels(DESIGN, (), np.zeros(len(DESIGN.row))))
        assert np.isnan(result.value)
        assert result.meaning.startswith("cannot be computed: it takes 8 runs")
        assert "50 rows of 50 runs in 2 families" in result.meaning


@pytest.mark.shared
@pytest.mark.skipif(not CURVES.exists(), reason="public data sets are beside the checkout only")
def test_double_descent_is_reported() -> None:
    """Residuals from the best power law with a floor, by least squares on log loss."""
    from scipy.optimize import curve_fit

    for _, curve in pd.read_csv(CURVES).groupby("family"):
        design = design_of(curve[["x", "loss"]], bs.law("power_floor", over="x"))
        place = design.log_inputs[:, 0] - design.log_inputs[:, 0].mean()
        bounds = ([0, 0, 0.001], [15, 20, 3])

        def power(x: Any, floor: float, size: float, exponent: float) -> Any:
            return np.log(floor + size * np.exp(-exponent * x))

        best = curve_fit(power, place, design.scaled_response, [1.0, 3.0, 0.2], bounds=bounds)[0]
        residual = design.scaled_response - power(place, *best)
        score = residual / residual.std()
        result = neighbouring_residuals(context_of_levels(design, residual_scores(design, score, 1), score))
        assert result.value <= 0.001
        assert "in a row" in result.meaning
