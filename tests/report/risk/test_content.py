"""The report of risk: that it says what the posterior says, in words that hold, and gives no prompt or name away."""

import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt

from bayescale.errors import InputError
from bayescale.plots import style
from bayescale.plots.risk import plot_asr, plot_laws
from bayescale.report.elements import Drawing, Notes, Report, Text
from bayescale.report.render.html import to_html
from bayescale.report.render.json import as_document, to_json
from bayescale.report.render.markdown import to_markdown
from bayescale.report.risk.claims import claims
from bayescale.report.risk.content import risk_report
from bayescale.report.risk.decisions import worst_of_new, worst_rate
from bayescale.report.risk.neutral_names import distinct, redacted
from bayescale.report.risk.query import Asked, chance, few
from bayescale.report.tables import Table
from bayescale.risk.fit import fit_risk
from bayescale.risk.judge import Judge
from bayescale.risk.predict.problem_rates import mean_rates
from bayescale.risk.result import Risk
from tests.report.conftest import HOSTILE, MATHEMATICAL, Page

BUDGETS = [10_000, 1_000]
KEYS = [
    "title",
    "claim",
    "passed",
    "verdict",
    "claims",
    "warnings",
    "forecast",
    "budget",
    "estimand",
    "figures",
    "saturation_said",
    "saturation",
    "bounds_said",
    "bounds",
    "sensitivity_said",
    "sensitivity",
    "judge",
    "judge_compared",
    "baselines_said",
    "baselines",
    "caveats",
    "tail_said",
    "tail",
    "data",
    "notes",
    "latex",
    "method",
    "laws",
    "limits",
    "checks",
    "lineage",
]


def trials(groups: dict[str, tuple[float, float]], name: str = "model", prompts: int = 40) -> pd.DataFrame:
    """Counts of 100 attempts at prompts whose rates are Beta; the same prompts in every group."""
    rng = np.random.default_rng(5)
    rows = [
        (group, f"<i>secret</i> {prompt}", 100, rng.binomial(100, rng.beta(a, b)))
        for group, (a, b) in groups.items()
        for prompt in range(prompts)
    ]
    return pd.DataFrame(rows, columns=[name, "problem", "attempts", "successes"])


def fitted_to(table: pd.DataFrame, **settings: Any) -> Risk:
    return fit_risk(table, mixing="beta", random_seed=1, **settings)


@pytest.fixture(scope="module")
def risk() -> Risk:
    return fitted_to(trials({HOSTILE: (0.4, 6.0), MATHEMATICAL: (0.4, 30.0)}))


@pytest.fixture(scope="module")
def content(risk: Risk) -> Report:
    return risk_report(risk, BUDGETS, title=HOSTILE, claim="<b>claim</b>")


@pytest.fixture(scope="module")
def extremes() -> Risk:
    """One group where nothing was broken, one where every attempt succeeded, one that was hardly tried."""
    table = trials({"none": (0.4, 1e9), "all": (1e9, 0.4)}, prompts=20)
    table["successes"] = np.where(table["model"] == "none", 0, 100)
    return fitted_to(pd.concat([table, trials({"one": (1.0, 20.0)}, prompts=1)]))


@pytest.fixture(scope="module")
def extreme_content(extremes: Risk) -> Report:
    return risk_report(extremes, BUDGETS, title="t", level=0.999)


# --- what it says
# --------------------------------------------------------------------------------------------------------------


def test_claims_say_what_the_posterior_says(risk: Risk, content: Report) -> None:
    said = content.part(Notes, "claims").items
    table = risk.at(BUDGETS).table.sort_values(["budget", "new_median"], ascending=False)
    assert len(said) == len(table) == 4
    for claim, row in zip(said, table.to_dict("records"), strict=True):
        assert claim.startswith(f"“{row['model']}”: within {row['budget']:,} attempts each, between ")
        numbers = [float(one) / 100 for one in re.findall(r"([\d.]+)\u00a0%", claim.removeprefix(f"“{row['model']}”"))]
        names = ("these_lower", "these_upper", None, "these_median", "new_lower", "new_upper", "new_median")
        expected = [0.9 if name is None else row[name] for name in names]
        assert numbers == pytest.approx(expected, abs=0.0051)
        assert "of the 40 prompts measured" in claim


