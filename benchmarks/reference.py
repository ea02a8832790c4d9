"""The reference problem: 5 families of 60 runs, the Chinchilla law, pooled exponents; compared with the textbook model.

python -m benchmarks.reference seeds      20 data sets and seeds through the gate
python -m benchmarks.reference ratio      effective draws per second of sampling over those of the textbook model
python -m benchmarks.reference scaling    cost by number of rows and families
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from bayescale.data.reading import read_runs
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
    parser.add_argument("what", choices=("seeds", "ratio", "scaling"))
    parser.add_argument("--repeats", type=int, default=3, help="pairs to time")
    parser.add_argument("--seconds", type=float, default=120.0, help="longest fit to run in `scaling`")
    options = parser.parse_args()
    jobs: dict[str, Callable[[], None]] = {
        "seeds": seeds,
        "ratio": lambda: ratio(options.repeats),
        "scaling": lambda: scaling(options.seconds),
    }
    jobs[options.what]()


if __name__ == "__main__":
    main()
