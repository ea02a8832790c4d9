"""Forecast ASR@N and pass@k at 1,000 and 10,000 attempts from 30 or 100 per prompt; compare with published estimators.

    python -m benchmarks.risk_forecast [--repeats 10] [--seed 1] [--apart] [--uncrossed] [--ours] [--published]

The cells are those of `tools/risk_cells.py` in the folder of the public data: few attempts as input, the success at
large budgets as the true value. Every kind of cell has equal weight. Groups that were measured together (the models of
one data set, in one repeat) are fitted together, as a user would do, under the names of their problems, so that they
are crossed; `--uncrossed` pools groups without crossing, and `--apart` fits each group separately.
`--ours` measures only the package, and `--published` only the published estimators, on the same cells; their rows in
existing tables are replaced.

Priors and weights of the mixing laws were chosen on half of the kinds (DEVELOPED), with seed 0. The other half was not
used, and this script uses another seed. The tables report the two halves separately.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd

from bayescale.data.trials import read_trials
from bayescale.risk.estimators import ESTIMATORS
from bayescale.risk.mixing import mixings
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.forecast import at
from bayescale.risk.problems import Problems, problems_from_trials
from bayescale.risk.sampling.sampler import sample
from benchmarks.shared import RESULTS, shared_tool, write_table

DEVELOPED = (
    "math",
    "simulated beta",
    "simulated logit-normal",
    "simulated zero-inflated beta",
    "simulated two betas",
    "simulated low beta",
)
PROB = 0.9
OURS = "bayescale"


def studies(cells: Iterable[object]) -> list[list[object]]:
    """Cells that belong together: one kind, one repeat, each group once."""
    seen: dict[tuple[str, str], int] = defaultdict(int)
    together: dict[tuple[str, int], list[object]] = defaultdict(list)
    for cell in cells:
        repeat = seen[cell.data, cell.group]  # type: ignore[attr-defined]
        seen[cell.data, cell.group] += 1  # type: ignore[attr-defined]
        together[cell.data, repeat].append(cell)  # type: ignore[attr-defined]
    return list(together.values())


@cache
def problem_names() -> dict[tuple[str, str], list[str]]:
    """Names of the problems of every group of a real data set, in the order of the cells."""
    data = shared_tool("risk_cells").DATA
    checkpoints = pd.read_parquet(data / "pythia_checkpoint_passk/counts.parquet")
    tables = [
        ("math", pd.read_csv(data / "pythia_math_10k/counts.csv"), ["model"]),
        ("jailbreak", pd.read_csv(data / "bon_jailbreak_text/counts.csv"), ["model"]),
        ("humaneval", pd.read_csv(data / "humaneval_20_samples/counts.csv"), ["model", "prompt_style", "attack"]),
        *((f"{name} checkpoints", table, ["model"]) for name, table in checkpoints.groupby("benchmark")),
    ]
    names = {}
    for kind, table, keys in tables:
        for values, pool in table.groupby(keys):
            repeat = pool.groupby("problem_id").cumcount()  # two checkpoints have a problem twice
            names[kind, " ".join(map(str, values))] = (
                pool["problem_id"].astype(str) + "#" + repeat.astype(str)
            ).tolist()
    return names


def names_of(cell) -> list[str]:  # type: ignore[no-untyped-def]
    """Names of a cell's problems."""
    for (kind, group), names in problem_names().items():
        if cell.data.startswith(f"{kind} ") and cell.group == group:
            return names
    return [str(place) for place in range(len(cell.attempts))]


def problems(cells: list) -> Problems:  # type: ignore[type-arg]
    """The cells as groups of one table."""
    tables = [
        pd.DataFrame(
            {"group": cell.group, "problem": names_of(cell), "attempts": cell.attempts, "successes": cell.successes}
        )
        for cell in cells
    ]
    trials = read_trials(pd.concat(tables, ignore_index=True))
    return problems_from_trials(trials.grouped(["group"]), "fixed")  # forecasts do not depend on the design


