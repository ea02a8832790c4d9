"""Do residual checks see what is wrong with a law, and only that?"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import ndtr
from scipy.stats import t as student

import bayescale as bs
from bayescale.core.checks import Finding
from bayescale.scaling.checks.extrapolation import asked_of, regime
from bayescale.scaling.checks.family_conflict import families_apart
from bayescale.scaling.checks.loo import left_out
from bayescale.scaling.checks.registry import check_posterior
from bayescale.scaling.checks.residual_patterns import neighbours, trends
from bayescale.scaling.checks.residual_scores import Scores, scores_of
from bayescale.scaling.checks.undertrained import undertrained
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.priors import coordinate_names, prior_of, spread_prior
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import design_from_tree, to_tree
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.law import Law
from tests.conftest import TRUTH, MadeUp, simulated_runs
from tests.scaling.model.law_cases import LINEAR
from tests.scaling.model.law_cases import SIGMOID as MINE
from tests.scaling.model.law_cases import runs_of as table

CURVES = Path(__file__).resolve().parents[4] / "shared" / "data" / "double_descent" / "curves.csv"
CHINCHILLA = bs.law("chinchilla")
CHECKS: dict[str, Callable[..., tuple[Finding, pd.DataFrame]]] = {
    "neighbours": neighbours,
    "trends": trends,
    "undertrained": undertrained,
}


def design_of(runs: pd.DataFrame, law: Law = CHINCHILLA, discrepancy: bool = False) -> Design:
    return make_design(bs.read_runs(runs, response=law.response), Spec(law, discrepancy=discrepancy))


def checkpoints(runs: int = 12, each: int = 8, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sizes = np.repeat(np.geomspace(1e7, 1e9, runs), each)
    tokens = np.tile(np.geomspace(1e9, 1e10, each), runs) * np.repeat(rng.uniform(0.5, 2, runs), each)
    loss = CHINCHILLA.predict({"n_params": sizes, "n_tokens": tokens}, TRUTH["a"])
    return pd.DataFrame(
        {"run": np.repeat([f"r{i}" for i in range(runs)], each), "n_params": sizes, "n_tokens": tokens, "loss": loss}
    )


def along(design: Design, name: str) -> np.ndarray:
    """An input from −1 to 1 along its axis."""
    values = design.log_inputs[:, design.spec.law.inputs.index(name)]
    return np.asarray(2 * (values - values.min()) / np.ptp(values) - 1)


def noise(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(count)


DESIGN = design_of(simulated_runs())


# --- chance and patterns


def test_scores_without_a_pattern_are_flagged_at_the_nominal_rate() -> None:
    each = [scores_of(DESIGN, noise(len(DESIGN.row), seed), seed) for seed in range(120)]
    chances = np.array([[one(DESIGN, levels)[0].value for one in CHECKS.values()] for levels in each])
    share = (chances <= 0.1).mean(axis=0)
    assert ((share >= 0.02) & (share <= 0.18)).all()  # three standard errors of a share of 120 are 0.08
    assert ((chances <= 0.01).mean(axis=0) <= 0.05).all()


def test_residuals_of_a_fitted_curve_are_flagged_more_rarely() -> None:
    rng, flagged = np.random.default_rng(1), 0
    family = np.eye(2)[DESIGN.family]
    columns = [family, *(family * along(DESIGN, name)[:, None] ** k for name in CHINCHILLA.inputs for k in (1, 2))]
    basis = np.linalg.qr(np.column_stack(columns))[0]
    for seed in range(40):
        noisy = rng.standard_t(4, len(DESIGN.row))
        levels = scores_of(DESIGN, noisy - basis @ (basis.T @ noisy), seed)
        flagged += sum(one(DESIGN, levels)[0].value <= 0.05 for one in CHECKS.values())
    assert flagged <= 6  # of 120, each at 5 %


def test_a_shape_that_the_law_misses_is_told_along_its_input() -> None:
    bump = 2.5 * np.cos(np.pi * along(DESIGN, "n_tokens"))
    levels = scores_of(DESIGN, noise(len(DESIGN.row), 1) + bump, 7)
    alike, pairs = neighbours(DESIGN, levels)
    assert alike.value <= 0.002
    assert "along n_tokens correlate" in alike.meaning
    assert "in a row, from n_tokens" in alike.meaning
    assert "try discrepancy=True" in alike.meaning
    best = pairs.loc[pairs["correlation"].idxmax()]
    assert best["input"] == "n_tokens"
    assert pairs["family"].isna().sum() == len(CHINCHILLA.inputs)
    assert pairs[pairs["family"] == "a"]["pairs"].tolist() == [24, 24]
    trend, table = trends(DESIGN, levels)
    assert trend.value <= 0.002
    assert trend.meaning.startswith("residuals of runs bend along n_tokens:")
    assert table.set_index("input")["probability"]["n_params"] > 0.05


def test_a_slope_is_told_with_its_ends() -> None:
    levels = scores_of(DESIGN, noise(len(DESIGN.row), 2) + 3 * along(DESIGN, "n_params"), 7)
    trend, table = trends(DESIGN, levels)
    found = table.set_index("input").loc["n_params"]
    assert found["shape"] == "slope"
    assert "rise or fall along n_params" in trend.meaning
    assert found["smallest"] == pytest.approx(-3, abs=1)
    assert found["middle"] == pytest.approx(0, abs=1)
    assert found["largest"] == pytest.approx(3, abs=1)


def test_what_differs_by_family_alone_is_no_trend() -> None:
    levels = scores_of(DESIGN, noise(len(DESIGN.row), 3) + 20.0 * DESIGN.family, 7)
    assert all(one(DESIGN, levels)[0].value > 0.01 for one in CHECKS.values())


def test_the_order_tried_is_the_seed_s() -> None:
    score = noise(len(DESIGN.row), 4)
    first, again, other = (scores_of(DESIGN, score, seed)[0].score for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first[1:] != other[1:]).any()
    own = DESIGN.family == 0
    np.testing.assert_allclose(np.sort(first[5, own]), np.sort(first[0, own]))  # within the family


# --- checkpoints of runs


def levels_of(design: Design, score: np.ndarray) -> dict[str, Scores]:
    return {one.level: one for one in scores_of(design, score, 3)}


def test_what_a_run_has_of_its_own_is_no_pattern() -> None:
    design = design_of(checkpoints())
    flagged = 0
    for seed in range(20):
        own = 3 * noise(len(design.runs), seed)[design.run]
        levels = levels_of(design, own + 0.3 * noise(len(design.row), 100 + seed))
        assert set(levels) == {"runs", "checkpoints"}
        assert levels["runs"].score.shape[1] == 12
        flagged += sum(one(design, list(levels.values()))[0].value <= 0.05 for one in CHECKS.values())
    assert flagged <= 9  # of 60, each at 5 %


def test_checkpoints_that_wander_are_told_with_their_run() -> None:
    design = design_of(checkpoints())
    wander = np.cumsum(noise(len(design.row), 7).reshape(12, 8), axis=1).ravel()
    found, _ = neighbours(design, scores_of(design, wander, 3))
    assert found.value <= 0.01
    assert "residuals of checkpoints next to each other along n_tokens" in found.meaning
    assert "keep fewer of each run" in found.meaning
    assert "(r" in found.meaning


def test_runs_that_differ_by_size_are_told_as_runs() -> None:
    design = design_of(checkpoints(runs=24))
    bump = 4 * np.sin(2 * np.pi * along(design, "n_params"))
    found, _ = neighbours(design, scores_of(design, bump + noise(len(design.row), 8), 3))
    assert "residuals of runs next to each other along n_params" in found.meaning


def test_one_run_can_be_asked_about_its_checkpoints() -> None:
    design = design_of(checkpoints(runs=1, each=20))
    levels = levels_of(design, 3 * along(design, "n_tokens") ** 2 + 0.5 * noise(20, 9))
    assert list(levels) == ["checkpoints"]
    assert levels["checkpoints"].varying == (1,)  # its size is what it is
    assert neighbours(design, list(levels.values()))[0].value <= 0.01
    trend, rows = trends(design, list(levels.values()))
    assert rows["input"].tolist() == ["n_tokens"]
    assert trend.value == 1  # one run may wander like this by chance


def test_a_trend_of_checkpoints_is_one_that_runs_have_in_common() -> None:
    design = design_of(checkpoints())
    early = np.tile(np.r_[2.0, 1.0, np.zeros(6)], 12)
    flagged = 0
    for seed in range(20):
        wander = np.cumsum(noise(96, seed).reshape(12, 8), axis=1).ravel()
        levels = scores_of(design, wander, 3)
        flagged += sum(one(design, levels)[0].value <= 0.05 for one in (trends, undertrained))
    assert flagged <= 6  # of 40, each at 5 %
    levels = scores_of(design, 2 * early + 0.3 * wander, 3)
    assert "residuals of checkpoints rise or fall along n_tokens" in trends(design, levels)[0].meaning
    rung, bins = undertrained(design, levels)
    assert "checkpoints with at most 0.139 of their run's n_tokens lie above" in rung.meaning
    assert bins[bins["level"] == "checkpoints"]["most"].max() == pytest.approx(1)


# --- undertrained rungs


def pushed(design: Design, by: float, share: float = 0.2) -> np.ndarray:
    ratio = design.inputs["n_tokens"] / design.inputs["n_params"]
    return noise(len(design.row), 10) + by * (ratio <= np.quantile(ratio, share))


def test_runs_trained_too_briefly_are_named() -> None:
    found, bins = undertrained(DESIGN, scores_of(DESIGN, pushed(DESIGN, 3.0), 3))
    ratio = DESIGN.inputs["n_tokens"] / DESIGN.inputs["n_params"]
    first = str(np.array(DESIGN.runs)[DESIGN.run[ratio <= np.quantile(ratio, 0.2)]][0])
    assert found.value <= 0.01
    assert "tokens per parameter lie above what is fitted" in found.meaning
    assert f"{first} ({DESIGN.families[0]})" in found.meaning
    assert "leave them out" in found.meaning
    assert bins["in_rung"].tolist() == sorted(bins["in_rung"], reverse=True)
    assert bins["in_rung"].sum() in (1, 2)
    assert bins["units"].sum() == len(DESIGN.row)


@pytest.mark.parametrize(("by", "share"), [(-3.0, 0.2), (0.0, 0.2)])
def test_runs_that_do_better_or_as_well_are_no_rung(by: float, share: float) -> None:
    found, bins = undertrained(DESIGN, scores_of(DESIGN, pushed(DESIGN, by, share), 3))
    assert found.value > 0.01
    assert found.meaning.startswith("none: the runs with the least tokens per parameter")
    assert not bins["in_rung"].any()


def test_worse_is_down_where_the_response_rises() -> None:
    rng = np.random.default_rng(1)
    examples = np.geomspace(1e4, 1e8, 30)
    runs = pd.DataFrame({"examples": examples, "score": np.log(examples) + 0.01 * rng.standard_normal(30)})
    design = design_of(runs, LINEAR)
    score = noise(30, 11)
    score[design.inputs["examples"] < 6e4] -= 3
    found, _ = undertrained(design, scores_of(design, score, 3))
    assert "at most 4.89e+04 examples lie below what is fitted" in found.meaning
    assert undertrained(design, scores_of(design, -score, 3))[0].value > 0.01


def test_a_law_without_a_training_length_has_no_rungs() -> None:
    entry = bs.law("downstream_error")
    runs = pd.DataFrame({"loss": np.linspace(2.2, 4.0, 20), "error": np.linspace(0.3, 0.7, 20)})
    design = design_of(runs, entry)
    found, bins = undertrained(design, scores_of(design, noise(20, 12), 3))
    assert np.isnan(found.value)
    assert "law 'downstream_error' has no input for how long" in found.meaning
    assert bins.empty


def test_where_all_have_as_many_tokens_per_parameter_the_shortest_are_asked_about() -> None:
    design = design_of(simulated_runs().assign(n_tokens=lambda one: 20 * one["n_params"]))
    score = noise(50, 13) + 3 * (along(design, "n_tokens") < -0.6)
    found, bins = undertrained(design, scores_of(design, score, 3))
    assert set(bins["ladder"]) == {"n_tokens"}
    assert "n_tokens lie above what is fitted" in found.meaning


# --- families


def measured_exponents(values: np.ndarray, error: float, draws: int = 4000, seed: int = 0) -> np.ndarray:
    """Exact posterior draws (draw, family) of exponents measured with a normal error, under the model's hierarchy."""
    rng = np.random.default_rng(seed)
    prior, between = prior_of(CHINCHILLA, "alpha"), spread_prior(CHINCHILLA, "alpha")
    grid = np.linspace(-4, 4, 400)
    spread = np.exp(between.location + between.spread * grid)
    variance = spread**2 + error**2
    precision = len(values) / variance + prior.spread**-2
    mean = (values.sum() / variance + prior.location * prior.spread**-2) / precision
    log_weight = -0.5 * (grid**2 + len(values) * np.log(variance) + np.log(precision))
    log_weight -= 0.5 * (
        ((values - mean[:, None]) ** 2).sum(axis=1) / variance + ((mean - prior.location) / prior.spread) ** 2
    )
    weight = np.exp(log_weight - log_weight.max())
    place = rng.choice(len(grid), draws, p=weight / weight.sum())
    population = mean[place] + rng.standard_normal(draws) / np.sqrt(precision[place])
    own = 1 / (spread[place] ** -2 + error**-2)
    centre = own[:, None] * (population[:, None] / spread[place, None] ** 2 + values / error**2)
    return np.asarray(centre + np.sqrt(own)[:, None] * rng.standard_normal((draws, len(values))))


