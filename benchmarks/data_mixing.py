"""Measure forecasts of the losses of larger models on seven domains, and of the best mixture of their data.

    python -m benchmarks.data_mixing [--split 680] [--split 937]

The runs are those of the public set `data_mixing`: 60 mixtures of seven domains at 122M and 310M parameters, 40 of
them at 680M and 937M. A split is named by the size, in millions, that is forecast: `mixture_checkpoints` is fitted with
the defaults of `responses=` to all smaller models. Choices of the model were made on split 680; split 937 is the test.

`coverage_80` and `coverage_90` are shares of measured losses within the intervals of one new run. Their standard errors
(`_se`) are those of means over mixtures, as rows of a mixture are alike. Rows "mean loss" are of `forecast_mean`, all
domains alike. `regret_choice` is the measured mean loss at the end of the run of the mixture that the posterior mean
prefers among the measured ones, over the least measured one, minus 1. `regret_recommended` is that of the
recommendation of `mixture`, whose loss is interpolated by a quadratic function of the weights.
"""

import argparse
import resource
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

import bayescale as bs
from bayescale.errors import ChecksFailed
from bayescale.scaling.decisions.mixtures.search import MixtureLosses
from benchmarks.shared import RESULTS, SHARED, write_table

SPLITS = (680, 937)
ROWS = {"last": 1, "last 3": 3}  # of each run
ALL, MEAN = "all domains", "mean loss"
PROBS = (80, 90)


def runs() -> pd.DataFrame:
    """The table, without the number of the mixture, which is no input."""
    return pd.read_csv(SHARED / "data" / "data_mixing" / "runs.csv")


def losses_of(table: pd.DataFrame) -> list[str]:
    """Losses of the domains that were trained on."""
    weights = [name.removeprefix("weight_") for name in table.columns if name.startswith("weight_")]
    return [f"{name}_loss" for name in weights]


