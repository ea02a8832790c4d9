"""The report of a horizon posterior: horizons, trend over release dates, method, checks and lineage."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from bayescale.core.arguments import checked
from bayescale.core.serialization import fact
from bayescale.core.summary import require_prob
from bayescale.core.text import count, human_time
from bayescale.horizon.answers import read_levels
from bayescale.horizon.forecast import HorizonTrend
from bayescale.horizon.release_dates import date_text, read_dates
from bayescale.horizon.result import Horizon
from bayescale.report.elements import Drawing, Equation, Facts, Notes, Report, Section, Text
from bayescale.report.findings import checks_table, verdict
from bayescale.report.formats import percent
from bayescale.report.horizon.neutral_names import redacted
from bayescale.report.horizon.tables import agents_table, days_text, horizons_table, reached_table, trend_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LATEX = r"\mathrm{logit}\,p_{jt}=\beta_j\,(\log_2 h_j-\log_2 m_t)+f_{F(t)}+u_t+w_{jt}"
CLAIM = "Success of agents against the time that a human needs for the same tasks, with its uncertainty."
METHOD = (
    "The successes of agent j at task t are binomial. β is the agent's slope per doubling of the human time m; h is "
    "its horizon at the median task; f, u and w are normal effects of the task's family, of the task, and of the pair "
    "of agent and task. The last makes repeats of one pair alike: many repeats of one task count as one task, measured "
    "well. Draws are exact (Gibbs sampling with Pólya-Gamma variables).",
    "The horizon at a level of success is the human time of tasks at which the success of an average task is at this "
    "level: families, tasks and pairs are averaged over their populations. A curve fitted to all attempts without "
    "effects estimates the same quantity; at 50 % it is that of the median task too.",
    "Kwa et al. (2025, arXiv:2503.14499) weight each task by one over the square root of the size of its family. Here "
    "the data decide: the more the tasks of a family resemble each other, the less each further task counts.",
    "The trend is a line in log2 of the horizon over release dates, with at most one change of its slope between the "
    "first and the last release, averaged by evidence; in future the slope may change again at the same rate.",
)
LIMITS = (
    "A horizon describes these tasks and these human times: other tasks, or estimated times, give other horizons.",
    "A horizon that is shorter or longer than every task is extrapolated along a logistic curve.",
    "An agent without a success has no lower bound but the prior, and one without a failure no upper bound.",
    "The trend extrapolates release dates. Agents are not a random sample of what was released.",
)


@checked
def horizon_report(
    horizon: Horizon,
    levels: float | Sequence[float] = (0.5, 0.8),
    prob: float = 0.9,
    *,
    dates: object = None,
    minutes: float | Sequence[float] = (60.0, 480.0),
    agents: Sequence[str] | None = None,
    title: str = "Time horizons",
    claim: str = "",
    redact: bool = False,
) -> Report:
    """Make the report of a horizon posterior.

    Parameters
    ----------
    horizon : Horizon
        The posterior.
    levels : float or sequence of float, default (0.5, 0.8)
        Levels of success. The trend is that of the first.
    prob : float, default 0.9
        Probability of the intervals.
    dates : date, str, or sequence of these, optional
        Dates of the forecast; one and two years after the last release where omitted.
    minutes : float or sequence of float, default (60, 480)
        Horizons whose probability of being reached by these dates is reported.
    agents : sequence of str, optional
        The agents of the trend; all with a release date where omitted.
    title : str, default "Time horizons"
        The title.
    claim : str, optional
        What the model is relied on for; a general sentence where omitted.
    redact : bool, default False
        Replace names of agents, tasks and families by neutral ones, and leave out notes that may contain another name.

    Returns
    -------
    Report
        The report; `Report.save` writes it as HTML, Markdown or JSON. The part on the trend is empty where fewer than
        three agents have different release dates.

    Raises
    ------
    InputError
        A level, a date, a time or `prob` is out of its range.
    """
    require_prob(prob)
    used = read_levels(levels)
    chosen = None if agents is None else horizon.agents_at(agents)
    horizon = redacted(horizon) if redact else horizon
    names = None if chosen is None else [horizon.cells.agents[place] for place in chosen]
    trend = horizon.trend(used[0], names, prob) if horizon.dated else None
    days = _days(trend, dates)
    checks = horizon.check()
    table = horizon.horizons(used, prob)
    sections = (
        Section(
            "horizons",
            "Horizons",
            (
                horizons_table(table, horizon.cells.agent_column, prob),
                trend_table(trend, days, prob),
                reached_table(trend, days, minutes),
            ),
        ),
        Section("trend", "Trend over release dates", () if trend is None else (_trend_drawing(horizon, trend, prob),)),
        Section("success", "Success by human time", (_success_drawing(horizon, prob),)),
        Section("data", "Data", (agents_table(horizon), Notes("notes", horizon.notes, "Notes"))),
        Section("method", "Method", (Equation("latex", LATEX), Text("method", METHOD))),
        Section("limits", "Limits", (Notes("limits", LIMITS),)),
        Section("checks", "Diagnostics", (checks_table(checks),)),
        Section("lineage", "Lineage", (Facts("lineage", _lineage(horizon)),)),
    )
    convergence, answer = verdict(checks, "convergence"), _answer(horizon, table, trend)
    return Report(title, claim or CLAIM, checks.passed, convergence, sections, checks.warnings, answer=answer)


def _days(trend: HorizonTrend | None, dates: object) -> list[str]:
    """The dates of the forecast as text."""
    if dates is not None:
        return [date_text(day) for day in read_dates("dates", dates)]
    return [] if trend is None else [date_text(trend.last + 365.25 * years) for years in (1, 2)]


def _answer(horizon: Horizon, table: pd.DataFrame, trend: HorizonTrend | None) -> str:
    """The answer in sentences: the longest horizon, and the doubling time."""
    first = table[table["level"] == table["level"].iloc[0]]
    best = first.loc[first["minutes_median"].idxmax()]
    low, high = human_time(float(best["minutes_lower"])), human_time(float(best["minutes_upper"]))
    longest = (
        f"“{best[horizon.cells.agent_column]}” has the longest horizon: it succeeds at {percent(float(best['level']))} "
        f"of tasks that take a human {human_time(float(best['minutes_median']))} ({low} to {high})."
    )
    if trend is None:
        return longest
    row = trend.table.iloc[0]
    ends = [days_text(float(row[f"doubling_days_{side}"])) for side in ("median", "lower", "upper")]
    agents = count(len(trend.agents), "agent")
    return (
        f"{longest} Horizons of {agents} double in {ends[0]} at the last release ({ends[1]} to {ends[2]}); "
        f"probability that the rate changed between the first and the last release: {percent(float(row['changed']))}."
    )


def _trend_drawing(horizon: Horizon, trend: HorizonTrend, prob: float) -> Drawing:
    return Drawing(
        "horizon_trend",
        "Horizons by release date",
        "Time horizon of each agent against its release date on a log axis, with the trend and its forecast.",
        f"Bars and bands are {percent(prob)} intervals. The inner band is the line, the outer one an agent.",
        partial(_draw_trend, horizon, trend.level, trend.agents, prob),
    )


def _success_drawing(horizon: Horizon, prob: float) -> Drawing:
    return Drawing(
        "success",
        "Success by human time",
        "Success of each agent against the human time of tasks, falling along a logistic curve, with measured shares.",
        f"Bands are {percent(prob)} intervals of success at an average task. Circles are measured shares in sixths of "
        "the tasks, each family once.",
        partial(_draw_success, horizon, prob),
    )


def _draw_trend(horizon: Horizon, level: float, agents: Sequence[str], prob: float) -> "Figure":
    from bayescale.plots.horizon.trend import plot_horizons

    return plot_horizons(horizon, level, agents, prob=prob)


def _draw_success(horizon: Horizon, prob: float) -> "Figure":
    from bayescale.plots.horizon.success import plot_success

    return plot_success(horizon, prob=prob)


def _lineage(horizon: Horizon) -> dict[str, str]:
    tree = horizon.tree
    return {
        "data": str(fact(tree, "source")),
        "data digest": str(fact(tree, "data_digest")),
        "random seed": str(fact(tree, "random_seed")),
        "draws": str(len(horizon.effect_scale)),
        "versions": ", ".join(f"{name} {version}" for name, version in fact(tree, "versions").items()),
    }
