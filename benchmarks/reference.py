"""The reference problem: 5 families of 60 runs, the Chinchilla law, pooled exponents; compared with the textbook model.

python -m benchmarks.reference seeds      20 data sets and seeds through the gate
python -m benchmarks.reference ratio      effective draws per second of sampling over those of the textbook model
python -m benchmarks.reference fresh      CPU time of one fit in a fresh process, by stage, and of the next fit
python -m benchmarks.reference scaling    cost by number of rows and families
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from bayescale.data.runs import read_runs
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.retries import sample_posterior
from bayescale.scaling.sampling.sampler import Draws, Sampler
from bayescale.scaling_laws.registry import law
from benchmarks.shared import write_table
from benchmarks.textbook import quality, reference_runs, sample_textbook

ROWS = (100, 300, 1_000, 10_000, 100_000)
FAMILIES = (2, 5, 20, 50, 200)

FRESH = """
import resource, sys, time
def used():
    one = resource.getrusage(resource.RUSAGE_SELF)
    return one.ru_utime + one.ru_stime
marks = [("interpreter", used())]
import bayescale as bs
from benchmarks.textbook import reference_runs
table = [reference_runs(seed) for seed in (0, 1)]
bs.fit, bs.read_runs
import nutpie, pymc, pytensor.link.numba.dispatch
from bayescale.scaling.model import design, pymc_model
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.sampling import callback, compilation, retries, sampler
marks.append(("imports", used()))
question = dict(law="chinchilla", discrepancy=False, noise="constant", random_seed=1)
spec = Spec(bs.law("chinchilla"), discrepancy=False, noise="constant")
frozen = design.make_design(bs.read_runs(table[0]), spec)
compilation.density_of(frozen)
marks.append(("compile", used()))
fit = bs.fit(table[0], **question)
marks.append(("fit: frame, sampling, tree", used()))
assert fit.check().passed
marks.append(("checks", used()))
fit.forecast([{"family": "%(family)s", "n_params": 7e10, "n_tokens": 1.4e12}]).table
marks.append(("forecast", used()))
began = used()
drawn = retries.sample_posterior(design.make_design(bs.read_runs(table[1]), frozen.spec), sampler.Sampler(), 2, False)
middle = used()
bs.fit(table[1], **question)
marks.append(("next fit", began + used() - middle))
print(";".join(f"{name}={now - before:.3f}" for (_, before), (name, now) in zip(marks, marks[1:])))
print(f"next fit beyond frame and sampling={(used() - middle) - (middle - began):.3f}")
"""


def design_of(runs: pd.DataFrame) -> Design:
    """The design of the reference problem for a table of runs."""
    return make_design(read_runs(runs), Spec(law("chinchilla"), discrepancy=False, noise="constant"))


def timed(job: Callable[[], Draws]) -> tuple[Draws, float, float]:
    """Result, wall and CPU seconds of a job."""
    wall, cpu = time.perf_counter(), time.process_time()
    out = job()
    return out, time.perf_counter() - wall, time.process_time() - cpu


def seeds() -> None:
    """Does the gate pass on 20 data sets, each with a seed of its own, and at which attempt?"""
    rows = []
    for seed in range(20):
        design = design_of(reference_runs(seed))
        density_of(design)
        drawn, wall, cpu = timed(lambda one=design, at=seed: sample_posterior(one, Sampler(), at, False))  # type: ignore[misc]
        found = drawn.diagnosis
        rows.append(
            {
                "seed": seed,
                "passed": found.passed,
                "rhat": found.rhat,
                "ess_bulk": found.ess_bulk,
                "ess_tail": found.ess_tail,
                "divergences": found.divergences,
                "gradients_per_draw": float(drawn.stats["n_steps"].mean()),
                "wall_s": wall,
                "cpu_s": cpu,
                "attempt": drawn.attempt,
            }
        )
        print(rows[-1], flush=True)
        table = pd.DataFrame(rows)
        passed = f"{int(table['passed'].sum())} of {len(table)} passed the gate."
        write_table("reference_seeds", table, [passed], digits=4)


def ratio(pairs: int) -> None:
    """Effective draws per second of sampling of both, one after the other, and their ratio pair by pair."""
    rows = []
    for seed in range(pairs):
        runs = reference_runs(seed)
        design = design_of(runs)
        density_of(design)
        drawn, wall, cpu = timed(lambda one=design, at=seed: sample_posterior(one, Sampler(), at, False))  # type: ignore[misc]
        ours = min(drawn.diagnosis.ess_bulk, drawn.diagnosis.ess_tail)
        theirs = quality(sample_textbook(runs, seed))
        textbook = min(theirs["ess_bulk"], theirs["ess_tail"])
        rows.append(
            {
                "seed": seed,
                "ours_ess": ours,
                "ours_wall_s": wall,
                "ours_cpu_s": cpu,
                "ours_gradients": float(drawn.stats["n_steps"].mean()),
                "textbook_ess": textbook,
                "textbook_wall_s": theirs["wall_seconds"],
                "textbook_cpu_s": theirs["cpu_seconds"],
                "ratio_wall": (ours / wall) / (textbook / theirs["wall_seconds"]),
                "ratio_cpu": (ours / cpu) / (textbook / theirs["cpu_seconds"]),
            }
        )
        print(rows[-1], flush=True)
        write_table("reference_ratio", pd.DataFrame(rows))


def fresh(repeats: int) -> None:
    """CPU seconds of a fit in a separate process, by stage."""
    family = str(reference_runs(0)["family"].iloc[0])
    rows = []
    for _ in range(repeats):
        out = subprocess.run(
            [sys.executable, "-c", FRESH % {"family": family}], capture_output=True, text=True, check=True
        )
        pairs = [pair.split("=") for line in out.stdout.strip().splitlines() for pair in line.split(";")]
        rows.append({name: float(value) for name, value in pairs})
        print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    table.insert(
        0, "to forecast", table[["imports", "compile", "fit: frame, sampling, tree", "checks", "forecast"]].sum(axis=1)
    )
    write_table("reference_fresh", table, [f"Medians: {table.median().round(2).to_dict()}"])


def scaling(seconds: float) -> None:
    """Microseconds a gradient, gradients a draw and seconds a fit against rows and families."""
    rows = []
    for kind, sizes in (("rows", ROWS), ("families", FAMILIES)):
        for size in sizes:
            families = 5 if kind == "rows" else size
            runs = _sized(families, size // 5 if kind == "rows" else 60)
            design = design_of(runs)
            density = density_of(design)
            cost = _gradient_seconds(design, density)
            row = {"kind": kind, "size": size, "n_rows": len(runs), "n_families": families, "gradient_us": 1e6 * cost}
            if cost * 4 * 1500 * 11 < seconds:
                drawn, wall, cpu = timed(lambda one=design: sample_posterior(one, Sampler(attempts=1), 1, False))  # type: ignore[misc]
                row |= {
                    "gradients_per_draw": float(drawn.stats["n_steps"].mean()),
                    "ess": min(drawn.diagnosis.ess_bulk, drawn.diagnosis.ess_tail),
                    "rhat": drawn.diagnosis.rhat,
                    "divergences": drawn.diagnosis.divergences,
                    "wall_s": wall,
                    "cpu_s": cpu,
                }
            rows.append(row)
            print(row, flush=True)
            write_table("reference_scaling", pd.DataFrame(rows))


def _sized(families: int, runs: int) -> pd.DataFrame:
    """The reference problem with other numbers of families and of runs a family."""
    base = reference_runs(0)
    rng = np.random.default_rng(1)
    parts = []
    for family in range(families):
        n, d = (np.exp(rng.uniform(np.log(low), np.log(high), runs)) for low, high in ((5e7, 1e10), (1e9, 3e11)))
        e, a, b = (m * np.exp(rng.normal(0, s)) for m, s in ((1.7, 0.1), (406, 0.2), (411, 0.2)))
        alpha, beta = (m * np.exp(rng.normal(0, 0.08)) for m in (0.34, 0.28))
        loss = (e + a * n**-alpha + b * d**-beta) * np.exp(0.01 * rng.standard_t(5, runs))
        parts.append(pd.DataFrame({"family": f"f{family:03d}", "n_params": n, "n_tokens": d, "loss": loss}))
    out = pd.concat(parts, ignore_index=True)
    return out.assign(run=[f"r{i}" for i in range(len(out))])[base.columns]


def _gradient_seconds(design: Design, density: object) -> float:
    from bayescale.scaling.model.centring import default_centring
    from bayescale.scaling.model.model_data import pack_data
    from bayescale.scaling.sampling.starting_point import starting_point

    data = pack_data(design, default_centring(design))
    point = starting_point(design, density)  # type: ignore[arg-type]
    times = []
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(20):
            density(point, data)  # type: ignore[operator]
        times.append((time.perf_counter() - began) / 20)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("seeds", "ratio", "fresh", "scaling"))
    parser.add_argument("--repeats", type=int, default=3, help="pairs or processes to time")
    parser.add_argument("--seconds", type=float, default=120.0, help="longest fit to run in `scaling`")
    options = parser.parse_args()
    jobs: dict[str, Callable[[], None]] = {
        "seeds": seeds,
        "ratio": lambda: ratio(options.repeats),
        "fresh": lambda: fresh(options.repeats),
        "scaling": lambda: scaling(options.seconds),
    }
    jobs[options.what]()


if __name__ == "__main__":
    main()
