"""Measure priors learned from the public sets: each set's own score comes from priors learned without it.

    python -m benchmarks.learned_priors fits CACHE      fit every set under vague priors, into a folder
    python -m benchmarks.learned_priors scores CACHE    forecasts of larger runs, by variant, set (`--only`, `--sets`)
    python -m benchmarks.learned_priors small CACHE     the same from tables of 5, 8, 12 and 20 runs
    python -m benchmarks.learned_priors tables          the tables of `results/` from what was measured
    python -m benchmarks.learned_priors table CACHE     print the shipped table "public", learned from all sets

Sets are those of `all_sets` whose law is `joint`. Fits are of whole sets; learning divides their vague priors out.
Measurements already in `results/` are kept, so that an interrupted run continues.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

import bayescale as bs
from bayescale.errors import ChecksFailed
from bayescale.scaling.evaluation.scores import mean_scores
from bayescale.scaling.learned_priors import learn_priors
from bayescale.scaling.single_law import make_spec
from benchmarks.all_sets import PERCENT, SAMPLER, SCORES, forecast
from benchmarks.all_sets_tables import EIGHT, SETS, Split, continued, splits
from benchmarks.shared import RESULTS, clustered, write_table

REFUSED = ("pythia_lambada",)  # a few of its values are taken for a perplexity
SIZES, SEEDS, CUT = (5, 8, 12, 20), (1, 2), 10.0
BASE = "stated"
#: What a fit has by default. Variants before it were measured with a discrepancy of constant amplitude.
DEFAULT = "default, with falling discrepancy"
#: Factors by which the spreads of the stated priors are widened in the fits that are learned from.
WIDER = {"exponent": 1.7, "noise_growth": 1.75, "discrepancy_scale": 1.8, "noise_df": 1.25}
WIDER_OTHERS = 1.5
#: Quantities of the noise of finished runs.
NOISE = ("noise_floor", "noise_slope")
#: Sets whose rows are checkpoints of runs: there exponents of tokens are those of a schedule.
CURVES = ("gpt3", "opt", "pythia_lambada", "gemstones")


@dataclass(frozen=True)
class Variant:
    """Quantities that are learned, and the sets that they are learned from; others keep their stated priors."""

    name: str
    learned: Callable[[str], bool]
    sets: Callable[[str], bool] = lambda name: True


def _parameter(quantity: str) -> bool:
    return not quantity.startswith(("noise", "discrepancy", "spread"))


def _exponent(quantity: str) -> bool:
    return quantity.startswith(("exponent_", "q"))


def _finished(name: str) -> bool:
    return name not in CURVES


VARIANTS = (
    Variant("stated", lambda quantity: False),
    Variant("all", lambda quantity: True),
    Variant("parameters", _parameter),
    Variant("noise", lambda quantity: quantity in NOISE),
    Variant("discrepancy", lambda quantity: quantity == "discrepancy_scale"),
    Variant("parameters and noise", lambda quantity: _parameter(quantity) or quantity in NOISE),
    Variant("exponents and q", _exponent, _finished),
    Variant("exponents, q and noise", lambda quantity: _exponent(quantity) or quantity in NOISE, _finished),
    Variant(DEFAULT, lambda quantity: _exponent(quantity) or quantity in NOISE, _finished),
)


def sets() -> dict[str, pd.DataFrame]:
    """The whole table of each set whose law is `joint`."""
    tables = {entry.name: entry.parts()[""] for entry in SETS if entry.law == "joint"}
    for split in splits():
        if split.name in EIGHT and split.name not in tables:
            tables[split.name] = pd.concat([split.train, split.test])
    return tables


def vague() -> bs.PriorTable:
    """The stated priors, but wider, so that a fit says what its table says."""
    stated = bs.read_priors(BASE)
    priors = {
        name: replace(prior, spread=prior.spread * WIDER.get(name, WIDER_OTHERS))
        for name, prior in stated.priors.items()
        if not name.startswith("spread")
    }
    return stated.with_priors(priors, "vague")


def fit_sets(cache: Path) -> None:
    """Fit every set under vague priors and save the posteriors that are not saved yet."""
    cache.mkdir(parents=True, exist_ok=True)
    for name, table in sets().items():
        path = cache / f"{name}.nc"
        if path.is_file():
            continue
        rows = table.assign(run=table["run"].replace("", np.nan).astype(object))
        rows.to_csv(cache / f"{name}.csv", index=False)  # the name of the set is the source of its runs
        began = time.process_time()
        try:
            fit, passed = (
                bs.fit(str(cache / f"{name}.csv"), priors=vague(), sampler=SAMPLER, random_seed=1, progress=False),
                True,
            )
        except ChecksFailed as failed:
            fit, passed = failed.fit, False
        fit.save(path)
        print(name, len(table), "passed" if passed else "failed", round(time.process_time() - began, 1), flush=True)


def learned(cache: Path, variant: Variant, left_out: str) -> bs.PriorTable:
    """The priors of a variant, learned without one set."""
    stated = bs.read_priors(BASE)
    names = [path for path in sorted(cache.glob("*.nc")) if path.stem != left_out and variant.sets(path.stem)]
    table = learn_priors([bs.load(path) for path in names], variant.name, stated)  # type: ignore[misc]
    kept = {quantity: prior for quantity, prior in table.priors.items() if variant.learned(quantity)}
    sources = {quantity: tables for quantity, tables in table.sources.items() if quantity in kept}
    return replace(stated.with_priors(kept, variant.name), sources=sources)


def scored(split: Split, priors: bs.PriorTable) -> dict[str, object]:
    """Mean scores of one split, and whether its posterior passed."""
    began = time.process_time()
    points, passed = forecast(split, make_spec(split.law, "family", True, None, None, priors))
    scores = {name: value * (100 if name in PERCENT else 1) for name, value in mean_scores(points).items()}
    cost = round(time.process_time() - began, 1)
    return {**{name: scores[name] for name in SCORES}, "passed": passed, "cpu_s": cost}


def small_splits() -> Iterator[tuple[Split, int, int]]:
    """A few rows of the largest family, drawn at random below a tenth of the set's compute, with what lies beyond."""
    for split in splits():
        if split.law.name != "joint" or round(split.factor) != CUT or split.name in REFUSED:
            continue
        family = split.train["family"].value_counts().idxmax()
        train, test = (rows[rows["family"] == family] for rows in (split.train, split.test))
        for size in SIZES:
            for seed in SEEDS:
                if len(train) >= size and len(test):
                    chosen = np.sort(np.random.default_rng([seed, size]).choice(len(train), size, replace=False))
                    rows = train.iloc[chosen]
                    yield replace(split, train=rows, test=continued(rows, test)), size, seed


