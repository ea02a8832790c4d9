"""Measure forecasts of benchmark scores of public models, held out by compute and by benchmark.

    python -m benchmarks.observational [--seed 1] [--hidden]

Rows "larger models": models below a compute cut are fitted (those without compute by the compute that their size
suggests), and the larger ones are forecast from their family and compute. The number of dimensions and the prior of the
curvature were chosen on models of 1e22 to 6e22 FLOP, which are not scored here. Rows "one
benchmark" (`--hidden`): the scores of
one benchmark are hidden for all models above 3e22 FLOP or of such a size, and forecast from their other scores.

Methods: `capability` is `bs.fit_capability`. `alone` is the same fitted to the one benchmark. `sigmoid` is a
least-squares logistic curve of log compute with an offset for each family; `components` regresses the logit of a
benchmark on three principal components of the complete benchmarks (Ruan et al. 2024). Intervals of the two are normal
with the residual standard deviation. Errors, continuous ranked probability scores and widths are in points; `se` are
standard errors over families, since scores of a family go together.
"""

import argparse
from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import least_squares
from scipy.special import expit

import bayescale as bs
from benchmarks.shared import RESULTS, SHARED, write_table

CHANCE = {"mmlu": 0.25, "hellaswag": 0.25, "winograd": 0.5, "xwinograd": 0.5}
ITEMS = {
    "mmlu": 14042,
    "arc_c": 1172,
    "hellaswag": 10042,
    "winograd": 1267,
    "truthfulqa": 817,
    "gsm8k": 1319,
    "xwinograd": 2000,
    "humaneval": 164,
}
BENCHMARKS = list(ITEMS)
COMPLETE = ["mmlu", "arc_c", "hellaswag", "winograd", "truthfulqa", "gsm8k"]
CUTS = ((6e22, 1e27),)
HIDDEN, HIDDEN_FROM = ("humaneval", "gsm8k"), 3e22
PROBS = (50, 80, 90)
OFFSET_WEIGHT = 0.02  # of the squared offsets of families in the least-squares curve


def models() -> pd.DataFrame:
    """The public models, without the one whose tokens are wrong, and the compute that their size suggests."""
    table = pd.read_csv(SHARED / "data" / "observational_evals" / "benchmarks.csv")
    table = table[~table["tokens_suspect"]].drop(columns="tokens_suspect").reset_index(drop=True)
    known = table["flops"].notna()
    slope, level = np.polyfit(np.log(table["n_params"][known]), np.log(table["flops"][known]), 1)
    return table.assign(suggested=table["flops"].fillna(np.exp(level) * table["n_params"] ** slope))


def fitted(table: pd.DataFrame, benchmarks: list[str], seed: int) -> tuple[bs.Capability, bool]:
    """The posterior of these benchmarks, and whether it passed its checks."""
    settings: dict[str, Any] = {
        "chance": {name: value for name, value in CHANCE.items() if name in benchmarks},
        "items": {name: value for name, value in ITEMS.items() if name in benchmarks},
        "random_seed": seed,
    }
    data = table.drop(columns="suggested").dropna(subset=benchmarks, how="all")
    try:
        return bs.fit_capability(data, benchmarks, **settings), True
    except bs.ChecksFailed as error:
        return error.fit, False


def of_draws(draws: np.ndarray, actual: float) -> dict[str, float]:
    """Error, score, coverage and width of draws of one score."""
    ordered = np.sort(draws)
    count = len(ordered)
    spread = ((2 * np.arange(1, count + 1) - count - 1) * ordered).sum() / count**2
    row = {"error": 100 * (np.median(draws) - actual), "crps": 100 * (np.abs(ordered - actual).mean() - spread)}
    for prob in PROBS:
        low, high = np.quantile(draws, [0.5 - prob / 200, 0.5 + prob / 200])
        row |= {f"inside_{prob}": float(low <= actual <= high), f"width_{prob}": 100 * (high - low)}
    return row


def rows_of(draws: np.ndarray, table: pd.DataFrame, labels: dict[str, Any]) -> list[dict[str, Any]]:
    """Scored rows of draws (draw, row) of a table with columns model, family, benchmark, actual."""
    return [
        {**labels, **row, **of_draws(draws[:, place], row["actual"])}
        for place, row in enumerate(table[["model", "family", "benchmark", "actual"]].to_dict("records"))
    ]


