"""Measure forecasts of accuracy through a task loss, against the published ladder and a fit of one stage.

    python -m benchmarks.ladders [--seed 1]

Runs of 190M to 760M parameters of the OLMo ladder are fitted, and the runs of 1B are forecast (rows "1B"); then all
runs are fitted, and the model of 13B parameters and 5T tokens is forecast (rows "13B-5T"), whose accuracies and
published point forecasts are typed from the authors' repository. `two stages` fits the loss of eight tasks by size
and tokens (`chinchilla`) and the accuracy of each task by its loss (`ladder`), and passes every draw of the first on to
the second. `one stage` fits the error, 1 less the accuracy, by size and tokens (`chinchilla`). Tasks are families.

Accuracies are length-normalised, in the ranked format; losses are bits per byte of the correct answer; MMLU is the mean
of its four groups weighted by their questions. `error` is the median less the measured accuracy, in points.
"""

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

import bayescale as bs
from benchmarks.shared import RESULTS, SHARED, write_table

#: Names of the eight tasks in the measurements.
TASKS = {
    "hellaswag": "hellaswag_val",
    "arc_challenge": "arc_challenge_test",
    "arc_easy": "arc_easy_test",
    "piqa": "piqa_val",
    "csqa": "csqa_val",
    "socialiqa": "socialiqa_val",
    "openbookqa": "openbookqa_test",
}
#: Questions of the test sets of MMLU's groups.
MMLU = {"stem": 3153, "humanities": 4705, "social_sciences": 3077, "other": 3107}
#: Accuracy of 13B-5T, and its forecast: allenai/OLMo-ladder, src/scripts/paper/figures/chained_main.csv at 4d99344.
PUBLISHED = {
    "mmlu": (0.51614, 0.51268),
    "hellaswag": (0.83191, 0.85304),
    "arc_challenge": (0.63805, 0.52671),
    "arc_easy": (0.87172, 0.77242),
    "piqa": (0.82960, 0.82080),
    "csqa": (0.74103, 0.77609),
    "socialiqa": (0.61597, 0.59948),
    "openbookqa": (0.48640, 0.44865),
}
LARGE = {"n_params": 13202396160.0, "n_tokens": 5000088518656.0}  # the same repository, src/fitting/predict.py
SAMPLER = {"chains": 4, "draws": 1500, "tune": 800}
FREE = dict.fromkeys(("a", "b", "k", "L_0"), "partial")
PROBS = (50, 80, 90)


def ladder_runs() -> pd.DataFrame:
    """Loss and accuracy of every task at the end of every run: model, task, n_params, n_tokens, loss, accuracy."""
    folder = SHARED / "data" / "olmo_ladder"
    curves = pd.read_csv(folder / "curves.csv").groupby("model")[["n_params", "n_tokens"]].max()
    rows = pd.read_parquet(folder / "downstream.parquet").sort_values("step")
    last = rows.groupby(["model", "task"]).tail(1).pivot_table("value", "model", "task")
    names = {task: {f"{source}_rc_5shot": 1.0} for task, source in TASKS.items()}
    total = sum(MMLU.values())
    names["mmlu"] = {f"mmlu_{group}_test_rc_5shot": count / total for group, count in MMLU.items()}
    parts = []
    for task, weights in names.items():
        values = {
            column: sum(share * last[f"{name}_{suffix}"] for name, share in weights.items())
            for column, suffix in (("loss", "bpb"), ("accuracy", "len_norm"))
        }
        parts.append(pd.DataFrame(values).assign(family=task).join(curves).reset_index())
    return pd.concat(parts, ignore_index=True).rename(columns={"model": "run"})


def forecasts(runs: pd.DataFrame, targets: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Forecast the accuracy at targets through the loss, and directly."""
    sampler = bs.Sampler(**SAMPLER)
    grounds = "each task is a family of its own"
    sizes = bs.read_runs(runs.drop(columns="accuracy"), comparable=grounds)
    losses = bs.fit(sizes, "chinchilla", sampler=sampler, random_seed=seed)
    columns = ["run", "family", "loss", "accuracy"]
    accuracies = bs.read_runs(runs[columns], response="accuracy", comparable=grounds)
    link = bs.fit(accuracies, "ladder", pooling=FREE, sampler=sampler, random_seed=seed)
    wrong = runs.drop(columns="accuracy").assign(loss=1 - runs["accuracy"])
    single = bs.fit(bs.read_runs(wrong, comparable=grounds), "chinchilla", sampler=sampler, random_seed=seed)
    return {"two stages": losses.then(link).forecast(targets), "one stage": single.forecast(targets)}


def scored(name: str, forecast: Any, actual: np.ndarray, tasks: Sequence[str]) -> pd.DataFrame:
    """Error and coverage of a forecast, one row per target."""
    draws = forecast.dataset["run"].to_numpy().reshape(-1, len(actual))
    draws = 1 - draws if name == "one stage" else draws
    middle = np.median(draws, axis=0)
    table = pd.DataFrame({"method": name, "task": tasks, "actual": actual, "median": middle})
    for prob in PROBS:
        low, high = np.quantile(draws, [0.5 - prob / 200, 0.5 + prob / 200], axis=0)
        table[f"inside_{prob}"] = (low <= actual) & (actual <= high)
        if prob == PROBS[-1]:
            table["lower"], table["upper"] = low, high
    return table.assign(error=100 * (middle - actual))


def splits() -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Runs that are fitted and targets, by name."""
    runs = ladder_runs()
    large = runs["n_params"] > 1e9
    targets = pd.DataFrame([{"family": task, **LARGE, "accuracy": PUBLISHED[task][0]} for task in PUBLISHED])
    return {"1B": (runs[~large], runs[large].reset_index(drop=True)), "13B-5T": (runs, targets)}


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean error and coverage by target and method, with the standard error of coverage over tasks."""
    table = []
    for (target, method), part in rows.groupby(["target", "method"], sort=False):
        row = {"target": target, "method": method, "forecasts": len(part), "error": part["error"].abs().mean()}
        for prob in PROBS:
            by_task = part.groupby("task")[f"inside_{prob}"].mean().astype(float)
            row[f"inside_{prob}"] = 100 * by_task.mean()
            row[f"se_{prob}"] = 100 * by_task.std(ddof=1) / np.sqrt(len(by_task))
        row["width_90"] = 100 * (part["upper"] - part["lower"]).mean()
        table.append(row)
    return pd.DataFrame(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    parts = []
    for target, (runs, targets) in splits().items():
        actual, tasks = targets["accuracy"].to_numpy(float), targets["family"].tolist()
        asked = targets[["family", "n_params", "n_tokens"]]
        for name, forecast in forecasts(runs, asked, seed).items():
            parts.append(scored(name, forecast, actual, tasks).assign(target=target))
            print(parts[-1].round(3).to_string(), flush=True)
    published = pd.DataFrame(
        [
            {"method": "published", "task": task, "actual": actual, "median": point, "error": 100 * (point - actual)}
            for task, (actual, point) in PUBLISHED.items()
        ]
    ).assign(target="13B-5T")
    rows = pd.concat([*parts, published], ignore_index=True)
    rows.to_csv(RESULTS / "ladders_rows.csv", index=False, float_format="%.5g")
    write_table("ladders", summary(rows))


if __name__ == "__main__":
    main()
