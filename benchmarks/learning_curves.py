"""Forecast the rest of a learning curve from its beginning, by several methods.

The 57 public learning curves are those of Alabdulmohsin et al. (2022): few-shot error of image classifiers, language
model tasks of BIG-bench, perplexity of translation. Every method fits the points marked for training and forecasts the
later ones. The error of a curve is the root mean squared error of log loss. The error of a domain is the mean over its
curves, as in the paper. Bounded least squares on log loss from several starts represents the fits of the laws' authors:

- `ls_m1` ... `ls_m4`, `ls_bnsl`: the laws M1 to M4, and the broken power law with one break.
- `m2`, `m3`, `m4`: our posterior of the same laws, one curve per fit. A curve is a run whose later points are forecast.
- `m3_plain`: without the discrepancy.
- `m3_points`: each point is named as a separate run. This is a wrong use, shown for comparison.
- `m3_widened`: `m3` on one half of the curves, widened by the factor that the other half's curves of the domain give,
  as `Fit.widened` does with a backtest of many runs. A single curve is one run, which is too few.
- `m3_pooled`: all curves of a task (of a domain, where a task has one) in one fit, each a family, with pooled exponent.

Curves have up to 71 training points. Every method gets at most 60 of them, evenly spaced in log examples. To save time,
our M4 gets 30 and pooled fits get 20. All later points are scored.

    python -m benchmarks.learning_curves [--only ls_m4 m3] [--domains IC]
"""

import argparse
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import bayescale as bs
from bayescale.scaling.evaluation.interval_inflation import estimate_widening
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.prior import Prior, lognormal
from benchmarks.learning_curves_rivals import FORMS, least_squares_forecast
from benchmarks.shared import RESULTS, SHARED, clustered, write_table

Array = NDArray[np.float64]
Curve = pd.DataFrame

MOST_POINTS = 60
MOST_POOLED_POINTS = 20
MOST_IMPLICIT_POINTS = 30  # of our M4: it is solved by Newton's method at every point and step
LEVELS = (50, 80, 90, 95)
SAMPLER = Sampler(cores=1, attempts=1)
SHORT = Sampler(draws=400, tune=300, chains=2, cores=1, attempts=1)  # of our M4
#: Responses are scaled so that guessing is at 1, and M4's own prior of the response at no data is for losses in nats.
GUESSING: Mapping[str, Mapping[str, Prior]] = {"m4": {"e_0": lognormal(1.0, 0.1)}}


def curves() -> dict[str, Curve]:
    """Every curve by name: `domain`, `task`, `examples`, `loss`, `is_train`, sorted by examples."""
    path = SHARED / "data" / "revisiting_learning_curves" / "curves.parquet"
    if not path.is_file():
        raise FileNotFoundError(
            f"The learning curves are not beside the checkout: there is no {path.relative_to(SHARED)} in {SHARED}. "
            "Set BAYESCALE_SHARED to the folder that holds `data/`."
        )
    table = pd.read_parquet(path).rename(columns={"family": "domain", "seen_examples": "examples"})
    table["examples"] = table["examples"].astype(float)
    table = table.sort_values(["curve", "examples"], kind="stable")
    named = table.groupby("curve", sort=True)
    return {str(name).replace("|", ": "): one.reset_index(drop=True) for name, one in named}  # | would end a cell


def beginning(curve: Curve, most: int = MOST_POINTS) -> Curve:
    """The training points of a curve, thinned to at most `most`, evenly in log examples."""
    train = curve[curve["is_train"] == 1].reset_index(drop=True)
    if len(train) <= most:
        return train
    position = np.log(train["examples"].to_numpy())
    left = list(range(len(train)))
    while len(left) > most:  # leave out the inner point whose neighbours are nearest to each other
        gaps = position[left[2:]] - position[left[:-2]]
        del left[1 + int(gaps.argmin())]
    return train.iloc[left].reset_index(drop=True)


def rest(curve: Curve) -> Curve:
    """The points to forecast."""
    return curve[curve["is_train"] == 0].reset_index(drop=True)


WIDENED = "m3"  # the law whose intervals are widened


@dataclass(frozen=True)
class Setting:
    """Arguments of `bayescale.fit`."""

    law: str
    discrepancy: bool = True
    pooled: bool = False
    point_is_run: bool = False