def measure(name: str, tasks: Sequence[tuple[Split, int, int]], cache: Path, chosen: Sequence[Variant]) -> None:
    """Score tasks (split, size, seed) by variants, writing each as it is measured."""
    path = RESULTS / f"{name}.csv"
    table = pd.read_csv(path) if path.is_file() else pd.DataFrame()
    keys = ["variant", "set", "factor", "rows", "seed"]
    done = set() if table.empty else set(table[keys].itertuples(index=False, name=None))
    for variant in chosen:
        for split, size, seed in tasks:
            key = (variant.name, split.name, round(split.factor, 1), size, seed)
            if key in done:
                continue
            row = dict(zip(keys, key, strict=True)) | scored(split, learned(cache, variant, split.name))
            table = pd.concat([table, pd.DataFrame([row])], ignore_index=True)
            table.to_csv(path, index=False, float_format="%.5g")
            print(*key, f"{row['error']:.2f} {row['interval_score']:.2f}", flush=True)


def summary(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Means over sets by variant, with the log ratio of the interval score to the stated priors and its error."""
    out = []
    for key, rows in table.groupby(list(by), sort=False):
        key = key if isinstance(key, tuple) else (key,)
        line = dict(zip(by, key, strict=True)) | {"sets": rows["set"].nunique(), "splits": len(rows)}
        for score in ("error", "interval_score"):
            line[score], line[f"± {score}"] = clustered(rows, score)
        line |= {score: clustered(rows, score).mean for score in SCORES if score.startswith("coverage")}
        stated = table[(table[list(by[1:])] == list(key[1:])).all(axis=1) & (table["variant"] == BASE)]
        pairs = rows.merge(stated, on=["set", "factor", "rows", "seed"], suffixes=("", "_stated"))
        for score in ("error", "interval_score"):
            pairs["ratio"] = np.log(pairs[score] / pairs[f"{score}_stated"])
            line[f"log ratio {score}"], line[f"± ratio {score}"] = clustered(pairs, "ratio")
        line["passed"] = rows["passed"].astype(str).eq("True").mean()
        out.append(line)
    return pd.DataFrame(out)


def write() -> None:
    """Write the tables of what was measured."""
    note = (
        "Each set is scored under priors that were learned without it. Means over sets, ± the standard error by set; "
        "log ratios are to the stated priors on the same splits (below 0: better)."
    )
    whole = pd.read_csv(RESULTS / "learned_priors.csv")
    eight = whole[whole["set"].isin(EIGHT)].assign(sets_of="24 splits")
    parts = [eight, whole[~whole["set"].isin(EIGHT)].assign(sets_of="the other sets")]
    write_table("learned_priors_by_variant", summary(pd.concat(parts), ["variant", "sets_of"]), [note])
    small = pd.read_csv(RESULTS / "learned_priors_small.csv")
    write_table("learned_priors_small_by_rows", summary(small, ["variant", "rows"]), [note])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("fits", "scores", "small", "tables", "table"))
    parser.add_argument("cache", type=Path, nargs="?", default=Path("learned-priors"))
    parser.add_argument("--only", nargs="+", choices=[variant.name for variant in VARIANTS])
    parser.add_argument("--sets", nargs="+", help="only these sets")
    options = parser.parse_args()
    chosen = [variant for variant in VARIANTS if not options.only or variant.name in options.only]
    if options.what == "fits":
        fit_sets(options.cache)
    elif options.what == "scores":
        asked = (split for split in splits() if not options.sets or split.name in options.sets)
        tasks = [(split, len(split.train), 0) for split in asked if split.law.name == "joint"]
        measure("learned_priors", tasks, options.cache, chosen)
    elif options.what == "small":
        measure("learned_priors_small", list(small_splits()), options.cache, chosen)
    elif options.what == "tables":
        write()
    else:
        print(replace(learned(options.cache, chosen[-1], ""), name="public").to_toml(), end="")


if __name__ == "__main__":
    main()
