"""What speaks for and against a risk posterior: whether it was explored, and whether its mixing law fits the counts."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.checks import CheckResult, Checks, results_table
from bayescale.core.diagnostics import LEAST_ESS
from bayescale.core.serialization import fact
from bayescale.risk.grid import RATE
from bayescale.risk.posterior import Problems, drawn, problems_of, settings
from bayescale.risk.predict import group_table

type Array = NDArray[np.float64]

MOST_K = 0.7  # Pareto shape of importance weights beyond which their mean is not to be trusted
COUNTED = 0.05  # laws with less weight than this in every group are not part of the answer
SIMULATED = 300  # draws of the posterior at most, for predictive checks
MOST_CHECKED = 300  # groups at most, for predictive checks
UNUSUAL = 0.01  # tail probability of a predictive statistic that is worth a word


def check(tree: xr.DataTree) -> Checks:
    """Findings about a risk posterior: importance sampling (the gate), predictive checks by group, and what the answer
    rests on."""
    gate, explored = _explored(tree)
    informed, predictive = _predictive(tree)
    findings = [*gate, *informed, _averaged(tree)]
    return Checks(results_table(findings), {"laws": explored, "predictive": predictive})


def laws_table(tree: xr.DataTree) -> pd.DataFrame:
    """One row per group and mixing law: prior weight, weight given the group's counts, log evidence, effective number
    of points, Pareto k of their weights, and how much groups have in common (mean; NaN for one group)."""
    laws = tree["laws"].to_dataset()
    groups = group_table(problems_of(tree))
    names, count = laws["law"].to_numpy(), len(groups)
    labels = {str(name): np.repeat(groups[name].to_numpy(dtype=object), len(names)) for name in groups}
    columns = {}
    for name in ("prior_weight", "weight", "log_evidence", "effective", "pareto_k", "common"):
        values = laws[name].to_numpy()  # (law,) or (law, group)
        columns[name] = np.tile(values, count) if values.ndim == 1 else values.T.ravel()
    table = pd.DataFrame({**labels, "law": np.tile(names, count), **columns})
    return table.astype(dict.fromkeys(labels, "str"))


def _explored(tree: xr.DataTree) -> tuple[list[CheckResult], pd.DataFrame]:
    table = laws_table(tree)
    used = table[table["weight"] >= COUNTED]
    least, most = float(used["effective"].min()), float(used["pareto_k"].max())
    return [
        CheckResult(
            least,
            float(LEAST_ESS),
            "every law that counts was explored" if least >= LEAST_ESS else "a law that counts was explored too thinly",
            least >= LEAST_ESS,
            check="effective points",
        ),
        CheckResult(
            most,
            MOST_K,
            "importance weights are even" if most <= MOST_K else "a few points carry the evidence of a law",
            most <= MOST_K,
            check="Pareto k",
        ),
    ], table


def _predictive(tree: xr.DataTree) -> tuple[list[CheckResult], pd.DataFrame]:
    """Tail probabilities, by group, of how many problems were never broken, the mean rate and the highest rate."""
    problems = problems_of(tree)
    fixed = problems.design.of("fixed") & (problems.attempts > 0)
    if not fixed.any():
        said = "attempts depended on outcomes: counts of a fixed number of attempts are nothing to compare with"
        return [CheckResult(float("nan"), UNUSUAL, said, check="predictive")], pd.DataFrame()
    rng = np.random.default_rng(np.random.SeedSequence([fact(tree, "predictive_seed"), 2]))
    rows = []
    checked = np.linspace(0, count := len(problems.groups), min(count, MOST_CHECKED), endpoint=False).astype(int)
    for group, labels in ((group, problems.groups[group]) for group in checked.tolist()):
        own = np.flatnonzero((problems.group == group) & fixed)
        if not len(own):
            continue
        simulated = _simulated(tree, problems, group, own, rng)
        given = problems.successes[own][None]
        for name, statistic in _STATISTICS.items():
            many, seen = (
                statistic(simulated, problems.attempts[own]),
                float(statistic(given, problems.attempts[own])[0]),
            )
            below, above = float(np.mean(many <= seen)), float(np.mean(many >= seen))
            row = dict(zip(problems.group_names, labels, strict=True))
            rows.append({**row, "statistic": name, "observed": seen, "tail": min(1.0, 2 * min(below, above))})
    table = pd.DataFrame(rows)
    worst = table.iloc[int(table["tail"].to_numpy().argmin())]
    where = ", ".join(str(worst[name]) for name in problems.group_names)
    odd = worst["tail"] < UNUSUAL / len(table)
    meaning = (
        f"{worst['statistic']}{f' of {where}' if where else ''} is unlike what the laws give: look at the prompts"
        if odd
        else "counts look like those the laws give (never broken, mean rate, highest rate)"
    )
    if len(checked) < count:
        meaning = f"in {len(checked)} of {count} groups, evenly taken: {meaning}"
    tail = float(worst["tail"])
    return [CheckResult(tail, UNUSUAL / len(table), meaning, warns=bool(odd), check="predictive")], table


def _simulated(
    tree: xr.DataTree, problems: Problems, group: int, own: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Counts of the group's problems drawn anew from its law: (draw, problem)."""
    law = drawn(tree, group, SIMULATED)
    cumulative = np.cumsum(np.column_stack([law.mass, law.zero]), axis=1)
    cumulative /= cumulative[:, -1:]
    row = np.arange(len(cumulative))[:, None]
    place = np.searchsorted((cumulative + row).ravel(), (rng.random((len(row), len(own))) + row).ravel())
    node = np.minimum(place.reshape(len(row), len(own)) - row * cumulative.shape[1], len(RATE))
    rate = np.append(RATE, 0.0)
    chance = np.stack([np.exp(one.log_success(np.maximum(rate, 1e-300))) for one in settings(tree)])
    return np.asarray(rng.binomial(problems.attempts[own], np.clip(chance[law.setting[:, None], node], 0, 1)))


_STATISTICS: Mapping[str, Callable[[NDArray[np.int64], NDArray[np.int64]], Array]] = {
    "problems never broken": lambda counts, attempts: (counts == 0).sum(axis=1),
    "mean rate": lambda counts, attempts: (counts / attempts).mean(axis=1),
    "highest rate": lambda counts, attempts: (counts / attempts).max(axis=1),
}


def _averaged(tree: xr.DataTree) -> CheckResult:
    """How evenly the laws share the average."""
    weight = tree["laws"]["weight"].to_numpy().mean(axis=1)
    names = tree["laws"]["law"].to_numpy()
    top = int(weight.argmax())
    several = "one law alone" if len(names) == 1 else f"an average of {len(names)} laws; most weight: {names[top]}"
    meaning = f"{several} ({100 * weight[top]:.0f} %)"
    return CheckResult(float(weight[top]), float("nan"), meaning, check="mixing law")
