"""Time horizons: cost of a fit, and coverage of success at left-out task families and of left-out agents.

    python -m benchmarks.horizon cost        CPU seconds of fits of the public agent runs, by seed
    python -m benchmarks.horizon families    five folds of task families; success in cells and in thirds of the lengths
    python -m benchmarks.horizon agents      each dated agent left out; its success in thirds of the lengths
    python -m benchmarks.horizon simulated   the same of the last of eight simulated agents, whose trend is a line

The rival is the published method (Kwa et al. 2025, arXiv:2503.14499): a logistic curve per agent through all tasks,
each weighted by the size of its family to the power -1/2, with a bootstrap over families, tasks and attempts. For an
agent that is left out it draws a line through the other agents' log2 horizons (least squares, with the normal
prediction interval) and takes the mean of their slopes.
"""

import argparse
import resource
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import t as student

import bayescale as bs
from bayescale.horizon.release_dates import DAYS_PER_YEAR, date_text, day_of
from benchmarks.shared import SHARED, write_table

type Array = NDArray[np.float64]

RENAME = {"problem_id": "problem", "n_samples": "attempts", "n_successes": "successes"}
#: benchmark_results_1_1.yaml of METR. The human baseliners have no date.
RELEASED = {
    "davinci-002": "2020-05-28",
    "gpt-3.5-turbo-instruct": "2022-03-15",
    "GPT-4 0314": "2023-03-14",
    "Claude 3 Opus": "2024-03-04",
    "GPT-4 Turbo": "2024-04-09",
    "Claude 3.5 Sonnet (Old)": "2024-06-20",
    "o1-preview": "2024-09-12",
}
PROBS = (0.5, 0.8, 0.9)
FOLDS, THIRDS = 5, 3
DRAWS = 2000
SIMULATIONS = 12
STEPS, RIDGE = 60, 1e-3  # Newton steps of a logistic curve; the ridge keeps curves without a success finite


class Curves(NamedTuple):
    """Draws of an agent's logistic curve: intercept and slope of the logit on log2 of minutes, and effects' spread."""

    intercept: Array
    slope: Array
    family: Array
    task: Array
    cell: Array


def public_runs() -> pd.DataFrame:
    """The public agent runs under the names of `read_trials`."""
    return pd.read_csv(SHARED / "data" / "metr_agent_runs" / "counts.csv").rename(columns=RENAME)


