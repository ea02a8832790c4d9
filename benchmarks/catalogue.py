"""Fit every law of the catalogue to data simulated from it: convergence, speed and coverage of intervals.

    python -m benchmarks.catalogue                    one simulation per law: gate, time, effective draws
    python -m benchmarks.catalogue --simulations 20   also coverage over repeated simulations (slow)
    python -m benchmarks.catalogue --only qat m4      these laws only

A simulation that is in `results/catalogue_simulations.csv` is not repeated, so that an interrupted run continues.

Parameters are drawn from the law's priors (amplitudes through the slope at the centre, as in a fit, with a least
response of 2.5, or of .4 where the response is a share). Inputs are from the middle of the ranges for which the law is
intended. Noise is 1 % of a logarithm, .05 of a logit, or 2 % of the spread. Parameters at which the response is
constant within the ranges are drawn again. The estimand is the law's response at the centre of the inputs and at three
times the largest. Parameters are not scored, because some of them are identified only jointly.
"""

import argparse
import time

import numpy as np
import pandas as pd

import bayescale as bs
from bayescale.data.quantities import KNOWN, from_axis, to_axis
from bayescale.data.units import kind_of
from bayescale.scaling.model.priors import coordinate_names, prior_of
from bayescale.scaling.model.spec import Spec
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.parametrization import natural, reducible_at_centre, term_names
from bayescale.scaling_laws.registry import CATALOGUE
from benchmarks.shared import RESULTS, clustered, write_table

ROWS = 60
LEAST = {"log": 2.5, "logit": 0.4, "identity": 1.0}  # least response of simulated data, by scale
MIDDLE = 0.7  # share of the range of an input (on its axis) that simulated data take
NOISE = {"log": 0.01, "logit": 0.05, "identity": 0.02}
BEYOND = 3.0
FLATTEST = 4.0  # spread of the noiseless response over the noise, at least
FARTHEST_LOGIT = 12.0
TRIES = 400
SIMULATIONS = RESULTS / "catalogue_simulations.csv"
COLUMNS = (
    *("law", "id", "seed", "passed", "min_ess", "wall_s", "cpu_s", "attempt"),
    *("inside_centre", "inside_beyond", "why"),
)


def axis_range(law: Law, name: str) -> tuple[float, float]:
    """The middle of an input's range, on its axis."""
    low, high = (float(to_axis(name, value)) for value in law.ranges[name])
    middle, half = (low + high) / 2, MIDDLE * (high - low) / 2
    return middle - half, middle + half