def exponents_tree(draws: np.ndarray) -> tuple[xr.DataTree, Design]:
    """A posterior of families that pool one exponent, as far as the comparison of families reads it."""
    design: Any = SimpleNamespace(
        families=tuple(f"f{i}" for i in range(draws.shape[1])),
        spec=SimpleNamespace(law=CHINCHILLA),
        layout=SimpleNamespace(law=CHINCHILLA, pooled=("alpha",)),
    )
    names = coordinate_names(CHINCHILLA)
    coordinate = np.zeros((1, len(draws), len(names), draws.shape[1]))
    coordinate[0, :, names.index("alpha")] = draws
    dims = ("chain", "draw", "parameter", "family")
    return xr.DataTree.from_dict({"posterior": xr.Dataset({"coordinate": (dims, coordinate)})}), design


def test_a_family_is_held_against_what_the_others_say_alone() -> None:
    """The exact answer takes the family's data out: the others' posterior, and the family's own measurement."""
    error, values = 0.12, prior_of(CHINCHILLA, "alpha").location + np.array([0.3, 0.02, -0.1, 0.05, -0.08])
    _, table = families_apart(*exponents_tree(measured_exponents(values, error)))
    others = measured_exponents(values[1:], error, 20_000, 1)
    spread = np.exp(spread_prior(CHINCHILLA, "alpha").location)
    mean = others.mean()  # near enough: the population's spread is little moved by families this close
    exact = 2 * ndtr(-abs(values[0] - mean) / np.sqrt(spread**2 * (1 + 1 / 4) + error**2 * (1 + 1 / 4)))
    assert table["probability"][0] == pytest.approx(exact, rel=0.4)
    assert table["distance"][0] > 1.5
    joint = 2 * ndtr(-abs(measured_exponents(values, error)[:, 0].mean() - mean) / (spread * np.sqrt(1.25)))
    assert table["probability"][0] < 0.6 * joint  # what pooling pulled together is taken apart again


