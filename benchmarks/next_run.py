"""Compare the interval width that a plan predicts for the next run with the width after that run.

    python -m benchmarks.next_run              simulated outcomes, each fitted again by NUTS
    python -m benchmarks.next_run --real       held-back runs of public sets, added one at a time
    python -m benchmarks.next_run --coverage   how often the width of a new fit is inside its predicted interval

A plan uses re-weighting to predict the width of the target's interval after each possible outcome of a run. Here the
outcome is added to the table and everything is fitted again, with coordinates, floor reference and the basis of the
discrepancy from the larger table. `ratio` is the width of the new fit over the width predicted for the same outcome:
the mean of logarithms, with its standard error over outcomes. `realised` is the mean width of the new fits.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

import bayescale as bs
from bayescale.scaling.decisions.next_run import Plan, plan
from bayescale.scaling.decisions.preposterior import (
    BLOCKS,
    OUTCOMES,
    CandidateDraws,
    candidate_draws,
    current_intervals,
    simulated_outcomes,
    updated_intervals,
)
from benchmarks.shared import loss_splits, write_table

PROB = 0.9
SOURCES = ("model", "model", "truth")  # of the losses by which coverage is measured
TABLES = 8
REPEATS = 50  # of the Monte Carlo error of each promised width
REFITS = 8  # outcomes of each candidate, spread evenly over what is expected of it
SAMPLER = bs.Sampler(draws=1000, tune=500, chains=4)
SETS = (("chinchilla", 31.6), ("marin", 31.6), ("llama3", 10.0), ("olmo", 10.0), ("porian", 31.6))
PLACES = (0.1, 0.4, 0.7, 0.9)  # of the way from the cut to the target, in log compute

NOTES = (
    f"Widths in per cent of loss; {REFITS} outcomes fitted anew per candidate; `passed` counts gates passed.",
    "The first fit's own Monte Carlo error, about 2 % of a width, is common to all rows of a model and not in "
    "`ratio_se`. Of the excess at the other family under the joint law (on four of its outcomes 1.092 ± .005) about "
    "half goes where coordinates and length-scales stay those of the first fit (1.046 ± .009).",
)

type Candidates = Mapping[str, dict[str, object]]

TARGET = {"family": "a", "n_params": 7e9, "n_tokens": 1.4e11}
CANDIDATES: Candidates = {
    "near the target": {"family": "a", "n_params": 3e9, "n_tokens": 6e10},
    "between": {"family": "a", "n_params": 1.2e9, "n_tokens": 2.4e10},
    "other family, near": {"family": "b", "n_params": 3e9, "n_tokens": 6e10},
    "among the data": {"family": "a", "n_params": 1e8, "n_tokens": 3e9},
}
TRUTH = {
    "a": {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 420.0, "beta": 0.28},
    "b": {"E": 1.8, "A": 300.0, "alpha": 0.32, "B": 500.0, "beta": 0.29},
}


@dataclass(frozen=True)
class Setting:
    """How simulated runs are fitted."""

    law: str
    discrepancy: bool

    @property
    def name(self) -> str:
        return self.law + (" with discrepancy" if self.discrepancy else "")


SETTINGS = (Setting("chinchilla", False), Setting("joint", True))


def simulated(n: int = 20, noise: float = 0.005, seed: int = 11) -> pd.DataFrame:
    """Two families of the Chinchilla law over two decades, normal noise on log loss."""
    rng, law = np.random.default_rng(seed), bs.law("chinchilla")
    tables = []
    for family, parameters in TRUTH.items():
        inputs = {"n_params": 10 ** rng.uniform(7, 9, n), "n_tokens": 10 ** rng.uniform(8.5, 10.5, n)}
        loss = law.predict(inputs, parameters) * np.exp(noise * rng.standard_normal(n))
        tables.append(
            pd.DataFrame({"family": family, "run": [f"{family}{i}" for i in range(n)], **inputs, "loss": loss})
        )
    return pd.concat(tables, ignore_index=True)


def fitted(runs: pd.DataFrame, setting: Setting) -> tuple[bs.Fit, bool]:
    """The fit, and whether its posterior passed the gate."""
    try:
        return bs.fit(
            runs, setting.law, discrepancy=setting.discrepancy, sampler=SAMPLER, random_seed=1, progress=False
        ), True
    except bs.ChecksFailed as failed:
        return failed.fit, False


def width(fit: bs.Fit, target: dict[str, object]) -> float:
    """Width of the target's interval of the law on log loss."""
    table = fit.forecast([target], PROB).table
    return float(np.log(table["law_upper"] / table["law_lower"]).iloc[0])


def promised_widths(draws: CandidateDraws, candidate: int) -> np.ndarray:
    """Log widths that new fits may show, (repeat, outcome): each outcome's, with the Monte Carlo errors of the
    re-weighted draws and of a new fit. A new fit's error is taken to be that of today's interval; both by jackknife."""
    now = np.log(current_intervals(draws, PROB).width[:, 0])
    after = np.log(updated_intervals(draws, candidate, PROB, 1).intervals.width[..., 0])
    errors = [np.sqrt((BLOCKS - 1) * values[1:].var(axis=0)) for values in (now, after)]
    noise = np.random.default_rng(1).standard_normal((REPEATS, after.shape[1]))
    return np.asarray(after[0] + np.hypot(*errors) * noise)


