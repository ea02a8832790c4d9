"""Measure what a full fit of a table with a new largest run saves if it starts from the previous posterior's draws.

    python -m benchmarks.warm      cold and warm fits, in one process whose density is compiled

The previous posterior is that of the table without the largest run of one family. That run is beyond the data, where
re-weighting is usually refused. The previous posterior is that of a first attempt, whether or not it passed the gate;
a posterior of more draws would help more. Both fits use the design of the longer table and the same seed, at the first
attempt. They differ in their coordinates only. CPU seconds are those of coordinates, tuning and draws; gradients are
those of the draws. `min_ess` and `median_ess` are over every variable of the model.
"""

import argparse
from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
from arviz_stats.base import array_stats

from bayescale.data.reading import read_runs
from bayescale.scaling.model.design import make_design
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.retries import sample_posterior
from bayescale.scaling.sampling.sampler import Draws, Sampler
from bayescale.scaling.sampling.warm_start import WarmStart
from benchmarks.append import PROBLEMS, others, timed
from benchmarks.shared import write_table

REPEATS = {"reference": 3, "Pile": 2}
FIRST = Sampler(attempts=1)


def without_largest(table: pd.DataFrame, turn: int) -> pd.DataFrame:
    """The table without the largest run of one of its families."""
    compute = table["n_params"] * table["n_tokens"]
    largest = compute.groupby(table["family"]).idxmax()
    return table.drop(index=largest.iloc[turn % len(largest)])


def measured(draws: Draws, cpu: float) -> dict[str, object]:
    """Cost of a fit, and its effective draws."""
    values = draws.values  # noqa: PD011
    flat = np.concatenate([one.reshape(*one.shape[:2], -1) for one in values.values()], axis=-1)
    ess = [array_stats.ess(flat[..., i], chain_axis=0, draw_axis=1) for i in range(flat.shape[-1])]
    gradients = draws.stats["n_steps"]
    out = {"cpu_s": cpu, "gradients_a_draw": float(gradients.mean()), "passed": draws.diagnosis.passed}
    out |= {"min_ess": float(min(ess)), "median_ess": float(np.median(ess))}
    return {**out, "min_ess_a_cpu_s": float(min(ess)) / cpu, "median_ess_a_cpu_s": float(np.median(ess)) / cpu}


def rows_of(name: str) -> Iterator[dict[str, object]]:
    problem = PROBLEMS[name]
    for turn in range(REPEATS[name]):
        table = problem.table(turn)
        before = make_design(read_runs(without_largest(table, turn)), problem.spec)
        after = make_design(read_runs(table), problem.spec)
        density_of(before), density_of(after)
        start = WarmStart(before, sample_posterior(before, FIRST, 100 + turn, False).values)
        for how, given in (("cold", None), ("warm", start)):
            draws, _, cpu = timed(partial(sample_posterior, after, FIRST, 200 + turn, False, given))
            assert draws.warm == (how == "warm")
            yield {"problem": name, "turn": turn, "start": how, **measured(draws, cpu)}


def summary(table: pd.DataFrame) -> list[str]:
    """Median over turns of warm over cold."""
    notes = []
    for name, own in table.groupby("problem", sort=False):
        cold, warm = (own[own["start"] == how].set_index("turn") for how in ("cold", "warm"))
        ratio = {
            column: float((warm[column] / cold[column]).median())
            for column in ("cpu_s", "gradients_a_draw", "min_ess_a_cpu_s", "median_ess_a_cpu_s")
        }
        notes.append(
            f"{name}: warm takes {ratio['cpu_s']:.2f} of the CPU and {ratio['gradients_a_draw']:.2f} of the gradients "
            f"of cold, and gives {ratio['min_ess_a_cpu_s']:.2f} times the least effective draws a CPU second "
            f"({ratio['median_ess_a_cpu_s']:.2f} times the median)."
        )
    return notes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=REPEATS, default=list(REPEATS))
    rows = others("warm", chosen := parser.parse_args().only)
    for row in (row for name in chosen for row in rows_of(name)):
        rows.append(row)
        print(row, flush=True)
        write_table("warm", pd.DataFrame(rows), summary(pd.DataFrame(rows)), digits=2)


if __name__ == "__main__":
    main()
