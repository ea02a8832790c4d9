"""Measure a usual first PyMC model of a scaling law on the reference problem.

The reference problem is 5 families of 60 runs under the Chinchilla law L = E + A/N^alpha + B/D^beta with exponents
that differ a little between families. The model uses the law as printed: E, A, B per family, and exponents pooled over
families by the usual non-centred form, all in natural units. It estimates the same quantities as bayescale's default
model. `benchmarks.reference` compares effective draws per second with it.

    python -m benchmarks.textbook [--seeds 0 1]
"""

import argparse
import time
from collections.abc import Iterable
from dataclasses import dataclass

import arviz as az
import numpy as np
import nutpie
import pandas as pd
import pymc as pm
import xarray as xr

from benchmarks.shared import write_table

FAMILIES, RUNS_PER_FAMILY = 5, 60
POPULATION = {"E": (1.7, 0.10), "A": (406.0, 0.20), "B": (411.0, 0.20), "alpha": (0.34, 0.08), "beta": (0.28, 0.08)}
NOISE_SCALE, NOISE_DOF = 0.01, 5.0
PARAMS_RANGE, TOKENS_RANGE = (5e7, 1e10), (1e9, 3e11)
NAMED = ["E", "A", "B", "alpha", "beta", "mu_alpha", "sigma_alpha", "mu_beta", "sigma_beta", "sigma", "nu"]
NOTES = (
    "Wall and CPU seconds of sampling leave out compilation. Effective sample sizes (ESS) and R-hat are the worst over "
    "all named parameters; ESS a second is the least bulk ESS over the seconds of sampling.",
)


@dataclass(frozen=True)
class Sampled:
    """A posterior of the textbook model and what it cost."""

    tree: xr.DataTree
    compile_seconds: float  # wall
    wall_seconds: float  # of sampling
    cpu_seconds: float  # of sampling, all threads


def reference_runs(seed: int = 0) -> pd.DataFrame:
    """The reference problem: 300 runs with columns family, run, n_params, n_tokens, loss."""
    rng = np.random.default_rng(seed)
    drawn = {
        name: np.repeat(centre * np.exp(spread * rng.standard_normal(FAMILIES)), RUNS_PER_FAMILY)
        for name, (centre, spread) in POPULATION.items()
    }
    count = FAMILIES * RUNS_PER_FAMILY
    n_params = np.exp(rng.uniform(np.log(PARAMS_RANGE[0]), np.log(PARAMS_RANGE[1]), count))
    n_tokens = np.exp(rng.uniform(np.log(TOKENS_RANGE[0]), np.log(TOKENS_RANGE[1]), count))
    mean = drawn["E"] + drawn["A"] * n_params ** -drawn["alpha"] + drawn["B"] * n_tokens ** -drawn["beta"]
    loss = mean * np.exp(NOISE_SCALE * rng.standard_t(NOISE_DOF, count))
    family = np.repeat([f"family-{i}" for i in range(FAMILIES)], RUNS_PER_FAMILY)
    run = [f"{name}/run-{i % RUNS_PER_FAMILY}" for i, name in enumerate(family)]
    return pd.DataFrame({"family": family, "run": run, "n_params": n_params, "n_tokens": n_tokens, "loss": loss})


def _pooled_exponent(name: str, centre: float) -> pm.Deterministic:
    """An exponent per family around a population mean, non-centred."""
    mean = pm.Normal(f"mu_{name}", centre, 0.1)
    spread = pm.HalfNormal(f"sigma_{name}", 0.1)
    offset = pm.Normal(f"z_{name}", 0, 1, dims="family")
    return pm.Deterministic(name, mean + spread * offset, dims="family")


def textbook_model(runs: pd.DataFrame) -> pm.Model:
    """The law as printed, with weak priors around published values and Student-t noise on log loss."""
    index, families = pd.factorize(runs["family"])
    n_params, n_tokens, loss = (runs[name].to_numpy(dtype=float) for name in ("n_params", "n_tokens", "loss"))
    with pm.Model(coords={"family": list(families)}) as model:
        floor = pm.LogNormal("E", np.log(1.7), 0.3, dims="family")
        by_params = pm.LogNormal("A", np.log(400), 1, dims="family")
        by_tokens = pm.LogNormal("B", np.log(400), 1, dims="family")
        alpha, beta = _pooled_exponent("alpha", 0.34), _pooled_exponent("beta", 0.28)
        mean = floor[index] + by_params[index] * n_params ** -alpha[index] + by_tokens[index] * n_tokens ** -beta[index]
        sigma = pm.HalfNormal("sigma", 0.05)
        nu = pm.Gamma("nu", 2, 0.1)
        pm.StudentT("log_loss", nu=nu, mu=pm.math.log(mean), sigma=sigma, observed=np.log(loss))
    return model


def sample_textbook(
    runs: pd.DataFrame, seed: int, draws: int = 1000, tune: int = 1000, chains: int = 4, cores: int = 2
) -> Sampled:
    """Sample the textbook model by nutpie with its defaults, as `pm.sample` would; compilation is timed apart."""
    model = textbook_model(runs)
    start = time.perf_counter()
    compiled = nutpie.compile_pymc_model(model)
    compile_seconds = time.perf_counter() - start
    wall, cpu = time.perf_counter(), time.process_time()
    tree = nutpie.sample(
        compiled, draws=draws, tune=tune, chains=chains, cores=cores, seed=seed, target_accept=0.8, progress_bar=False
    )
    return Sampled(tree, compile_seconds, time.perf_counter() - wall, time.process_time() - cpu)


def quality(sampled: Sampled) -> dict[str, float]:
    """The worst diagnostics over all named parameters, and what a draw and an effective draw cost."""
    posterior = sampled.tree["posterior"].to_dataset()[NAMED]
    statistics = sampled.tree["sample_stats"].to_dataset()

    def worst(values: xr.Dataset, least: bool) -> float:
        each = [float(one.min() if least else one.max()) for one in values.data_vars.values()]
        return min(each) if least else max(each)

    bulk, tail = (worst(az.ess(posterior, method=method), least=True) for method in ("bulk", "tail"))
    return {
        "ess_bulk": bulk,
        "ess_tail": tail,
        "rhat": worst(az.rhat(posterior), least=False),
        "divergences": int(statistics["diverging"].sum()),
        "gradients_per_draw": float(statistics["n_steps"].mean()),
        "compile_seconds": sampled.compile_seconds,
        "wall_seconds": sampled.wall_seconds,
        "cpu_seconds": sampled.cpu_seconds,
        "ess_per_second": bulk / sampled.wall_seconds,
        "ess_per_cpu_second": bulk / sampled.cpu_seconds,
    }


def run(seeds: Iterable[int]) -> pd.DataFrame:
    """Sample the reference problem once per seed (seed 0 of the data); the table is complete after each."""
    runs, rows = reference_runs(), []
    for seed in seeds:
        rows.append({"model": "textbook", "seed": seed, **quality(sample_textbook(runs, seed))})
        write_table("textbook", pd.DataFrame(rows), NOTES, digits=3)
        print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def main() -> None:
    """Command line: measure with the requested seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    run(parser.parse_args().seeds)


if __name__ == "__main__":
    main()
