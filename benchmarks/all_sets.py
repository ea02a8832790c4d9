"""Measure forecasts of larger runs on every public set with several scales, and compare them with other methods.

    python -m benchmarks.all_sets                      everything that is not yet in `results/all_sets.csv`
    python -m benchmarks.all_sets --sets opt pile      ... of these sets
    python -m benchmarks.all_sets --methods ours       ... by this method
    python -m benchmarks.all_sets --methods ours --again    ... also what is in the table, whose rows are replaced

`all_sets_tables` defines sets, laws, cuts and the two halves of the sets. `ours` is `bayescale.fit` with its defaults.
For a loss in size and data, the other methods are a Huber fit with bootstrap and `simple-scaling-laws`. For other laws
it is least squares of the same law with a bootstrap of residuals. The splits of `loss_splits` have the results of
`loss_forecast` and `loss_baselines`. Each split is written when it is measured, so that an interrupted run continues.
"""

import argparse
import math
import time
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.errors import ChecksFailed
from bayescale.scaling.evaluation.scores import mean_scores, score_points
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.predictive import log_density
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling.single_law import fit_spec, make_spec, runs_for
from benchmarks import loss_baselines
from benchmarks.all_sets_rivals import least_squares_quantiles
from benchmarks.all_sets_tables import EIGHT, HALVES, SETS, Split, splits
from benchmarks.shared import RESULTS, clustered, shared_tool, write_table

type Array = NDArray[np.float64]
type Row = dict[str, object]

SAMPLER = Sampler(attempts=2)  # one repetition after a failed gate, to bound the time
OURS, USUAL, SAME_LAW = "ours", ("huber", "ssl"), "least_squares"
METHODS = (OURS, *USUAL, SAME_LAW)
COVERAGES = ("coverage_50", "coverage_80", "coverage_90", "coverage_95")
SCORES = ("error", *COVERAGES, "width", "interval_score", "crps")
KEY = ["method", "set", "part", "factor"]
PERCENT = ("error", "width", "interval_score", "crps")  # x 100; error of the median, the others on log loss


def forecast(split: Split, spec: Spec | None = None) -> tuple[pd.DataFrame, bool]:
    """Our scores, a row per test row, and whether the posterior passed its gate; of the default model or another."""
    train = split.train.assign(run=split.train["run"].replace("", np.nan).astype(object))
    spec = spec or make_spec(split.law, "family", True, None, None)
    try:
        fit, passed = fit_spec(runs_for([spec.law], train), spec, SAMPLER, 1, progress=False), True
    except ChecksFailed as failed:
        fit, passed = failed.fit, False
    known = split.test["family"].isin(fit.families)
    targets = split.test[["family", "run", *split.law.inputs]].assign(family=split.test["family"].where(known, None))
    draws = fit.forecast(targets).dataset["run"].to_numpy()
    observed = split.test["loss"].to_numpy(dtype=float)
    density = log_density(fit, targets, observed)
    return score_points(draws.reshape(-1, draws.shape[-1]), observed, density, 0.9), passed


def rows_of(split: Split) -> dict[str, Array]:
    """Test rows by kind: all, those of runs not seen, those of runs that go on. Kinds without rows are left out."""
    continues = split.test["continues"].to_numpy(dtype=bool)
    kinds = {"all": np.ones(len(continues), dtype=bool), "new": ~continues, "continues": continues}
    return {kind: mask for kind, mask in kinds.items() if mask.any()}


def ours(split: Split) -> tuple[list[Row], pd.DataFrame]:
    """Scores by kind of rows, and of every row."""
    began = time.process_time()
    points, passed = forecast(split)
    seconds = round(time.process_time() - began, 1)
    found = []
    for kind, mask in rows_of(split).items():
        scores = {name: value * (100 if name in PERCENT else 1) for name, value in mean_scores(points[mask]).items()}
        chosen = {name: scores[name] for name in SCORES}
        found.append(head(OURS, split, kind, mask) | chosen | {"passed": passed, "seconds": seconds})
    kept = ["family", "run", "continues", *split.law.inputs]
    which = dict(zip(("set", "part", "factor"), split.key, strict=True))
    return found, pd.concat([split.test[kept].reset_index(drop=True), points], axis=1).assign(**which)