def test_forecast_holds_both_estimands_and_the_threshold(risk: Risk) -> None:
    content = risk_report(risk, BUDGETS, 0.8, title="t", threshold=0.7)
    records = pd.DataFrame(content.part(Table, "forecast").records)
    forecast = risk.at(sorted(BUDGETS), 0.8)
    for name in ("these_median", "these_lower", "new_upper"):
        assert records[name].to_numpy() == pytest.approx(forecast.table[name].to_numpy())
    for name in ("these_above", "new_above"):
        assert records[name].to_numpy() == pytest.approx(forecast.above(0.7)[name].to_numpy())
    assert records["extrapolation"].to_list() == [10, 100, 10, 100]
    assert "new, 80\u00a0%" in content.part(Table, "forecast").columns


def test_a_probability_that_no_draw_met_is_not_nothing() -> None:
    shown = chance("p", 1000)
    said = {0.0: "<0.1\u00a0%", 1.0: ">99.9\u00a0%", 0.5: "50\u00a0%", 0.002: "0.20\u00a0%"}
    assert {value: shown({"p": value}) for value in said} == said
    assert chance("p", 400)({"p": 0.0}) == "<0.25\u00a0%"


def test_a_group_without_attempts_is_warned_of() -> None:
    table = trials({"a": (0.4, 6.0), "b": (0.4, 6.0)}, prompts=12).assign(errors=0)
    table.loc[table["model"] == "b", ["attempts", "successes", "errors"]] = [0, 0, 9]
    content = risk_report(fitted_to(table), [1_000], title="t")
    assert any(one.startswith("“b”: no attempt ran") for one in content.part(Text, "warnings").paragraphs)
    assert {row["model"] for row in content.part(Table, "forecast").records} == {"a", "b"}
    assert not [row for row in content.part(Table, "baselines").records if row["model"] == "b" and row["caveat"]]


def test_attempts_to_a_level_may_be_never(extreme_content: Report) -> None:
    table = extreme_content.part(Table, "budget")
    by_group = {str(row["model"]): (row, shown) for row, shown in zip(table.records, table.rows, strict=True)}
    record, shown = by_group["none"]
    assert record["new_upper"] is None
    assert any(cell.endswith("to\u00a0never") for cell in shown)
    assert by_group["all"][0]["these_median"] == 1
    assert 0 <= float(str(record["new_ever"])) < 1


def test_bounds_stand_where_nothing_or_everything_was_broken(content: Report, extreme_content: Report) -> None:
    assert content.part(Table, "bounds").empty
    assert "Nothing broken" not in to_html(content)
    report = extreme_content
    bounds = pd.DataFrame(report.part(Table, "bounds").records)
    assert set(bounds["model"]) >= {"none", "all"}
    assert bounds.set_index(["model", "budget"])["prior_free"][("none", 1000)] == pytest.approx(
        1 - 0.1 ** (1000 / 2000)
    )
    assert bounds.set_index(["model", "budget"])["side"][("all", 1000)] == "lower"
    said = report.part(Text, "bounds_said").paragraphs
    nothing = next(one for one in said if one.startswith("“none”"))
    assert "nothing was broken in 2,000 attempts at 20 prompts" in nothing
    assert "at most >99.9" in nothing or "at most 99" in nothing or "at most 100" in nothing
    assert any(one.startswith("“all”: every attempt succeeded") and "at least" in one for one in said)
    assert any("see the bounds below" in one for one in report.part(Text, "warnings").paragraphs)


def test_the_judge_is_warned_of_where_none_is_stated(content: Report) -> None:
    warning = content.part(Text, "warnings").paragraphs[0]
    assert "63\u00a0%" in warning
    assert "0.1\u00a0%" in warning
    assert '<p class="warning"' in to_html(content)
    assert "> **Warning.** Every verdict" in to_markdown(content)


@pytest.fixture(scope="module")
def judged() -> tuple[Risk, Risk]:
    table, rates = trials({"a": (0.4, 30.0)}, prompts=25), {"false_positive_rate": (2.0, 998.0)}
    return (
        fitted_to(table, judge=Judge(**rates, errors="independent")),
        fitted_to(table, judge=Judge(**rates, errors="persistent")),
    )