@dataclass(frozen=True)
class Outcome:
    """Draws of log loss (draw, point) per curve, whether sampling passed the gate, and seconds per curve."""

    draws: dict[str, Array]
    passed: bool
    seconds: float
    why: Sequence[str] = field(default_factory=tuple)


SETTINGS = {
    **{name: Setting(name) for name in ("m2", "m3", "m4")},
    "m3_plain": Setting("m3", discrepancy=False),
    "m3_points": Setting("m3", point_is_run=True),
    "m3_pooled": Setting("m3", pooled=True),
}


def sampled(setting: Setting, train: pd.DataFrame) -> tuple[bs.Fit, list[str]]:
    """The posterior, and the criteria of the gate that it failed."""
    try:
        fit = bs.fit(
            train,
            law=setting.law,
            discrepancy=setting.discrepancy,
            priors=GUESSING.get(setting.law),
            sampler=SHORT if setting.law == "m4" else SAMPLER,
            random_seed=1,
            progress=False,
        )
    except bs.ChecksFailed as failed:
        said = str(failed).split("What to try:")[0].splitlines()[1:]
        return failed.fit, [line[4:] for line in said]
    return fit, []


def bayes(setting: Setting, group: Mapping[str, Curve]) -> Outcome:
    """Fit curves together, each a family of one run, and forecast the rest of each run."""
    most = MOST_POOLED_POINTS if setting.pooled else MOST_IMPLICIT_POINTS if setting.law == "m4" else MOST_POINTS
    whole = {name: one.assign(family=name, run=name) for name, one in group.items()}
    train = pd.concat([beginning(one, most) for one in whole.values()], ignore_index=True)
    known = ["family", "examples", "loss"] if setting.point_is_run else ["family", "run", "examples", "loss"]
    began = time.perf_counter()
    fit, why = sampled(setting, train[known])
    draws = {}
    for name, one in whole.items():
        targets = rest(one)[[column for column in known if column != "loss"]]
        run = fit.forecast(targets).dataset["run"].to_numpy()
        draws[name] = np.log(run.reshape(-1, run.shape[-1]))
    return Outcome(draws, not why, (time.perf_counter() - began) / len(group), why)


def sharp(log_loss: Array, draws: Array) -> dict[str, float]:
    """Coverage of central intervals, and mean width and interval score (both x 100) of the 90 % interval."""
    out = {}
    for level in LEVELS:
        lower, upper = np.quantile(draws, [0.5 - level / 200, 0.5 + level / 200], axis=0)
        out[f"coverage_{level}"] = float(((lower <= log_loss) & (log_loss <= upper)).mean())
        if level == 90:
            miss = np.maximum(lower - log_loss, 0) + np.maximum(log_loss - upper, 0)
            out["width"] = float(100 * (upper - lower).mean())
            out["interval_score"] = float(100 * (upper - lower + 20 * miss).mean())
    return out


def row(method: str, name: str, curve: Curve, median: Array, half: str) -> dict[str, object]:
    """A line of the table: one method on one curve."""
    log_loss = np.log(rest(curve)["loss"].to_numpy())
    error = float(np.sqrt(np.mean((median - log_loss) ** 2)))
    domain, task = str(curve["domain"].iloc[0]), str(curve["task"].iloc[0])
    sizes = {"n_train": len(beginning(curve)), "n_test": len(log_loss)}
    return {"method": method, "domain": domain, "task": task, "curve": name, "half": half, **sizes, "rmse": error}


def groups(setting: Setting, every: Mapping[str, Curve]) -> Iterable[dict[str, Curve]]:
    """The curves of each fit: one, or those of a task (of a domain where tasks have a single curve)."""
    if not setting.pooled:
        return [{name: one} for name, one in every.items()]
    found: dict[str, dict[str, Curve]] = {}
    for name, one in every.items():
        domain, task = str(one["domain"].iloc[0]), str(one["task"].iloc[0])
        found.setdefault(task if domain == "IC" else domain, {})[name] = one
    return found.values()