def test_a_family_far_off_is_named_and_near_ones_are_not() -> None:
    near = prior_of(CHINCHILLA, "alpha").location + np.array([0.05, 0.02, -0.1, 0.06, -0.08])
    far = near + np.array([0, 0, 0, 0, 0.9])
    quiet, table = families_apart(*exponents_tree(measured_exponents(near, 0.03)))
    told, apart = families_apart(*exponents_tree(measured_exponents(far, 0.03)))
    assert quiet.value > 0.2
    assert quiet.meaning.startswith("none: the farthest is alpha of")
    assert told.value <= 0.01
    assert told.meaning.startswith("alpha of f4, ")
    assert 'pooling={"alpha": "free"}, or fit f4 apart' in told.meaning
    assert apart["family"].tolist() == table["family"].tolist() == ["f0", "f1", "f2", "f3", "f4"]
    assert apart["probability"].idxmin() == 4


def test_families_without_data_of_their_own_are_said_to_be_so() -> None:
    found, _ = families_apart(*exponents_tree(measured_exponents(np.full(4, -1.1), 3.0)))
    assert found.value > 0.5
    assert "too few data of their own to tell" in found.meaning


def test_draws_that_are_no_numbers_are_said_to_be_so() -> None:
    draws = measured_exponents(np.array([-1.1, -1.0, -0.9]), 0.1)
    draws[:, 1] = np.nan
    found, table = families_apart(*exponents_tree(draws))
    assert np.isnan(found.value)
    assert "are no numbers" in found.meaning
    assert table.empty