def test_both_readings_of_the_judge_stand_side_by_side(judged: tuple[Risk, Risk]) -> None:
    first, other = judged
    content = risk_report(first, [1_000], title="t", other=other)
    assert not any("taken as right" in one for one in content.part(Text, "warnings").paragraphs)
    assert content.part(Text, "judge").paragraphs[0] == first.judge.description  # type: ignore[union-attr]
    compared = pd.DataFrame(content.part(Table, "judge_compared").records).set_index("errors")
    for risk in judged:
        assert risk.judge is not None
        median = risk.at([1_000]).table["new_median"].iloc[0]
        assert compared["new_median"][risk.judge.errors] == pytest.approx(median)
    alone = risk_report(first, [1_000], title="t")
    assert alone.part(Table, "judge_compared").empty
    assert "not computed" in alone.part(Text, "judge").paragraphs[1]


def test_both_readings_of_the_judge_answer_below_the_attempts_made(judged: tuple[Risk, Risk]) -> None:
    independent, persistent = judged
    content = risk_report(persistent, [10, 1_000], title="t", other=independent)
    compared = pd.DataFrame(content.part(Table, "judge_compared").records)
    assert set(compared["budget"]) == {10, 1_000}


def test_another_posterior_must_be_of_the_same_trials(risk: Risk, extremes: Risk) -> None:
    with pytest.raises(InputError, match="other trials"):
        risk_report(risk, BUDGETS, title="t", other=extremes)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"budgets": [0]}, "1 to"),
        ({"prob": 1.0}, "prob=1.0"),
        ({"level": 50}, "level=50"),
        ({"threshold": -0.1}, "threshold=-0.1"),
    ],
)
def test_wrong_questions_are_refused(risk: Risk, settings: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match):
        risk_report(risk, **{"budgets": BUDGETS, "title": "t"} | settings)


def test_baselines_stand_beside(risk: Risk, content: Report) -> None:
    from bayescale.risk.estimators import ESTIMATORS

    records = pd.DataFrame(content.part(Table, "baselines").records)
    assert set(ESTIMATORS) <= set(records["method"])
    own = risk.groups["model"].iloc[0]
    problems = risk.problems
    mine = problems.group == 0
    found = ESTIMATORS["naive"](problems.attempts[mine], problems.successes[mine], [10_000])
    row = records[(records["model"] == own) & (records["method"] == "naive") & (records["budget"] == 10_000)]
    assert row["value"].iloc[0] == pytest.approx(found.value[0])
    ours = records[(records["model"] == own) & (records["method"] == "this report, new prompts")]
    assert ours["lower"].to_numpy() == pytest.approx(risk.at(sorted(BUDGETS)).table["new_lower"].to_numpy()[:2])
    caveats = as_document(content)["caveats"]
    assert isinstance(caveats, dict)
    assert len(caveats) == len(ESTIMATORS)


def test_several_laws_are_told_apart() -> None:
    risk = fit_risk(trials({"a": (0.4, 6.0)}), mixing=["beta", "logit_normal"], random_seed=1)
    content = risk_report(risk, BUDGETS, title="t")
    records = pd.DataFrame(content.part(Table, "sensitivity").records)
    assert set(records["law"]) == {"beta", "logit_normal"}
    assert len(content.part(Table, "sensitivity").rows) == 2
    assert any("runs from" in one for one in content.part(Text, "sensitivity_said").paragraphs)


def test_one_law_alone_is_said_to_be_alone(content: Report) -> None:
    assert "alone" in content.part(Text, "sensitivity_said").paragraphs[0]


def test_data_are_counted(extreme_content: Report) -> None:
    records = pd.DataFrame(extreme_content.part(Table, "data").records)
    rows = records.set_index("model")
    assert rows["broken"].to_dict() == {"none": 0, "all": 20, "one": int(rows["broken"]["one"])}
    assert rows["attempts"].to_dict() == {"none": 2000, "all": 2000, "one": 100}
    assert rows["problems"].to_dict() == {"none": 20, "all": 20, "one": 1}


def test_odd_data_are_spoken_of() -> None:
    table = trials({"a": (0.4, 6.0), "b": (0.4, 6.0)}, prompts=12).iloc[:13]
    table = table.assign(errors=[3] + [0] * 12)
    table.loc[0, ["attempts", "successes"]] = [0, 0]
    content = risk_report(fitted_to(table), BUDGETS, title="t")
    notes = " ".join(content.part(Notes, "notes").items)
    assert "3 of 1203 attempts did not run" in notes
    assert "have a single prompt" in notes
    assert content.part(Table, "data").records[0]["not_tried"] == 1


