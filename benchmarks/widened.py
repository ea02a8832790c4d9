"""Compare forecasts of larger runs with and without widening by a backtest of the training rows.

    python -m benchmarks.widened                      every set: the splits that are not in `results/widened.csv`
    python -m benchmarks.widened --sets gemstones     ... of these sets

Splits and laws are those of `all_sets`, without single learning curves: one run is too few for a backtest. On each
split, the law is fitted to the training rows and backtested on them (3, 10 and 32 times below their largest). The test
rows are forecast twice: as sampled, and with the widening that the backtest finds. The two forecasts are the same where
the backtest finds no widening, or where too few rows are above the cuts.
"""

import argparse
import time

import numpy as np
import pandas as pd

import bayescale as bs
from bayescale.errors import ChecksFailed, InputError
from bayescale.scaling.evaluation.scores import score_points
from bayescale.scaling.sampling.sampler import Sampler
from benchmarks.all_sets_tables import HALVES, SETS, Split, splits
from benchmarks.shared import RESULTS, clustered, write_table

BRIEF = Sampler(attempts=1)
ALONE = "learning_curves"
KEY = ["set", "part", "factor"]
SCORED = ("inside", "inside_widened", "width", "width_widened", "score", "score_widened")
CUTS = {one.name: one.cut for one in SETS}


def measure(split: Split) -> dict[str, object]:
    """A line of the table."""
    train = split.train.assign(run=split.train["run"].replace("", np.nan).astype(object))
    began = time.perf_counter()
    try:
        fit = bs.fit(train, split.law, sampler=BRIEF, random_seed=1, progress=False)
    except ChecksFailed as failed:
        fit = failed.fit
    try:
        cut = CUTS.get(split.name, "flops")
        tested = bs.backtest(train, split.law, cut=cut, sampler=BRIEF, random_seed=1)
        called, said = tested.widenings, f"{len(tested.points.groupby(['family', 'run']))} runs"
        held = float(tested.summary["coverage"].iloc[0])
    except InputError as error:
        called, said, held = {}, str(error).splitlines()[0][:80], np.nan
    found = {"": points(fit, split), "_widened": points(fit.widened(called), split)}
    line: dict[str, object] = dict(zip(KEY, split.key, strict=True))
    line |= {"half": HALVES[split.name], "backtest": said, "held": held}
    line["times"] = next((one.factor for one in called.values()), 1.0)
    for which, table in found.items():
        line[f"inside{which}"] = float(table["inside"].mean())
        line[f"width{which}"] = 100 * float(table["width"].mean())
        line[f"score{which}"] = 100 * float(table["interval_score"].mean())
    return line | {"seconds": round(time.perf_counter() - began)}


def points(fit: bs.Fit, split: Split) -> pd.DataFrame:
    """Scores of the test rows, one a row."""
    known = split.test["family"].isin(fit.families)
    targets = split.test[["family", "run", *split.law.inputs]].assign(family=split.test["family"].where(known, None))
    draws = fit.forecast(targets).dataset["run"].to_numpy()
    observed = split.test["loss"].to_numpy(dtype=float)
    return score_points(draws.reshape(-1, draws.shape[-1]), observed, np.zeros(len(observed)), 0.9)


def overall(table: pd.DataFrame) -> list[str]:
    """Means of the table over widened splits and over all splits, with the set as the unit."""
    notes = []
    for label, here in (("Widened splits", table[table["times"] > 1]), ("All splits", table)):
        if here.empty:
            continue
        means = {name: clustered(here, name) for name in SCORED}
        said = ", ".join(f"{name.replace('_', ' ')} {mean:.3g} ± {error:.2g}" for name, (mean, error) in means.items())
        notes.append(f"{label} ({len(here)} of {here['set'].nunique()} sets): {said}.")
    return notes


NOTES = (
    "`held`: share of the backtest's runs inside; `times`: by how much intervals were widened. Inside and score "
    "(interval score x 100) are of 90 % intervals of the test rows, width is x 100 on log loss; ± is the standard "
    "error over sets.",
    "One attempt at sampling, whether or not it passes its gate.",
)


def main() -> None:
    """Command line: measure the selected splits that are not in the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=list(HALVES), help="only these sets")
    options = parser.parse_args()
    path = RESULTS / "widened.csv"
    table = pd.read_csv(path, keep_default_na=False, na_values=["nan"]) if path.is_file() else pd.DataFrame(columns=KEY)
    done = {tuple(map(str, key)) for key in table[KEY].itertuples(index=False)}
    for split in splits():
        if (
            split.name == ALONE
            or (options.sets and split.name not in options.sets)
            or tuple(map(str, split.key)) in done
        ):
            continue
        table = pd.concat([table, pd.DataFrame([measure(split)])], ignore_index=True)
        print(table.iloc[-1].to_dict(), flush=True)
        write_table("widened", table, [*overall(table), *NOTES], digits=3)


if __name__ == "__main__":
    main()