def ours(cells: list, seed: int, crossed: bool) -> list[dict[str, object]]:  # type: ignore[type-arg]
    """Rows of the table for the package's default."""
    table = problems(cells)
    began = time.process_time()
    posterior = RiskPosterior(sample(table, mixings(), None, 1000, seed, crossed=crossed))
    budgets = np.unique([budget for cell in cells for budget in cell.truth])
    data = at(posterior, budgets.tolist(), PROB).dataset
    seconds = (time.process_time() - began) / len(cells)
    rows = []
    for group, cell in enumerate(cells):
        for budget, truth in cell.truth.items():
            these, new = (
                data[name].sel(budget=budget).isel(group=group, chain=0).to_numpy() for name in ("these", "new")
            )
            known = np.nan if cell.truth_new is None else cell.truth_new[budget]
            rows.append({**_score(OURS, cell, budget, truth, these), **_new(new, known), "seconds": round(seconds, 3)})
    return rows


def _score(method: str, cell, budget: int, truth: float, draws: np.ndarray) -> dict[str, object]:  # type: ignore[no-untyped-def]
    low, middle, high = np.quantile(draws, [(1 - PROB) / 2, 0.5, (1 + PROB) / 2])
    return {
        **_key(method, cell, budget),
        "error": 100 * abs(middle - truth),
        "bias": 100 * (middle - truth),
        "coverage": float(low <= truth <= high),
        "width": 100 * (high - low),
    }


def _new(draws: np.ndarray, truth: float) -> dict[str, float]:
    if np.isnan(truth):
        return {"coverage_new": np.nan}
    low, high = np.quantile(draws, [(1 - PROB) / 2, (1 + PROB) / 2])
    return {"coverage_new": float(low <= truth <= high)}


def _key(method: str, cell, budget: int) -> dict[str, object]:  # type: ignore[no-untyped-def]
    half = "developed on" if cell.data.startswith(DEVELOPED) else "not looked at"
    kind = "simulated" if cell.data.startswith("simulated") else "real"
    return {"method": method, "data": cell.data, "group": cell.group, "budget": budget, "half": half, "kind": kind}


def published(cell) -> list[dict[str, object]]:  # type: ignore[no-untyped-def]
    """Rows of the published methods; their points are scored, and the interval where there is one."""
    rows = []
    for name, method in ESTIMATORS.items():
        budgets = list(cell.truth)
        try:
            found = method(cell.attempts, cell.successes, budgets)
        except Exception as error:  # a method that cannot answer is reported as such, not left out
            rows += [{**_key(name, cell, budget), "failed": str(error)[:80]} for budget in budgets]
            continue
        for place, budget in enumerate(budgets):
            off = 100 * (float(found.value[place]) - cell.truth[budget])
            row = {**_key(name, cell, budget), "error": abs(off), "bias": off}
            if found.lower is not None and found.upper is not None:
                row["coverage"] = float(found.lower[place] <= cell.truth[budget] <= found.upper[place])
                row["width"] = 100 * float(found.upper[place] - found.lower[place])
            rows.append(row)
    return rows