def test_checks_that_look_odd_are_warned_of(risk: Risk, monkeypatch: pytest.MonkeyPatch) -> None:
    found = risk.check()
    found.table.loc[found.table["check"] == "predictive", "value"] = 0.0
    found.table.loc[found.table["check"] == "Pareto k", "passed"] = False
    monkeypatch.setattr(Risk, "check", lambda _: found)
    content = risk_report(risk, BUDGETS, title="t")
    assert any("do not fit the counts" in one for one in content.part(Text, "warnings").paragraphs)
    assert not content.passed
    assert "Pareto k" in content.verdict


def stopped_at_success(prompts: int = 60, cap: int = 500, seed: int = 2) -> pd.DataFrame:
    """Attempts until the first success, `cap` at most."""
    first = np.random.default_rng(seed).geometric(np.random.default_rng(seed).beta(0.4, 20.0, prompts).clip(1e-6))
    ids = [f"p{i}" for i in range(prompts)]
    return pd.DataFrame({"problem": ids, "attempts": np.minimum(first, cap), "successes": (first <= cap).astype(int)})


def circles(risk: Risk) -> list[Any]:
    return [line for line in plot_asr(risk).axes[0].get_lines() if line.get_marker() == "o"]


def test_an_inferred_design_is_never_stated_as_certain() -> None:
    """The measured share rests on it: the report says so until the design is declared."""
    table = stopped_at_success()
    risk = fitted_to(table)
    content = risk_report(risk, [100, 10_000], title="t")
    warned = [one for one in content.part(Text, "warnings").paragraphs if "inferred" in one]
    assert len(warned) == 1
    assert "share measured within 100 attempts holds only if it did" in warned[0]
    assert "until_success (inferred)" in str(content.part(Table, "data").rows)
    row = content.part(Table, "forecast").records[0]
    true = float(((table["attempts"] <= 100) & (table["successes"] > 0)).mean())
    assert row["these_measured"] == pytest.approx(true)
    assert row["these_lower"] < row["these_median"] < row["these_upper"]
    declared = risk_report(fit_risk(table, design="until_success", mixing="beta", random_seed=1), [100], title="t")
    assert not [one for one in declared.part(Text, "warnings").paragraphs if "inferred" in one]
    assert any("(declared): until_success" in one for one in declared.part(Notes, "notes").items)


def test_circles_show_what_was_really_broken_where_sampling_stopped() -> None:
    table = stopped_at_success()
    (drawn,) = circles(fitted_to(table))
    for attempts, share in zip(*drawn.get_data(), strict=True):
        within = (table["attempts"] <= attempts) & (table["successes"] > 0)
        assert share == pytest.approx(float(within.mean()))
    (end,) = circles(fit_risk(table, design="adaptive", mixing="beta", random_seed=1))
    assert np.asarray(end.get_xdata()).tolist() == [500]  # where all ended, no order is needed


def test_sampling_that_went_on_is_fixed(risk: Risk) -> None:
    assert set(risk.problems.design.kind) == {"fixed"}


# --- the worst of many prompts
# --------------------------------------------------------------------------------------------------------------


def test_mean_rates_lie_between_counts_and_population(risk: Risk) -> None:
    problems = risk.problems
    mine = problems.group == 0
    rates, seen = mean_rates(risk, 0), problems.successes[mine] / problems.attempts[mine]
    assert ((rates > 0) & (rates < 1)).all()
    assert rates == pytest.approx(seen, abs=0.03)
    assert rates[seen.argmax()] < seen.max()
    assert (rates[seen == 0] > 0).all()


def test_worst_rate_is_that_of_the_highest_of_many(risk: Risk) -> None:
    """Against Beta draws of the same posterior."""
    posterior = risk.tree["posterior"].isel(chain=0, group=0)
    rng = np.random.default_rng(3)
    shape = (len(posterior["draw"]), 400)
    rates = rng.beta(posterior["a"].to_numpy()[:, None], posterior["b"].to_numpy()[:, None], shape).max(axis=1)
    median, lower, upper = worst_rate(risk, 0, 400, 0.9)
    assert (median, lower, upper) == pytest.approx(tuple(np.quantile(rates, [0.5, 0.05, 0.95])), rel=0.06)


