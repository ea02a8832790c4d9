"""Forecasts of the loss of larger runs by two other methods.

Each of the 24 splits fits the runs below a compute cut and forecasts the runs above it, family by family:

- `huber`: the usual fit of L = E + A/N^a + B/D^b by Huber loss (1e-3) on log loss, L-BFGS from a grid of starts, with
  100 bootstrap refits over rows. A new run is the forecast of a refit plus a residual of the training rows.
- `ssl`: `simple-scaling-laws` with its separable law (the same formula) and its interval of a new run.
- `ssl_skaling` (on request): the same package with its coupled law.

A family with fewer rows than the law needs is forecast from the fit of all families together; the table notes this.

    python -m benchmarks.loss_baselines [--methods huber ssl] [--sets olmo marin]
"""

import argparse
import time
import warnings
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.huber import huber_quantiles
from benchmarks.shared import RESULTS, Split, clustered, loss_splits, shared_tool, write_table

Array = NDArray[np.float64]
Forecaster = Callable[[pd.DataFrame, pd.DataFrame, int], Array]

MIN_ROWS = 6  # five parameters and something left to judge them by
SLOW_SECONDS = 60.0
LEVELS = (0.05, 0.5, 0.95)
SCORES = ("error", "coverage", "width", "interval_score")
COLUMNS = ("method", "set", "factor", "n_train", "n_test", *SCORES, "seconds")
SECONDS_NOTE = (
    "Error and width in %, coverage of the 90 % interval for a new run, interval score x 100 on log loss (smaller is "
    "better). Seconds are CPU seconds of fit and forecast, one thread."
)