def cpu_seconds() -> float:
    """CPU time of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def cost() -> None:
    """CPU of fits of all agents, and how many draws they took."""
    trials = bs.read_trials(public_runs())
    rows = []
    for seed in (1, 2, 3):
        began = cpu_seconds()
        horizon = bs.fit_horizon(trials, random_seed=seed)
        rows.append({"seed": seed, "cpu_s": cpu_seconds() - began, "draws": len(horizon.effect_scale)})
        print(rows[-1], flush=True)
    write_table("horizon_cost", pd.DataFrame(rows), ["Eight agents at 83 tasks; CPU seconds of `fit_horizon`."], 1)


def posterior_curves(horizon: bs.Horizon, agent: str) -> Curves:
    """Curves of an agent that was fitted."""
    place = horizon.cells.agents.index(agent)
    pick = np.linspace(0, len(horizon.effect_scale) - 1, DRAWS).round().astype(int)
    slope, location = horizon.slope[pick, place], horizon.draws("log2_horizon")[pick, place]
    return Curves(
        slope * location, slope, *(horizon.draws(f"{name}_scale")[pick] for name in ("family", "task", "cell"))
    )


def _scales(horizon: bs.Horizon, pick: NDArray[np.int64]) -> list[Array]:
    return [horizon.draws(f"{name}_scale")[pick] for name in ("family", "task", "cell")]


def new_agent_curves(horizon: bs.Horizon, day: float, rng: np.random.Generator) -> Curves:
    """Curves of an agent that was not fitted, released on a day."""
    trend = horizon.trend(0.5)
    line = trend.draws.line(np.array([(day - trend.origin) / DAYS_PER_YEAR]))[:, 0]
    location = rng.permutation(line + trend.draws.scatter * rng.standard_normal(len(line)))[:DRAWS]
    pick = rng.permutation(len(horizon.effect_scale))[:DRAWS]
    log_slope = horizon.draws("slope_mean")[pick] + horizon.draws("slope_scale")[pick] * rng.standard_normal(DRAWS)
    slope = np.exp(log_slope)
    return Curves(
        slope * location, slope, *(horizon.draws(f"{name}_scale")[pick] for name in ("family", "task", "cell"))
    )


def logistic(share: Array, length: Array, weight: Array) -> tuple[Array, Array]:
    """Intercept and slope of weighted logistic curves, each (draw,), from (draw, task)."""
    a, b = np.zeros(len(share)), np.full(len(share), 0.5)
    for _ in range(STEPS):
        p = expit(a[:, None] - b[:, None] * length)
        curve, rest = weight * p * (1 - p), weight * (share - p)
        g = np.stack([rest.sum(1) - RIDGE * a, -(rest * length).sum(1) - RIDGE * b])
        h11, h12, h22 = curve.sum(1) + RIDGE, -(curve * length).sum(1), (curve * length**2).sum(1) + RIDGE
        det = h11 * h22 - h12**2
        step = np.stack([h22 * g[0] - h12 * g[1], h11 * g[1] - h12 * g[0]]) / det
        step *= 2.0 / np.maximum(np.abs(step).max(axis=0), 2.0)
        a, b = a + step[0], b + step[1]
    return a, b


def rival_curves(rows: pd.DataFrame, rng: np.random.Generator, draws: int = 500) -> Curves:
    """The published method: a bootstrap over families, their tasks and the attempts at each."""
    family, names = pd.factorize(rows["family"])
    attempts, length = rows["attempts"].to_numpy(), np.log2(rows["human_minutes"].to_numpy())
    members = [np.flatnonzero(family == place) for place in range(len(names))]
    weight = np.zeros((draws, len(rows)))
    for row in weight:
        for place in rng.integers(0, len(names), len(names)):
            inside = members[place]
            np.add.at(row, rng.choice(inside, len(inside)), len(inside) ** -0.5)
    share = rng.binomial(attempts, rows["successes"].to_numpy() / attempts, (draws, len(rows))) / attempts
    a, b = logistic(share, length, weight)
    zero = np.zeros(len(a))
    return Curves(a, b, zero, zero, zero)


def rival_new_agent(rows: pd.DataFrame, day: float, dates: dict[str, float], rng: np.random.Generator) -> Curves:
    """A line through the other agents' log2 horizons, by least squares."""
    days, horizons, slopes = [], [], []
    for agent, part in rows.groupby("model", sort=False):
        if agent not in dates:
            continue
        size = part.groupby("family")["problem"].transform("size").to_numpy() ** -0.5
        share = (part["successes"] / part["attempts"]).to_numpy()
        a, b = logistic(share[None], np.log2(part["human_minutes"].to_numpy())[None], size[None])
        days.append(dates[str(agent)])
        horizons.append(float(a[0] / b[0]))
        slopes.append(float(b[0]))
    x = np.column_stack([np.ones(len(days)), np.array(days) / DAYS_PER_YEAR])
    beta, *_ = np.linalg.lstsq(x, np.array(horizons), rcond=None)
    free = len(days) - 2
    variance = ((np.array(horizons) - x @ beta) ** 2).sum() / free
    at = np.array([1.0, day / DAYS_PER_YEAR])
    spread = np.sqrt(variance * (1 + at @ np.linalg.inv(x.T @ x) @ at))
    location = at @ beta + spread * student.rvs(free, size=DRAWS, random_state=rng)
    slope, zero = np.full(DRAWS, float(np.mean(slopes))), np.zeros(DRAWS)
    return Curves(slope * location, slope, zero, zero, zero)


