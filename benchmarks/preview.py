"""Measure what a preview costs, and how close its intervals are to those of the full fit, on real tables.

    python -m benchmarks.preview      the shipped Pile table and five public sets, cut ten times below their largest run

Targets are the held-back runs of each table. CPU seconds are those of one call of `preview`, imports of the call
included: in a fresh process with an empty folder of machine code (`cpu_compiled_s`), in one with a filled folder
(`cpu_cached_s`), and again in that process (`cpu_again_s`). `cpu_process_s` is the whole process with a filled folder:
interpreter, imports, reading the table, the call. `cpu_fit_s` is the full fit in a process where all is loaded.

Each table has five previews, which differ in their seed. `k`, `k_low` and `k_high` are median, least and largest k̂.
Widths are those of the preview's interval over those of the fit's, and shifts are differences of medians in standard
deviations of the fit's draws: the median over targets and seeds, and for shifts also the largest.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import bayescale as bs
from benchmarks.shared import loss_splits, write_table

SETS = ("pile", "marin", "gadre", "porian", "llama3", "olmo")
FACTOR = 10.0  # largest run of the set over the largest that is fitted
SEEDS = range(1, 6)
INPUTS = ["family", "n_params", "n_tokens"]
LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95]
CALL = """
import json, sys, time
import bayescale as bs
runs = bs.read_runs(sys.argv[1])
targets = json.loads(sys.argv[2])
spent = []
for _ in range(2):
    before = time.process_time()
    bs.preview(runs, targets=targets, random_seed=1)
    spent.append(time.process_time() - before)
print(json.dumps([*spent, time.process_time() - spent[1]]))
"""


def tables(names: list[str]) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """Name, runs to fit, and held-back runs."""
    if "pile" in names:
        usable = bs.read_runs("example:pile").complete("n_tokens")
        small, large = usable.below("n_params", 3e9)
        yield "pile", small.table, large.table
    for split in loss_splits():
        if split.name in names and abs(split.factor / FACTOR - 1) < 0.05:
            yield split.name, split.train, split.test


def cpu_of_calls(runs: pd.DataFrame, targets: pd.DataFrame) -> dict[str, float]:
    """CPU seconds of previews in fresh processes, without and with machine code on disk."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.csv"
        runs.to_csv(path, index=False)
        command = [sys.executable, "-c", CALL, str(path), json.dumps(targets.to_dict("records"))]
        environment = {**os.environ, "BAYESCALE_CACHE_DIR": folder}
        compiled, cached = (
            json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
            for _ in range(2)
        )
    return {
        "cpu_compiled_s": compiled[0],
        "cpu_cached_s": cached[0],
        "cpu_again_s": cached[1],
        "cpu_process_s": cached[2],
    }


def compared(runs: pd.DataFrame, targets: pd.DataFrame) -> dict[str, object]:
    """Quality of five previews, and their intervals relative to those of the fit."""
    before = time.process_time()
    fit = bs.fit(runs, random_seed=1, progress=False)
    spent = time.process_time() - before
    previews = [bs.preview(runs, targets=targets, random_seed=seed) for seed in SEEDS]
    k = [preview.pareto_k for preview in previews]
    out: dict[str, object] = {"rows": len(runs), "targets": len(targets), "cpu_fit_s": spent}
    out |= {"k": float(np.median(k)), "k_low": min(k), "k_high": max(k)}
    out["weighted"] = f"{sum(preview.is_weighted for preview in previews)} of {len(previews)}"
    draws = fit.forecast(targets).dataset
    for name in ("law", "run"):
        ours = np.stack([preview.forecast.dataset[name].quantile(LEVELS, ("chain", "draw")) for preview in previews])
        full = draws[name].quantile(LEVELS, ("chain", "draw")).to_numpy()
        sd = draws[name].std(("chain", "draw")).to_numpy()
        for prob, (low, high) in {"50": (1, 3), "90": (0, 4)}.items():
            ratio = (ours[:, high] - ours[:, low]) / (full[high] - full[low])
            out[f"{name}_width_{prob}"] = float(np.median(ratio))
        shift = (ours[:, 2] - full[2]) / sd
        out |= {f"{name}_shift": float(np.median(shift)), f"{name}_shift_most": float(abs(shift).max())}
    return out


def notes(table: pd.DataFrame) -> list[str]:
    """What the table says in short."""
    close = table[table["k"] < 0.7]
    return [
        f"CPU of a preview: {table['cpu_compiled_s'].min():.1f} to {table['cpu_compiled_s'].max():.1f} s where the "
        f"density is compiled, {table['cpu_cached_s'].min():.1f} to {table['cpu_cached_s'].max():.1f} s in a fresh "
        f"process with machine code on disk, {table['cpu_again_s'].min():.1f} to {table['cpu_again_s'].max():.1f} s "
        f"afterwards; the full fit takes {table['cpu_fit_s'].min():.1f} to {table['cpu_fit_s'].max():.1f} s.",
        f"Widths of 90 % intervals of one new run, preview over fit: {table['run_width_90'].min():.2f} to "
        f"{table['run_width_90'].max():.2f} over all tables; k̂ is below 0.7 on {', '.join(close['table']) or 'none'}.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS))
    rows = []
    for name, runs, held_back in tables(parser.parse_args().only):
        targets = held_back[INPUTS].drop_duplicates().reset_index(drop=True)
        rows.append({"table": name, **cpu_of_calls(runs, targets), **compared(runs, targets)})
        print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    write_table("preview", table, notes(table))


if __name__ == "__main__":
    main()
