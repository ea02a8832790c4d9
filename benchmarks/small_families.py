"""Measure whether many families of few rows are fitted by pooling, or refused before sampling with a reason.

    python -m benchmarks.small_families [--laws chinchilla joint] [--families 2 3 ...] [--rows 2 3 4] [--seconds N]

Runs are simulated from one Chinchilla law with normal noise of 0.005 and fitted with the defaults of `bayescale.fit`.
Every fit runs in a separate process, so that a signal is detected. The outcome of a cell is "passed" (the gate),
"refused" (InputError or LawError, before sampling), "failed checks" (ChecksFailed), "foreign exception", "signal" or
"too long".
"""

import argparse
import json
import resource
import subprocess
import sys
import time
import warnings
from itertools import product

import numpy as np
import pandas as pd

import bayescale as bs
from benchmarks.shared import write_table

TRUTH = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 410.0, "beta": 0.28}
NOISE = 0.005
FAMILIES, ROWS, LAWS = (2, 3, 5, 8, 13, 20), (2, 3, 4), ("chinchilla", "joint")
SECONDS = 900.0  # of wall time for a cell


def simulated(families: int, rows: int, seed: int) -> pd.DataFrame:
    """Runs of families that share their parameters."""
    rng, count = np.random.default_rng(seed), families * rows
    inputs = {"n_params": 10 ** rng.uniform(7.5, 9.5, count), "n_tokens": 10 ** rng.uniform(9, 11, count)}
    loss = bs.law("chinchilla").predict(inputs, TRUTH) + NOISE * rng.standard_normal(count)
    return pd.DataFrame({"family": np.repeat([f"f{i}" for i in range(families)], rows), **inputs, "loss": loss})


def fitted(law: str, families: int, rows: int, seed: int) -> dict[str, object]:
    """How the fit of one cell ends, with its CPU seconds and the warnings it gave."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fit = bs.fit(simulated(families, rows, seed), law=law, random_seed=seed, progress=False)
            ending, reason = "passed", str(fit.tree["posterior"].attrs.get("attempt", ""))
        except bs.ChecksFailed as error:
            ending, reason = "failed checks", " ".join(str(error).split())
        except (bs.InputError, bs.LawError) as error:
            ending, reason = "refused", " ".join(str(error).split())
    usage = resource.getrusage(resource.RUSAGE_SELF)
    numerical = sorted({str(one.message) for one in caught if issubclass(one.category, RuntimeWarning)})
    return {
        "ending": ending,
        "reason": reason,
        "cpu": usage.ru_utime + usage.ru_stime,
        "warnings": "; ".join(numerical),
    }


def cell(law: str, families: int, rows: int, seed: int, seconds: float) -> dict[str, object]:
    """One cell, fitted in a separate process."""
    command = [sys.executable, "-m", "benchmarks.small_families", "--cell", law, str(families), str(rows), str(seed)]
    start = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        found: dict[str, object] = {"ending": "too long", "reason": f"more than {seconds:g} s", "warnings": ""}
    else:
        last = (done.stdout.strip().splitlines() or ["{}"])[-1]
        ending = "signal" if done.returncode < 0 else "foreign exception"
        found = json.loads(last) if done.returncode == 0 else {"ending": ending, "reason": done.stderr[-300:]}
        if "RuntimeWarning" in done.stderr:  # of a thread, or of the end of the process
            found["warnings"] = "RuntimeWarning on stderr"
    return {"law": law, "families": families, "rows": rows, **found, "wall": time.perf_counter() - start}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--laws", nargs="+", default=LAWS)
    parser.add_argument("--families", nargs="+", type=int, default=FAMILIES)
    parser.add_argument("--rows", nargs="+", type=int, default=ROWS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--cell", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cell:
        law, *numbers = options.cell
        print(json.dumps(fitted(law, *map(int, numbers))))
        return
    found = []
    for families, rows, law in product(options.families, options.rows, options.laws):
        found.append(cell(law, families, rows, 0, options.seconds))
        print({**found[-1], "reason": str(found[-1]["reason"])[:200]}, flush=True)
    table = pd.DataFrame(found)
    counts = table["ending"].value_counts()
    notes = [
        "cpu: seconds of CPU of the process that fits, start and compilation included.",
        "; ".join(f"{ending}: {count}" for ending, count in counts.items()),
    ]
    write_table("small_families", table.drop(columns="wall"), notes)


if __name__ == "__main__":
    main()
