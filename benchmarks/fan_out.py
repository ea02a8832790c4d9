"""Measure whether two workers fit many models in half the time of one worker.

    python -m benchmarks.fan_out            20 models, in pairs of one worker and two workers

Every model has its own table and spec: the Chinchilla law on two families of 25 simulated runs, 1000 draws of four
chains on one core. `bayescale refit --cluster tcp://…` sends the work to Dask workers. The workers have already made
one fit of that layout, so that nothing is compiled: workers of a cluster usually live longer than one re-fit. `fresh`
uses workers that have just started; their first fit imports PyMC and loads the compiled code from disk.

`efficiency` is the wall time of one worker over twice that of two. On a shared machine wall times are unreliable.
Therefore a second efficiency is computed from CPU times: `cost`, the ratio of the CPU times on two workers and on one,
and `balance`, the mean CPU time of the workers over that of the busier worker.
"""

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

import pandas as pd

from bayescale.core.parallel import ONE_AT_A_TIME
from bayescale.maintenance.refit import RefitOptions, refit
from bayescale.maintenance.specs.spec_files import read_specs
from bayescale.maintenance.store.posteriors import Store
from benchmarks.shared import PLAIN_SPEC, write_table
from tests.conftest import simulated_runs

SPEC = (
    PLAIN_SPEC
    + """\
[sampler]
random_seed = {number}

[[forecast]]
family = "a"
n_params = 7e9
n_tokens = 1.4e11
"""
)


def prepared(folder: Path, count: int) -> Path:
    """A folder with `count` specs and tables, all of one layout. Returns it."""
    folder.mkdir()
    for number in range(count):
        name = f"model-{number:02d}"
        simulated_runs(seed=number).to_csv(folder / f"{name}.csv", index=False)
        (folder / f"{name}.toml").write_text(SPEC.format(name=name, number=number), encoding="utf-8")
    return folder


def seconds_of_process() -> float:
    """CPU that this process has used, with all of its threads."""
    return time.process_time()


def fitted(models: Path, workers: int, warm: bool) -> dict[str, float]:
    """All models on a cluster of so many workers: wall seconds, and CPU seconds of every worker."""
    import dask
    from distributed import Client, LocalCluster

    store = models.parent / "store"
    specs = read_specs(models)
    with (
        dask.config.set(ONE_AT_A_TIME),
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as at,
    ):
        if warm:
            at.run(_first, str(models), str(store))
            shutil.rmtree(store, ignore_errors=True)
        Store.create(store)
        before, began = at.run(seconds_of_process), time.perf_counter()
        done = refit(specs, str(store), RefitOptions(), cluster=cluster.scheduler_address)
        wall, after = time.perf_counter() - began, at.run(seconds_of_process)
    shutil.rmtree(store)
    if wrong := [one for one in done if one.status not in ("published", "failed")]:
        raise RuntimeError(f"not fitted: {wrong[0]}")
    used = [after[worker] - before[worker] for worker in before]
    return {
        "wall": wall,
        "cpu": sum(used),
        "busiest": max(used),
        "refused": sum(one.status == "failed" for one in done),
    }


def _first(models: str, store: str) -> None:
    """The first fit of a worker, in a separate store."""
    folder = tempfile.mkdtemp()
    try:
        refit(read_specs(models)[:1], f"{folder}/store", RefitOptions())
    finally:
        shutil.rmtree(folder)


def compared(models: Path, warm: bool) -> dict[str, float]:
    """One worker and two, one after the other."""
    load = os.getloadavg()[0]
    one, two = fitted(models, 1, warm), fitted(models, 2, warm)
    cost, balance = one["cpu"] / two["cpu"], two["cpu"] / (2 * two["busiest"])
    return {
        "wall_1": one["wall"],
        "wall_2": two["wall"],
        "efficiency": one["wall"] / (2 * two["wall"]),
        "cpu_1": one["cpu"],
        "cpu_2": two["cpu"],
        "cost": cost,
        "balance": balance,
        "efficiency_cpu": cost * balance,
        "refused": one["refused"],
        "load_before": load,
        "load_after": os.getloadavg()[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--fresh", action="store_true", help="on fresh workers, too")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        models = prepared(Path(folder) / "models", given.models)
        for warm in (True, False) if given.fresh else (True,):
            for _ in range(given.pairs):
                row = {"workers": "warm" if warm else "fresh", "models": given.models, **compared(models, warm)}
                rows.append(row)
                print(rows[-1], flush=True)
                write_table("fan_out", pd.DataFrame(rows), NOTES)


NOTES = (
    "Seconds. `refused`: fits that did not pass the gate in any attempt, the same on one worker and two. "
    "`load_before`: load average of the minute before a pair began, on a machine of two cores; above zero others were "
    "using it.",
)

if __name__ == "__main__":
    main()