def measurement(draws: CandidateDraws, candidate: int, rng: np.random.Generator) -> float:
    """A loss of one candidate drawn from the posterior predictive."""
    draw = rng.integers(len(draws.law))
    centre, scale, df = (values[draw, candidate] for values in (draws.centre, draws.scale, draws.df))
    return float(np.exp(centre + scale * rng.standard_normal() / np.sqrt(rng.chisquare(df) / df)))


def coverage(tables: int, setting: Setting, sources: tuple[str, ...] = SOURCES) -> pd.DataFrame:
    """One row per simulated table, candidate and loss of the next run: the width promised, and that of a new fit.

    A loss comes from the posterior predictive of the first fit ("model"), for which the promise holds if re-weighting
    is right, or from the law that made the table ("truth"), for which it holds only on average over the priors.
    """
    names = ("near the target", "between")
    candidates = [CANDIDATES[name] for name in names]
    rows = []
    for number in range(tables):
        runs, rng = simulated(15, seed=100 + number), np.random.default_rng([6, number])
        fit, _ = fitted(runs, setting)
        draws = candidate_draws(fit, candidates, [TARGET])
        for source, (i, name) in product(sources, enumerate(names)):
            widths = np.exp(promised_widths(draws, i))
            loss = true_loss(candidates[i], rng) if source == "truth" else measurement(draws, i, rng)
            added = pd.DataFrame([{**candidates[i], "run": "next", "loss": loss}])
            again, passed = fitted(pd.concat([runs, added], ignore_index=True), setting)
            row = {"table": number, "candidate": name, "loss_from": source, "realised": width(again, TARGET)}
            lower, upper = np.quantile(widths, [(1 - PROB) / 2, (1 + PROB) / 2])
            row |= {"promised_lower": lower, "promised": widths.mean(), "promised_upper": upper, "passed": passed}
            row["place"] = (widths < row["realised"]).mean()
            rows.append(row | {"inside": lower <= row["realised"] <= upper})
            print(" ".join(f"{key}={value}" for key, value in rows[-1].items()), flush=True)
    return pd.DataFrame(rows)


def coverage_notes(table: pd.DataFrame) -> list[str]:
    """Shares inside and mean places by source, with standard errors over tables: rows of a table share its fit."""
    notes = []
    for source, rows in table.groupby("loss_from"):
        by_table = rows.groupby("table")[["inside", "place"]].mean()
        error = by_table.std(ddof=1) / np.sqrt(len(by_table))
        notes.append(
            f"Loss from the {source}: {rows['inside'].sum()} of {len(rows)} inside the {100 * PROB:.0f} % interval, "
            f"share {rows['inside'].mean():.2f} ± {error['inside']:.2f}; mean place among promised widths "
            f"{rows['place'].mean():.2f} ± {error['place']:.2f} (0.5 where the promise is right)."
        )
    return notes


def true_loss(candidate: Mapping[str, object], rng: np.random.Generator, noise: float = 0.005) -> float:
    """A loss of one candidate as the simulated tables hold them."""
    inputs = {name: np.array([candidate[name]]) for name in ("n_params", "n_tokens")}
    mean = bs.law("chinchilla").predict(inputs, TRUTH[str(candidate["family"])])
    return float(mean[0] * np.exp(noise * rng.standard_normal()))


def refits(
    setting: Setting, done: Plan, fit: bs.Fit, runs: pd.DataFrame, candidates: Candidates, count: int
) -> Iterator[dict[str, object]]:
    """One row per candidate and outcome: the predicted width, and the width of a fit with that outcome."""
    asked = candidate_draws(fit, list(candidates.values()), [TARGET])
    said = (done.dataset["upper"] - done.dataset["lower"]).to_numpy()[..., 0]
    for i, (name, candidate) in enumerate(candidates.items()):
        _, values = simulated_outcomes(asked, i, 1)
        for outcome in ((np.arange(count) + 0.5) * OUTCOMES / count).astype(int):
            row = {**candidate, "run": "next", "loss": float(np.exp(values[outcome, 0]))}
            again, passed = fitted(pd.concat([runs, pd.DataFrame([row])], ignore_index=True), setting)
            yield {
                "model": setting.name,
                "candidate": name,
                "outcome": int(outcome),
                "loss": row["loss"],
                "said": said[i, outcome],
                "realised": width(again, TARGET),
                "passed": passed,
            }


