"""Measure CPU time and peak memory of large inputs, each in a separate process.

    python -m benchmarks.loads                       the code of this checkout
    python -m benchmarks.loads --before CHECKOUT     ... compared with the code of an earlier checkout

The loads are: the forecast table of 100,000 targets; posterior file, checks and report of 5,000 runs; 2,000 groups of
risk; reading 10⁶ rows as CSV and as Parquet, compared with pandas on the same file; digest and fingerprints of 10⁶
rows; the selection of rows that a fit of 20,000 runs of one row makes before it samples; and the message that refuses
a fit of 10⁶ rows of curves. Posteriors have 4 chains of 1,000 simulated draws, because sampling is not measured here.
Seconds are the CPU time of the load without imports and preparation. Memory is the peak of the whole process.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CHAINS, DRAWS = 4, 1000
type Load = Callable[[Path], Callable[[], str]]


def runs(count: int, curves: int = 0) -> pd.DataFrame:
    """Losses of the Chinchilla law in three families; with `curves`, that many runs of count / curves checkpoints."""
    rng = np.random.default_rng(0)
    sizes = np.exp(rng.uniform(np.log(1e7), np.log(1e10), curves or count))
    run = np.arange(count) if not curves else np.repeat(np.arange(curves), count // curves)
    tokens = 20 * sizes[run] * np.exp(rng.uniform(-2, 2, count))
    loss = (1.7 + 400 / sizes[run] ** 0.34 + 410 / tokens**0.28) * np.exp(0.01 * rng.standard_normal(count))
    family = np.array(["a", "b", "c"])[run % 3]
    names = np.char.add("run-", run.astype(str))
    return pd.DataFrame({"family": family, "run": names, "n_params": sizes[run], "n_tokens": tokens, "loss": loss})


def posterior(table: pd.DataFrame) -> Any:
    """A fit of the Chinchilla law whose draws lie near the values that the table was made with."""
    import bayescale as bs
    from bayescale.scaling.model.design import make_design
    from bayescale.scaling.model.priors import coordinate_names, prior_of
    from bayescale.scaling.model.spec import Spec
    from bayescale.scaling.posterior_tree import to_tree
    from bayescale.scaling.result import Fit
    from bayescale.scaling.sampling.diagnostics import Diagnosis
    from bayescale.scaling.sampling.nuts import STATS
    from bayescale.scaling.sampling.sampler import Draws, Sampler

    design = make_design(bs.read_runs(table), Spec(bs.law("chinchilla"), "family", False, "constant", {}))
    layout, rng, shape = design.layout, np.random.default_rng(1), (CHAINS, DRAWS)
    families = layout.n_families

    def around(names: tuple[str, ...], *more: int) -> Any:
        centre = np.array([prior_of(design.spec, name).location for name in names]).reshape(-1, *(1 for _ in more))
        return centre + 0.01 * rng.standard_normal((*shape, len(names), *more))

    values = {
        "population": around(layout.population),
        "log_spread": np.log(0.2) + 0.1 * rng.standard_normal((*shape, len(layout.pooled))),
        "member": around(layout.members, families),
        "free": around(layout.sampled_free, families),
        "level": np.log(np.abs(design.min_loss) * 1.5) + 0.01 * rng.standard_normal((*shape, families)),
        "noise": np.log(0.02) + 0.1 * rng.standard_normal((*shape, len(layout.noise_names))),
        "log_discrepancy": np.log(0.02) + 0.1 * rng.standard_normal(shape),
        "weight": np.zeros((*shape, layout.n_basis)),
    }
    stats = {name: np.zeros(shape, dtype=bool if name == "diverging" else float) for name in STATS}
    stats["energy"] = rng.standard_normal(shape)
    assert {*layout.members, *layout.sampled_free} <= {*coordinate_names(layout.law)}
    draws = Draws(values, stats, Diagnosis(1.0, 1000.0, 1000.0, 0, 1.0), "made up")
    return Fit(to_tree(design, draws, Sampler(), 1))


def forecast(folder: Path) -> Callable[[], str]:
    fit = posterior(runs(60))
    sizes = np.geomspace(1e9, 1e11, 100_000)
    targets = pd.DataFrame({"family": "a", "n_params": sizes, "n_tokens": 20 * sizes})
    return lambda: f"{len(fit.forecast(targets).table)} rows"


def posterior_file(folder: Path) -> Callable[[], str]:
    table = runs(5000)

    def load() -> str:
        posterior(table).save(folder / "fit.nc")
        return f"{(folder / 'fit.nc').stat().st_size / 1e6:.0f} MB"

    return load


def checks_and_report(folder: Path) -> Callable[[], str]:
    import bayescale as bs

    fit = posterior(runs(5000))

    def load() -> str:
        targets = [{"family": "a", "n_params": 1e11, "n_tokens": 2e12}]
        bs.loss_report(fit, fit.forecast(targets), fit.check(targets), title="Loads").save(folder / "report.html")
        return f"{(folder / 'report.html').stat().st_size / 1e6:.1f} MB"

    return load


def risk(folder: Path) -> Callable[[], str]:
    import bayescale as bs

    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(2000), 10)
    chance = rng.beta(rng.uniform(0.3, 1.5, 2000)[group], rng.uniform(2, 8, 2000)[group])
    attempts = rng.integers(20, 200, len(group))
    counts = {"attempts": attempts, "successes": rng.binomial(attempts, chance)}
    table = pd.DataFrame({"model": np.char.add("m", group.astype(str)), **problems(group), **counts})
    bs.fit_risk(bs.read_trials(table[:20]), by=["model"], random_seed=1)  # imports what it needs
    trials = bs.read_trials(table)
    return lambda: f"{len(bs.fit_risk(trials, by=['model'], random_seed=1).groups)} groups"


def problems(group: Any) -> dict[str, Any]:
    return {"problem": np.char.add("p", np.arange(len(group)).astype(str))}


def reading(suffix: str, how: str) -> Load:
    def prepared(folder: Path) -> Callable[[], str]:
        path = folder / f"runs{suffix}"
        if not path.exists():
            table = runs(1_000_000)
            table.to_csv(path, index=False) if suffix == ".csv" else table.to_parquet(path)
        if how == "pandas":
            import pyarrow.parquet  # noqa: F401

            return lambda: f"{len(pd.read_csv(path) if suffix == '.csv' else pd.read_parquet(path))} rows"
        import bayescale as bs

        bs.read_runs(runs(10))
        return lambda: f"{len(bs.read_runs(path).table)} rows"

    return prepared


def fingerprints(folder: Path) -> Callable[[], str]:
    import bayescale as bs
    from bayescale.data.sources import fingerprints
    from bayescale.maintenance.store.fingerprints import leaves_of

    table = bs.read_runs(runs(1_000_000))
    return lambda: f"{len(table.digest)} digits, {sum(1 for _ in leaves_of(fingerprints(table)))} leaves"


def selection(folder: Path) -> Callable[[], str]:
    import bayescale as bs
    from bayescale.scaling.model.spec import Spec
    from bayescale.scaling.rows.row_limit import fitted_rows

    table, spec = bs.read_runs(runs(20_000)), Spec(bs.law("chinchilla"), "family", False, "constant", {})
    return lambda: f"{len(fitted_rows(table, spec).table)} rows"


def refusal(folder: Path) -> Callable[[], str]:
    import bayescale as bs
    from bayescale.errors import BayescaleError

    table = bs.read_runs(runs(1_000_000, 100))

    def load() -> str:
        try:
            bs.fit(table, law="chinchilla", random_seed=1, progress=False)
        except BayescaleError as error:
            return str(error).splitlines()[0][:60]
        raise AssertionError("a fit of so many rows of curves is refused")

    return load


LOADS: dict[str, Load] = {
    "forecast, 100,000 targets": forecast,
    "posterior file, 5,000 runs": posterior_file,
    "checks and report, 5,000 runs": checks_and_report,
    "risk, 2,000 groups": risk,
    "read_runs, CSV of 10⁶ rows": reading(".csv", "bayescale"),
    "… pandas.read_csv": reading(".csv", "pandas"),
    "read_runs, Parquet of 10⁶ rows": reading(".parquet", "bayescale"),
    "… pandas.read_parquet": reading(".parquet", "pandas"),
    "digest, fingerprints and leaves of 10⁶ rows": fingerprints,
    "selection of 10,000 of 20,000 runs": selection,
    "refusal to fit 10⁶ rows of curves": refusal,
}
#: Loads that the code before answers by sampling for hours, or has no function for.
NOT_BEFORE = ("selection", "refusal")


def measured(name: str, folder: Path) -> dict[str, object]:
    """One load in this process."""
    load = LOADS[name](folder)
    began = time.process_time()
    result = load()
    used = time.process_time() - began
    return {"cpu": used, "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, "result": result}


def in_child(name: str, checkout: Path, folder: Path) -> dict[str, object]:
    """One load in a separate process, with the code of a checkout."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--child", name, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)
    if done.returncode:
        return {"cpu": np.nan, "peak_gb": np.nan, "result": (done.stderr.strip().splitlines() or ["killed"])[-1][:60]}
    out: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="a checkout of earlier code to measure beside")
    parser.add_argument("--only", default="", help="loads whose name holds this text")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(measured(given.child, given.folder)))
        return
    here = Path(__file__).resolve().parent.parent
    codes = ({"before": given.before.resolve()} if given.before else {}) | {"now": here}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in (name for name in LOADS if given.only in name):
            for code, checkout in codes.items():
                if code == "before" and name.startswith((*NOT_BEFORE, "…")):
                    continue
                rows.append({"load": name, "code": code, **in_child(name, checkout, Path(folder))})
                print(rows[-1], flush=True)
    if not given.only:
        from benchmarks.shared import write_table

        notes = ["CPU seconds, and peak memory of the process in GB. The intent for reading is twice pandas at most."]
        write_table("loads", pd.DataFrame(rows), notes)


if __name__ == "__main__":
    main()