def by_kind(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean error in points by kind of cell and method, our coverage and width, and the best of the others."""
    error = rows.pivot_table("error", "data", "method", sort=False)
    mine = rows[rows["method"] == OURS].groupby("data", sort=False)
    table = error.assign(
        bias=mine["bias"].mean(),
        coverage=mine["coverage"].mean(),
        width=mine["width"].mean(),
        coverage_new=mine["coverage_new"].mean(),
        cells=mine.size(),
    )
    return table.round(2).reset_index()


def overall(rows: pd.DataFrame) -> pd.DataFrame:
    """Means over kinds of cells, which count equally, and their standard error; by half, and by real or simulated."""
    parts = {"all": rows.index == rows.index}
    parts |= {name: (rows["half"] == name).to_numpy() for name in ("developed on", "not looked at")}
    parts |= {name: (rows["kind"] == name).to_numpy() for name in ("real", "simulated")}
    out = []
    for part, where in parts.items():
        for method, own in rows[where].groupby("method", sort=False):
            kinds = own.groupby("data")[["error", "bias", "coverage", "width", "coverage_new"]].mean()
            error = kinds["error"].std(ddof=1) / np.sqrt(len(kinds))
            out.append({"cells": part, "method": method, "kinds": len(kinds), **kinds.mean(), "error_se": error})
    return pd.DataFrame(out).round(3)


def replace_published(rows: pd.DataFrame, name: str) -> None:
    """Put new figures of the published estimators into the tables of an earlier run on the same cells.

    Raises ValueError where that run had other cells.
    """
    kinds = pd.read_csv(RESULTS / f"{name}.csv").set_index("data")
    error = rows.pivot_table("error", "data", "method", sort=False).round(2)
    cells = rows[rows["method"] == "naive"].groupby("data").size()
    if not cells.reindex(kinds.index).equals(kinds["cells"].rename(None)):
        raise ValueError(f"the table of {name} has other cells: measure it again with the same repeats")
    ours = ["bias", "coverage", "width", "coverage_new", "cells"]
    table = kinds[[OURS]].join(error[list(ESTIMATORS)]).join(kinds[ours])
    write_table(name, table.reset_index())
    means, before = overall(rows.assign(coverage_new=np.nan)), pd.read_csv(RESULTS / f"{name}_overall.csv")
    kept = before[before["method"] == OURS]
    both = [pd.concat([kept[kept["cells"] == part], own]) for part, own in means.groupby("cells", sort=False)]
    write_table(f"{name}_overall", pd.concat(both))


def replace_ours(rows: pd.DataFrame, name: str) -> None:
    """Put new figures of the package into the tables of an earlier run on the same cells.

    Raises ValueError where that run had other cells.
    """
    before, now = pd.read_csv(RESULTS / f"{name}.csv").set_index("data"), by_kind(rows).set_index("data")
    if not now["cells"].equals(before["cells"]):
        raise ValueError(f"the table of {name} has other cells: measure it again with the same repeats")
    write_table(name, before.assign(**{column: now[column] for column in now}).reset_index())
    means, old = overall(rows), pd.read_csv(RESULTS / f"{name}_overall.csv")
    kept = old[old["method"] != OURS]
    parts = [pd.concat([own, kept[kept["cells"] == part]]) for part, own in means.groupby("cells", sort=False)]
    write_table(f"{name}_overall", pd.concat(parts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=10, help="subsamples of a real set; twice that simulated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--apart", action="store_true", help="fit every group by itself")
    parser.add_argument("--uncrossed", action="store_true", help="pool groups without crossing them")
    parser.add_argument("--ours", action="store_true", help="the package alone, in the table of an earlier run")
    parser.add_argument("--published", action="store_true", help="the published estimators alone")
    options = parser.parse_args()
    cells = list(shared_tool("risk_cells").cells(options.repeats, options.seed))
    rows: list[dict[str, object]] = []
    name = "risk_forecast" + "_apart" * options.apart + "_uncrossed" * options.uncrossed
    if options.published:
        replace_published(pd.DataFrame([row for cell in cells for row in published(cell)]), name)
        return
    together = [[cell] for cell in cells] if options.apart else studies(cells)
    for place, study in enumerate(together):
        rows += ours(study, options.seed, not options.uncrossed)
        if not (options.uncrossed or options.ours):
            rows += [row for cell in study for row in published(cell)]
        if place % 20 == 0:
            print(f"{place + 1} of {len(together)} studies: {study[0].data}", flush=True)  # type: ignore[attr-defined]
    table = pd.DataFrame(rows)
    if options.ours:
        replace_ours(table, name)
        return
    write_table(name, by_kind(table))
    write_table(f"{name}_overall", overall(table))
    print(overall(table).to_string(index=False))


if __name__ == "__main__":
    main()