def simulated_shares(curves: Curves, rows: pd.DataFrame, rng: np.random.Generator) -> Array:
    """Shares of successes of an agent in cells, (draw, cell), for tasks and families that were not fitted."""
    family = pd.factorize(rows["family"])[0]
    count = len(curves.slope)
    logit = curves.intercept[:, None] - curves.slope[:, None] * np.log2(rows["human_minutes"].to_numpy())
    logit += (curves.family[:, None] * rng.standard_normal((count, family.max() + 1)))[:, family]
    logit += np.hypot(curves.task, curves.cell)[:, None] * rng.standard_normal(logit.shape)
    attempts = rows["attempts"].to_numpy()
    return np.asarray(rng.binomial(attempts, expit(logit)) / attempts)


def scores(
    method: str, agent: str, group: str, rows: pd.DataFrame, shares: Array, rng: np.random.Generator
) -> Iterator[dict[str, object]]:
    """Positions of measured shares among the simulated ones: in each cell, and in each third of the lengths."""
    observed = (rows["successes"] / rows["attempts"]).to_numpy()
    third = rows["third"].to_numpy()
    units = [("cells", place, [place]) for place in range(len(rows))]
    units += [("thirds", part, list(np.flatnonzero(third == part))) for part in range(THIRDS) if (third == part).any()]
    for kind, place, inside in units:
        value, drawn = observed[inside].mean(), shares[:, inside].mean(axis=1)
        below, equal = (drawn < value - 1e-9).mean(), (np.abs(drawn - value) <= 1e-9).mean()
        family = str(rows["family"].iloc[inside[0]]) if kind == "cells" else f"{group} {place}"
        yield {
            "method": method, "kind": kind, "agent": agent, "family": family,
            "pit": below + equal * rng.random(), "error": (drawn.mean() - value) ** 2,
        }  # fmt: skip


def with_thirds(rows: pd.DataFrame) -> pd.DataFrame:
    """With the third of the lengths of each task."""
    tasks = rows.drop_duplicates(["family", "problem"])["human_minutes"]
    edges = np.quantile(np.log2(tasks), [1 / 3, 2 / 3])
    return rows.assign(third=np.searchsorted(edges, np.log2(rows["human_minutes"]), side="right"))


def summary(scored: pd.DataFrame, cluster: str) -> pd.DataFrame:
    """Coverage and mean squared error by method, with standard errors between clusters."""
    rows = []
    for (kind, method), part in scored.groupby(["kind", "method"], sort=False):
        row: dict[str, object] = {"unit": kind, "method": method, "n": len(part)}
        for prob in PROBS:
            held = (np.abs(part["pit"] - 0.5) <= prob / 2).astype(float)
            row[f"inside_{100 * prob:.0f}"] = held.mean()
            row[f"se_{100 * prob:.0f}"] = _error(held, part[cluster])
        rows.append({**row, "squared_error": part["error"].mean(), "se": _error(part["error"], part[cluster])})
    return pd.DataFrame(rows)


def _error(values: pd.Series, cluster: pd.Series) -> float:
    """Standard error of a mean of clustered values."""
    sums = (values - values.mean()).groupby(cluster.to_numpy()).sum()
    count = len(sums)
    return float(np.sqrt((sums**2).sum() * count / max(count - 1, 1)) / len(values))


def families() -> None:
    """Five folds of task families: success of each agent at the tasks of the families left out."""
    runs, rng = with_thirds(public_runs()), np.random.default_rng(1)
    names = rng.permutation(runs["family"].unique())
    out: list[dict[str, object]] = []
    for fold in range(FOLDS):
        left_out = runs["family"].isin(names[fold::FOLDS])
        horizon = bs.fit_horizon(bs.read_trials(runs[~left_out]), random_seed=fold)
        for agent, rows in runs[left_out].groupby("model", sort=False):
            train = runs[~left_out & (runs["model"] == agent)]
            for method, curves in (
                ("bayescale", posterior_curves(horizon, str(agent))),
                ("logistic curve", rival_curves(train, rng)),
            ):
                out += scores(method, str(agent), str(fold), rows, simulated_shares(curves, rows, rng), rng)
        print(f"fold {fold + 1} of {FOLDS}", flush=True)
    table = summary(pd.DataFrame(out), "family")
    note = (
        "Tasks of left-out families (five folds). Errors of cells: between families; of thirds: between thirds of "
        "folds, since agents share tasks."
    )
    write_table("horizon_families", table, [note], 3)


