"""Simulation-based calibration: the ranks of true values among posterior draws when the model is true.

    python -m benchmarks.sbc reference                   100 simulations of the reference hierarchy, and their time
    python -m benchmarks.sbc default                     the same inputs with the default settings of `fit`
    python -m benchmarks.sbc laws --simulations 50       every law of the catalogue (--only power m3: only these)
    python -m benchmarks.sbc laws --only m4 --runs 10    10 runs per family instead of 20: for a law that is slow to fit
    python -m benchmarks.sbc responses --simulations 40  three losses of 20 runs of mixtures, two checkpoints each
    python -m benchmarks.sbc mixings --simulations 200   every mixing law, the default average, and pooled groups
    python -m benchmarks.sbc horizons                    time horizons of agents, and their trend over release dates

Parameters are drawn from the joint prior and data from the model. Inputs, and everything else that a fit takes from its
data, are fixed in advance. True values are ranked among 100 draws of their posteriors. `laws` simulates three families
of 20 runs (or of `--runs`) over the ranges for which a law is intended, without discrepancy and with constant noise. A
quantity fails if its ranks deviate from uniformity by more than a threshold; with a correct model, the probability that
any quantity fails is one per cent.
"""

import argparse
import os
import time
import zlib
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from bayescale.calibration.horizon_trends import check_trend_calibration
from bayescale.calibration.horizons import check_horizon_calibration
from bayescale.calibration.loss_laws import calibrate_design, check_calibration
from bayescale.calibration.mixing_laws import check_risk_calibration
from bayescale.calibration.result import Calibration
from bayescale.data.reading import read_runs
from bayescale.errors import BayescaleError
from bayescale.plots.calibration import plot_calibration
from bayescale.risk.mixing import MIXINGS
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import NOISE, Spec
from bayescale.scaling.responses import law_of_table, stack_responses
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.single_law import make_spec
from bayescale.scaling_laws.catalog.data_mixing import DOMAINS
from bayescale.scaling_laws.registry import CATALOGUE, law
from benchmarks.reference import design_of
from benchmarks.shared import RESULTS, write_table
from benchmarks.textbook import reference_runs

SEED = 1  # of the whole studies; laws have seeds of their own, so that their simulations are independent
RUNS = 20  # of each made-up family
POOLED = 4  # groups of a pooled risk posterior


def reference(simulations: int) -> None:
    """The reference hierarchy: 5 families of 60 runs, Chinchilla's law, exponents pooled."""
    design = design_of(reference_runs(0))
    density_of(design)
    _whole("sbc_reference", lambda: calibrate_design(design, simulations, random_seed=SEED))


def default(simulations: int) -> None:
    """The reference inputs under the default question: the joint law, noise that grows, a discrepancy."""
    design = make_design(read_runs(reference_runs(0)), Spec(law("joint")))
    density_of(design)
    _whole("sbc_default", lambda: calibrate_design(design, simulations, random_seed=SEED))


def _whole(name: str, study: Callable[[], Calibration]) -> None:
    """Run one study and write its table and figure, with its cost without compilation."""
    found, wall, cpu = _timed(study)
    cores = os.process_cpu_count() or 1
    cost = (
        f"{found.of}. {len(found.fits)} simulations after compiling: {wall:.0f} s on {cores} cores at a load of "
        f"{os.getloadavg()[0]:.1f}, {cpu:.0f} s of CPU."
    )
    print(found.table.to_string(), cost, *found.notes, sep="\n")
    write_table(name, found.table, [cost, *found.notes], digits=3)
    _figure(name, found)


def _figure(name: str, found: Calibration) -> None:
    plot_calibration(found).savefig(RESULTS / f"{name}.png", dpi=80)