def test_two_families_cannot_be_compared(plain_fit: Fit) -> None:
    found, table = families_apart(plain_fit.tree, design_from_tree(plain_fit.tree))
    assert np.isnan(found.value)
    assert found.meaning == "cannot be asked: it takes 3 families, and there are 2"
    assert table.empty


def test_levels_differ_by_design(made_up: MadeUp) -> None:
    parts = [simulated_runs(n=6).assign(family=lambda one, k=k: one["family"] + str(k)) for k in range(2)]
    design = design_of(pd.concat(parts, ignore_index=True))
    _, table = families_apart(to_tree(design, made_up(design), Sampler(), 1), design)
    assert table.groupby("parameter")["compared"].first().to_dict() == {
        "A": False,
        "B": False,
        "E": True,
        "alpha": True,
        "beta": True,
    }


# --- the law's range


def test_rows_and_targets_outside_the_range_are_counted() -> None:
    runs = simulated_runs()
    runs.loc[[0, 1], "n_tokens"] = [5e7, 2e7]
    design = design_of(runs)
    found, table = regime(
        design, asked_of(design, [{"n_params": 3e12, "n_tokens": 2e14}, {"n_params": 1e9, "n_tokens": 1e10}])
    )
    assert found.value == 3  # points, however many of their inputs are outside
    assert "n_tokens of 50 rows: 2 below 1e+08, by up to 5x (a)" in found.meaning
    assert "n_params of 2 targets: 1 above 1e+12, by up to 3x (a family never seen)" in found.meaning
    assert table["points"].tolist() == ["rows", "rows", "targets", "targets"]
    assert table[["below", "above"]].to_numpy().tolist() == [[0, 0], [2, 0], [0, 1], [0, 1]]
    assert table["factor"].tolist() == pytest.approx([np.nan, 5, 3, 2], nan_ok=True)