def ssl_quantiles(train: pd.DataFrame, test: pd.DataFrame, seed: int, law: str = "separable-power") -> Array:
    """Quantiles of a new run's log loss by `simple-scaling-laws`: shape (3, rows of test).

    Every row is its own training run: the package wants one model size and one data size per run, and a source's runs
    have several checkpoints. Runs at the same sizes are replicates to it.
    """
    import polars as pl
    from simple_scaling_laws import fit

    sizes = {"model_size__n_params": "n_params", "dataset_size__n_tokens": "n_tokens"}
    runs = pl.DataFrame(
        {"training_run_id": [f"run-{i}" for i in range(len(train))]}
        | {name: train[column].to_numpy() for name, column in sizes.items()}
        | {"test_loss__loss": train["loss"].to_numpy()}
    )
    points = pl.DataFrame({name: test[column].to_numpy() for name, column in sizes.items()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # every point is an extrapolation, and it says so
        forecast = fit(runs, law=law, seed=seed).predict(points, kind="new-run", quantiles=LEVELS)
    columns = [column for column in forecast.columns if column.startswith("test_loss__loss__")]
    least = 1e-3 * float(train["loss"].min())  # its intervals may reach below zero, where there is no log loss
    return np.asarray(np.log(np.maximum(forecast.select(columns).to_numpy().T, least)))


def ssl_skaling_quantiles(train: pd.DataFrame, test: pd.DataFrame, seed: int) -> Array:
    """As `ssl_quantiles`, with the package's coupled law."""
    return ssl_quantiles(train, test, seed, law="skaling-joint-power")


METHODS: dict[str, Forecaster] = {
    "huber": huber_quantiles,
    "ssl": ssl_quantiles,
    "ssl_skaling": ssl_skaling_quantiles,
}


def forecast(method: str, split: Split, seed: int = 0) -> tuple[Array, list[str]]:
    """Quantiles (3, rows of test) of the log loss of a split's test runs, and notes on families fitted together."""
    quantiles = np.full((len(LEVELS), len(split.test)), np.nan)
    notes = []
    for family in split.test["family"].unique():
        train = split.train[split.train["family"] == family]
        if len(train) < MIN_ROWS:
            notes.append(
                f"{method}, {split.name} {split.factor:.0f}x: family {family} has {len(train)} training rows, fewer "
                f"than {MIN_ROWS}; forecast from the fit of all families together."
            )
            train = split.train
        here = (split.test["family"] == family).to_numpy()
        quantiles[:, here] = METHODS[method](train, split.test[here], seed)
    return quantiles, notes


def measure(method: str, split: Split, seed: int = 0) -> tuple[dict[str, object], list[str]]:
    """One row of the result table for one method on one split, and its notes."""
    start = time.process_time()
    quantiles, notes = forecast(method, split, seed)
    seconds = time.process_time() - start
    scores = shared_tool("loss_splits").score(np.log(split.test["loss"].to_numpy()), quantiles)
    sizes = {"n_train": len(split.train), "n_test": len(split.test)}
    return {"method": method, "set": split.name, "factor": split.factor, **sizes, **scores, "seconds": seconds}, notes


def by_set(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean scores per method and set, and over all sets with standard errors clustered by set."""
    out: list[dict[str, object]] = []
    for method, mine in rows.groupby("method", sort=False):
        for name, one in mine.groupby("set", sort=False):
            out.append({"method": method, "set": name, "splits": len(one), **_cells(one)})
        out.append({"method": method, "set": "all sets", "splits": len(mine), **_cells(mine)})
    return pd.DataFrame(out)


def _cells(rows: pd.DataFrame) -> dict[str, str]:
    digits = {"coverage": 2} | dict.fromkeys(("error", "width", "interval_score", "seconds"), 1)
    cells = {}
    for column in (*SCORES, "seconds"):
        mean, error = clustered(rows, column)
        cells[column] = f"{mean:.{digits[column]}f}" + ("" if np.isnan(error) else f" ± {error:.{digits[column]}f}")
    return cells


def slow(rows: pd.DataFrame) -> list[str]:
    """Notes on fits that took more than a minute."""
    late = rows[rows["seconds"] > SLOW_SECONDS].to_dict("records")
    return [f"{r['method']}, {r['set']} {r['factor']:.0f}x took {r['seconds']:.0f} s of CPU." for r in late]


def _known() -> pd.DataFrame:
    path = RESULTS / "loss_baselines.csv"
    return pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=list(COLUMNS))


def _merged(old: pd.DataFrame, new: dict[str, object]) -> pd.DataFrame:
    """The table with a row added, in place of an earlier measurement of the same method and split."""

    def task(row: Mapping[Hashable, object]) -> tuple[object, object, str]:
        return row["method"], row["set"], f"{row['factor']:.4g}"

    identity: dict[Hashable, object] = dict(new.items())
    keep = [row for row in old.to_dict("records") if task(row) != task(identity)]
    order = {name: i for i, name in enumerate(METHODS)}
    table = pd.DataFrame([*keep, new], columns=list(COLUMNS))
    return table.sort_values("method", key=lambda m: m.map(order), kind="stable").reset_index(drop=True)


def run(methods: Iterable[str], splits: Sequence[Split]) -> pd.DataFrame:
    """Measure every method on every split; the tables in `results/` are complete after each."""
    table, said = _known(), [SECONDS_NOTE]
    for method in methods:
        for split in splits:
            row, notes = measure(method, split)
            said += notes
            table = _merged(table, row)
            for name, shown in (("loss_baselines", table), ("loss_baselines_by_set", by_set(table))):
                write_table(name, shown, [*said, *slow(table)])
            print(" ".join(f"{v:.2f}" if isinstance(v, float) else str(v) for v in row.values()), *notes, flush=True)
    return table


def main() -> None:
    """Command line: measure the requested methods on the requested sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=["huber", "ssl"])
    parser.add_argument("--sets", nargs="+", help="only these data sets")
    options = parser.parse_args()
    splits = [split for split in loss_splits() if not options.sets or split.name in options.sets]
    print(by_set(run(options.methods, splits)).to_string(index=False))


if __name__ == "__main__":
    main()