def measure(method: str, every: Mapping[str, Curve], halves: Mapping[str, str]) -> list[dict[str, object]]:
    """A method on every curve."""
    rows: list[dict[str, object]] = []
    if method in FORMS:
        for name, one in every.items():
            began = time.perf_counter()
            median = least_squares_forecast(method, beginning(one), rest(one)["examples"].to_numpy())
            rows.append(row(method, name, one, median, halves[name]) | {"seconds": time.perf_counter() - began})
            _say(rows[-1])
        return rows
    setting, log_draws = SETTINGS[method], dict[str, Array]()
    for group in groups(setting, every):
        outcome = bayes(setting, group)
        log_draws |= outcome.draws
        for name, one in group.items():
            how = {"passed": outcome.passed, "seconds": outcome.seconds, "why": "; ".join(outcome.why)}
            rows.append(scored(method, name, one, log_draws[name], halves[name]) | how)
            _say(rows[-1])
    return rows + (widened(log_draws, every, halves) if method == WIDENED else [])


def scored(method: str, name: str, curve: Curve, draws: Array, half: str) -> dict[str, object]:
    """A line of the table for a method of ours."""
    scores = sharp(np.log(rest(curve)["loss"].to_numpy()), draws)
    return row(method, name, curve, np.median(draws, axis=0), half) | scores


def widened(
    log_draws: Mapping[str, Array], every: Mapping[str, Curve], halves: Mapping[str, str]
) -> list[dict[str, object]]:
    """Curves of the reporting half again, intervals widened by what those of the choosing half call for, by domain."""
    rows = []
    for domain in DOMAINS:
        own = [name for name in log_draws if every[name]["domain"].iloc[0] == domain]
        choice, report = ([name for name in own if halves[name] == half] for half in ("choice", "report"))
        if not choice or not report:
            continue
        found = estimate_widening(pd.concat([points_of(name, every[name], log_draws[name]) for name in choice]), 0.9)
        times = 1.0 if found is None else found.factor
        print(domain, "intervals held" if found is None else found.grounds, flush=True)
        for name in report:
            middle = np.median(log_draws[name], axis=0)
            wide = middle + times * (log_draws[name] - middle)
            rows.append(
                scored(f"{WIDENED}_widened", name, every[name], wide, "report") | {"passed": "", "seconds": 0.0}
            )
    return rows


def points_of(name: str, curve: Curve, draws: Array) -> pd.DataFrame:
    """The points to forecast with their 90 % intervals, as those of a backtest."""
    low, middle, high = np.exp(np.quantile(draws, [0.05, 0.5, 0.95], axis=0))
    loss = rest(curve)["loss"].to_numpy()
    columns = {
        "observed": loss,
        "median": middle,
        "lower": low,
        "upper": high,
        "inside": (low <= loss) & (loss <= high),
    }
    return pd.DataFrame({"family": name, "run": name, **columns})


def _say(line: Mapping[str, object]) -> None:
    shown = [f"{v:.4f}" if isinstance(v, float) else str(v) for k, v in line.items() if k not in ("task", "domain")]
    print(" ".join(shown), flush=True)


def save(rows: pd.DataFrame) -> pd.DataFrame:
    """Write the tables with these rows in place of earlier ones of the same curves; all rows."""
    path = RESULTS / "learning_curves.csv"
    if path.is_file():
        known = pd.read_csv(path)
        again = known["method"].isin(rows["method"]) & known["curve"].isin(rows["curve"])
        rows = pd.concat([known[~again], rows], ignore_index=True)
    rows.to_csv(RESULTS / "learning_curves.csv", index=False, float_format="%.6g")  # a row a curve: too long to read
    return rows


DOMAINS = ("IC", "BB", "NMT")
SCORES = (*(f"coverage_{level}" for level in LEVELS), "width", "interval_score", "seconds")


