"""Widening: estimated from failures, applied beyond the data alone, and reported."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.errors import InputError
from bayescale.report.loss.content import loss_report
from bayescale.report.render.json import to_json
from bayescale.scaling.evaluation.backtest import Backtest
from bayescale.scaling.evaluation.interval_inflation import Widening, estimate_widening, full_share, stretch
from bayescale.scaling.predict.predictive import log_density
from bayescale.scaling.result import Fit
from tests.conftest import TRUTH, simulated_runs

DOUBLE = Widening(2.0, 0.9, 0.4, 20)


def points(z: np.ndarray, reach: float = 0.1) -> pd.DataFrame:
    """Measurements so many standard deviations from a median of 2, whose 90 % interval is of a normal error."""
    half = 1.645 * reach
    return pd.DataFrame(
        {
            "law": "one",
            "cut": 1.0,
            "family": "a",
            "run": [f"r{i}" for i in range(len(z))],
            "observed": 2 * np.exp(reach * z),
            "median": 2.0,
            "lower": 2 * np.exp(-half),
            "upper": 2 * np.exp(half),
            "inside": np.abs(z) <= 1.645,
        }
    )


def test_correct_intervals_are_widened_at_most_at_the_nominal_rate() -> None:
    """At most 5 % of the time."""
    rng = np.random.default_rng(1)
    for runs in (4, 15, 60):
        wrong = np.mean([estimate_widening(points(rng.standard_normal(runs)), 0.9) is not None for _ in range(200)])
        assert wrong <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


@pytest.mark.parametrize("times", [2.0, 4.0])
def test_the_factor_recovers_by_how_much_intervals_were_too_narrow(times: float) -> None:
    rng = np.random.default_rng(2)
    widenings = [estimate_widening(points(times * rng.standard_normal(60)), 0.9) for _ in range(100)]
    factors = np.array([widening.factor for widening in widenings if widening is not None])
    assert len(factors) > 95
    assert np.median(factors) == pytest.approx(times, rel=0.1)


def test_a_run_of_many_rows_counts_once() -> None:
    """Thirty rows of one run outside, ten runs inside: nine tenths and more held."""
    z = np.concatenate([np.zeros(10), np.full(30, 5.0)])
    of_runs = points(z)
    assert estimate_widening(of_runs.assign(run=[*of_runs["run"][:10], *["long"] * 30]), 0.9) is None
    assert estimate_widening(of_runs, 0.9) is not None


def test_only_the_highest_cuts_count_where_they_have_enough_runs() -> None:
    """Below the lower cut there was no evidence of a bend; below the higher cut there was, and forecasts were right."""
    rng = np.random.default_rng(4)
    early, late = points(6 * rng.standard_normal(30)).assign(cut=0.1), points(0.5 * rng.standard_normal(12))
    assert estimate_widening(pd.concat([early, late]), 0.9) is None
    few = late.head(3)
    assert estimate_widening(pd.concat([early, few]), 0.9) is not None


def test_stretch_grows_to_the_factor() -> None:
    np.testing.assert_allclose(stretch(DOUBLE, [1.0, np.sqrt(3.0), 9.0]), [1.0, 1.5, 2.0])
    np.testing.assert_allclose(stretch(None, [1.0, 9.0]), 1.0)


def test_widening_starts_at_the_edge_of_the_data() -> None:
    np.testing.assert_allclose(full_share([0.2, 1.0, np.sqrt(3.0), 3.0, 100.0]), [0.0, 0.0, 0.5, 1.0, 1.0])


FAR = [{"family": "a", "n_params": 1e12, "n_tokens": 2e13}, {"n_params": 2e12, "n_tokens": 1e13}]


def test_a_widened_forecast_is_twice_as_wide_beyond_the_data_and_the_same_inside(
    plain_fit: Fit, tmp_path: Path
) -> None:
    wide = plain_fit.widened({"chinchilla": DOUBLE})
    wide.save(tmp_path / "wide.nc")
    wide = bs.load(tmp_path / "wide.nc")  # type: ignore[assignment]
    assert isinstance(wide, Fit)
    before, after = plain_fit.forecast(FAR), wide.forecast(FAR)
    for name in ("law", "run"):
        low, middle, high = (np.log(before.table[f"{name}_{end}"]) for end in ("lower", "median", "upper"))
        np.testing.assert_allclose(np.log(after.table[f"{name}_median"]), middle, atol=0.01 * (high - low).max())
        width = np.log(after.table[f"{name}_upper"]) - np.log(after.table[f"{name}_lower"])
        np.testing.assert_allclose(width, 2 * (high - low), rtol=0.02)
    assert after.table["flag"].str.contains("widened 2x").all()
    assert "held 40 % of 20 larger runs" in wide.notes[0]
    inside = np.exp(np.log(simulated_runs()[["n_params", "n_tokens"]]).mean()).to_dict() | {"family": "a"}
    pd.testing.assert_frame_equal(wide.forecast([inside]).table, plain_fit.forecast([inside]).table)


def test_the_density_of_a_widened_forecast_is_normalised(plain_fit: Fit) -> None:
    """The density of a widened forecast integrates to one, and lies lower at the median, higher in the tails."""
    wide = plain_fit.widened({"chinchilla": DOUBLE})
    middle = float(wide.forecast(FAR[:1]).table["run_median"].iloc[0])
    grid = middle * np.exp(np.linspace(-3.0, 3.0, 601))
    density = np.exp(log_density(wide, FAR[:1] * 601, grid))
    assert np.trapezoid(density, np.log(grid)) == pytest.approx(1.0, abs=0.01)
    before = np.exp(log_density(plain_fit, FAR[:1] * 601, grid))
    assert density[300] == pytest.approx(before[300] / 2, rel=0.05)
    assert density[0] > before[0]


def test_a_report_states_the_widening(plain_fit: Fit) -> None:
    wide = plain_fit.widened({"chinchilla": DOUBLE})
    text = to_json(loss_report(wide, wide.forecast(FAR), wide.check(FAR), title="wide"))
    assert "widened 2x" in text
    assert "held 40 %" in text


def test_a_widening_can_be_replaced_and_removed(plain_fit: Fit) -> None:
    wide = plain_fit.widened({"chinchilla": DOUBLE})
    assert "widened 3x" in wide.widened({"chinchilla": replace(DOUBLE, factor=3.0)}).notes[0]
    assert len(wide.widened({"chinchilla": replace(DOUBLE, factor=3.0)}).notes) == len(wide.notes)
    pd.testing.assert_frame_equal(wide.widened({}).forecast(FAR).table, plain_fit.forecast(FAR).table)
    assert plain_fit.forecast(FAR).table["flag"].str.contains("widened").sum() == 0
    with pytest.raises(InputError, match=r"no law 'chinchila'\. Did you mean 'chinchilla'"):
        plain_fit.widened({"chinchila": DOUBLE})


def broken_runs() -> pd.DataFrame:
    """Runs whose loss stops falling half way: no law of smooth decline forecasts the rest from the beginning."""
    runs = simulated_runs({"a": TRUTH["a"]}, n=30)
    compute = runs["n_params"] * runs["n_tokens"]
    beyond = np.maximum(np.log(compute / compute.quantile(0.5)), 0.0)
    return runs.assign(loss=runs["loss"] * np.exp(0.12 * beyond))


def test_a_stack_is_widened_where_every_law_failed() -> None:
    laws, how = ["chinchilla", "joint"], bs.Sampler(draws=250, tune=300)
    failed = bs.fit(broken_runs(), laws, discrepancy=False, noise="constant", sampler=how, random_seed=1)
    notes = [note for note in failed.notes if "intervals beyond the data are widened" in note]
    assert [note.split(":")[0] for note in notes] == laws
    wide, plain = (fit.forecast(FAR[:1]).table.iloc[0] for fit in (failed, failed.widened({})))
    assert np.log(wide["run_upper"] / wide["run_lower"]) > 1.5 * np.log(plain["run_upper"] / plain["run_lower"])


def test_a_backtest_widens_no_law_where_the_intervals_of_one_held() -> None:
    rng = np.random.default_rng(3)
    right, wrong = points(rng.standard_normal(20)), points(4 * rng.standard_normal(20)).assign(law="two")
    table = pd.DataFrame()
    assert Backtest(table, pd.concat([right, wrong]), (), 0.9).widenings == {}
    assert set(Backtest(table, wrong, (), 0.9).widenings) == {"two"}