def rival(method: str, split: Split) -> list[Row]:
    """Scores of another method by kind of rows; only the 90 % interval is scored."""
    began = time.process_time()
    if method == SAME_LAW:
        quantiles = least_squares_quantiles(split.law, split.train, split.test)
    else:
        quantiles, _ = loss_baselines.forecast(method, split)
    seconds = round(time.process_time() - began, 1)
    log_loss, found = np.log(split.test["loss"].to_numpy(dtype=float)), []
    for kind, mask in rows_of(split).items():
        scores = shared_tool("loss_splits").score(log_loss[mask], quantiles[:, mask])
        scores["coverage_90"] = scores.pop("coverage")
        found.append(head(method, split, kind, mask) | scores | {"passed": "", "seconds": seconds})
    return found


def head(method: str, split: Split, kind: str, mask: Array) -> Row:
    """Columns that identify a row of the table."""
    name, part, factor = split.key
    which = {"method": method, "set": name, "half": HALVES[name], "part": part, "factor": factor}
    return which | {"law": split.law.name, "rows": kind, "n_train": len(split.train), "n_test": int(mask.sum())}


def measured_before() -> pd.DataFrame:
    """What `loss_baselines` and `loss_forecast` measured on the splits of `loss_splits`: rivals, and ours by default.

    Only gemstones has runs that go on, and there all rows do. Ours on misfitting, where sweeps were runs, is not used.
    """
    rivals = pd.read_csv(RESULTS / "loss_baselines.csv").query("method in @USUAL").assign(law="chinchilla", passed="")
    mine = pd.read_csv(RESULTS / "loss_forecast.csv").query("method == 'default' and set != 'misfitting'")
    table = pd.concat([rivals, mine.assign(method=OURS, law="joint")]).rename(columns={"coverage": "coverage_90"})
    kind = {name: "continues" if name == "gemstones" else "new" for name in EIGHT}
    table = table.assign(half=table["set"].map(HALVES), part="", factor=table["factor"].round(1))
    return pd.concat([table.assign(rows="all"), table.assign(rows=table["set"].map(kind))], ignore_index=True)


def with_earlier(table: pd.DataFrame) -> pd.DataFrame:
    """Every measurement: the table, and of earlier ones those that it does not repeat."""
    whole = pd.concat([table, measured_before()], ignore_index=True)
    whole = whole.assign(**{name: pd.to_numeric(whole[name], errors="coerce") for name in ("factor", *SCORES)})
    return whole.drop_duplicates([*KEY, "rows"], keep="first")


def methods_of(split: Split) -> tuple[str, ...]:
    """Our method and the other methods that apply, without those measured before."""
    if split.name in EIGHT:
        return (OURS,) if split.name == "misfitting" else ()
    return (OURS, *USUAL) if set(split.law.inputs) == {"n_params", "n_tokens"} else (OURS, SAME_LAW)


def known(name: str) -> pd.DataFrame:
    """A table as measured so far."""
    path = RESULTS / f"{name}.csv"
    empty = pd.DataFrame(columns=[*KEY, "half", "rows"])
    return pd.read_csv(path, keep_default_na=False, na_values=["nan"]) if path.is_file() else empty


def run(asked: Iterable[Split], methods: Iterable[str], points: str | None, again: bool) -> pd.DataFrame:
    """Measure what is not yet in the table, or all of it again, writing it after every split."""
    table, chosen = known("all_sets"), set(methods)
    for split in asked:
        for method in methods_of(split):
            measured = [tuple(map(str, row)) == tuple(map(str, (method, *split.key))) for row in table[KEY].to_numpy()]
            if method not in chosen or (any(measured) and not again):
                continue
            if method == OURS:
                rows, every = ours(split)
                if points is not None:
                    every.to_csv(points, mode="a", index=False, header=True)
            else:
                rows = rival(method, split)
            table = pd.concat([table[~np.array(measured, dtype=bool)], pd.DataFrame(rows)], ignore_index=True)
            table.to_csv(RESULTS / "all_sets.csv", index=False, float_format="%.5g")
            print(" ".join(f"{v:.2f}" if isinstance(v, float) else str(v) for v in rows[0].values()), flush=True)
    return table


