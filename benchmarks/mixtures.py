"""Measure the calibration of intervals of pass@K of a mixture of temperatures, and of the correlation of rates.

    python -m benchmarks.mixtures [--sets 40]

Each set has 80 problems, 20 attempts at each of two temperatures, and logit-normal rates. Logits have standard
deviation 2.5. In rows "prior", their correlation is drawn from its prior, uniform on 0 to 1, so that `rank`, the share
of its posterior below the true value, is uniform. In other rows the correlation is fixed. Then `rank` is not uniform,
because the prior moves the posterior from the ends of the range to its middle. The estimand is pass@200 with half of
the samples at each temperature. `error` is the posterior median minus the true value of these problems.
`independent_*` assumes that the rates of a problem at the two temperatures are independent given the mixing laws. In
rows "math", two sizes of Pythia replace the temperatures: 20 of 10,000 attempts at each of 128 MATH problems are used,
and all attempts give the true value.
"""

import argparse
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import kstest

from bayescale.risk.decisions.mixtures import pass_at
from bayescale.risk.fit import fit_risk
from bayescale.risk.predict.crossed_rates import crossed_rates
from benchmarks.shared import RESULTS, SHARED, write_table

PROBLEMS, ATTEMPTS, SAMPLES, SD = 80, 20, 100, 2.5
OPTIONS = ("0.2", "1")
EACH = np.full(2, float(SAMPLES))
FIXED = (0.0, 0.5, 0.9, 0.98)


def simulated(seed: int, fixed: float | None = None) -> dict[str, Any]:
    """One simulated set, its correlation fixed or drawn from the prior."""
    rng = np.random.default_rng([seed, 1])
    correlation = rng.random() if fixed is None else fixed

    def rates(many: int) -> np.ndarray:
        shared = np.sqrt(correlation) * rng.normal(size=many)
        return np.stack(
            [expit(mean + SD * (shared + np.sqrt(1 - correlation) * rng.normal(size=many))) for mean in (-4, -3.6)]
        )

    these, new = rates(PROBLEMS), rates(200_000)
    row = forecast(rng.binomial(ATTEMPTS, these), these, seed, "logit_normal")
    joint, new_truth = row.pop("joint"), pass_at(-np.log1p(-new)[None], EACH).mean()
    low, high = np.quantile((joint.weights * pass_at(joint.rates, EACH)).sum(axis=1), [0.05, 0.95])
    row["new_covered"] = float(low <= new_truth <= high)
    rank = float(np.mean(joint.correlation < correlation))
    name = "prior" if fixed is None else f"{fixed:g}"
    return (
        {"truth": name, "true": correlation} | row | {"rank": rank, "correlation_covered": float(0.05 <= rank <= 0.95)}
    )


def math_sets() -> list[dict[str, Any]]:
    """Every pair of the five models on MATH."""
    table = pd.read_csv(SHARED / "data" / "pythia_math_10k" / "counts.csv")
    successes = table.pivot_table("n_successes", "model", "problem_id", aggfunc="sum").to_numpy()
    rows = []
    for seed, pair in enumerate(combinations(range(len(successes)), 2)):
        full = successes[list(pair)]
        attempts = np.random.default_rng([seed, 2]).hypergeometric(full, 10_000 - full, ATTEMPTS)
        row = forecast(attempts, full / 10_000, seed, None)
        row.pop("joint")
        rows.append({"truth": "math"} | row)
    return rows


def forecast(successes: np.ndarray, rates: np.ndarray, seed: int, mixing: str | None) -> dict[str, Any]:
    """pass@K of these problems from counts (option, problem), less the truth of their rates (option, problem)."""
    frames = [
        pd.DataFrame({"temperature": name, "problem": range(len(solved)), "attempts": ATTEMPTS, "successes": solved})
        for name, solved in zip(OPTIONS, successes, strict=True)
    ]
    table = pd.concat(frames, ignore_index=True)
    risk = fit_risk(table, by=["temperature"], mixing=mixing, draws=300, random_seed=seed)
    joint = crossed_rates(risk)
    apart = np.stack([crossed_rates(risk, [name]).rates[:, 0] for name in OPTIONS], axis=1)
    truth = pass_at(-np.log1p(-rates)[None], EACH).mean()
    row: dict[str, Any] = {"joint": joint, "median": float(np.median(joint.correlation))}
    for name, draws in (("", joint.rates), ("independent_", apart)):
        low, middle, high = np.quantile(pass_at(draws, EACH).mean(axis=1), [0.05, 0.5, 0.95])
        row |= {f"{name}error": middle - truth, f"{name}covered": float(low <= truth <= high)}
    return row


def summary(sets: pd.DataFrame) -> pd.DataFrame:
    """Means over the sets of each kind, with standard errors (`_se`) of coverage and ranks."""
    groups = sets.groupby("truth", sort=False)
    means = groups.mean()
    for name in ("error", "rank"):
        means.insert(means.columns.get_loc(name) + 1, f"{name}_se", groups[name].sem())
    means.insert(0, "sets", groups.size())
    return means.reset_index()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=40)
    sets = parser.parse_args(arguments).sets
    rows = [simulated(seed) for seed in range(sets)]
    rows += [simulated(sets + seed, FIXED[seed % len(FIXED)]) for seed in range(sets)]
    if (SHARED / "data" / "pythia_math_10k").is_dir():
        rows += math_sets()
    write_results(pd.DataFrame(rows))


def write_results(sets: pd.DataFrame) -> None:
    """Write the sets (CSV) and their summary."""
    ranks = sets.loc[sets["truth"] == "prior", "rank"]
    note = f"Kolmogorov-Smirnov test that the {len(ranks)} ranks of `prior` are uniform: p = {uniformity(ranks):.2f}."
    sets.to_csv(RESULTS / "mixtures_sets.csv", index=False, float_format="%.4g")
    write_table("mixtures", summary(sets), [note], digits=3)


def uniformity(ranks: pd.Series) -> float:
    """p-value of the Kolmogorov-Smirnov test of uniform ranks."""
    return float(kstest(ranks, "uniform").pvalue)


if __name__ == "__main__":
    main()