def test_the_edge_of_a_range_is_inside_and_no_range_is_said() -> None:
    runs = simulated_runs()
    runs.loc[0, "n_tokens"] = 1e8
    design = design_of(runs)
    found, _ = regime(design, asked_of(design, None))
    assert found.value == 0
    assert found.meaning.startswith("all rows lie where law 'chinchilla' is meant to hold")
    free = replace(design, spec=Spec(replace(CHINCHILLA, ranges={}), discrepancy=False))
    silent, table = regime(free, asked_of(free, None))
    assert np.isnan(silent.value)
    assert "states no range" in silent.meaning
    assert table.empty


# --- in a posterior


def test_a_fit_of_its_own_law_is_found_fault_with_in_nothing(plain_fit: Fit, joint_fit: Fit) -> None:
    for fitted in (plain_fit, joint_fit):
        found = fitted.check().table.set_index("check")
        for name in ("neighbouring residuals", "residuals along the inputs", "undertrained rungs"):
            assert found["value"][name] > found["threshold"][name], name
        assert found["value"]["inside the law's range"] == 0


def test_residuals_are_given_row_by_row(plain_fit: Fit) -> None:
    design = design_from_tree(plain_fit.tree)
    rows = plain_fit.check().details["residuals"]
    columns = ["family", "run", "row", "residual", "standardised", "score", "n_params", "n_tokens"]
    assert rows.columns.tolist() == columns
    np.testing.assert_array_equal(rows["row"], design.row)
    np.testing.assert_allclose(rows["n_params"], design.inputs["n_params"])
    median = plain_fit.summary().set_index(["parameter", "family"])["median"]
    own = rows[rows["family"] == "b"]
    at = {name: own[name].to_numpy() for name in CHINCHILLA.inputs}
    law = np.log(CHINCHILLA.predict(at, {name: median[name, "b"] for name in CHINCHILLA.parameter_names}))
    loss = design.natural(design.scaled_response)[rows["family"] == "b"]
    np.testing.assert_allclose(own["residual"], np.log(loss) - law, atol=0.002)
    assert rows["standardised"].std() == pytest.approx(1, abs=0.4)
    df = float(plain_fit.tree["posterior"]["noise_df"].median())
    assert student.cdf(rows["standardised"], df) == pytest.approx(ndtr(rows["score"]), abs=0.1)
    assert np.corrcoef(rows["standardised"], rows["score"])[0, 1] > 0.98