def simulated_inputs(law: Law, rng: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    """Inputs of runs, evenly spread on their axes and shuffled against each other."""
    out = {}
    for name in law.inputs:
        low, high = axis_range(law, name)
        even = (rng.permutation(rows) + rng.random(rows)) / rows
        out[name] = np.asarray(from_axis(name, low + (high - low) * even))
    return out


def drawn_parameters(law: Law, rng: np.random.Generator) -> dict[str, float]:
    """Natural parameters from the priors."""
    priors = {name: prior_of(Spec(law), name) for name in coordinate_names(law)}
    value = {name: float(p.natural(rng.normal(p.location, p.spread))) for name, p in priors.items()}
    floor, scale = law.expression.floor, LEAST[law.scale.name] if law.link.name == "identity" else 1.0
    if not law.expression.powers:
        return {
            n: value[n] * (scale if n == floor and priors[n].scale == "logit" else 1.0) for n in law.parameter_names
        }
    centre = {n: float(from_axis(n, sum(axis_range(law, n)) / 2)) for n in law.inputs}
    shapes = {name: value[name] for name in (*law.exponents, *law.shapes)}
    terms = {name: value[name] * (scale if floor else 1.0) for name in term_names(law)}
    anchor = value[coordinate_names(law)[0]]
    level = anchor * scale
    if floor:
        absolute = priors[floor].scale == "log"
        level = (anchor if absolute else anchor * scale) + reducible_at_centre(law, terms, shapes)
    return {name: float(v) for name, v in natural(law, level, terms, shapes, centre, np).items()}


def simulate(law: Law, rng: np.random.Generator, rows: int = ROWS) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """A table of runs, targets, and the law's true response at the targets."""
    for _ in range(TRIES):
        inputs, parameters = simulated_inputs(law, rng, rows), drawn_parameters(law, rng)
        targets = targets_of(law)
        with np.errstate(all="ignore"):
            clean = law.scale.forward(np.asarray(law.evaluate(inputs, parameters)) * np.ones(rows), np)
            truth = np.asarray(law.evaluate({n: targets[n].to_numpy() for n in law.inputs}, parameters))
        noise = NOISE[law.scale.name] * (float(np.std(clean)) if law.scale.name == "identity" else 1.0)
        usual = np.isfinite(clean).all() and np.isfinite(law.scale.forward(truth, np)).all()
        usual = usual and (law.scale.name != "logit" or np.abs(clean).max() < FARTHEST_LOGIT)
        if usual and np.std(clean) > FLATTEST * noise > 0:
            response = law.scale.inverse(clean + noise * rng.standard_t(6, rows))
            if law.scale.reaches(response).all():
                return pd.DataFrame({**inputs, law.response: response}), targets, truth
    raise RuntimeError(f"{law.name}: no parameters drawn from its priors make data")


def targets_of(law: Law) -> pd.DataFrame:
    """The centre of the inputs, and three times the largest (on a linear axis: the largest)."""
    rows: list[dict[str, float]] = [{}, {}]
    for name in law.inputs:
        low, high = axis_range(law, name)
        known = KNOWN.get(name)
        linear = known is not None and known.axis == "linear"
        far = high if linear else high + np.log(BEYOND)
        bounded = known is not None and np.isfinite(known.most)  # at the bound itself a law may have no answer
        most = float(to_axis(name, law.ranges[name][1])) if bounded else np.inf
        rows[0][name] = float(from_axis(name, (low + high) / 2))
        rows[1][name] = float(from_axis(name, min(far, most)))
    return pd.DataFrame(rows)


def measure(law: Law, seed: int) -> dict[str, object]:
    """One simulation: diagnostics of sampling, and whether 90 % intervals contain the true values."""
    rng = np.random.default_rng([seed, *law.name.encode()])
    table, targets, truth = simulate(law, rng)
    nats = {law.response: "nats"} if kind_of(law.response, law.response) == "loss" else {}  # however unusual it is
    runs = bs.read_runs(table, response=law.response, units=nats)
    began, cpu = time.perf_counter(), time.process_time()
    try:
        fit, passed, why = bs.fit(runs, law=law, discrepancy=False, noise="constant", random_seed=seed), True, ""
    except bs.ChecksFailed as failed:
        fit, passed, why = failed.fit, False, str(failed).splitlines()[1].strip(" -")
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    checks = fit.check().table.set_index("check")["value"]
    asked = fit.forecast(targets).table
    inside = ((asked["law_lower"] <= truth) & (truth <= asked["law_upper"])).to_numpy()
    return {
        "law": law.name,
        "id": law.id,
        "seed": seed,
        "passed": passed,
        "min_ess": min(float(checks["ESS bulk"]), float(checks["ESS tail"])),
        "wall_s": wall,
        "cpu_s": spent,
        "attempt": str(fit.tree.attrs["bayescale_attempt"]).strip('"').split(",")[0],
        "inside_centre": bool(inside[0]),
        "inside_beyond": bool(inside[1]),
        "why": why,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulations", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=sorted(CATALOGUE))
    options = parser.parse_args()
    for seed in range(options.simulations):
        for name in options.only:
            if (name, seed) not in done():
                keep(simulation(CATALOGUE[name], seed))
    write(pd.read_csv(SIMULATIONS))


def simulation(law: Law, seed: int) -> dict[str, object]:
    """The result of `measure`, or the reason why it failed."""
    try:
        return measure(law, seed)
    except (bs.BayescaleError, RuntimeError, ValueError) as error:
        return {"law": law.name, "seed": seed, "passed": False, "why": f"{type(error).__name__}: {error}"[:200]}


def done() -> set[tuple[str, int]]:
    """Laws and seeds measured before."""
    if not SIMULATIONS.is_file():
        return set()
    table = pd.read_csv(SIMULATIONS)
    return set(zip(table["law"], table["seed"], strict=True))


def keep(row: dict[str, object]) -> None:
    """Add a simulation to those measured."""
    print(row, flush=True)
    pd.DataFrame([row], columns=COLUMNS).to_csv(
        SIMULATIONS, mode="a", header=not SIMULATIONS.is_file(), index=False, float_format="%.6g"
    )


def write(table: pd.DataFrame) -> None:
    """A row a law: how its simulations were sampled, and how often 90 % intervals held the truth."""
    table = table.assign(fitted=table["min_ess"].notna(), passed=table["passed"].astype(str) == "True")
    inside = table[["inside_centre", "inside_beyond"]].map(lambda value: {"True": 1.0, "False": 0.0}.get(str(value)))
    table[["inside_centre", "inside_beyond"]] = inside.astype(float)
    by_law = table.groupby("law").agg(
        simulations=("seed", "size"),
        passed=("passed", "sum"),
        least_ess=("min_ess", "min"),
        median_cpu_s=("cpu_s", "median"),
        most_cpu_s=("cpu_s", "max"),
        inside_centre=("inside_centre", "mean"),
        inside_beyond=("inside_beyond", "mean"),
    )
    notes = [f"{int(table['passed'].sum())} of {len(table)} posteriors passed the gate."]
    for where, name in (("the centre", "inside_centre"), ("three times the largest inputs", "inside_beyond")):
        share, error = clustered(table.dropna(subset=[name]), name, "law")
        notes.append(
            f"At {where}, 90 % intervals hold the truth {100 * share:.1f} % of the times, ± {100 * error:.1f}."
        )
    write_table("catalogue", by_law.reset_index(), notes)
    for note in notes:
        print(note)


if __name__ == "__main__":
    main()
