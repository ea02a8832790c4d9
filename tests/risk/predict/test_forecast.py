"""Forecasts of ASR@N against simulated truths and a posterior on a grid."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import betaln

from bayescale.errors import InputError
from bayescale.risk.fit import fit_risk
from bayescale.risk.judge import Judge
from bayescale.risk.mixing import MIXINGS
from bayescale.risk.result import Risk
from tests.risk.simulation import beta_counts, width, without_rates


def test_intervals_contain_the_truth_of_both_estimands(table: pd.DataFrame, risk: Risk) -> None:
    found = risk.at([1000, 10_000], prob=0.99).table
    summaries = [f"{name}_{what}" for name in ("these", "new") for what in ("median", "lower", "upper")]
    assert found.columns.tolist() == ["model", "budget", *summaries]
    for row in found.itertuples():
        chance = table.loc[table["model"] == row.model, "chance"]
        truth = float(np.mean(1 - (1 - chance) ** row.budget))
        assert row.these_lower <= truth <= row.these_upper


def test_beta_posterior_agrees_with_brute_force() -> None:
    """ASR@1000 of new problems under the Beta law alone, against a grid over its two parameters."""
    data = beta_counts({"a": (0.4, 4.0)}, problems=60)
    found = (
        fit_risk(without_rates(data), mixing="beta", draws=4000, random_seed=2)
        .at(1000)
        .dataset["new"]
        .to_numpy()
        .ravel()
    )
    za, zb = np.meshgrid(np.linspace(-4, 4, 161), np.linspace(-4, 4, 161), indexing="ij")
    a, b = 0.5 * np.exp(0.7 * za), 8.0 * np.exp(1.3 * zb)
    log_weight = -0.5 * (za**2 + zb**2)
    for n, s in zip(data["attempts"], data["successes"], strict=True):
        log_weight += betaln(a + s, b + n - s) - betaln(a, b)
    weight = np.exp(log_weight - log_weight.max()).ravel()
    asr = (1 - np.exp(betaln(a, b + 1000) - betaln(a, b))).ravel()
    order = np.argsort(asr)
    cumulative = np.cumsum(weight[order]) / weight.sum()
    for level in (0.05, 0.5, 0.95):
        exact = asr[order][np.searchsorted(cumulative, level)]
        assert np.quantile(found, level) == pytest.approx(exact, abs=0.012)


def test_broken_problems_count_and_curves_rise(risk: Risk) -> None:
    budgets = [1, 10, 50, 200, 1000, 100_000]
    these = risk.at(budgets).dataset["these"].to_numpy()[0]
    new = risk.at(budgets).dataset["new"].to_numpy()[0]
    broken = (risk.groups["broken"] / risk.groups["problems"]).to_numpy()
    assert (these[:, :, 2:] >= broken[None, :, None] - 1e-12).all()
    assert (np.diff(new, axis=2) >= -1e-12).all()
    assert (np.diff(these[:, :, 2:], axis=2) >= -1e-12).all()


def test_these_counts_fresh_attempts_below_the_attempts_made(table: pd.DataFrame, risk: Risk) -> None:
    found = risk.at([1, 5, 49], prob=0.99).table
    assert (found["these_lower"] < found["these_median"]).all()
    assert (found["these_median"] < found["these_upper"]).all()
    for row in found.itertuples():
        own = table[table["model"] == row.model]
        truth = float(np.mean(1 - (1 - own["chance"]) ** row.budget))
        assert row.these_lower <= truth <= row.these_upper
    few = found[found["budget"] == 1]
    assert (width(few, "these") < width(few)).all()  # these prompts are known better than new ones


def test_less_data_widens_intervals(risk: Risk, table: pd.DataFrame) -> None:
    few = table.groupby("model").head(20)
    fewer = fit_risk(without_rates(few), by=["model"], random_seed=1)
    assert (width(fewer.at(1000).table) > 1.3 * width(risk.at(1000).table)).all()
    short = without_rates(beta_counts({"a": (0.4, 4.0), "b": (0.6, 20.0)}, attempts=5))
    assert (width(fit_risk(short, by=["model"], random_seed=1).at(1000).table) > width(risk.at(1000).table)).all()


def test_sparse_group_borrows_from_similar_groups() -> None:
    many = beta_counts(dict.fromkeys("abcdef", (0.5, 6.0)), problems=80)
    sparse = without_rates(pd.concat([many[many["model"] != "f"], many[many["model"] == "f"].iloc[::10]]))
    together = fit_risk(sparse, by=["model"], random_seed=1).at(1000).table.set_index("model").loc[["f"]]
    alone = fit_risk(sparse[sparse["model"] == "f"], by=["model"], random_seed=1).at(1000).table
    assert width(together)[0] < 0.9 * width(alone)[0]


def test_stopping_at_the_first_success_does_not_bias_forecasts() -> None:
    """The same attempts, stopped at the first success: estimates agree within their intervals, and it is said."""
    rng = np.random.default_rng(4)
    p = rng.beta(0.5, 10, 150)
    tries = rng.geometric(np.maximum(p, 1e-12))
    stopped = pd.DataFrame(
        {"problem": range(150), "attempts": np.minimum(tries, 60), "successes": (tries <= 60).astype(int)}
    )
    found = fit_risk(stopped, random_seed=1)
    truth = 1 - np.exp(betaln(0.5, 1010) - betaln(0.5, 10))
    row = found.at(1000, prob=0.98).table.iloc[0]
    assert row.new_lower < truth < row.new_upper
    assert any("stopped" in note for note in found.notes)
    early = found.at(20).table.iloc[0]
    assert early.these_measured == pytest.approx(float((tries <= 20).mean()))
    assert early.new_lower < early.these_lower < early.these_median < early.these_upper


def test_stopping_after_a_block_does_not_bias_forecasts() -> None:
    """Blocks of ten: what happened before the last block is known, and within it the order is open."""
    rng = np.random.default_rng(6)
    tries = rng.geometric(np.maximum(rng.beta(0.6, 12, 200), 1e-12))
    attempts = np.minimum(-(-tries // 10) * 10, 80)
    table = pd.DataFrame({"problem": range(200), "attempts": attempts, "successes": (tries <= 80).astype(int)})
    found = fit_risk(table, random_seed=1)
    assert any("blocks of 10" in note for note in found.notes)
    early = found.at([10, 15, 40]).table.set_index("budget")["these_measured"]
    assert early[10] == pytest.approx(float((tries <= 10).mean()))
    assert early[40] == pytest.approx(float((tries <= 40).mean()))
    assert np.isnan(early[15])
    assert found.check().table.set_index("check").loc["predictive", "passed"] is None


def test_probability_above_a_threshold(risk: Risk) -> None:
    found = risk.at([1000]).above(0.5)
    draws = risk.at([1000]).dataset["new"].to_numpy()[0, :, :, 0]
    assert found["new_above"].tolist() == pytest.approx((draws > 0.5).mean(axis=0).tolist())
    with pytest.raises(InputError, match="share from 0 to 1"):
        risk.at([1000]).above(50)


def test_early_budgets_count_true_successes_with_a_judge(table: pd.DataFrame) -> None:
    one = without_rates(table[table["model"] == "b"])
    judge = Judge((999.0, 1.0), (50.0, 950.0))
    early = fit_risk(one, mixing="beta", judge=judge, random_seed=1).at(10).table.iloc[0]
    believed = fit_risk(one, mixing="beta", random_seed=1).at(10).table.iloc[0]
    assert early.these_median < believed.these_median
    assert "these_measured" not in early.index


def test_sensitivity_has_one_row_per_law(risk: Risk) -> None:
    laws = risk.laws
    assert laws.groupby("model")["weight"].sum().to_numpy() == pytest.approx([1, 1])
    assert laws["common"].between(0, 1).sum() > 0
    by_law = risk.sensitivity([1000])
    assert set(by_law["law"]) <= set(MIXINGS)  # by the names that fit_risk and --mixing take
    assert (by_law["new_lower"] <= by_law["new_upper"]).all()