def measured(size: int, seed: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows of scores of one split, and its cost and regrets."""
    table = runs()
    millions, losses = (table["n_params"] / 1e6).round(), losses_of(table)
    train, test = table[millions < size].drop(columns="mixture"), table[millions == size]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    gate = "passed"
    try:
        fit = bs.fit(
            train, "mixture_checkpoints", responses=losses, discrepancy=False, random_seed=seed, progress=False
        )
    except ChecksFailed as error:
        fit, gate = error.fit, "failed"
    cpu = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    rows = []
    for name, count in ROWS.items():
        target = test.sort_values(["run", "n_tokens"]).groupby("run").tail(count)
        rows += [{"split": size, "rows": name, **row} for row in scores(fit, target, losses)]
    facts = {"split": size, "fitted_rows": len(fit.posterior.design.row), "gate": gate, "cpu_s": cpu}
    return rows, facts | regrets(fit, test, losses)


def scores(fit: Any, target: pd.DataFrame, losses: list[str]) -> list[dict[str, Any]]:
    """Errors and coverage by domain, over all, and of the mean loss."""
    inputs = target.drop(columns=["run", "mixture"])
    parts = []
    for name in losses:
        draws = fit.forecast(inputs.assign(family=name)).dataset["run"].to_numpy()
        parts.append(located(draws, target[name], target["mixture"]).assign(response=name))
    mean = fit.forecast_mean(inputs).dataset["run"].to_numpy()
    each = pd.concat(parts)
    of_mean = located(mean, target[losses].mean(axis=1), target["mixture"])
    groups = [(name, part) for name, part in each.groupby("response")] + [(ALL, each), (MEAN, of_mean)]
    return [{"response": name, **summary(part)} for name, part in groups]


def located(draws: np.ndarray, observed: pd.Series, mixture: pd.Series) -> pd.DataFrame:
    """Relative error of each row's median, and whether its intervals hold the measurement."""
    flat, values = draws.reshape(-1, draws.shape[-1]), observed.to_numpy()
    out = pd.DataFrame({"mixture": mixture.to_numpy(), "error": values / np.median(flat, axis=0) - 1})
    for prob in PROBS:
        low, high = np.quantile(flat, [0.5 - prob / 200, 0.5 + prob / 200], axis=0)
        out[f"coverage_{prob}"] = ((values >= low) & (values <= high)).astype(float)
    return out


def summary(part: pd.DataFrame) -> dict[str, float]:
    """Means, with standard errors over mixtures."""
    out = {"n": len(part), "error_pct": 100 * part["error"].abs().mean(), "bias_pct": 100 * part["error"].mean()}
    for prob in PROBS:
        by_mixture = part.groupby("mixture")[f"coverage_{prob}"].mean()
        out |= {f"coverage_{prob}": by_mixture.mean(), f"coverage_{prob}_se": by_mixture.sem()}
    return out


def regrets(fit: Any, test: pd.DataFrame, losses: list[str]) -> dict[str, float]:
    """Loss of the chosen and of the recommended mixture over the least measured one, minus 1, in per cent."""
    last = test.sort_values(["run", "n_tokens"]).groupby("run").tail(1)
    weights = last[[name for name in last.columns if name.startswith("weight_")]].to_numpy()
    values, run = last[losses].mean(axis=1).to_numpy(), last.iloc[0]
    n_params, n_tokens = float(run["n_params"]), float(run["n_tokens"])
    choice = fit.mixture(6 * n_params * n_tokens, tokens_per_param=n_tokens / n_params)
    domains, share = list(choice.table["domain"]), np.full(len(losses), 1 / len(losses))
    order = [list(last.columns).index(f"weight_{name}") for name in domains]
    of_law = MixtureLosses.of(fit, domains, share, n_params, n_tokens, 200)
    predicted = of_law.mean_loss(last.iloc[:, order].to_numpy(dtype=float)[None]).mean(axis=0)
    recommended = last.columns[order].map(choice.weights).to_numpy(dtype=float)
    coefficients = np.linalg.lstsq(quadratic(weights), np.log(values), rcond=None)[0]
    in_order = last.columns[order].get_indexer([name for name in last.columns if name.startswith("weight_")])
    interpolated = np.exp(quadratic(recommended[in_order][None]) @ coefficients)[0]
    return {
        "regret_choice_pct": 100 * (values[predicted.argmin()] / values.min() - 1),
        "regret_recommended_pct": 100 * (interpolated / values.min() - 1),
    }


def quadratic(weights: np.ndarray) -> np.ndarray:
    """Weights and their squares: a quadratic function of each, without products."""
    return np.column_stack([weights, weights**2])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the splits and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--split", type=int, action="append", choices=SPLITS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    rows, facts = [], []
    for size in options.split or SPLITS:
        of_split, cost = measured(size, options.seed)
        rows, facts = rows + of_split, [*facts, cost]
        print(pd.DataFrame(of_split).round(3).to_string(), cost, sep="\n", flush=True)
        write_results(rows, facts)


def write_results(rows: list[dict[str, Any]], facts: list[dict[str, Any]]) -> None:
    """Write overall scores, scores by domain, and costs with regrets; other splits that were measured stay."""
    both = (ALL, MEAN)
    write_table("data_mixing", merged("data_mixing", [row for row in rows if row["response"] in both]), digits=3)
    by_domain = merged("data_mixing_by_domain", [row for row in rows if row["response"] not in both])
    write_table("data_mixing_by_domain", by_domain, digits=3)
    write_table("data_mixing_cost", merged("data_mixing_cost", facts), digits=3)


def merged(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """New rows, and those of a table's other splits."""
    new, path = pd.DataFrame(rows), RESULTS / f"{name}.csv"
    if not path.is_file():
        return new
    old = pd.read_csv(path)
    kept = old[~old["split"].isin(new["split"])]
    return pd.concat([kept, new], ignore_index=True).sort_values("split", kind="stable")


if __name__ == "__main__":
    main()
