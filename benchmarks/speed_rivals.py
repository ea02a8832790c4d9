"""Measure the CPU time of fits with intervals beside two other methods and beside the code of an earlier checkout.

    python -m benchmarks.speed_rivals --before CHECKOUT             the largest split of four public sets
    python -m benchmarks.speed_rivals splits --before CHECKOUT      one split of each of eight sets, both codes of ours

Methods take turns, a process each. `ours` is `bayescale.fit` with its defaults: a posterior whose gate passes, and a
forecast of the test rows. `ssl` is `simple-scaling-laws` with its bootstrap of 1,000 draws, `huber` the usual Huber fit
with 100 bootstrap refits, both family by family as in `loss_baselines`. `fresh` is the whole process, imports included.
`further` is the same call once more in the process, with another seed. Seconds are user and system time; ratios are
medians over pairs of turns. Caches on disk are filled by a turn that is not counted. Turns are kept in
`results/..._turns.csv`; a run measures those that are missing.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.shared import CHECKOUT, RESULTS, Split, loss_splits, write_table
from benchmarks.speed import run_child

READ = """
import time
import pandas as pd
train, test = (pd.read_csv({folder!r} + name, dtype={{"family": str}}) for name in ("/train.csv", "/test.csv"))
"""
OURS = """
import bayescale as bs
for seed in ({seed}, {seed} + 100):
    began = time.process_time()
    try:
        fit, passed = bs.fit(train, random_seed=seed, progress=False), True
    except bs.ChecksFailed as failed:
        fit, passed = failed.fit, False
    fit.forecast(test[["family", "n_params", "n_tokens"]])
    total = time.process_time()
    print(total, total - began, passed, fit.attribute("attempt") == "mode and curvature", sep="\t")
"""
RIVAL = """
from types import SimpleNamespace
from benchmarks.loss_baselines import forecast
split = SimpleNamespace(name="", factor=0.0, train=train, test=test)
for seed in ({seed},):
    began = time.process_time()
    forecast({method!r}, split, seed)
    total = time.process_time()
    print(total, total - began, "", "", sep="\t")
"""
SETS = ("gadre", "porian", "llama3", "marin")
KEY = ["set", "method", "pair"]
LARGEST, MIDDLE = 3.2, 10.0  # cuts, as so many times below the largest compute


def write_split(split: Split, folder: str) -> None:
    """Write the rows of a split where every method reads them."""
    split.train.to_csv(f"{folder}/train.csv", index=False)
    split.test.to_csv(f"{folder}/test.csv", index=False)


def turn(method: str, folder: str, seed: int, before: Path | None) -> dict[str, object]:
    """Seconds of one process that fits and forecasts a split."""
    code = OURS if method in ("ours", "before") else RIVAL
    checkout = before if method == "before" and before is not None else CHECKOUT
    _, output = run_child((READ + code).format(folder=folder, seed=seed, method=method), checkout)
    first, *further = (line.split("\t") for line in output.splitlines())
    out: dict[str, object] = {"method": method, "pair": seed, "fresh": float(first[0])}
    out |= {"further": float(further[0][1] if further else first[1])}
    ours = [first, *further] if code is OURS else []
    return (
        out
        | {"fits": len(ours), "passed": sum(line[2] == "True" for line in ours)}
        | {"first_attempts": sum(line[3] == "True" and line[2] == "True" for line in ours)}
    )


def measure(split: Split, methods: list[str], pairs: int, before: Path | None, path: Path) -> pd.DataFrame:
    """The turns in a file, and those of this split that are missing among them; each is written when measured."""
    turns = pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=KEY)
    done = {(method, pair) for name, method, pair in turns[KEY].itertuples(index=False) if name == split.name}
    missing = [(pair, method) for pair in range(1, pairs + 1) for method in methods if (method, pair) not in done]
    with tempfile.TemporaryDirectory() as folder:
        write_split(split, folder)
        for method in {method for _, method in missing} & {"ours", "before"}:
            turn(method, folder, 0, before)  # fills the caches
        for pair, method in missing:
            row = {"set": split.name, "rows": len(split.train), **turn(method, folder, pair, before)}
            turns = pd.DataFrame([*turns.to_dict("records"), row])
            turns.to_csv(path, index=False, float_format="%.4g")
            print(" ".join(f"{key}={value}" for key, value in row.items()), flush=True)
    return turns


def medians(turns: pd.DataFrame) -> pd.DataFrame:
    """One row per set and method: median seconds, and how many times those of ours."""
    out = []
    for (name, method), here in turns.groupby(["set", "method"], sort=False):
        ours = turns[(turns["set"] == name) & (turns["method"] == "ours")].set_index("pair")
        pairs = here.set_index("pair")
        line: dict[str, object] = {"set": name, "rows": int(here["rows"].iloc[0]), "method": method, "pairs": len(here)}
        for column in ("fresh", "further"):
            line[f"{column} s"] = statistics.median(here[column])
            line[f"{column} / ours"] = float((pairs[column] / ours[column]).median())
        fits = int(here["fits"].sum())
        line["passed"] = f"{int(here['passed'].sum())} of {fits}" if fits else ""
        line["first attempts"] = f"{int(here['first_attempts'].sum())} of {fits}" if fits else ""
        out.append(line)
    return pd.DataFrame(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["methods", "splits"], default="methods")
    parser.add_argument("--before", type=Path, help="a checkout of earlier code to measure beside")
    parser.add_argument("--without", nargs="+", default=[], help="leave these methods out")
    parser.add_argument("--sets", nargs="+", help="only these sets")
    parser.add_argument("--pairs", type=int, help="turns of each method: 5, or 1 with `splits`")
    options = parser.parse_args()
    before = options.before.resolve() if options.before else None
    codes = ["ours", "before"] if before is not None else ["ours"]
    if options.what == "methods":
        chosen = [split for split in loss_splits() if split.name in SETS and round(split.factor, 1) == LARGEST]
        methods, pairs, name = [*codes, "huber", "ssl"], options.pairs or 5, "speed_rivals"
    else:
        chosen = [split for split in loss_splits() if round(split.factor, 1) == MIDDLE]
        methods, pairs, name = codes, options.pairs or 1, "speed_splits"
    methods = [method for method in methods if method not in options.without]
    path = RESULTS / f"{name}_turns.csv"
    for split in chosen:
        if options.sets is None or split.name in options.sets:
            table = medians(measure(split, methods, pairs, before, path))
            write_table(name, table)
            print(table.to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