def test_leave_one_out_is_arviz_s(plain_fit: Fit) -> None:
    from arviz_stats.base import array_stats

    log_density = plain_fit.tree["log_likelihood"]["log_likelihood"].to_numpy()
    elpd, pareto_k, p_loo = array_stats.loo(np.moveaxis(log_density, 2, 0), chain_axis=-2, draw_axis=-1)
    found = left_out(log_density)
    np.testing.assert_allclose(found.elpd, elpd)
    np.testing.assert_allclose(found.pareto_k, pareto_k)
    assert found.paid.sum() == pytest.approx(p_loo.sum())
    np.testing.assert_allclose(found.weights.sum(axis=(0, 1)), 1)


ODD = {
    "one family": table(MINE).assign(family="x"),
    "few rows": table(MINE)[:3],
    "a family a row": table(MINE)[:6].assign(family=list("abcdef")),
    "one run": table(MINE).assign(run="r", family="x"),
    "ties": table(MINE).assign(n_params=1e9),
    "seeds": pd.concat([table(MINE)[:4].assign(seed=seed) for seed in range(3)], ignore_index=True),
}


@pytest.mark.parametrize("runs", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("discrepancy", [True, False])
def test_odd_tables_are_checked_or_said_why_not(runs: pd.DataFrame, discrepancy: bool, made_up: MadeUp) -> None:
    design = design_of(runs, MINE, discrepancy)
    tree = to_tree(design, made_up(design), Sampler(), 1)
    found = check_posterior(Posterior(tree), [{"n_params": 1e11, "mantissa_bits": 0.0}]).table
    for row in found.itertuples():
        assert np.isfinite(row.value) or row.meaning.startswith("cannot be asked: "), row.check
    assert (found["meaning"] != "").all()


def test_scores_that_are_no_numbers_are_said_to_be_so(plain_fit: Fit) -> None:
    tree = plain_fit.tree.copy(deep=True)
    tree["posterior"]["noise_df"].data[:] = np.nan
    found = check_posterior(Posterior(tree)).table.set_index("check")
    for name in ("neighbouring residuals", "residuals along the inputs", "undertrained rungs"):
        assert "with finite residuals" in found["meaning"][name]


@pytest.mark.shared
@pytest.mark.skipif(not CURVES.exists(), reason="public data sets are beside the checkout only")
def test_double_descent_is_seen() -> None:
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
        found, _ = neighbours(design, scores_of(design, residual / residual.std(), 1))
        assert found.value <= 0.001
        assert "in a row" in found.meaning
