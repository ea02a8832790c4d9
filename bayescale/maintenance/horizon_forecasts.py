"""What a version of a horizon model publishes: horizons, trend, and forecasts of agents that are not fitted yet.

A forecast is landed by an agent that was unknown when it was published and was released within a month of its date. Its
measured horizon is the median of its posterior in the fit that first includes it.
"""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayescale.core.text import listing
from bayescale.data.trials import Trials
from bayescale.errors import InputError, closest
from bayescale.horizon.cells import cells_from_trials
from bayescale.horizon.forecast import trend_paths
from bayescale.horizon.measured_agent import measurable, measured_agent
from bayescale.horizon.posterior import FEWEST_DATES
from bayescale.horizon.release_dates import read_dates
from bayescale.horizon.result import Horizon
from bayescale.maintenance.forecast_scores import MEANING, RELEASE, horizon_response
from bayescale.maintenance.specs.spec import HorizonSpec
from bayescale.maintenance.store.forecast_log import LEVELS, QUANTILES


@dataclass(frozen=True, eq=False)
class HorizonForecasts:
    """What is published of a horizon posterior beside its draws.

    Parameters
    ----------
    table : DataFrame
        One row per target: `name`, `run` and `date`; `trend_*`, the trend on this date, and `agent_*`, the horizon that
        will be measured of an agent released then: median and interval in minutes.
    rows : DataFrame
        The same as rows of the forecast log.
    tables : dict of str to DataFrame
        `horizons` of the agents and, where there are release dates, `trend` and `reached`: the probability that
        horizons are reached by the dates of the targets.
    """

    table: pd.DataFrame
    rows: pd.DataFrame
    tables: dict[str, pd.DataFrame]


def require_trend(content: HorizonSpec, trials: Trials) -> None:
    """Raise, before anything is sampled, where trials cannot be fitted or a spec's trend cannot be.

    Parameters
    ----------
    content : HorizonSpec
        The spec's content.
    trials : Trials
        The trials.

    Raises
    ------
    InputError
        The trials cannot be used, an agent is unknown, or too few have release dates.
    """
    model, chosen = content.horizon, content.trend.agents
    cells, _ = cells_from_trials(trials, model.agent, model.release_dates or None)
    dated = [name for name, day in zip(cells.agents, cells.released, strict=True) if not np.isnan(day)]
    problems = [
        f"trend.agents: {name!r} has no attempt or no release date.{closest(name, dated)}"
        for name in chosen
        if name not in dated
    ]
    used = [day for name, day in zip(cells.agents, cells.released, strict=True) if name in (chosen or dated)]
    days = len({day for day in used if not np.isnan(day)})
    if (content.forecast or chosen) and not problems and days < FEWEST_DATES:
        problems.append(
            f"{days} different release dates: a forecast needs at least {FEWEST_DATES}. Give them as a column "
            "'release_date', or in [horizon.release_dates]."
        )
    if problems:
        raise InputError(f"{trials.source}: the spec's forecasts cannot be made", problems)


def horizon_forecasts(content: HorizonSpec, horizon: Horizon, prob: float) -> HorizonForecasts:
    """Compute what a version publishes.

    Parameters
    ----------
    content : HorizonSpec
        The spec's content.
    horizon : Horizon
        The posterior.
    prob : float
        Probability of the intervals.

    Returns
    -------
    HorizonForecasts
        Tables; without targets and trend where fewer than three agents have different release dates. Targets whose
        agent is fitted already are left out.
    """
    settings = content.trend
    tables = {"horizons": horizon.horizons(settings.levels, prob)}
    empty = pd.DataFrame()
    if not horizon.dated:
        return HorizonForecasts(empty, empty, tables)
    trend = horizon.trend(settings.levels[0], settings.agents or None, prob)
    tables["trend"] = trend.table.replace(np.inf, np.nan).assign(level=trend.level)  # JSON has no infinity
    targets = [target for target in content.forecast if target.run not in horizon.cells.agents]
    if not targets:
        return HorizonForecasts(empty, empty, tables)
    dates = [target.date for target in targets]
    if settings.reach:
        tables["reached"] = trend.reaches(settings.reach, list(dict.fromkeys(dates)))
    days = read_dates("forecast.date", dates)
    draws = {"law": trend_paths(trend, days)[0], "run": measured_agent(horizon, trend, dates)}
    quantiles = np.exp2(np.quantile(draws["run"], LEVELS, axis=0))
    levels = {"median": 0.5, "lower": (1 - prob) / 2, "upper": (1 + prob) / 2}
    summaries = {
        f"{kind}_{name}": np.exp2(np.quantile(values, level, axis=0))
        for kind, values in draws.items()
        for name, level in levels.items()
    }
    rows = pd.DataFrame(
        {
            "family": "",
            "known_families": json.dumps(sorted(horizon.cells.agents)),
            "run": [target.run for target in targets],
            "response": horizon_response(trend.level),
            "inputs": [json.dumps({RELEASE: day}) for day in days],
            "prob": prob,
            "meaning": float(MEANING),
            **summaries,
            "extrapolation": (days - trend.first) / (trend.last - trend.first),
            "flag": "",
            **dict(zip(QUANTILES, quantiles, strict=True)),
        }
    )
    labels = {name: [getattr(target, name) for target in targets] for name in ("name", "run", "date")}
    names = {"law": "trend", "run": "agent"}
    columns = {f"{names[kind]}_{name}": summaries[f"{kind}_{name}"] for kind in draws for name in levels}
    return HorizonForecasts(pd.DataFrame({**labels, **columns}), rows, tables)


def measured_agents(content: HorizonSpec, horizon: Horizon) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the agents that can land a forecast, as rows that `score_landed` takes.

    Parameters
    ----------
    content : HorizonSpec
        The spec's content.
    horizon : Horizon
        The posterior.

    Returns
    -------
    agents : DataFrame
        One row per agent with a release date, a success and a failure: its name as `family` and `run`, `release_day`,
        and its horizon at the level of the trend in minutes, under the name of the response.
    unmeasured : tuple of str
        Agents with a release date but without a success, or without a failure.
    """
    cells, level = horizon.cells, content.trend.levels[0]
    medians = np.exp2(np.median(horizon.log2_horizon(level), axis=0))
    table = pd.DataFrame(
        {"family": cells.agents, "run": cells.agents, RELEASE: cells.released, horizon_response(level): medians}
    )
    dated = table[RELEASE].notna().to_numpy()
    measured = np.isin(np.arange(len(table)), measurable(horizon))
    return table[dated & measured].reset_index(drop=True), tuple(table["run"][dated & ~measured])


def unmeasured_note(agents: tuple[str, ...]) -> str:
    """Return a note on agents that land no forecast.

    Parameters
    ----------
    agents : tuple of str
        The agents.

    Returns
    -------
    str
        The note.
    """
    return f"{listing(agents)}: no forecast is scored, since an agent without a success or a failure has no horizon"
