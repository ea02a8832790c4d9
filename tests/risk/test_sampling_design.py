"""The sampling design: what is inferred from counts, what is declared, and what may be concluded from it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.errors import InputError
from bayescale.risk.posterior import problems_of
from bayescale.risk.result import Risk, fit_risk
from bayescale.risk.sampling_design import regularity

type Array = np.ndarray[Any, np.dtype[Any]]


def until_success(
    rng: np.random.Generator, rates: Array, cap: int | Array, batch: int = 1, errors: float = 0.0, model: str = "m"
) -> pd.DataFrame:
    """Attempts in batches until the batch with the first success, `cap` at most; a share of calls fails."""
    rows = []
    for place, (rate, most) in enumerate(zip(rates, np.broadcast_to(cap, len(rates)), strict=True)):
        ran = won = failed = 0
        while ran + failed < most and not won:
            runs = rng.random(batch) >= errors
            won = int((rng.random(batch)[runs] < rate).sum())
            ran, failed = ran + int(runs.sum()), failed + int((~runs).sum())
        rows.append((model, place, ran, won, failed))
    return pd.DataFrame(rows, columns=["model", "problem", "attempts", "successes", "errors"])


def fixed(rng: np.random.Generator, rates: Array, attempts: int | Array, model: str = "m") -> pd.DataFrame:
    made = np.broadcast_to(attempts, len(rates))
    counts = {"attempts": made, "successes": rng.binomial(made, rates), "errors": 0}
    return pd.DataFrame({"model": model, "problem": range(len(rates)), **counts})


def two_stages(rng: np.random.Generator, rates: Array, first: int, second: int) -> pd.DataFrame:
    table = fixed(rng, rates, first)
    again = (table["successes"] == 0).to_numpy()
    table.loc[again, "attempts"] += second
    table.loc[again, "successes"] += rng.binomial(second, rates[again])
    return table


def designs(table: pd.DataFrame, **settings: Any) -> dict[str, set[str]]:
    """Designs by group."""
    found = fit_risk(table, ["model"], mixing="beta", random_seed=1, **settings).design
    return found.groupby("model")["design"].agg(set).to_dict()


@pytest.mark.parametrize("errors", [0.0, 0.01, 0.05, 0.2])
@pytest.mark.parametrize("cap", [30, 60, "differs"])
def test_stopping_is_recognised_whatever_share_of_calls_fails(errors: float, cap: int | str) -> None:
    rng = np.random.default_rng(3)
    rates = rng.beta(0.4, 3, 120)
    most = rng.choice([20, 50, 80], 120) if cap == "differs" else int(cap)
    assert designs(until_success(rng, rates, most, errors=errors)) == {"m": {"until_success"}}


@pytest.mark.parametrize(("batch", "errors"), [(5, 0.0), (10, 0.0), (10, 0.02)])
def test_batches_are_recognised(batch: int, errors: float) -> None:
    rng = np.random.default_rng(4)
    table = until_success(rng, rng.beta(0.4, 6, 150), 80, batch=batch, errors=errors)
    found = fit_risk(table, ["model"], mixing="beta", random_seed=1).design
    assert found["design"].tolist() == ["until_success"]
    assert found["batch"].tolist() == [batch]


def test_attempts_that_knew_no_outcome_are_fixed() -> None:
    rng = np.random.default_rng(5)
    for attempts in (50, rng.integers(20, 200, 150), rng.choice([10, 100], 150), 50 - rng.binomial(50, 0.05, 150)):
        for shape in ((0.4, 3), (0.4, 400), (5, 2)):
            assert designs(fixed(rng, rng.beta(*shape, 150), attempts)) == {"m": {"fixed"}}


def test_a_second_stage_for_the_unsolved_is_adaptive() -> None:
    rng = np.random.default_rng(6)
    for first, second in ((10, 100), (20, 20), (50, 450)):
        assert designs(two_stages(rng, rng.beta(0.4, 4, 120), first, second)) == {"m": {"adaptive"}}


def test_the_design_is_decided_by_group_and_by_problem() -> None:
    rng = np.random.default_rng(7)
    rates = rng.beta(0.4, 3, 120)
    tables = [until_success(rng, rates, 60, model="A"), fixed(rng, rates, 100, "B"), two_stages(rng, rates, 10, 90)]
    assert designs(pd.concat(tables)) == {"A": {"until_success"}, "B": {"fixed"}, "m": {"adaptive"}}
    stops = until_success(rng, rates, 60)
    one = pd.concat([stops, fixed(rng, rates, 100).assign(problem=lambda t: t["problem"] + 1000)])
    risk = fit_risk(one, ["model"], mixing="beta", random_seed=1)
    assert risk.design.set_index("design")["problems"].to_dict() == {"until_success": 120, "fixed": 120}
    assert any("until_success in model=m (120 of 240 problems)" in note for note in risk.notes)
    attacks = pd.concat([stops.assign(attack="x"), fixed(rng, rates, 100).assign(attack="y")])
    assert designs(attacks) == {"m": {"adaptive"}}  # added up over attacks of two designs


@pytest.mark.parametrize("errors", [0.0, 0.01, 0.1])
def test_early_risk_of_stopped_sampling_is_not_that_of_rates(errors: float) -> None:
    """Successes over attempts, or any draw from the attempts made, would say nearly twice the truth."""
    rng = np.random.default_rng(11)
    rates = rng.beta(0.4, 3, 150)
    table = until_success(rng, rates, 60, errors=errors)
    found = fit_risk(table, ["model"], random_seed=1).at([1, 3, 10], prob=0.99).table
    naive = float((table["successes"] / table["attempts"]).mean())
    assert naive > 1.4 * rates.mean()
    for row in found.itertuples():
        assert row.these_lower <= float((1 - (1 - rates) ** row.budget).mean()) <= row.these_upper
    assert found["these_upper"].iloc[0] < naive


def test_what_is_declared_holds_and_is_said() -> None:
    rng = np.random.default_rng(8)
    table = until_success(rng, rng.beta(0.4, 3, 80), 60)
    for design in ("fixed", "until_success", "adaptive"):
        risk = fit_risk(table, ["model"], design=design, mixing="beta", random_seed=1)
        assert risk.design[["design", "declared"]].to_numpy().tolist() == [[design, True]]
        assert f"Sampling design (declared): {design}." in risk.notes
        assert ("these_measured" in risk.at([5]).table) == (design == "until_success")
    inferred = fit_risk(table, ["model"], mixing="beta", random_seed=1)
    assert "Sampling design (inferred from the counts, not declared): until_success." in inferred.notes
    assert any("State it with design=" in note for note in inferred.notes)
    denied = fit_risk(table, ["model"], design="fixed", mixing="beta", random_seed=1)
    assert any("declared design is fixed, and the counts look like until_success" in note for note in denied.notes)
    summaries = ["these_median", "these_lower", "these_upper", "new_median", "new_lower", "new_upper"]
    declared = fit_risk(table, ["model"], design="adaptive", mixing="beta", random_seed=1)
    for budgets in ([5], [60, 1000]):  # no forecast rests on the design
        pd.testing.assert_frame_equal(declared.at(budgets).table[summaries], inferred.at(budgets).table[summaries])


def test_a_declared_design_that_counts_contradict_is_refused() -> None:
    table = pd.DataFrame({"problem": range(3), "attempts": [50, 7, 50], "successes": [0, 1, 30]})
    with pytest.raises(InputError, match=r"30 of 50 \(problem 3\)"):
        fit_risk(table, design="until_success")
    with pytest.raises(InputError, match="Did you mean 'until_success'"):
        fit_risk(table, design="until_sucess")
    with pytest.raises(InputError, match="design=True must be text or None"):
        fit_risk(table, design=True)  # type: ignore[arg-type]


def test_the_measured_share_is_exact_where_the_order_is_known() -> None:
    rng = np.random.default_rng(9)
    broke = rng.random((40, 20)) < rng.beta(0.5, 4, 40)[:, None]
    rows = [(p, k, bool(broke[p, k])) for p in range(40) for k in range(20)]
    raw = pd.DataFrame(rows, columns=["problem", "attempt", "success"]).sample(frac=1, random_state=1)
    found = fit_risk(raw, mixing="beta", random_seed=1).at([1, 7, 20, 50]).table.set_index("budget")
    for attempts in (1, 7, 20):
        assert found.loc[attempts, "these_measured"] == pytest.approx(broke[:, :attempts].any(axis=1).mean())
    assert np.isnan(found.loc[50, "these_measured"])
    assert found.loc[7, "these_lower"] < found.loc[7, "these_upper"]
    unordered = fit_risk(raw.drop(columns="attempt"), mixing="beta", random_seed=1)
    assert "these_measured" not in unordered.at([1, 7]).table
    failed = raw.assign(error=raw["attempt"] == 0)  # the first call fails everywhere: what ran second came first
    first = fit_risk(failed, mixing="beta", random_seed=1).at([1]).table["these_measured"]
    assert first.tolist() == pytest.approx([broke[:, 1].mean()])


def test_attempts_in_order_are_kept_by_the_counts_of_a_source() -> None:
    raw = pd.DataFrame({"problem": ["p", "p", "q", "q"], "attempt": [1, 2, 1, 2], "success": [0, 1, 0, 0]})
    trials = bs.read_trials(raw)
    assert trials.table["first_success"].fillna(0).tolist() == [2, 0]
    again = bs.read_trials(trials.table)
    assert again.table["first_success"].fillna(0).tolist() == [2, 0]
    assert again.digest == trials.digest


def test_exact_estimators_refuse_attempts_that_stopped() -> None:
    rng = np.random.default_rng(10)
    table = until_success(rng, rng.beta(0.6, 3, 60), 40)
    n, s = table["attempts"].to_numpy(), table["successes"].to_numpy()
    with pytest.raises(InputError, match="design='until_success'"):
        bs.mean_pass_at_k(n, s, 1)
    with pytest.raises(InputError, match="depends on outcomes"):
        bs.pass_at_k(n, s, 1, design="adaptive")
    assert bs.mean_pass_at_k(n, s, 1, design="fixed").value == pytest.approx((s / n).mean())
    assert bs.pass_at_k(5, 1, 1) == pytest.approx(0.2)  # one problem shows no design


def test_a_study_that_stops_is_planned_as_one_that_stops() -> None:
    rng = np.random.default_rng(12)
    table = until_success(rng, rng.beta(0.8, 8, 40), 30)
    from bayescale.risk.decisions.next_measurements import _study

    risk = fit_risk(table, ["model"], mixing="beta", random_seed=1)
    grown = _study(risk.tree, 0, 2, 4, rng)
    before = problems_of(risk.tree)
    broken = before.successes > 0
    assert (grown.attempts[:40][broken] == before.attempts[broken]).all()
    assert grown.successes.max() == 1
    assert grown.attempts.max() <= 4 * 30
    assert (grown.attempts[grown.successes == 0] == 4 * 30).all()
    with pytest.raises(InputError, match="by a rule that is not known"):
        fit_risk(table, ["model"], design="adaptive", mixing="beta", random_seed=1).plan(100)


def test_a_posterior_of_version_0_1_opens_and_its_design_is_inferred() -> None:
    rng = np.random.default_rng(13)
    rates = rng.beta(0.4, 3, 100)
    table = pd.concat([until_success(rng, rates, 60, model="A"), fixed(rng, rates, 100, "B")])
    risk = fit_risk(table, ["model"], mixing="beta", random_seed=1)
    tree = risk.tree.copy()
    tree["observed_data"] = tree["observed_data"].to_dataset().drop_vars(["errors", "first_success", "design", "batch"])
    tree.attrs = {name: value for name, value in tree.attrs.items() if not name.endswith("design_declared")}
    old = Risk(tree)
    assert old.design["design"].tolist() == ["until_success", "fixed"]
    pd.testing.assert_frame_equal(old.at([5, 100, 1000]).table, risk.at([5, 100, 1000]).table)
    assert old.check().passed


def test_budgets_below_and_above_those_made_are_answered_as_if_alone() -> None:
    rng = np.random.default_rng(14)
    risk = fit_risk(fixed(rng, rng.beta(0.4, 4, 60), 50), ["model"], mixing="beta", random_seed=1)
    together = risk.at([5, 50, 1000]).table.set_index("budget")
    for budget in (5, 50, 1000):
        pd.testing.assert_series_equal(
            risk.at([budget]).table.set_index("budget").loc[budget].drop("model", errors="ignore"),
            together.loc[budget]
            .drop("model", errors="ignore")
            .reindex(risk.at([budget]).table.columns.drop(["model", "budget"])),
        )


def test_counts_too_regular_to_be_attempts_are_noted() -> None:
    once = pd.DataFrame({"problem": range(100), "attempts": 10_000, "successes": [1] * 58 + [0] * 42})
    notes = fit_risk(once, mixing="beta", random_seed=1).notes
    assert any("exactly 1 success of 10,000 attempts" in note for note in notes)
    assert any("until_success" in note for note in notes)
    rng = np.random.default_rng(15)
    for attempts, rates in ((2, rng.beta(2, 2, 100)), (10_000, rng.beta(1, 1e5, 100)), (50, rng.beta(0.4, 400, 300))):
        made = np.full(len(rates), attempts)
        assert not regularity(made, rng.binomial(attempts, rates))


@pytest.mark.slow
@pytest.mark.parametrize("design", ["fixed", "until_success", "errors", "batches", "two stages"])
def test_early_intervals_hold_the_true_share_as_often_as_they_say(design: str) -> None:
    """60 tables a design: 90 % intervals hold the true expected share 90 % of the time, within Monte Carlo error."""
    make = {
        "fixed": lambda rng, p: fixed(rng, p, 50),
        "until_success": lambda rng, p: until_success(rng, p, 60),
        "errors": lambda rng, p: until_success(rng, p, 60, errors=0.03),
        "batches": lambda rng, p: until_success(rng, p, 60, batch=5),
        "two stages": lambda rng, p: two_stages(rng, p, 10, 50),
    }[design]
    rng, tables = np.random.default_rng(16), 60
    held = np.zeros(2)
    for _ in range(tables):
        rates = rng.beta(0.4, 3, 100)
        found = fit_risk(make(rng, rates), ["model"], draws=400, random_seed=1).at([1, 10]).table
        truth = np.array([(1 - (1 - rates) ** budget).mean() for budget in (1, 10)])
        held += (found["these_lower"] <= truth) & (truth <= found["these_upper"])
    error = np.sqrt(0.9 * 0.1 / tables)
    assert (np.abs(held / tables - 0.9) < 3.5 * error).all(), held / tables
