"""Measure the site of a store with many small models: size, and CPU time of the whole command.

    python -m benchmarks.site                 50 models with two versions each, from a golden posterior
    python -m benchmarks.site --models 5      the same of five models, written as further rows

Every model has two forecasts and two versions, whose draws differ. One forecast of each has landed. The process of
`bayescale site` is measured: user and system time of itself and its threads, first with records alone, then with
reports (which draw figures), then again (where all reports stand already).
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from bayescale.maintenance import forecast_scores
from bayescale.maintenance.model_kinds import plain
from bayescale.maintenance.store.posteriors import Store
from bayescale.scaling.result import Fit
from benchmarks.shared import CHECKOUT, RESULTS, write_table
from tests.golden import golden, thinned

MODELS = 50
TARGETS: list[dict[str, Any]] = [
    {"name": "next run", "n_params": 1e10, "n_tokens": 2e11, "family": "a"},
    {"name": "the run after", "n_params": 3e10, "n_tokens": 6e11, "family": "b"},
]
CARD = {"claim": "Where the next run will end.", "owner": "pretraining", "known_limits": ["one tokeniser"]}


def lineage(fit: Fit, path: str, drift: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a re-fit would record."""
    return {
        "spec": {"card": CARD, "forecast": TARGETS},
        "notes": [],
        "path": path,
        "source": "runs.csv",
        "data_digest": "0" * 64,
        "checks": plain(fit.check().table.to_dict("records")),
        "forecast": plain(fit.forecast(TARGETS).table.to_dict("records")),
        "drift": list(drift),
    }


def make_store(folder: Path, count: int) -> Store:
    """A store of `count` models with two versions each."""
    store = Store.create(folder)
    fits = [Fit(thinned(golden("plain").tree, step)) for step in (6, 5)]
    first, second = (lineage(fit, path) for fit, path in zip(fits, ("sampled", "re-weighted"), strict=True))
    rows = forecast_scores.forecast_rows(fits[0].forecast(TARGETS), fits[0].families)
    drifted = {**second, "drift": ["run a8 (a) reached 2.31, outside the 98 % interval 2.1 to 2.2"]}
    for number in range(count):
        name = f"model-{number:02d}"
        store.publish(name, fits[0].tree, first, ledger=rows)
        log = store.ledger(name)
        landed = log.iloc[[0]].assign(scored_run="a8", observed=log["run_median"].iloc[0], pit=0.5, inside=1.0)
        store.publish(name, fits[1].tree, drifted if number % 10 == 0 else second, ledger=landed)
    return store


def measured(store: Path, out: Path, *options: str) -> dict[str, float]:
    """CPU seconds of the command, and size of the site."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "bayescale", "site", str(store), "--out", str(out), *options]
    subprocess.run(command, check=True, cwd=CHECKOUT, env=os.environ | {"PYTHONPATH": str(CHECKOUT)})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"CPU s": round(cpu, 2), "MB": round(size / 1e6, 2), "files": sum(path.is_file() for path in out.rglob("*"))}


def main() -> None:
    """Make the store, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=MODELS)
    settings = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bayescale-site-") as place:
        store, out = Path(place) / "store", Path(place) / "out"
        make_store(store, settings.models)
        calls = [
            ("records", ()),
            ("records, again", ()),
            ("reports", ("--reports",)),
            ("reports, again", ("--reports",)),
        ]
        rows = [{"models": settings.models, "site": name, **measured(store, out, *options)} for name, options in calls]
    path = RESULTS / "site.csv"
    earlier = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=["models"])
    kept = earlier[earlier["models"] != settings.models]
    write_table("site", pd.concat([kept, pd.DataFrame(rows)], ignore_index=True) if len(kept) else pd.DataFrame(rows))


if __name__ == "__main__":
    main()