def agents() -> None:
    """Each dated agent left out: its success from the trend of the others."""
    runs, dates = with_thirds(public_runs()), {name: day_of(date) for name, date in RELEASED.items()}
    write_table("horizon_agents", *_left_out_agents([runs], [list(RELEASED)], dates), 3)


def simulated() -> None:
    """The last of eight simulated agents left out: horizons around a line, effects as in the public runs."""
    first = day_of("2021-01-01")
    dates = {f"agent {place}": first + 180.0 * place for place in range(8)}
    tables = [simulated_table(np.random.default_rng([7, seed]), dates) for seed in range(SIMULATIONS)]
    write_table("horizon_simulated", *_left_out_agents(tables, [["agent 7"]] * SIMULATIONS, dates), 3)


def simulated_table(rng: np.random.Generator, dates: dict[str, float]) -> pd.DataFrame:
    """Counts of agents at 60 tasks of 25 families."""
    family = rng.integers(0, 25, 60)
    minutes = np.exp2(rng.uniform(0, 10, 60))
    effect = 1.2 * rng.standard_normal(25)[family] + 1.0 * rng.standard_normal(60)
    parts, rate, level, scatter = [], rng.normal(1.7, 0.4), rng.normal(2.0, 1.0), abs(rng.normal(0, 0.7))
    start = min(dates.values())
    for agent, day in dates.items():
        location = level + rate * (day - start) / DAYS_PER_YEAR + scatter * rng.standard_normal()
        slope = np.exp(rng.normal(-0.5, 0.25))
        logit = slope * (location - np.log2(minutes)) + effect + 0.8 * rng.standard_normal(60)
        successes = rng.binomial(6, expit(logit))
        names = {"family": [f"f{f}" for f in family], "problem": [f"t{t}" for t in range(60)]}
        parts.append(
            pd.DataFrame({"model": agent, **names, "human_minutes": minutes, "attempts": 6, "successes": successes})
        )
    return with_thirds(pd.concat(parts, ignore_index=True))


def _left_out_agents(
    tables: list[pd.DataFrame], left_out: list[list[str]], dates: dict[str, float]
) -> tuple[pd.DataFrame, list[str]]:
    rng, out = np.random.default_rng(2), []
    for place, (runs, names) in enumerate(zip(tables, left_out, strict=True)):
        for agent in names:
            train, rows = runs[runs["model"] != agent], runs[runs["model"] == agent]
            known = {name: date_text(day) for name, day in dates.items() if name != agent}
            horizon = bs.fit_horizon(bs.read_trials(train), release_dates=known, random_seed=place)
            for method, curves in (
                ("bayescale", new_agent_curves(horizon, dates[agent], rng)),
                ("line through curves", rival_new_agent(train, dates[agent], dates, rng)),
            ):
                for row in scores(
                    method, f"{place} {agent}", str(place), rows, simulated_shares(curves, rows, rng), rng
                ):
                    out.append(row)
            print(f"{place} {agent}", flush=True)
    count = len({row["agent"] for row in out})
    return summary(pd.DataFrame(out), "agent"), [f"{count} agents left out, one at a time. Errors are between agents."]


def main() -> None:
    jobs = {"cost": cost, "families": families, "agents": agents, "simulated": simulated}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=tuple(jobs))
    jobs[parser.parse_args().what]()


if __name__ == "__main__":
    main()