def by_domain(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean scores over the curves of each domain: the error on both halves and overall, the others overall."""
    order = {name: i for i, name in enumerate([*FORMS, *SETTINGS, f"{WIDENED}_widened"])}
    rows = rows.sort_values("method", key=lambda names: names.map(order), kind="stable")
    out: list[dict[str, object]] = []
    for domain in DOMAINS:
        for method, mine in rows[rows["domain"] == domain].groupby("method", sort=False):
            error = mine.groupby("half")["rmse"].mean()
            halves = {f"rmse_{half}": float(error.get(half, np.nan)) for half in ("choice", "report")}
            scores = {name: float(mine[name].mean()) for name in SCORES if name in mine}
            failed = "" if method in FORMS else int((mine["passed"].astype(str) == "False").sum())
            head: dict[str, object] = {"domain": domain, "method": method, "curves": len(mine)}
            errors = {"rmse": float(mine["rmse"].mean()), "median": float(mine["rmse"].median())}
            out.append(head | halves | errors | scores | {"failed": failed})
    return pd.DataFrame(out).rename(columns={f"coverage_{level}": f"in_{level}" for level in LEVELS})


def chosen(rows: pd.DataFrame) -> str:
    """Our setting with the least interval score on the choosing half, among those measured on every curve."""
    ours = rows[rows["method"].isin(SETTINGS)]
    complete = ours.groupby("method")["curve"].nunique()
    usable = ours[ours["method"].isin(complete[complete == complete.max()].index) & (ours["half"] == "choice")]
    return str(usable.groupby("method")["interval_score"].mean().idxmin())


def verdicts(rows: pd.DataFrame, method: str) -> list[str]:
    """Our chosen setting against the least-squares fit that is best in each domain."""
    out = []
    for domain in DOMAINS:
        for where, parts in (("half not used for the choice", ["report"]), ("all curves", ["choice", "report"])):
            here = rows[(rows["domain"] == domain) & rows["half"].isin(parts)]
            errors = here.groupby("method")["rmse"].mean()
            rivals = errors[[name for name in FORMS if name in errors]]
            if rivals.empty or method not in errors:
                continue
            ours, best = float(errors[method]), float(rivals.min())
            pairs = here.pivot_table(index=["task", "curve"], columns="method", values="rmse").reset_index()
            _, error = clustered(pairs.assign(gap=pairs[method] - pairs[rivals.idxmin()]), "gap", "task")
            out.append(
                f"{domain}, {where}: {method} ({ours:.4f}) {'loses to' if ours > best else 'beats'} the least-squares "
                f"fit with the least error there, {rivals.idxmin()} ({best:.4f}); standard error of the "
                f"difference over tasks {error:.4f}, {len(pairs)} curves, ours better on "
                f"{int((pairs[method] < pairs[rivals.idxmin()]).sum())}."
            )
    return out


NOTES = (
    "RMSE of log loss per curve, then the mean over the curves of a domain (and its median over them); "
    "in_50 ... in_95 are coverages of the `run_*` intervals, width and interval score are of the 90 % interval (x 100, "
    "log loss), all averaged per curve first. `failed` counts curves whose posterior did not pass the gate; they are "
    "scored all the same.",
    "Training points of a curve are thinned to at most 60, evenly in log examples, for every method alike; to 30 for "
    "our M4 and to 20 in pooled fits, for time. Sampling is not repeated after a failed gate, so that more fits fail "
    "than would by default; our M4 has 2 chains of 400 draws.",
    "`choice` are every second curve by sorted name, `report` the others; our setting is chosen by interval score on "
    "the first half alone. Names sort by model within a task, so the halves hold different models. In NMT they hold "
    "two curves and one, with one point each to forecast.",
    "In pooled fits all curves of a fit that did not pass count as failed.",
)


def tables(rows: pd.DataFrame) -> None:
    """Write the table per domain with its conclusions."""
    notes = list(NOTES)
    if rows["method"].isin([*SETTINGS]).any():
        method = chosen(rows)
        notes += [f"Chosen on the first half: {method}.", *verdicts(rows, method)]
    write_table("learning_curves_by_domain", by_domain(rows), notes, digits=4)


def main() -> None:
    """Command line: measure the requested methods."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=[*FORMS, *SETTINGS], help="only these methods")
    parser.add_argument("--domains", nargs="+", choices=DOMAINS, default=list(DOMAINS), help="only these domains")
    options = parser.parse_args()
    every = curves()
    halves = {name: "choice" if i % 2 == 0 else "report" for i, name in enumerate(every)}
    asked = {name: one for name, one in every.items() if one["domain"].iloc[0] in options.domains}
    for method in options.only or [*FORMS, *SETTINGS]:
        tables(save(pd.DataFrame(measure(method, asked, halves))))


if __name__ == "__main__":
    main()
