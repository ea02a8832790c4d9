"""What moved between two posteriors of time horizons: agents, horizons, and the trend."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.horizon.cells import Cells
from bayescale.horizon.forecast import HorizonTrend, trend_paths
from bayescale.horizon.release_dates import read_dates
from bayescale.horizon.result import Horizon
from bayescale.maintenance.moved import moved_by

type Array = NDArray[np.float64]

MINUTES = {"minutes_50": 0.5, "minutes_80": 0.8}  # horizons that are compared, and their levels of success


def agents_between(before: Cells, after: Cells) -> pd.DataFrame:
    """Find the agents that were added, removed, or whose counts changed.

    Parameters
    ----------
    before, after : Cells
        The counts.

    Returns
    -------
    DataFrame
        One row per such agent: its name, `change`, and `tasks`, `attempts` and `successes` before and after.
    """
    old, new = (cells.by_agent.set_index(cells.agent_column) for cells in (before, after))
    rows = []
    for agent in [*new.index, *old.index.difference(new.index, sort=False)]:
        counts = {
            f"{name}_{side}": int(table.loc[agent, name]) if agent in table.index else 0
            for name in new.columns
            for side, table in (("before", old), ("after", new))
        }
        change = "added" if agent not in old.index else "removed" if agent not in new.index else "changed"
        if change != "changed" or not _same_cells(before, after, str(agent)):
            rows.append({after.agent_column: agent, "change": change, **counts})
    return pd.DataFrame(rows)


def _same_cells(before: Cells, after: Cells, agent: str) -> bool:
    """Whether an agent's counts and the lengths of its tasks are the same."""
    tables = []
    for cells in (before, after):
        inside = cells.agent == cells.agents.index(agent)
        task = cells.task[inside]
        names = [(cells.families[cells.family[place]], cells.tasks[place], cells.minutes[place]) for place in task]
        tables.append(dict(zip(names, zip(cells.attempts[inside], cells.successes[inside], strict=True), strict=True)))
    return bool(tables[0] == tables[1])


def horizons_moved(before: Horizon, after: Horizon) -> pd.DataFrame:
    """Compare the horizons and slopes of agents that both posteriors have.

    Parameters
    ----------
    before, after : Horizon
        The posteriors.

    Returns
    -------
    DataFrame
        One row per quantity and agent, largest move first: medians `before` and `after` (minutes, or the log slope),
        `moved` in standard deviations of the earlier one (of log2 of minutes), and its Monte Carlo `error`.
    """
    quantities = [(name, _by_level(before, level), _by_level(after, level)) for name, level in MINUTES.items()]
    quantities.append(("log_slope", _chains(before, "log_slope"), _chains(after, "log_slope")))
    rows = []
    for name, old, new in quantities:
        for place, agent in enumerate(after.cells.agents):
            if agent in before.cells.agents:
                earlier = old[..., before.cells.agents.index(agent)]
                moved = moved_by(earlier, new[..., place])
                rows.append({"parameter": name, "agent": agent, **(_in_minutes(moved) if name in MINUTES else moved)})
    table = pd.DataFrame(rows, columns=["parameter", "agent", "before", "after", "moved", "error"])
    return table.sort_values("moved", key=np.abs, ascending=False, ignore_index=True, kind="stable")


def _chains(horizon: Horizon, name: str) -> Array:
    return np.asarray(horizon.tree["posterior"][name].to_numpy(), dtype=float)


def _by_level(horizon: Horizon, level: float) -> Array:
    shape = horizon.tree["posterior"]["log2_horizon"].shape
    return horizon.log2_horizon(level).reshape(shape)


def _line(trend: HorizonTrend, date: object) -> Array:
    """Draws of the trend on a date in log2 of minutes, as one chain."""
    return trend_paths(trend, read_dates("date", date))[0].T


def _in_minutes(moved: dict[str, float]) -> dict[str, float]:
    """Medians of log2 of minutes as minutes."""
    return moved | {side: float(np.exp2(moved[side])) for side in ("before", "after")}


def trend_moved(before: Horizon, after: Horizon, targets: pd.DataFrame) -> pd.DataFrame:
    """Compare the trend on dates.

    Parameters
    ----------
    before, after : Horizon
        The posteriors.
    targets : DataFrame
        One row per target: `date`, and optionally `level` (0.5 by default) and `agents` of the trend.

    Returns
    -------
    DataFrame
        One row per target: medians `before` and `after` in minutes, `moved` and `error` as in `horizons_moved`. Without
        a `before` where the earlier posterior has no trend.
    """
    rows = []
    for row in targets.to_dict("records"):
        level, agents = row.get("level", 0.5), row.get("agents") or None
        known = [name for name in agents or () if name in before.cells.agents] or None
        new = _line(after.trend(level, agents), row["date"])
        old = _line(before.trend(level, known), row["date"]) if before.dated else np.full((1, 2), np.nan)
        rows.append({"date": row["date"], "level": level, **_in_minutes(moved_by(old, new))})
    return pd.DataFrame(rows)