def _timed(study: Callable[[], Calibration]) -> tuple[Calibration, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    found = study()
    return found, time.perf_counter() - wall, time.process_time() - cpu


def laws(simulations: int, only: list[str], runs: int) -> None:
    """One row per law, of families of `runs` runs: uncalibrated quantities, the worst one, diagnostics of sampling."""
    rows = []
    for name in only or sorted(CATALOGUE):
        try:
            found, wall, cpu = _timed(
                lambda name=name: check_calibration(  # type: ignore[misc]
                    name,
                    simulations=simulations,
                    discrepancy=False,
                    noise="constant",
                    n_runs=runs,
                    random_seed=_seed(name),
                )
            )
            rows.append(
                {"law": name, "id": CATALOGUE[name].id, **_row(found), "wall_s": wall, "cpu_s": cpu, "runs": runs}
            )
            rows[-1]["digest"] = CATALOGUE[name].digest
        except BayescaleError as error:
            rows.append({"law": name, "id": CATALOGUE[name].id, "passed": False, "why": str(error)[:200]})
        print(rows[-1], flush=True)
        _write_rows("sbc_laws", "law", rows)


def responses(simulations: int) -> None:
    """One row per law of mixtures: three losses of the same runs, each with a scale of noise, two checkpoints a run."""
    rows = []
    for name in ("mixture_effective", "mixture_checkpoints"):
        stacked = stack_responses(mixture_runs(), [f"{domain}_loss" for domain in DOMAINS])
        entry = law_of_table(name, stacked)
        spec = make_spec(entry, "family", False, None, {NOISE: "partial"})
        design = make_design(stacked, spec)
        found, wall, cpu = _timed(
            lambda design=design, name=name: calibrate_design(  # type: ignore[misc]
                design, simulations, random_seed=_seed(f"{name}, responses")
            )
        )
        rows.append({"law": name, **_row(found), "wall_s": wall, "cpu_s": cpu})
        print(rows[-1], found.table.to_string(), sep="\n", flush=True)
        _write_rows("sbc_responses", "law", rows)


def mixture_runs() -> pd.DataFrame:
    """Inputs of 20 runs of random mixtures at four sizes, two checkpoints each, with losses of typical size."""
    rng = np.random.default_rng(SEED)
    weights = np.repeat(rng.dirichlet(np.full(len(DOMAINS), 2.0), RUNS), 2, axis=0)
    n_params = np.repeat(np.tile(np.geomspace(1e8, 1e9, 4), RUNS // 4), 2)
    n_tokens = n_params * 20 * np.tile([0.5, 1.0], RUNS)
    table = pd.DataFrame({"run": np.repeat(np.arange(RUNS), 2).astype(str), "n_params": n_params, "n_tokens": n_tokens})
    table[[f"weight_{domain}" for domain in DOMAINS]] = weights
    loss = 2.0 + 3.0 * (n_tokens / n_tokens.min()) ** -0.2
    return table.assign(**{f"{domain}_loss": loss + 0.1 * place for place, domain in enumerate(DOMAINS)})


def mixings(simulations: int, only: list[str]) -> None:
    """One row a mixing law (one group), the default average, then laws with groups pooled, and with groups crossed."""
    questions: list[tuple[str, str | None, int, bool]] = [(name, name, 1, False) for name in MIXINGS]
    questions += [("(default average)", None, 1, False)]
    several = [name for name, one in MIXINGS.items() if one.weight > 0 or name == "beta"]
    questions += [(f"{name}, {POOLED} groups", name, POOLED, False) for name in several]
    questions += [(f"{name}, {POOLED} groups crossed", name, POOLED, True) for name in several]
    rows = []
    for title, name, groups, crossed in questions:
        if only and title not in only and name not in only:
            continue
        found, wall, cpu = _timed(
            lambda name=name, groups=groups, title=title, crossed=crossed: check_risk_calibration(  # type: ignore[misc]
                name, n_groups=groups, crossed=crossed, simulations=simulations, random_seed=_seed(title)
            )
        )
        rows.append({"mixing": title, **_row(found, "new_10000", "these_10000"), "wall_s": wall, "cpu_s": cpu})
        print(rows[-1], flush=True)
        _write_rows("sbc_mixings", "mixing", rows)


def horizons(simulations: int) -> None:
    """Horizons of simulated tables of agents and tasks; trends, at five times as many simulations."""
    progress = partial(print, flush=True)
    _whole(
        "sbc_horizons",
        lambda: check_horizon_calibration(simulations=simulations, random_seed=SEED, progress=progress),
    )
    _whole("sbc_trend", lambda: check_trend_calibration(simulations=5 * simulations, random_seed=SEED))


def _seed(title: str) -> int:
    return zlib.crc32(title.encode())


def _row(found: Calibration, *looked_at: str) -> dict[str, object]:
    table = found.table.set_index("quantity")
    worst = table["p_value"].idxmin()
    out: dict[str, object] = {
        "n": int(table["n"].iloc[0]),
        "passed": found.passed,
        "worst": worst,
        "p_value": float(table.loc[worst, "p_value"]),
        "spread": float(table.loc[worst, "spread"]),
    }
    for name in looked_at or ("law_centre", "law_far", "run_far", "log_likelihood"):
        out[f"{name}_90"] = float(table.loc[name, "coverage_90"])
    off = ", ".join(str(name) for name in table.index[~table["passed"]])
    poor = float((found.fits["poor"] | ~found.fits["fitted"]).mean())
    return {**out, "gate_failed": found.failures, "poor": poor, "possible": found.possible, "off": off}


def _write_rows(name: str, key: str, rows: list[dict[str, object]]) -> None:
    """Replace earlier rows with the same key and keep the others, so that a study can run in parts."""
    table = pd.DataFrame(rows)
    earlier = RESULTS / f"{name}.csv"
    if earlier.is_file():
        before = pd.read_csv(earlier, keep_default_na=False, na_values=["", "nan"])
        table = pd.concat([before[~before[key].isin(table[key])], table], ignore_index=True)
    table = table.sort_values(key, kind="stable", key=lambda values: values.str.lower())
    passed = table["passed"].astype(str) == "True"
    write_table(name, table.fillna(""), [f"{int(passed.sum())} of {len(table)} are calibrated."], digits=3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("reference", "default", "laws", "responses", "mixings", "horizons"))
    parser.add_argument("--simulations", type=int, default=100)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each family that `laws` makes up")
    options = parser.parse_args()
    jobs: dict[str, Callable[[], None]] = {
        "reference": lambda: reference(options.simulations),
        "default": lambda: default(options.simulations),
        "laws": lambda: laws(options.simulations, options.only, options.runs),
        "responses": lambda: responses(options.simulations),
        "mixings": lambda: mixings(options.simulations, options.only),
        "horizons": lambda: horizons(options.simulations),
    }
    jobs[options.what]()


if __name__ == "__main__":
    main()
