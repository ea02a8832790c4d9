"""Measure the cost of one evaluation of the density and of whole fits, beside the code of an earlier checkout.

    python -m benchmarks.speed evaluations --before CHECKOUT    one log density with its gradient, by number of rows
    python -m benchmarks.speed fresh --before CHECKOUT          a process from import to a checked forecast
    python -m benchmarks.speed tables [--seeds 10]              public tables: first attempts that pass, and CPU time
    python -m benchmarks.speed sbc --before CHECKOUT            calibration of the reference hierarchy: CPU time a draw
    python -m benchmarks.speed laws [--seeds 10]                the same for two implicit laws, on data made from them

Both codes take turns, a process each, with caches filled by a start that is not counted, bytecode too. Evaluations are
the least of nine batches; `ratio` is the median over pairs of turns. Seconds are user and system time.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from benchmarks.shared import CHECKOUT, shared_tool, write_table

if TYPE_CHECKING:
    from bayescale.scaling.model.design import Design

EVALUATIONS = """
import timeit
import numpy as np, pandas as pd
from bayescale.data.reading import read_runs
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.starting_point import starting_point
from bayescale.scaling_laws.registry import law

for rows, families in ((22, 4), (100, 4), (300, 5), (1_000, 5), (10_000, 5)):
    rng = np.random.default_rng(rows)
    size = np.exp(rng.uniform(np.log(1e7), np.log(1e10), rows))
    data = np.exp(rng.uniform(np.log(1e9), np.log(1e12), rows))
    loss = (1.7 + 400 / size**0.34 + 400 / data**0.28) * np.exp(0.003 * rng.standard_normal(rows))
    family = [f"family {i % families}" for i in range(rows)]
    table = pd.DataFrame({"family": family, "n_params": size, "n_tokens": data, "loss": loss})
    design = make_design(read_runs(table), Spec(law("joint")))
    density, packed = density_of(design), pack_data(design, default_centring(design))
    point = starting_point(design, density)
    number = max(10, 30_000 // rows)
    batches = timeit.repeat(lambda: density(point, packed), number=number, repeat=9)
    print(rows, 1e6 * min(batches) / number)
"""

FRESH = {
    "reference problem": """
import bayescale as bs
from benchmarks.textbook import reference_runs
runs = reference_runs(0)
fit = bs.fit(runs, law="chinchilla", discrepancy=False, noise="constant", random_seed=1, progress=False)
assert fit.check().passed
fit.forecast([{"family": runs["family"].iloc[0], "n_params": 7e10, "n_tokens": 1.4e12}]).table
""",
    "shipped Pile table": """
import bayescale as bs
runs = bs.read_runs("example:pile").complete("n_tokens").below("n_params", 3e9)[0]
fit = bs.fit(runs, random_seed=1, progress=False)
fit.check()
fit.forecast([{"family": fit.families[0], "n_params": 1.3e10, "n_tokens": 2.6e11}]).table
""",
    "reference problem, default model": """
import bayescale as bs
from benchmarks.textbook import reference_runs
runs = reference_runs(0)
fit = bs.fit(runs, random_seed=1, progress=False)
fit.check()
fit.forecast([{"family": runs["family"].iloc[0], "n_params": 7e10, "n_tokens": 1.4e12}]).table
""",
}
SBC = """
import time
from unittest import mock
from bayescale.calibration import loss_laws
from bayescale.scaling.sampling.compilation import density_of
from benchmarks.reference import design_of
from benchmarks.textbook import reference_runs
design, sampled = design_of(reference_runs(0)), []
density_of(design)
real = loss_laws.sample_posterior
def noted(*given, **named):
    draws = real(*given, **named)
    sampled.append(draws.diagnosis)
    return draws
with mock.patch.object(loss_laws, "sample_posterior", noted):
    began = time.process_time()
    loss_laws.calibrate_design(design, SIMULATIONS, random_seed=SEED)
    seconds = time.process_time() - began
print(seconds, sum(min(one.ess_bulk, one.ess_tail) for one in sampled), sum(one.passed for one in sampled))
"""
IMPLICIT, MADE_UP_ROWS = ("m4", "batch_trajectory"), (60, 200)
TABLES = ("marin", "gadre", "chinchilla", "porian", "llama3", "olmo")


def run_child(code: str, checkout: Path) -> tuple[float, str]:
    """CPU seconds and output of a process that runs code with the package of a checkout."""
    paths = os.pathsep.join((str(checkout), str(CHECKOUT)))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=checkout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if child.returncode:
        raise RuntimeError(child.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, child.stdout


def compare_evaluations(before: Path, pairs: int) -> pd.DataFrame:
    """Microseconds of one evaluation with its gradient, by rows."""
    times: dict[str, list[dict[int, float]]] = {"before": [], "now": []}
    for pair in range(pairs + 1):
        for name, checkout in (("before", before), ("now", CHECKOUT)):
            _, output = run_child(EVALUATIONS, checkout)
            if pair:
                lines = [line.split() for line in output.splitlines()]
                times[name].append({int(rows): float(value) for rows, value in lines})
    rows = []
    for count in times["now"][0]:
        ratios = [old[count] / new[count] for old, new in zip(times["before"], times["now"], strict=True)]
        medians = {f"{name} us": statistics.median(turn[count] for turn in turns) for name, turns in times.items()}
        rows.append({"rows": count, **medians, "ratio": statistics.median(ratios)})
    return pd.DataFrame(rows)


def compare_fresh(before: Path, pairs: int) -> pd.DataFrame:
    """CPU seconds of a process from import to a checked forecast."""
    rows = []
    for name, code in FRESH.items():
        times: dict[str, list[float]] = {"before": [], "now": []}
        for pair in range(pairs + 1):
            for label, checkout in (("before", before), ("now", CHECKOUT)):
                seconds, _ = run_child(code, checkout)
                if pair:
                    times[label].append(seconds)
        ratio = statistics.median(old / new for old, new in zip(times["before"], times["now"], strict=True))
        medians = {f"{label} s": statistics.median(values) for label, values in times.items()}
        rows.append({"fit": name, **medians, "ratio": ratio})
    return pd.DataFrame(rows)


def compare_sbc(before: Path, pairs: int, simulations: int = 20) -> pd.DataFrame:
    """CPU time of a calibration, and per effective draw of the worst quantity of each posterior, bulk or tail."""
    rows = []
    for pair in range(pairs):
        code = f"SEED, SIMULATIONS = {pair + 1}, {simulations}" + SBC
        for label, checkout in (("before", before), ("now", CHECKOUT)):
            seconds, draws, passed = (float(word) for word in run_child(code, checkout)[1].split())
            cost = {"s": seconds, "effective draws": draws, "passed": passed, "ms a draw": 1000 * seconds / draws}
            rows.append({"pair": pair + 1, "code": label, "simulations": simulations, **cost})
            print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def measure_tables(seeds: int) -> pd.DataFrame:
    """First attempts that pass the gate, their gradients, and CPU seconds of fits, by public table."""
    import bayescale as bs
    from bayescale.scaling.model.design import make_design
    from bayescale.scaling.model.spec import Spec

    law, tables = bs.law("joint"), shared_tool("loss_splits").tables()
    shipped = bs.read_runs("example:pile").complete("n_tokens").below("n_params", 3e9)[0]
    rows = []
    for name in ("shipped Pile table", *TABLES):
        runs = shipped if name not in tables else bs.read_runs(tables[name].replace({"run": {"": None}}))
        design = make_design(runs, Spec(law, noise=law.usual_noise))
        cost = cost_of(dict.fromkeys(range(1, seeds + 1), design))
        rows.append({"table": name, "rows": len(design.row), **cost})
        print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def measure_laws(seeds: int) -> pd.DataFrame:
    """The same for implicit laws, on data simulated from their priors: another simulation for each seed."""
    import numpy as np

    import bayescale as bs
    from bayescale.scaling.model.design import make_design
    from bayescale.scaling.model.spec import Spec
    from benchmarks.catalogue import simulate

    rows = []
    for name in IMPLICIT:
        spec = Spec(bs.law(name), discrepancy=False, noise="constant")
        for count in MADE_UP_ROWS:
            made_up = {seed: simulate(spec.law, np.random.default_rng([seed, count]), count) for seed in range(seeds)}
            designs = {seed: make_design(bs.read_runs(table), spec) for seed, (table, *_) in made_up.items()}
            rows.append({"law": name, "rows": count, **cost_of(designs)})
            print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def cost_of(designs: Mapping[int, "Design"]) -> dict[str, object]:
    """Gates passed, gradients of the last attempts and CPU seconds of sampling a design for each seed."""
    from bayescale.scaling.sampling.retries import sample_posterior
    from bayescale.scaling.sampling.sampler import Sampler

    passed, first, gradients, seconds = 0, 0, [], []
    for seed, design in designs.items():
        began = time.process_time()
        draws = sample_posterior(design, Sampler(), seed, progress=False)
        seconds.append(time.process_time() - began)
        passed += draws.diagnosis.passed
        first += draws.diagnosis.passed and draws.attempt == "mode and curvature"
        gradients.append(float(draws.stats["n_steps"].mean()))
    return {
        "passed": f"{passed} of {len(designs)}",
        "first attempts passed": f"{first} of {len(designs)}",
        "gradients a draw": statistics.median(gradients),
        "median s": statistics.median(seconds),
        "worst s": max(seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["evaluations", "fresh", "sbc", "tables", "laws"])
    parser.add_argument("--before", type=Path, help="a checkout of earlier code to measure beside")
    parser.add_argument("--pairs", type=int, default=5, help="turns of both codes")
    parser.add_argument("--seeds", type=int, default=10, help="seeds of each table")
    options = parser.parse_args()
    if options.what == "tables":
        table = measure_tables(options.seeds)
    elif options.what == "laws":
        table = measure_laws(options.seeds)
    elif options.before is None:
        parser.error("--before CHECKOUT is needed: ratios are measured side by side")
    elif options.what == "evaluations":
        table = compare_evaluations(options.before.resolve(), options.pairs)
    elif options.what == "sbc":
        table = compare_sbc(options.before.resolve(), options.pairs)
    else:
        table = compare_fresh(options.before.resolve(), options.pairs)
    print(table.to_string(index=False))
    write_table(f"speed_{options.what}", table)


if __name__ == "__main__":
    main()