def of_setting(
    setting: Setting, candidates: Candidates = CANDIDATES, count: int = REFITS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of one model, and its rows by outcome."""
    runs = simulated()
    fit, _ = fitted(runs, setting)
    done = plan(fit, list(candidates.values()), [TARGET], PROB)
    rows = []
    for row in refits(setting, done, fit, runs, candidates, count):
        rows.append(row)
        print(" ".join(f"{key}={value}" for key, value in row.items()), flush=True)
    every = pd.DataFrame(rows)
    own = [every[every["candidate"] == name] for name in candidates]
    ratios = [np.log(one["realised"] / one["said"]) for one in own]
    table = pd.DataFrame({"model": setting.name, "candidate": list(candidates)}).assign(
        before=100 * done.table["width_before"],
        promised=100 * done.table["width_after"],
        realised=[100 * one["realised"].mean() for one in own],
        shrinkage=done.table["shrinkage"],
        shrinkage_se=done.table["shrinkage_se"],
        ratio=[float(np.exp(one.mean())) for one in ratios],
        ratio_se=[float(one.std(ddof=1) / np.sqrt(len(one))) for one in ratios],
        effective_draws=done.table["effective_draws"].round(),
    )
    places = {f"rank_{name}": table[name].rank().astype(int) for name in ("promised", "realised")}
    return table.assign(**places, passed=[int(one["passed"].sum()) for one in own]), every


def of_set(name: str, factor: float) -> pd.DataFrame:
    """Held-back runs of one public set: predicted and realised width of the largest run's interval after each."""
    split = next(one for one in loss_splits() if one.name == name and abs(one.factor - factor) < 0.1)
    columns = ["family", "n_params", "n_tokens", "loss"]
    train = split.train[columns]
    test = split.test.sort_values("flops", ignore_index=True)
    target = test.iloc[-1]
    rest = test[(test["family"] == target["family"]) & (test.index < len(test) - 1)]
    size = np.log(rest["flops"])
    low, high = np.log(split.train["flops"].max()), np.log(target["flops"])
    near = [rest.index[int((size - (low + place * (high - low))).abs().to_numpy().argmin())] for place in PLACES]
    chosen = rest.loc[list(dict.fromkeys(near))]
    setting = Setting("joint", True)
    fit, _ = fitted(train, setting)
    inputs = ["family", "n_params", "n_tokens"]
    done = plan(fit, chosen[inputs], target[inputs].to_dict(), PROB)
    draws = candidate_draws(fit, chosen[inputs], [target[inputs].to_dict()])
    rows = []
    for i, (place, run) in enumerate(chosen.iterrows()):
        again, passed = fitted(pd.concat([train, chosen.loc[[place], columns]], ignore_index=True), setting)
        lower, upper = np.exp(np.quantile(promised_widths(draws, i), [0.05, 0.95]))
        rows.append(
            {
                "set": name,
                "flops": f"{run['flops']:.2g}",
                "below_target": target["flops"] / run["flops"],
                "before": 100 * done.table["width_before"][i],
                "promised": 100 * done.table["width_after"][i],
                "promised_lower": 100 * lower,
                "promised_upper": 100 * upper,
                "realised": 100 * width(again, target[inputs].to_dict()),
                "effective_draws": round(done.table["effective_draws"][i]),
                "passed": passed,
            }
        )
        print(" ".join(f"{key}={value}" for key, value in rows[-1].items()), flush=True)
    table = pd.DataFrame(rows).assign(ratio=lambda t: t["realised"] / t["promised"])
    return table.assign(inside=table["realised"].between(table["promised_lower"], table["promised_upper"]))


def summed_up(table: pd.DataFrame) -> list[str]:
    """Sentences on the table of public sets."""
    logs = np.log(table["ratio"]).groupby(table["set"], sort=False).mean()
    mean, error = float(np.exp(logs.mean())), float(logs.std(ddof=1) / np.sqrt(len(logs)))
    ranks = table.groupby("set")[["promised", "realised"]].rank()
    return [
        f"Widths in per cent of loss, of the {100 * PROB:.0f} % interval of the largest run's law; `promised_lower` "
        "and `promised_upper` hold 90 % of simulated outcomes, with the Monte Carlo errors of both fits; "
        "`below_target` is the target's compute over the run's.",
        f"Realised over promised, geometric mean over sets: {mean:.2f} ± {error:.2f}. Inside what was simulated: "
        f"{table['inside'].sum()} of {len(table)}. Order within a set as promised: "
        f"{(ranks['promised'] == ranks['realised']).sum()} of {len(table)} places.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", action="store_true", help="held-back runs of public sets in place of simulated ones")
    parser.add_argument("--coverage", action="store_true", help="share of new fits inside the promised interval")
    chosen = parser.parse_args()
    if chosen.coverage:
        table = coverage(TABLES, SETTINGS[0])
        write_table("next_run_coverage", table, coverage_notes(table), digits=3)
        return
    if chosen.real:
        table = pd.concat([of_set(name, factor) for name, factor in SETS], ignore_index=True)
        write_table("next_run_real", table, summed_up(table))
        return
    found = [of_setting(setting) for setting in SETTINGS]
    write_table("next_run_refits", pd.concat([rows for _, rows in found], ignore_index=True), digits=4)
    write_table("next_run", pd.concat([table for table, _ in found], ignore_index=True), NOTES, digits=3)


if __name__ == "__main__":
    main()