def test_the_worst_of_many_needs_ten_broken_prompts(risk: Risk, extremes: Risk) -> None:
    table = trials({"a": (0.4, 6.0)}, prompts=30)
    table.loc[table["successes"].gt(0).cumsum() > 6, "successes"] = 0
    few_broken = fitted_to(table)
    assert few_broken.groups["broken"].iloc[0] == 6
    assert worst_of_new(few_broken, 0.9)[0].empty
    table, _ = worst_of_new(risk, 0.9)
    assert len(table) == 2
    assert (table["prompts"] == 400).all()
    found, notes = worst_of_new(extremes, 0.9)
    assert "none" not in set(found.get("model", []))
    assert "one" not in set(found.get("model", []))
    assert len(found) + len(notes) >= 1  # every attempt succeeded: a tail, or why there is none


# --- as what it is written
# --------------------------------------------------------------------------------------------------------------


def test_json_has_every_part_of_every_report(content: Report, extreme_content: Report) -> None:
    for report in (content, extreme_content):
        document = json.loads(to_json(report), parse_constant=pytest.fail)
        assert list(document) == KEYS
    assert json.loads(to_json(content))["title"] == HOSTILE
    assert "<svg" not in to_json(content)


def test_hostile_text_is_text(content: Report) -> None:
    page = Page(to_html(content))
    assert not page.named("script", "b", "i", "img", "iframe", "object", "link")
    assert HOSTILE in "".join(page.words)
    ids = [one["id"] for _, one in page.elements if one.get("id")]
    linked = {str(one["href"])[1:] for one in page.named("a")}
    assert linked <= set(ids)
    drawings = [one for one in page.named("div") if one.get("role") == "img"]
    assert len(drawings) == 3
    assert all(one.get("aria-label") for one in drawings)
    assert len(to_html(content).encode()) < 2_000_000