def long(table: pd.DataFrame, benchmarks: list[str]) -> pd.DataFrame:
    """One row per model and measured score."""
    columns = ["model", "family", "flops"]
    melted = table.melt(columns, benchmarks, "benchmark", "actual")
    return melted.dropna(subset="actual").reset_index(drop=True)


def flattened(forecast: bs.ScoreForecast) -> np.ndarray:
    """Draws of one model (draw, row)."""
    values = forecast.dataset["run"].to_numpy()
    return values.reshape(-1, values.shape[-1])


def by_compute(fit: bs.Capability, targets: pd.DataFrame, benchmarks: list[str]) -> np.ndarray:
    """Draws of the scores of models (draw, row), given family and compute, in the order of `targets`."""
    families = targets["family"].where(targets["family"].isin(fit.scores.families), None)
    asked = [
        {"flops": flops} | ({} if family is None else {"family": family})
        for family, flops in zip(families, targets["flops"], strict=True)
    ]
    forecast = fit.forecast(asked, benchmarks)
    draws = flattened(forecast).reshape(-1, len(asked), len(benchmarks))
    places = [benchmarks.index(name) for name in targets["benchmark"]]
    return draws[:, np.arange(len(asked)), places]


def curve(table: pd.DataFrame, benchmark: str) -> Callable[[pd.DataFrame], tuple[np.ndarray, float]]:
    """A least-squares logistic curve of log compute with an offset per family."""
    data = table[table[benchmark].notna() & table["flops"].notna()]
    families, place = np.unique(data["family"], return_inverse=True)
    chance = CHANCE.get(benchmark, 0.0)

    def value(level: np.ndarray, slope: float, flops: np.ndarray) -> np.ndarray:
        return chance + (1 - chance) * expit(level + slope * (np.log10(flops) - 22))

    flops, scores = data["flops"].to_numpy(), data[benchmark].to_numpy()

    def misfit(values: np.ndarray) -> np.ndarray:
        fit = value(values[0] + values[2 + place], values[1], flops) - scores
        return np.concatenate([fit, OFFSET_WEIGHT * values[2:]])

    best = least_squares(misfit, np.concatenate([[-3.0, 1.0], np.zeros(len(families))])).x
    residual = misfit(best)[: len(scores)]
    deviation = np.sqrt((residual**2).sum() / max(len(scores) - 2 - len(families), 5))
    offsets = dict(zip(families, best[2:], strict=True))

    def predict(targets: pd.DataFrame) -> tuple[np.ndarray, float]:
        levels = best[0] + np.array([offsets.get(name, 0.0) for name in targets["family"]])
        return value(levels, best[1], targets["flops"].to_numpy()), float(deviation)

    return predict


def normal_draws(middle: np.ndarray, deviation: float) -> np.ndarray:
    """Quantiles of normal distributions (draw, row)."""
    from scipy.stats import norm

    return middle + deviation * norm.ppf((np.arange(400) + 0.5) / 400)[:, None]


def components(table: pd.DataFrame, benchmark: str) -> tuple[np.ndarray, float]:
    """Scores of all models by three principal components of the complete benchmarks, and the residual deviation."""
    others = table[[name for name in COMPLETE if name != benchmark]].to_numpy()
    standard = (others - others.mean(axis=0)) / others.std(axis=0)
    left, values, _ = np.linalg.svd(standard, full_matrices=False)
    regressors = np.column_stack([np.ones(len(table)), left[:, :3] * values[:3]])
    seen, chance = table[benchmark].notna().to_numpy(), CHANCE.get(benchmark, 0.0)

    def value(coefficients: np.ndarray) -> np.ndarray:
        return chance + (1 - chance) * expit(regressors @ coefficients)

    scores = table[benchmark].to_numpy()[seen]
    best = least_squares(lambda values: value(values)[seen] - scores, [-2.0, 1.0, 0.0, 0.0]).x
    residual = value(best)[seen] - scores
    return value(best), float(np.sqrt((residual**2).sum() / (seen.sum() - 4)))


