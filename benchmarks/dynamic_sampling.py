"""Measure the gain of dynamic sampling over a uniform allocation of the same attempts, on MATH.

    python -m benchmarks.dynamic_sampling [--repeats 4] [--seed 1] [--k 30 --k 1000 --k 10000]

Five Pythia models on 128 MATH problems have 10,000 attempts each (Brown et al. 2024). A total of 30 or 100 attempts per
problem is allocated uniformly, by `fewest_successes` (in batches of a fiftieth of the total), or by `variance` (a third
uniformly, then three batches). Attempts are drawn from the 10,000 without replacement, in one order per problem and
repeat that all rules use. The scores are at k = 30, 1,000 and 10,000, against the mean unbiased pass@k of all 10,000.
The estimators are the maximum likelihood of the beta-binomial; the plug-in of observed rates where the attempts reach k
(the purpose of `variance`); and the posterior's `these` (default mixing laws) where they do not.

`gain` is the mean absolute error of the uniform allocation minus that of the rule, paired by model and repeat, in
points, with its standard error over these pairs.
"""

import argparse
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from bayescale.risk.decisions.dynamic_sampler import DynamicSampler
from bayescale.risk.decisions.dynamic_sampling import level
from bayescale.risk.estimators.beta_binomial import beta_binomial
from bayescale.risk.estimators.exact import pass_at_k
from bayescale.risk.estimators.naive import naive
from bayescale.risk.fit import fit_risk
from benchmarks.shared import RESULTS, SHARED, write_table

KS = (30, 1_000, 10_000)
TOTALS = (30, 100)


def spend(rule: str, outcomes: np.ndarray, total: int, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Attempts and successes after `total` attempts at problems whose outcomes (problem, attempt) are in order."""
    many, most = outcomes.shape
    names = [str(place) for place in range(many)]
    made = np.zeros(many, dtype=np.int64)
    if rule == "even":
        made = level(made, total)
        return made, np.array([row[:n].sum() for row, n in zip(outcomes, made, strict=True)])
    sampler = DynamicSampler(names, k, rule, random_seed=seed)

    def run(asked: dict[str, int]) -> None:
        for name, number in asked.items():
            place = int(name)
            number = min(number, most - made[place])
            if number > 0:
                succeeded = int(outcomes[place, made[place] : made[place] + number].sum())
                sampler.tell(name, attempts=number, successes=succeeded)
                made[place] += number

    batches = _batches(rule, many, total)
    if rule == "variance":
        first = level(np.zeros(many, dtype=np.int64), batches.pop(0))
        run({name: int(number) for name, number in zip(names, first, strict=True) if number})
    for batch in batches:
        run(sampler.ask(batch))
    counts = sampler.trials
    return counts["attempts"].to_numpy(), counts["successes"].to_numpy()


def _batches(rule: str, many: int, total: int) -> list[int]:
    count, first = (4, total // 3) if rule == "variance" else (50, many)
    rest = total - first
    return [first, *(rest // (count - 1) + (place < rest % (count - 1)) for place in range(count - 1))]


def score(attempts: np.ndarray, successes: np.ndarray, k: int, truth: float, seed: int) -> list[dict[str, object]]:
    """Errors in points at k, by estimator; the posterior's where k is beyond the attempts."""
    tried = attempts > 0
    counts = attempts[tried], successes[tried]
    reached = k <= attempts.mean()
    published = {"beta_binomial": beta_binomial, **({"plug_in": naive} if reached else {})}
    rows: list[dict[str, object]] = [
        {"estimator": name, "error": 100 * (float(f(*counts, k).value[0]) - truth), "inside": np.nan, "width": np.nan}
        for name, f in published.items()
    ]
    if reached:
        return rows
    trials = pd.DataFrame({"problem": range(len(attempts)), "attempts": attempts, "successes": successes})
    row = fit_risk(trials, [], random_seed=seed).at([k]).table.iloc[0]
    inside = bool(row["these_lower"] <= truth <= row["these_upper"])
    width = 100 * (row["these_upper"] - row["these_lower"])
    ours = {"estimator": "bayescale", "error": 100 * (row["these_median"] - truth), "inside": inside, "width": width}
    return [ours, *rows]


def measure(repeats: int, seed: int, ks: Sequence[int], say: Callable[[str], None]) -> pd.DataFrame:
    counts = pd.read_csv(SHARED / "data" / "pythia_math_10k" / "counts.csv")
    rows = []
    for repeat in range(repeats):
        for place, (model, pool) in enumerate(counts.groupby("model")):
            rng = np.random.default_rng([seed, repeat, place])
            made, broken = pool["n_samples"].to_numpy(), pool["n_successes"].to_numpy()
            outcomes = rng.permuted(np.arange(made[0]) < broken[:, None], axis=1)
            for k in ks:
                truth = float(pass_at_k(made, broken, k).mean())
                for each in TOTALS:
                    for rule in ("even", "fewest_successes", "variance"):
                        spent = spend(rule, outcomes, each * len(pool), k, seed)
                        key = {"model": model, "repeat": repeat, "k": k, "attempts": each, "rule": rule}
                        rows += [{**key, **scored} for scored in score(*spent, k, truth, seed)]
        say(f"{repeat + 1} of {repeats} repeats")
    return pd.DataFrame(rows)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute error, bias, coverage and width by cell, and the paired gain over the even spread."""
    key = ["estimator", "attempts", "k", "rule"]
    rows = rows.assign(size=rows["error"].abs())
    even = rows[rows["rule"] == "even"].set_index(["estimator", "attempts", "k", "model", "repeat"])["size"]
    own = pd.MultiIndex.from_frame(rows[["estimator", "attempts", "k", "model", "repeat"]])
    rows = rows.assign(gain=even.reindex(own).to_numpy() - rows["size"].to_numpy())
    table = rows.groupby(key, sort=False).agg(
        error=("size", "mean"), bias=("error", "mean"), coverage=("inside", "mean"), width=("width", "mean"),
        gain=("gain", "mean"), gain_se=("gain", lambda x: x.std(ddof=1) / np.sqrt(len(x))), runs=("gain", "size"),
    )  # fmt: skip
    return table.round(3).reset_index()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--k", type=int, action="append", help="measure at these k alone; other rows are kept")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    ks = tuple(options.k or KS)
    table = summary(measure(options.repeats, options.seed, ks, lambda line: print(line, flush=True)))
    path = RESULTS / "dynamic_sampling.csv"
    if options.k and path.exists():
        before = pd.read_csv(path)
        table = pd.concat([table, before[~before["k"].isin(ks)]], ignore_index=True)
    write_table("dynamic_sampling", table.sort_values(["attempts", "k", "estimator", "rule"]))
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