def test_hostile_text_is_text_in_markdown_too(content: Report) -> None:
    page = Page(MarkdownIt("commonmark", {"html": True}).enable("table").render(to_markdown(content)))
    assert {tag for tag, _ in page.elements} <= {
        *("h1", "h2", "h3", "p", "strong", "em", "ul", "li", "blockquote", "pre", "code"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    assert "".join(page.words).count(HOSTILE) > 5
    assert MATHEMATICAL in "".join(page.words)


def test_the_report_repeats(risk: Risk, content: Report) -> None:
    again = risk_report(risk, BUDGETS, title=HOSTILE, claim="<b>claim</b>")
    assert to_html(again) == to_html(content)


def test_nothing_names_a_group_a_prompt_or_a_file_when_redacted(risk: Risk) -> None:
    named = risk.tree.copy()
    named.attrs = {
        **named.attrs,
        "bayescale_source": json.dumps("/home/secret/attempts.csv"),
        "bayescale_notes": json.dumps(
            [
                "3 of 10 attempts did not run and are left out: they count neither as successes nor as failures.",
                "No attempt ran for 1 problem ('secret prompt'): kept with 0 attempts, of unknown risk.",
            ]
        ),
    }
    content = risk_report(Risk(named), BUDGETS, title="t", redact=True)
    for text in (to_html(content), to_markdown(content), to_json(content)):
        assert "secret" not in text
        assert "script&" not in text
        assert "alert" not in text
        assert "model 1" in text
        assert "3 of 10 attempts did not run" in text
        assert "1 note that may name" in text
    assert redacted(risk).problems.problem[:2] == ("problem 1", "problem 2")
    given, hidden = (one.at(BUDGETS).table.drop(columns="model") for one in (risk, redacted(risk)))
    pd.testing.assert_frame_equal(given, hidden)
    assert risk.problems.groups[0] == (HOSTILE,)  # the posterior itself keeps its names


def test_group_columns_may_be_called_anything() -> None:
    risk = fitted_to(trials({"x": (0.4, 6.0), "y": (0.4, 30.0)}, name="method", prompts=12))
    content = risk_report(risk, [1_000], title="t")
    for table in ("forecast", "budget", "baselines", "data"):
        shown = content.part(Table, table)
        assert {row[0] for row in shown.rows} == {"x", "y"}
        assert {row["method (group)"] for row in shown.records} == {"x", "y"}


@pytest.mark.parametrize(
    "name", ["budget", "these_median", "problems", "broken", "law", "weight", "homogeneous", "ceiling_upper"]
)
def test_a_group_column_called_like_a_result_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="has the name of a column of the results"):
        fitted_to(trials({"x": (0.4, 6.0), "y": (0.4, 30.0)}, name=name, prompts=6), by=[name])


@pytest.mark.parametrize("name", ["source", "value", "level"])
def test_a_group_column_called_like_ours_gets_another_name(name: str) -> None:
    risk = distinct(fitted_to(trials({"x": (0.4, 6.0), "y": (0.4, 30.0)}, name=name, prompts=6), by=[name]))
    assert risk.groups[f"{name} (group)"].to_list() == ["x", "y"]
    assert distinct(risk) is risk


def test_no_column_of_ours_is_called_like_a_group(content: Report) -> None:
    """Whatever stands in a table beside the groups is known to be taken."""
    from bayescale.report.risk.neutral_names import _TAKEN

    for table in (part for part in content.parts if isinstance(part, Table) and part.records):
        if "model" in table.records[0]:
            free = {key for key in (*table.records[0], *table.columns) if key != "model" and key.isidentifier()}
            assert not [key for key in free if not _TAKEN.fullmatch(key)], table.name


def test_one_group_needs_no_name() -> None:
    table = trials({"a": (0.4, 6.0)}, prompts=12).drop(columns="model")
    content = risk_report(fitted_to(table), BUDGETS, title="t")
    assert content.part(Notes, "claims").items[0].startswith("Within 10,000 attempts each, ")
    assert "all prompts" in next(part for part in content.parts if isinstance(part, Drawing)).svg
    assert "“”" not in to_html(content)


def test_many_groups_are_cut_with_a_word() -> None:
    risk = fitted_to(trials({f"g{i:02}": (0.4, 6.0 + i) for i in range(13)}, prompts=4))
    said = claims(Asked(risk, (10, 100), 0.9, 0.5, 0.5))
    assert len(said) == 7
    assert said[-1].startswith("20 more")
    assert sum(axes.get_visible() for axes in plot_asr(risk, 100).axes) == 12
    assert few(["a"] * 8)[-1] == "2 more groups: in the table."


# --- figures
# --------------------------------------------------------------------------------------------------------------


def test_the_curve_ends_at_the_budgets_and_shows_what_was_measured(risk: Risk) -> None:
    figure = plot_asr(risk, BUDGETS)
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in panels] == [HOSTILE, style.plain(MATHEMATICAL)]
    assert all(axes.get_xscale() == "log" for axes in panels)
    assert panels[0].get_xlabel() == "attempts per prompt"
    problems = risk.problems
    mine = problems.group == 0
    points = next(line for line in panels[0].get_lines() if line.get_marker() == "o")
    assert np.asarray(points.get_xdata())[-1] == 100
    assert np.asarray(points.get_ydata())[-1] == pytest.approx((problems.successes[mine] > 0).mean())
    curve = np.asarray(panels[0].get_lines()[0].get_xydata())
    assert curve[-1, 0] == 10_000
    assert curve[-1, 1] == pytest.approx(risk.at([10_000]).table["these_median"].iloc[0], abs=0.01)


def test_the_curve_of_a_judge_that_errs_begins_at_one_attempt(judged: tuple[Risk, Risk]) -> None:
    axes = plot_asr(judged[0], [1_000]).axes[0]
    assert np.asarray(axes.get_lines()[0].get_xdata())[0] == 1
    assert axes.get_xlim()[0] < 1


def test_curves_go_a_hundred_times_beyond_unless_told(risk: Risk) -> None:
    line = plot_asr(risk).axes[0].get_lines()[0]
    assert np.asarray(line.get_xdata())[-1] == 10_000


def test_laws_are_drawn_by_weight() -> None:
    risk = fit_risk(trials({"a": (0.4, 6.0)}), mixing=["beta", "logit_normal"], random_seed=1)
    axes = plot_laws(risk, 10_000).axes[0]
    laws = risk.sensitivity(10_000).sort_values("weight", ascending=False)
    assert [label.get_text() for label in axes.get_yticklabels()] == laws["law"].to_list()
    discs = [line for line in axes.get_lines() if line.get_marker() == "o"]
    sizes = {float(np.asarray(disc.get_ydata())[0]): disc.get_markersize() for disc in discs}
    assert sizes[1.0] > sizes[0.0]


def test_wrong_budgets_are_refused_by_figures(risk: Risk) -> None:
    with pytest.raises(InputError):
        plot_asr(risk, [0])
    with pytest.raises(InputError):
        plot_asr(risk, [10], prob=2.0)
