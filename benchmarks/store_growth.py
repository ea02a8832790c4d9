"""Measure how files, bytes and times of a store grow with its versions, and with the rows of a table.

    python -m benchmarks.store_growth                  300 versions of one model; a table of a million rows

versions  a posterior of two families is published repeatedly, with the forecasts of two targets.
          `files` is the number of new files per version over the last 50; `publish` (median of the last 20) and
          `history` are CPU seconds.
rows      fingerprints of checkpoints of 1,000 runs are published, published again unchanged, and with one more run:
          megabytes that each version adds to the store.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from bayescale.data.reading import read_runs
from bayescale.maintenance.forecast_scores import forecast_rows
from bayescale.maintenance.store.posteriors import Store
from bayescale.scaling.fit import fit
from bayescale.scaling.result import Fit
from benchmarks.shared import write_table

LAST, TIMED = 50, 20
MILLION = 1_000_000


def size(store: Store) -> tuple[int, float]:
    """Files and megabytes of a model's repository."""
    found = [path.stat().st_size for path in (Path(store.url) / "model").rglob("*") if path.is_file()]
    return len(found), sum(found) / 1e6


def versions(store: Store, made: Fit, count: int) -> list[dict[str, object]]:
    """Publish one posterior repeatedly, with a growing forecast log."""
    family = made.families[0]
    target = {"family": family, "n_params": 1e11, "n_tokens": 1e12}
    asked = forecast_rows(made.forecast([target, target | {"n_params": 2e11}]), made.families)
    files, times = [], []
    for number in range(count):
        before, began = size(store)[0] if number >= count - LAST else 0, time.process_time()
        store.publish("model", made.tree, {"why": "again", "number": number}, ledger=asked)
        times.append(time.process_time() - began)
        if number >= count - LAST:
            files.append(size(store)[0] - before)
    began = time.process_time()
    store.history("model")
    history = time.process_time() - began
    return [
        {"what": f"{count} versions: files of each", "value": float(np.max(files))},
        {"what": f"{count} versions: publish, s", "value": float(np.median(times[-TIMED:]))},
        {"what": f"{count} versions: history, s", "value": history},
        {"what": f"{count} versions: MB of each", "value": size(store)[1] / count},
    ]


def rows(store: Store, made: Fit, number: int) -> list[dict[str, object]]:
    """Publish fingerprints of so many rows, thrice."""
    digests = np.random.default_rng(1).bytes(8 * number).hex()
    losses = np.random.default_rng(2).normal(2.5, 0.1, number).tolist()
    seen = {
        f"family {i // 200_000}, run {i // 1000}, step {i}": [[digests[16 * i : 16 * i + 16], losses[i]]]
        for i in range(number)
    }
    longer = seen | {f"family 2, run 500b, step {i}": [["f" * 16, 2.0]] for i in range(1000)}
    store.publish("model", made.tree, {"why": "no rows"})
    out: list[dict[str, object]] = [{"what": f"{number} rows as JSON, MB", "value": len(json.dumps(seen)) / 1e6}]
    alone = size(store)[1]
    for what, given in (("first", seen), ("unchanged", seen), ("one run of 1,000 rows more", longer)):
        before, began = size(store)[1], time.process_time()
        store.publish("model", made.tree, {"rows": given})
        seconds = time.process_time() - began
        out.append({"what": f"{number} rows, {what}: MB", "value": size(store)[1] - before - alone})
        out.append({"what": f"{number} rows, {what}: publish, s", "value": seconds})
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--versions", type=int, default=300)
    parser.add_argument("--rows", type=int, default=MILLION)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = read_runs("example:pile").complete("n_tokens")
        made = fit(runs, "chinchilla", discrepancy=False, noise="constant", random_seed=1)
        found = versions(Store.create(Path(folder) / "versions"), made, given.versions)
        found += rows(Store.create(Path(folder) / "rows"), made, given.rows)
    table = pd.DataFrame(found)
    print(table.to_string(index=False))
    write_table("store_growth", table, ["Files and megabytes that a version adds; CPU seconds of one process."])


if __name__ == "__main__":
    main()
