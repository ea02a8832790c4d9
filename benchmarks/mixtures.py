"""Do intervals of pass@K of a mixture of temperatures hold the truth, and what does the joint model of rates change?

    python -m benchmarks.mixtures [--sets 17]

Each set has 80 problems, 20 attempts at each of two temperatures, and logit-normal rates: logits share a part with
standard deviation 2 and have parts of their own of .5, 1 or 2. Wanted is pass@200 with half of the samples at either
temperature. `error` is the posterior median less the truth of these problems; `independent_*` takes a problem's rates
at the two temperatures as independent given the mixing laws. `rank` is the share of the posterior of the correlation
that lies below the true one.
"""

import argparse
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import expit

from bayescale.risk.crossed_rates import crossed
from bayescale.risk.result import fit_risk
from benchmarks.shared import write_table

PROBLEMS, ATTEMPTS, SAMPLES = 80, 20, 100
OPTIONS = ("0.2", "1")


def one(seed: int) -> dict[str, float]:
    """One simulated set."""
    rng = np.random.default_rng(seed)
    own = float(rng.choice([0.5, 1.0, 2.0]))

    def rates(many: int) -> np.ndarray:
        shared = rng.normal(-4, 2, many)
        return np.stack([expit(shared + mean + own * rng.normal(size=many)) for mean in (0, 0.4)])

    these, new = rates(PROBLEMS), rates(200_000)
    frames = [
        pd.DataFrame(
            {
                "temperature": name,
                "problem": range(PROBLEMS),
                "attempts": ATTEMPTS,
                "successes": rng.binomial(ATTEMPTS, p),
            }
        )
        for name, p in zip(OPTIONS, these, strict=True)
    ]
    table = pd.concat(frames, ignore_index=True)
    risk = fit_risk(table, by=["temperature"], mixing=["logit_normal"], draws=300, random_seed=seed)
    found = risk.mixture(dict.fromkeys(OPTIONS, SAMPLES)).table.iloc[0]
    truth = [np.mean(1 - np.prod((1 - p) ** SAMPLES, axis=0)) for p in (these, new)]
    apart = np.stack([crossed(risk.tree, [name]).rates[:, 0] for name in OPTIONS], axis=1)
    independent = -np.expm1(-SAMPLES * apart.sum(axis=1)).mean(axis=1)
    low, middle, high = np.quantile(independent, [0.05, 0.5, 0.95])
    return {
        "own_sd": own,
        "truth": truth[0],
        "error": found["these_median"] - truth[0],
        "these_covered": found["these_lower"] <= truth[0] <= found["these_upper"],
        "new_covered": found["new_lower"] <= truth[1] <= found["new_upper"],
        "independent_error": middle - truth[0],
        "independent_covered": low <= truth[0] <= high,
        "rank": np.mean(crossed(risk.tree).correlation < 4 / (4 + own**2)),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=17)
    sets = parser.parse_args(arguments).sets
    table = pd.DataFrame([one(seed) for seed in range(sets)]).astype(float)
    write_table("mixtures", table, digits=3)


if __name__ == "__main__":
    main()