def larger_models(table: pd.DataFrame, low: float, high: float, seed: int) -> list[dict[str, Any]]:
    """Forecasts of models above a cut from those below."""
    small = table[table["suggested"] < low].reset_index(drop=True)
    targets = long(table[(table["flops"] >= low) & (table["flops"] < high)], BENCHMARKS)
    fit, passed = fitted(small, BENCHMARKS, seed)
    print("larger models", low, "passed" if passed else "not converged", process_time(), flush=True)
    labels = {"task": "larger models", "split": f"{low:.0e} FLOP", "passed": passed}
    rows = rows_of(by_compute(fit, targets, BENCHMARKS), targets, labels | {"method": "capability"})
    for name in BENCHMARKS:
        part = targets[targets["benchmark"] == name].reset_index(drop=True)
        rows += rows_of(normal_draws(*curve(small, name)(part)), part, labels | {"method": "sigmoid"})
    seen = set(small["family"])
    return [row | {"seen": row["family"] in seen} for row in rows]


def one_benchmark(table: pd.DataFrame, name: str, seed: int) -> list[dict[str, Any]]:
    """Forecasts of one benchmark from the other scores of the same models."""
    hidden = (table["suggested"] >= HIDDEN_FROM) & table[name].notna()
    blank = table.assign(**{name: table[name].mask(table["suggested"] >= HIDDEN_FROM)})
    targets = table[hidden].assign(benchmark=name, actual=table[name][hidden])
    fit, passed = fitted(blank, BENCHMARKS, seed)
    print("one benchmark", name, "passed" if passed else "not converged", process_time(), flush=True)
    labels = {"task": "one benchmark", "split": name, "passed": passed, "seen": True}
    draws = flattened(fit.forecast(targets[["model"]], [name]))
    rows = rows_of(draws, targets, labels | {"method": "capability"})
    single, passed = fitted(blank[["model", "family", "flops", "n_params", "suggested", name]], [name], seed)
    known = targets[targets["flops"].notna()]
    draws = by_compute(single, known, [name])
    rows += rows_of(draws, known, labels | {"method": "alone", "passed": passed})
    middle, deviation = components(blank, name)
    return rows + rows_of(
        normal_draws(middle[hidden.to_numpy()], deviation), targets, labels | {"method": "components"}
    )


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Means by task, split, method and whether the family was seen, with standard errors over families."""
    table = []
    groups = [("all", rows)] + [("seen" if seen else "new", part) for seen, part in rows.groupby("seen")]
    for families, each in groups:
        for (task, split, method), part in each.groupby(["task", "split", "method"], sort=False):
            if families != "all" and task == "one benchmark":
                continue
            row = {"task": task, "split": split, "families": families, "method": method, "scores": len(part)}
            row |= {"error": part["error"].abs().mean(), "crps": part["crps"].mean()}
            for prob in PROBS:
                inside = part.groupby("family")[f"inside_{prob}"].agg(["sum", "size"])
                share = inside["sum"].sum() / inside["size"].sum()
                influence = inside["sum"] - share * inside["size"]
                row[f"inside_{prob}"] = 100 * share
                row[f"se_{prob}"] = 100 * np.sqrt((influence**2).sum()) / inside["size"].sum()
            table.append(row | {"width_90": part["width_90"].mean()})
    return pd.DataFrame(table)


def write(rows: list[dict[str, Any]]) -> None:
    """Write the tables of these rows."""
    scored = pd.DataFrame(rows)
    scored.to_csv(RESULTS / "observational_rows.csv", index=False, float_format="%.4g")
    by_benchmark = scored.groupby(["task", "split", "method", "benchmark"], sort=False)
    columns = ["error", "crps", "inside_50", "inside_80", "inside_90"]
    each = scored.assign(error=scored["error"].abs()).groupby(["task", "split", "method", "benchmark"], sort=False)[
        columns
    ]
    write_table("observational_by_benchmark", each.mean().assign(scores=by_benchmark.size()).reset_index(), digits=2)
    write_table("observational", summary(scored), digits=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hidden", action="store_true", help="also hide the scores of one benchmark")
    arguments, table, rows = parser.parse_args(), models(), []
    for low, high in CUTS:
        rows += larger_models(table, low, high, arguments.seed)
        write(rows)
    for name in HIDDEN if arguments.hidden else ():
        rows += one_benchmark(table, name, arguments.seed)
        write(rows)


if __name__ == "__main__":
    main()
