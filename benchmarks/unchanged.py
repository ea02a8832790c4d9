"""Measure the time of a re-fit that finds all maintained models unchanged.

    python -m benchmarks.unchanged            1, 10 and 100 models, each with its own table and spec

One posterior is sampled and published under every name, with the lineage that the re-fit of that model would write.
`bayescale refit` then has nothing to do. The whole process of the command is timed, as a schedule starts it: wall time,
and CPU time of the process and its threads; the least and the median of several starts. In `another column`, the tables
got a column that no law uses, so that they are read and compared row by row.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from bayescale.maintenance.lineage import change_of, lineage_of
from bayescale.maintenance.model_kinds import sample
from bayescale.maintenance.source_rows import mark_of, read_rows
from bayescale.maintenance.specs.spec_files import read_spec
from bayescale.maintenance.store.posteriors import Store
from benchmarks.shared import PLAIN_SPEC, write_table
from benchmarks.textbook import reference_runs

SPEC = (
    PLAIN_SPEC
    + """\
[sampler]
draws = 300
tune = 300
chains = 2

[[forecast]]
family = "family 0"
n_params = 1e11
n_tokens = 1e12
"""
)
STARTS = 3


def prepared(folder: Path, count: int) -> Path:
    """A folder of `count` specs and tables, and beside it a store that has a posterior of each. Returns the folder."""
    models, store = folder / "models", Store.create(folder / "store")
    models.mkdir()
    runs = reference_runs(0)
    first = runs["family"].iloc[0]
    tree = None
    for number in range(count):
        name = f"model-{number}"
        runs.to_csv(models / f"{name}.csv", index=False)
        path = models / f"{name}.toml"
        path.write_text(SPEC.format(name=name).replace("family 0", str(first)), encoding="utf-8")
        spec = read_spec(path)
        rows = read_rows(spec, mark_of(spec))
        tree = tree or sample(spec, rows, None, False).tree
        store.publish(name, tree, lineage_of(spec, rows, change_of(spec, rows, ()), "sampled", {}))
    return models


def timed(models: Path, only: int) -> dict[str, float]:
    """Wall and CPU seconds of the command on the first `only` models."""
    wanted = [word for number in range(only) for word in ("--only", f"model-{number}")]
    chosen = [] if only == len(list(models.glob("*.toml"))) else wanted
    store = ["--store", str(models.parent / "store"), "--json"]
    command = [sys.executable, "-m", "bayescale", "refit", str(models), *store]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([*command, *chosen], capture_output=True, text=True, check=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    said = json.loads(done.stdout)["models"]
    if len(said) != only or {one["status"] for one in said} != {"unchanged"}:
        raise RuntimeError(f"not all are unchanged: {done.stdout[:500]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpu": cpu, "checks": sum(one["seconds"] for one in said)}


def widened(models: Path) -> None:
    """Add a column to every table."""
    for path in models.glob("*.csv"):
        pd.read_csv(path).assign(note="of no use").to_csv(path, index=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=100)
    count = parser.parse_args().models
    with tempfile.TemporaryDirectory() as folder:
        models = prepared(Path(folder), count)
        rows = []
        for kind in ("as they were", "another column"):
            for only in sorted({1, max(1, count // 10), count}):
                found = pd.DataFrame([timed(models, only) for _ in range(STARTS)])
                how = {"least": found.min(), "median": found.median()}
                figures = {f"{name}_{what}": value[name] for what, value in how.items() for name in found}
                rows.append({"tables": kind, "models": only, **figures, "load": os.getloadavg()[0]})
                print(rows[-1], flush=True)
            widened(models)
    write_table("unchanged", pd.DataFrame(rows), _notes(pd.DataFrame(rows)))


def _notes(table: pd.DataFrame) -> list[str]:
    notes = ["Seconds; `checks` is the sum over models of what the command says each took, after start-up."]
    for kind, own in table.groupby("tables", sort=False):
        slope, start = np.polyfit(own["models"], own["cpu_least"], 1)
        notes.append(f"{kind}: {start:.2f} s of CPU to start, {1000 * slope:.1f} ms a model.")
    return notes


if __name__ == "__main__":
    main()