def by_set(table: pd.DataFrame) -> pd.DataFrame:
    """Per set and kind of rows: ours, the best rival, and ours over it (target: at most 1.1)."""
    out = []
    for (name, kind), here in table.groupby(["set", "rows"], sort=True):
        means = here.groupby("method")[list(SCORES)].mean()
        own, others = means.loc[OURS], means.drop(index=OURS)
        line = {
            "set": name,
            "half": HALVES[str(name)],
            "rows": kind,
            "law": here.loc[here["method"] == OURS, "law"].iloc[0],
        }
        line |= {"splits": int((here["method"] == OURS).sum()), **{score: float(own[score]) for score in SCORES}}
        for score in ("error", "interval_score"):
            best = others[score].idxmin() if len(others) else ""
            line |= {f"best_{score}": float(others[score].min()) if best else math.nan, f"by_{score}": best}
            line[f"ratio_{score}"] = float(own[score]) / float(others[score].min()) if best else math.nan
        out.append(line)
    return pd.DataFrame(out)


def overall(table: pd.DataFrame) -> pd.DataFrame:
    """Means over sets by group of sets and kind of rows, with standard errors by set."""
    mine = table[table["method"] == OURS]
    groups: Mapping[str, pd.Series] = {
        "all sets": mine["half"].isin(["A", "B"]),
        "half A": mine["half"] == "A",
        "half B": mine["half"] == "B",
        "the 24 splits of loss_splits": mine["set"].isin(EIGHT),
        "the other sets": ~mine["set"].isin(EIGHT),
    }
    out = []
    for label, chosen in groups.items():
        for kind in ("all", "new", "continues"):
            here = mine[chosen & (mine["rows"] == kind)]
            if here.empty:
                continue
            means = {name: clustered(here, name) for name in SCORES}
            for what, index in (("mean", 0), ("± (by set)", 1)):
                line: Row = {"sets": label, "rows": kind, "n_sets": here["set"].nunique(), "": what}
                out.append(line | {name: value[index] for name, value in means.items()})
    return pd.DataFrame(out)


NOTES = (
    "Error of the median and width of the 90 % interval in %; interval score (90 %) and CRPS x 100 on log loss; "
    "coverage of a new run (`new`) or of a run's later measurements (`continues`). Splits of a set, and of a set its "
    "curves, are averaged with equal weights; ± is the standard error over sets.",
    "Choices are made on half A and reported on half B (sorted names in turn). The defaults were made with sets of "
    "`loss_splits` in view, whichever half they are in.",
    "`best_...` is the best rival's mean by that score, `ratio_...` ours over it. Rivals do not know runs: a row of a "
    "run that goes on is a row like another to them.",
)


def write(table: pd.DataFrame) -> None:
    """The tables per set and over sets."""
    whole = with_earlier(table)
    whole = whole[whole["set"].isin(whole.loc[whole["method"] == OURS, "set"])]
    laws = [f"{one.name}: {one.law}, {one.grounds}." for one in SETS]
    write_table("all_sets_by_set", by_set(whole), [*NOTES, " ".join(laws), failed(whole)])
    write_table("all_sets_overall", overall(whole), NOTES)


def failed(table: pd.DataFrame) -> str:
    """Which posteriors did not pass the gate; they are scored too."""
    mine = table[(table["method"] == OURS) & (table["rows"] == "all")]
    wrong = mine[mine["passed"].astype(str) == "False"]
    names = ", ".join(f"{row['set']} {row['part']} {row['factor']}x".replace("  ", " ") for _, row in wrong.iterrows())
    return f"Posteriors that failed their gate after two attempts: {len(wrong)} of {len(mine)}. {names}"


def main() -> None:
    """Command line: measure the selected splits that are not in the table, then write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=list(HALVES), help="only these sets")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS), help="only these methods")
    parser.add_argument("--again", action="store_true", help="measure also what is in the table")
    parser.add_argument("--points", help="a CSV file to which every forecast of ours is added, row by row")
    options = parser.parse_args()
    asked = (split for split in splits() if not options.sets or split.name in options.sets)
    write(run(asked, options.methods, options.points, options.again))


if __name__ == "__main__":
    main()
