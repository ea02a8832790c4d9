"""Is a risk posterior right about what is known, wider with less, and clear about what it cannot do?"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import betaln

import bayescale as bs
from bayescale.errors import InputError
from bayescale.risk.judge import Judge, calibrate_judge
from bayescale.risk.mixing import MIXINGS
from bayescale.risk.result import Risk, fit_risk


def made(
    groups: dict[str, tuple[float, float]], problems: int = 120, attempts: int = 50, seed: int = 1
) -> pd.DataFrame:
    """Counts whose chances are Beta, by group; problems carry the same ids in every group."""
    rng = np.random.default_rng(seed)
    tables = []
    for name, (a, b) in groups.items():
        p = rng.beta(a, b, problems)
        counts = {"attempts": attempts, "successes": rng.binomial(attempts, p), "chance": p.round(12)}
        tables.append(pd.DataFrame({"model": name, "problem": [f"q{i}" for i in range(problems)], **counts}))
    return pd.concat(tables, ignore_index=True)


def trials(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="chance")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return made({"a": (0.4, 4.0), "b": (0.6, 20.0)})


@pytest.fixture(scope="module")
def risk(table: pd.DataFrame) -> Risk:
    return fit_risk(trials(table), by=["model"], random_seed=1)


def width(found: pd.DataFrame, name: str = "new") -> np.ndarray:
    return (found[f"{name}_upper"] - found[f"{name}_lower"]).to_numpy()


def test_the_truth_lies_inside_and_both_estimands_are_told(table: pd.DataFrame, risk: Risk) -> None:
    found = risk.at([1000, 10_000], prob=0.99).table
    summaries = [f"{name}_{what}" for name in ("these", "new") for what in ("median", "lower", "upper")]
    assert found.columns.tolist() == ["model", "budget", *summaries]
    for row in found.itertuples():
        chance = table.loc[table["model"] == row.model, "chance"]
        truth = float(np.mean(1 - (1 - chance) ** row.budget))
        assert row.these_lower <= truth <= row.these_upper


def test_beta_posterior_agrees_with_brute_force() -> None:
    """ASR@1000 of new problems under the Beta law alone, against a grid over its two parameters."""
    data = made({"a": (0.4, 4.0)}, problems=60)
    found = fit_risk(trials(data), mixing="beta", draws=4000, random_seed=2).at(1000).dataset["new"].to_numpy().ravel()
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


def test_prompts_already_broken_count_and_curves_rise(risk: Risk) -> None:
    budgets = [1, 10, 50, 200, 1000, 100_000]
    these = risk.at(budgets).dataset["these"].to_numpy()[0]
    new = risk.at(budgets).dataset["new"].to_numpy()[0]
    broken = (risk.groups["broken"] / risk.groups["problems"]).to_numpy()
    assert (these[:, :, 2:] >= broken[None, :, None] - 1e-12).all()
    assert (np.diff(new, axis=2) >= -1e-12).all()
    assert (np.diff(these[:, :, 2:], axis=2) >= -1e-12).all()


def test_below_the_attempts_made_these_is_of_fresh_attempts_with_an_interval(table: pd.DataFrame, risk: Risk) -> None:
    found = risk.at([1, 5, 49], prob=0.99).table
    assert (found["these_lower"] < found["these_median"]).all()
    assert (found["these_median"] < found["these_upper"]).all()
    for row in found.itertuples():
        own = table[table["model"] == row.model]
        truth = float(np.mean(1 - (1 - own["chance"]) ** row.budget))
        assert row.these_lower <= truth <= row.these_upper
    few = found[found["budget"] == 1]
    assert (width(few, "these") < width(few)).all()  # these prompts are known better than new ones


def test_less_data_is_wider(risk: Risk, table: pd.DataFrame) -> None:
    few = table.groupby("model").head(20)
    fewer = fit_risk(trials(few), by=["model"], random_seed=1)
    assert (width(fewer.at(1000).table) > 1.3 * width(risk.at(1000).table)).all()
    short = trials(made({"a": (0.4, 4.0), "b": (0.6, 20.0)}, attempts=5))
    assert (width(fit_risk(short, by=["model"], random_seed=1).at(1000).table) > width(risk.at(1000).table)).all()


def test_a_sparse_group_borrows_from_others_like_it() -> None:
    many = made(dict.fromkeys("abcdef", (0.5, 6.0)), problems=80)
    sparse = trials(pd.concat([many[many["model"] != "f"], many[many["model"] == "f"].iloc[::10]]))
    together = fit_risk(sparse, by=["model"], random_seed=1).at(1000).table.set_index("model").loc[["f"]]
    alone = fit_risk(sparse[sparse["model"] == "f"], by=["model"], random_seed=1).at(1000).table
    assert width(together)[0] < 0.85 * width(alone)[0]


def test_sampling_until_the_first_success_changes_nothing_but_the_note() -> None:
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


def test_sampling_in_blocks_until_a_success_is_seen_too() -> None:
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


def test_nothing_broken_gives_two_bounds() -> None:
    none = fit_risk(pd.DataFrame({"problem": range(50), "attempts": 100, "successes": 0}), random_seed=1)
    found = none.bounds([1000, 10_000], prob=0.95)
    assert found["prior_free"].tolist() == pytest.approx([1 - 0.05**0.2, 1 - 0.05**2], abs=1e-9)
    assert (found["posterior"] < found["prior"]).all()
    assert found["posterior"].iloc[0] < found["prior_free"].iloc[0]
    assert (found["side"] == "upper").all()
    every = fit_risk(pd.DataFrame({"problem": range(50), "attempts": 10, "successes": 10}), random_seed=1)
    bound = every.bounds(1000, prob=0.95)
    assert bound["side"].tolist() == ["lower"]
    assert bound["prior_free"].tolist() == pytest.approx([0.05 ** (1 / 50)])
    assert bound["posterior"].iloc[0] > bound["prior"].iloc[0]


def test_prior_free_bound_holds_over_mixing_laws() -> None:
    """The worst case at its edge: when data as clean as these have probability 5 %, no law exceeds the bound."""
    k, n, budget = 20, 30, 500
    bound = 1 - 0.05 ** (budget / (k * n))
    rng = np.random.default_rng(0)
    for _ in range(300):
        p, share = rng.beta(0.3, 20, 4), rng.dirichlet(np.ones(4))
        if (share @ (1 - p) ** n) ** k >= 0.05:
            assert share @ (1 - (1 - p) ** budget) <= bound + 1e-12


def test_budget_for_inverts_the_curve(risk: Risk) -> None:
    found = risk.budget_for(0.5)
    for row in found.table.itertuples():
        at = risk.at([int(row.new_median)]).table.set_index("model").loc[row.model]
        assert at.new_median == pytest.approx(0.5, abs=0.02)
    never = fit_risk(
        pd.DataFrame({"problem": range(60), "attempts": 2000, "successes": [0] * 40 + [1500] * 20}), random_seed=1
    )
    assert np.isinf(never.budget_for(0.9).table["new_upper"].iloc[0])
    with pytest.raises(InputError, match="strictly between"):
        risk.budget_for(1.0)


def test_probability_above_a_threshold(risk: Risk) -> None:
    found = risk.at([1000]).above(0.5)
    draws = risk.at([1000]).dataset["new"].to_numpy()[0, :, :, 0]
    assert found["new_above"].tolist() == pytest.approx((draws > 0.5).mean(axis=0).tolist())
    with pytest.raises(InputError, match="share from 0 to 1"):
        risk.at([1000]).above(50)


def test_a_judge_with_false_positives_lowers_risk_most_where_errors_compound(table: pd.DataFrame) -> None:
    one = trials(table[table["model"] == "b"])
    plain = fit_risk(one, mixing="beta", random_seed=1).at([1000]).table.iloc[0]
    careless = {"sensitivity": (999.0, 1.0), "false_positive_rate": (20.0, 980.0)}
    independent = fit_risk(one, mixing="beta", judge=Judge(**careless), random_seed=1).at([1000]).table.iloc[0]
    persistent = fit_risk(one, mixing="beta", judge=Judge(**careless, errors="persistent"), random_seed=1)
    assert independent.new_median < persistent.at([1000]).table.iloc[0].new_median
    assert independent.these_lower < plain.these_lower
    exact = fit_risk(one, mixing="beta", judge=Judge((1e6, 1.0), (1.0, 1e6)), random_seed=1).at([1000]).table.iloc[0]
    assert exact.new_median == pytest.approx(plain.new_median, abs=0.02)


def test_a_judge_that_invents_everything_leaves_little() -> None:
    """Nothing is ever broken, but the judge reports 2 % of attempts: believed, all is lost; corrected, little is."""
    rng = np.random.default_rng(3)
    flagged = pd.DataFrame({"problem": range(80), "attempts": 100, "successes": rng.binomial(100, 0.02, 80)})
    believed = fit_risk(flagged, random_seed=1).at(1000).table.iloc[0]
    known = fit_risk(flagged, judge=Judge((99.0, 1.0), (40.0, 1960.0)), random_seed=1).at(1000).table.iloc[0]
    assert believed.these_median > 0.95
    assert known.these_lower < 0.2


def test_judges_are_calibrated_from_labels() -> None:
    labels = pd.DataFrame({"truth": [1] * 20 + [0] * 200, "verdict": [1] * 18 + [0] * 2 + [0] * 199 + [1]})
    assert calibrate_judge(labels) == Judge((19, 3), (2, 200))
    same = {"true_positives": 18, "false_negatives": 2, "false_positives": 1, "true_negatives": 199}
    assert calibrate_judge(same) == Judge((19, 3), (2, 200))
    with pytest.raises(InputError, match="row 3: verdict=2 must be 0 or 1"):
        calibrate_judge(labels.assign(verdict=lambda t: t["verdict"].where(t.index != 3, 2)))
    with pytest.raises(InputError, match="'true_negatives' is missing"):
        calibrate_judge(dict.fromkeys(list(same)[:3], 1))
    with pytest.raises(InputError, match="say nothing"):
        Judge((1, 9), (9, 1))
    with pytest.raises(InputError, match="Did you mean 'independent'"):
        Judge(errors="independant")  # type: ignore[arg-type]


def test_early_budgets_of_a_judge_that_errs_are_of_true_breaks(table: pd.DataFrame) -> None:
    one = trials(table[table["model"] == "b"])
    judge = Judge((999.0, 1.0), (50.0, 950.0))
    early = fit_risk(one, mixing="beta", judge=judge, random_seed=1).at(10).table.iloc[0]
    believed = fit_risk(one, mixing="beta", random_seed=1).at(10).table.iloc[0]
    assert early.these_median < believed.these_median
    assert "these_measured" not in early.index


def test_near_duplicates_count_as_one() -> None:
    base = trials(made({"a": (0.5, 6.0)}, problems=30)).drop(columns="model")
    copies = pd.concat([base.assign(problem=base["problem"] + f"/{i}", cluster=base["problem"]) for i in range(8)])
    clustered = fit_risk(copies, random_seed=1)
    once = fit_risk(base, random_seed=1)
    naive = fit_risk(copies.drop(columns="cluster"), random_seed=1)
    assert width(clustered.at(1000).table)[0] == pytest.approx(width(once.at(1000).table)[0], rel=0.2)
    assert width(naive.at(1000).table)[0] < 0.7 * width(clustered.at(1000).table)[0]
    assert any("near-duplicates" in note for note in clustered.notes)


def test_worst_of_and_fleet(risk: Risk) -> None:
    new = risk.at([100]).dataset["new"].to_numpy()[0, :, :, 0]
    worst = risk.worst_of(5, 100)
    assert worst["expected"].to_numpy() == pytest.approx((1 - (1 - new) ** 5).mean(axis=0))
    found = risk.fleet(1000, 100)
    assert found["median"].to_numpy() == pytest.approx(1000 * np.median(new, axis=0))
    assert (found["any_median"] >= worst["median"]).all()
    with pytest.raises(InputError, match="prompts=0"):
        risk.worst_of(0, 100)


def test_paired_comparison_is_narrower_than_an_unpaired_one_and_finds_the_better(table: pd.DataFrame) -> None:
    """Two models with the same chances but for a mitigation that halves them: pairing shows it."""
    rng = np.random.default_rng(5)
    p = rng.beta(0.5, 5, 150)
    rows = [
        pd.DataFrame({"model": name, "problem": range(150), "attempts": 60, "successes": rng.binomial(60, factor * p)})
        for name, factor in (("before", 1.0), ("after", 0.4))
    ]
    found = fit_risk(pd.concat(rows), by=["model"], random_seed=1)
    paired = found.compare("before", "after", [10]).iloc[0]
    assert paired.new_upper < 0
    assert paired.second_lower > 0.98
    draws = found.at([10]).dataset["new"].to_numpy()[0, :, :, 0]
    apart = np.quantile(draws[:, 1] - np.random.default_rng(0).permutation(draws[:, 0]), [0.05, 0.95])
    assert paired.new_upper - paired.new_lower < np.ptp(apart)
    with pytest.raises(InputError, match="no group 'later'"):
        found.compare("before", "later", [10])


def test_laws_and_sensitivity(risk: Risk) -> None:
    laws = risk.laws
    assert laws.groupby("model")["weight"].sum().to_numpy() == pytest.approx([1, 1])
    assert laws["common"].between(0, 1).sum() > 0
    by_law = risk.sensitivity([1000])
    assert set(by_law["law"]) <= set(MIXINGS)  # by the names that fit_risk and --mixing take
    assert (by_law["new_lower"] <= by_law["new_upper"]).all()


def test_evidence_favours_the_law_that_made_the_data() -> None:
    rng = np.random.default_rng(8)
    p = 1 / (1 + np.exp(-rng.normal(-3.0, 1.0, 400)))
    bell = pd.DataFrame({"problem": range(400), "attempts": 300, "successes": rng.binomial(300, p)})
    weight = fit_risk(bell, mixing=["beta", "logit_normal"], random_seed=1).laws.set_index("law")["weight"]
    assert weight["logit_normal"] > 0.95


def test_checks_and_predictive(risk: Risk) -> None:
    checks = risk.check()
    assert checks.passed
    assert checks.table["check"].tolist() == ["effective points", "Pareto k", "predictive", "mixing law"]
    odd = pd.DataFrame({"problem": range(200), "attempts": 100, "successes": [0] * 60 + [37] * 80 + [95] * 60})
    found = fit_risk(odd, mixing="logit_normal", random_seed=1).check().details["predictive"]
    assert found["tail"].min() < 0.05


def test_saved_and_loaded_answers_the_same(risk: Risk, tmp_path: Path) -> None:
    risk.save(tmp_path / "risk.nc")
    back = bs.load(tmp_path / "risk.nc")
    assert isinstance(back, Risk)
    pd.testing.assert_frame_equal(back.at([1000]).table, risk.at([1000]).table)
    assert back.budget_for(0.5).table.equals(risk.budget_for(0.5).table)
    assert repr(back) == repr(risk)
    assert back.judge is None


def test_the_same_seed_repeats(table: pd.DataFrame, risk: Risk) -> None:
    again = fit_risk(trials(table), by=["model"], random_seed=1)
    pd.testing.assert_frame_equal(again.at([1000]).table, risk.at([1000]).table)


def test_bad_input_is_named() -> None:
    good = pd.DataFrame({"model": "a", "problem": ["x", "y"], "attempts": [5, 5], "successes": [1, 0]})
    with pytest.raises(InputError, match="successes"):
        fit_risk(good.assign(successes=[6, 0]))
    with pytest.raises(InputError, match="Did you mean 'model'"):
        fit_risk(good, by=["modle"])
    with pytest.raises(InputError, match="called like a column of the results"):
        fit_risk(good.rename(columns={"model": "weight"}), by=["weight"])
    with pytest.raises(InputError, match="draws=5"):
        fit_risk(good, draws=5)
    with pytest.raises(InputError, match=r"must be a bayescale\.Judge"):
        fit_risk(good, judge=0.9)  # type: ignore[arg-type]
    found = fit_risk(good, mixing="beta", random_seed=1)
    for budgets, what in ((0, "0 must be"), ([1.5], "1.5 must be"), ([], "at least one"), ("many", "whole number")):
        with pytest.raises(InputError, match=what):
            found.at(budgets)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="prob=90"):
        found.at(1000, prob=90)


@pytest.mark.slow
def test_what_to_buy_is_simulated() -> None:
    found = fit_risk(trials(made({"a": (0.8, 8.0)}, problems=40, attempts=30)), mixing="beta", random_seed=1)
    plan = found.plan(1000)
    assert plan.table["expected_width"].min() < 0.7 * plan.width
    more = plan.table[plan.table["buy"] == "problems"]["expected_width"]
    assert more.iloc[-1] < more.iloc[0]
    assert "halve" in plan.advice
    with pytest.raises(InputError, match="price_attempt=0"):
        found.plan(1000, price_attempt=0)
