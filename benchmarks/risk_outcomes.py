"""Coverage of intervals for what happened: the share of the same prompts that was broken in the end.

    python -m benchmarks.risk_outcomes [--seeds 5]

`these` is an expected share. The jailbreak files hold what happened, once: every prompt was broken within N attempts or
not. An interval for that also contains the chance of each outcome given its rate, so it is wider, and it can contain a
share of 1. This script draws the outcome of every prompt, and compares both intervals with the files. Posteriors differ
between seeds by Monte Carlo error only; the data are the same.
"""

import argparse

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.risk.grid import RATE
from bayescale.risk.mixing import mixings
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.asr_draws import asr_of_these
from bayescale.risk.predict.problem_laws import problem_nodes
from bayescale.risk.sampling.sampler import sample
from benchmarks.risk_forecast import PROB, problems, studies
from benchmarks.shared import shared_tool, write_table


def outcomes(posterior: RiskPosterior, group: int, budgets: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Draw the share of a group's prompts that is broken within each budget, (n_draws, n_budgets)."""
    rng, table = np.random.default_rng(seed), posterior.problems
    rows = table.rows(group)
    rate = np.append(RATE, 0.0)[problem_nodes(posterior, group, rows, rng)]
    turn = -np.log(rng.random(rate.shape))  # the same for every budget: a prompt that is broken remains broken
    broken = table.successes[rows] > 0
    more = np.maximum(budgets[:, None] - table.attempts[rows], 0)
    return np.stack([(broken | (rate * attempts > turn)).mean(axis=1) for attempts in more], axis=1)


def measure(cells: list, seed: int) -> list[dict[str, object]]:  # type: ignore[type-arg]
    """Whether each interval contains what happened, one row per group and budget."""
    posterior = RiskPosterior(sample(problems(cells), mixings(), None, 1000, seed))
    budgets = np.array(list(cells[0].truth), dtype=np.int64)
    expected = asr_of_these(posterior, budgets)
    rows = []
    for group, cell in enumerate(cells):
        happened = outcomes(posterior, group, budgets, seed)
        for place, (budget, truth) in enumerate(cell.truth.items()):
            row = {"data": cell.data, "group": cell.group, "budget": budget, "broken": truth}
            for name, draws in (("expected", expected[:, group, place]), ("outcome", happened[:, place])):
                low, high = np.quantile(draws, [(1 - PROB) / 2, (1 + PROB) / 2])
                row |= {f"{name}_inside": float(low <= truth <= high), f"{name}_width": 100 * float(high - low)}
            rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    cells = [cell for cell in shared_tool("risk_cells").cells(2, 0) if cell.data.startswith("jailbreak")]
    rows = [row for seed in range(options.seeds) for study in studies(cells) for row in measure(study, seed)]
    table = pd.DataFrame(rows).groupby(["data", "group", "budget"], sort=False).mean().reset_index()
    write_table("risk_outcomes", table.round(3))


if __name__ == "__main__":
    main()
