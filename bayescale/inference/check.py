"""What can be said for and against a posterior, from its tree alone. Checks neither print nor raise: they return values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.inference.functions import Functions
from bayescale.inference.gate import LEAST_BFMI, LEAST_ESS, MOST_RHAT, bfmi
from bayescale.inference.likelihood import cumulative, standardised
from bayescale.inference.paths import log_response
from bayescale.inference.population import functions_of
from bayescale.inference.posterior import fact
from bayescale.inference.targets import TESTED, extrapolation, flag, read_targets

type Array = NDArray[np.float64]

WORST_PARETO = 0.7  # Vehtari et al. 2024, arXiv 1507.02646
SENSITIVE = 0.05  # Kallioinen et al. 2024
OUTLYING = 3.5  # scales of the noise from the law: the modified z-score of Iglewicz and Hoaglin 1993
FAR = 10.0  # times the largest input of a family: where sensitivity is asked unless targets are given


@dataclass(frozen=True)
class Checks:
    """Findings about a posterior.

    table    one row per check: check, passed (None: informational), value, threshold, meaning.
    details  tables behind it: `convergence` per quantity, `leave_one_out` per run, `predictive` per row, `sensitivity` per
             target.
    """

    table: pd.DataFrame
    details: Mapping[str, pd.DataFrame] = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether every check of the gate passed; informational ones do not count."""
        return all(value is not False for value in self.table["passed"])

    @property
    def failures(self) -> tuple[str, ...]:
        """What failed, in words."""
        failed = [row.passed is False for row in self.table.itertuples()]
        return tuple(self.table["meaning"][failed])

    @property
    def text(self) -> str:
        """All findings, one line each."""
        mark = {True: "passed", False: "FAILED", None: "note"}
        return "\n".join(f"{mark[row.passed]:6}  {row.check}: {row.meaning}" for row in self.table.itertuples())

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, float_format="{:.4g}".format, na_rep=""))


@dataclass(frozen=True)
class _Finding:
    check: str
    passed: bool | None
    value: float
    threshold: float
    meaning: str


def check(tree: xr.DataTree, targets: object = None) -> Checks:
    """Check a posterior: convergence (the gate), and for information leave-one-out, predictions of the training runs,
    sensitivity of the forecast to priors, and the distance of the targets.

    `targets` are those of a forecast; without them sensitivity is asked at ten times the largest inputs of each family.
    Raises InputError for targets that cannot be used.
    """
    functions = functions_of(tree)
    gate, convergence = gate_of(tree)
    loo, runs = _leave_one_out(tree, functions)
    predictive, rows = _predictive(functions)
    far, sensitivity = _sensitivity(tree, functions, targets)
    findings = [*gate, *loo, *predictive, *far]
    table = pd.DataFrame([vars(one) for one in findings]).astype({"passed": object, "meaning": "str", "check": "str"})
    details = {"convergence": convergence, "leave_one_out": runs, "predictive": rows, "sensitivity": sensitivity}
    return Checks(table, MappingProxyType(details))


# --- the gate -----------------------------------------------------------------------------------------------------------


def gate_of(tree: xr.DataTree) -> tuple[list[_Finding], pd.DataFrame]:
    """The checks a posterior must pass, over everything it reports; and the diagnostics of each quantity."""
    quantities = _convergence(tree)
    stats = tree["sample_stats"]
    diverging = int(stats["diverging"].sum())
    energy = float(np.min(bfmi(stats["energy"].to_numpy())))
    findings = [
        _worst(quantities["rhat"], "max", "R-hat", MOST_RHAT, "chains agree", "chains disagree: sample longer"),
        _worst(
            quantities["ess_bulk"],
            "min",
            "ESS bulk",
            LEAST_ESS,
            "medians are precise",
            "too few independent draws for medians",
        ),
        _worst(
            quantities["ess_tail"],
            "min",
            "ESS tail",
            LEAST_ESS,
            "intervals are precise",
            "too few independent draws for intervals",
        ),
        _Finding(
            "divergences",
            diverging == 0,
            diverging,
            0.0,
            f"{diverging} divergent transitions" + (": part of the posterior was not explored" if diverging else ""),
        ),
        _Finding(
            "E-BFMI",
            bool(energy >= LEAST_BFMI),
            energy,
            LEAST_BFMI,
            f"{energy:.2f}: "
            + ("energies are explored" if energy >= LEAST_BFMI else "heavy tails are explored too slowly"),
        ),
    ]
    return findings, quantities


def _convergence(tree: xr.DataTree) -> pd.DataFrame:
    """R-hat, bulk and tail ESS of every reported quantity, worst first."""
    from arviz_stats.base import array_stats

    names, columns = [], []
    for name, variable in tree["posterior"].data_vars.items():
        if name == "coordinate":  # the same quantities again, where new families are drawn
            continue
        values = variable.to_numpy().reshape(*variable.shape[:2], -1)
        labels = [variable[dim].to_numpy() for dim in variable.dims[2:]]
        names += [f"{name}[{', '.join(map(str, at))}]" if at else str(name) for at in _product(labels)]
        columns.append(values)
    draws = np.concatenate(columns, axis=-1)
    axes = {"chain_axis": 0, "draw_axis": 1}
    table = pd.DataFrame(
        {
            "quantity": names,
            "rhat": array_stats.rhat(draws, **axes),
            "ess_bulk": array_stats.ess(draws, method="bulk", **axes),
            "ess_tail": array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **axes),
        }
    )
    return table.set_index("quantity").sort_values("ess_bulk")


def _product(labels: list[NDArray[np.object_]]) -> list[tuple[object, ...]]:
    out: list[tuple[object, ...]] = [()]
    for one in labels:
        out = [(*head, label) for head in out for label in one]
    return out


def _worst(values: "pd.Series[float]", side: str, name: str, threshold: float, good: str, bad: str) -> _Finding:
    unknown = values.isna()
    at = values.index[unknown][0] if unknown.any() else (values.idxmax() if side == "max" else values.idxmin())
    value = float(values[at])
    passed = bool(value <= threshold if side == "max" else value >= threshold)
    return _Finding(name, passed, value, threshold, f"{value:.4g} at worst ({at}): {good if passed else bad}")


# --- information --------------------------------------------------------------------------------------------------------


def _leave_one_out(tree: xr.DataTree, functions: Functions) -> tuple[list[_Finding], pd.DataFrame]:
    """Leave-one-run-out by Pareto-smoothed importance sampling (interpolation only), and the runs it cannot leave out."""
    from arviz_stats.base import array_stats

    log_density = tree["log_likelihood"]["log_likelihood"]
    elpd, pareto, p_loo = array_stats.loo(np.moveaxis(log_density.to_numpy(), 2, 0), chain_axis=-2, draw_axis=-1)
    design = functions.design
    family = dict(zip(design.run.tolist(), design.family.tolist(), strict=True))
    table = pd.DataFrame(
        {
            "family": [design.families[family[i]] for i in range(len(design.runs))],
            "run": design.runs,
            "elpd": elpd,
            "pareto_k": pareto,
        }
    )
    bad = table[~(table["pareto_k"] <= WORST_PARETO)]
    worst = float(table["pareto_k"].max())
    score = f"elpd {elpd.sum():.1f} over {len(table)} runs, {p_loo.sum():.1f} effective parameters"
    where = (
        f"; k̂ above {WORST_PARETO} for {_named(bad)}: each rules its own prediction, and elpd is too good there"
        if len(bad)
        else ""
    )
    return [
        _Finding("leave-one-run-out", None, worst, WORST_PARETO, f"largest Pareto k̂ {worst:.2f}; {score}{where}")
    ], table


def _named(rows: pd.DataFrame, most: int = 6) -> str:
    names = [f"{row.run} ({row.family})" for row in rows.itertuples()]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _predictive(functions: Functions) -> tuple[list[_Finding], pd.DataFrame]:
    """How the training runs lie in their own posterior predictive distributions."""
    design = functions.design
    by_chain = [_one_chain(one) for one in functions.by_chain()]
    pit, distance = (np.mean([part[i] for part in by_chain], axis=0) for i in (0, 1))
    extreme = float(np.mean([part[2] for part in by_chain]))
    table = pd.DataFrame(
        {
            "family": [design.families[index] for index in design.family],
            "run": [design.runs[index] for index in design.run],
            "row": design.row,
            "distance": distance,  # in scales of the noise
            "probability_below": pit,
        }
    )
    findings = [
        _Finding(
            f"training rows inside their {100 * prob:.0f} % interval",
            None,
            share := float((np.abs(pit - 0.5) <= prob / 2).mean()),
            prob,
            f"{100 * share:.0f} % of {len(pit)} rows (nothing left out, so somewhat more than {100 * prob:.0f} % is expected)",
        )
        for prob in (0.5, 0.9)
    ]
    outlying = table[np.abs(table["distance"]) > OUTLYING].sort_values("distance", key=np.abs, ascending=False)
    farthest = float(table["distance"].abs().max())
    named = f"; look at {_named(outlying)}" if len(outlying) else ""
    meaning = (
        f"the farthest row lies {farthest:.1f} noise scales from its law; "
        f"a replicate would have one as far with probability {extreme:.2f}{named}"
    )
    return [*findings, _Finding("outlying runs", None, farthest, OUTLYING, meaning)], table


def _one_chain(functions: Functions) -> tuple[Array, Array, float]:
    """Mean probability of a smaller value (obs,), mean standardised residual (obs,), and how probable a larger one is."""
    standard = standardised(functions)
    below = cumulative(standard, functions)
    return below.mean(axis=(0, 1)), standard.mean(axis=(0, 1)), _more_extreme(standard, functions)


def _more_extreme(standard: Array, functions: Functions) -> float:
    """Probability that the largest of as many replicated residuals is at least as large: a Bayesian p-value."""
    largest = np.abs(standard).max(axis=-1, keepdims=True)
    inside = 2 * cumulative(largest, functions)[..., 0] - 1
    return float(np.mean(1 - inside ** standard.shape[-1]))


def _sensitivity(tree: xr.DataTree, functions: Functions, targets: object) -> tuple[list[_Finding], pd.DataFrame]:
    """What share the priors have in a forecast (power-scaling), and how far away the forecast is."""
    log_inputs, family = _far_targets(functions) if targets is None else _given(functions, targets)
    mean = log_response(functions, log_inputs, family, int(fact(tree, "predictive_seed")))
    prior, likelihood = (_power_scaled(tree, mean, group) for group in ("prior", "likelihood"))
    times = extrapolation(functions.design, log_inputs)
    table = pd.DataFrame(
        {
            "family": [functions.design.families[i] if i >= 0 else None for i in family],
            **{name: np.exp(log_inputs[:, j]) for j, name in enumerate(functions.design.spec.law.inputs)},
            "prior_sensitivity": prior,
            "likelihood_sensitivity": likelihood,
            "prior_share": prior / np.maximum(prior + likelihood, 1e-12),
            "extrapolation": times,
        }
    )
    worst = table.loc[table["prior_share"].idxmax()]
    where = "a target" if targets is not None else f"{FAR:.0f}x the largest inputs"
    weak = prior.max() > SENSITIVE
    meaning = (
        f"at {where} the priors make up to {100 * worst.prior_share:.0f} % of what moves the forecast"
        + (f" ({worst.family})" if worst.family is not None and len(table) > 1 else "")
        + ("; the forecast depends on them noticeably" if weak else "; the forecast hardly depends on them")
    )
    findings = [_Finding("prior sensitivity of the forecast", None, float(prior.max()), SENSITIVE, meaning)]
    if targets is not None:
        farthest = float(times.max())
        distance = flag(farthest) or f"at most {farthest:.3g}x beyond the training data, within what was tested"
        findings.append(_Finding("distance of the forecast", None, farthest, TESTED, distance))
    return findings, table


def _given(functions: Functions, targets: object) -> tuple[Array, NDArray[np.int64]]:
    asked = read_targets(functions.design, targets)
    return asked.log_inputs, asked.family


def _far_targets(functions: Functions) -> tuple[Array, NDArray[np.int64]]:
    design = functions.design
    family = np.arange(len(design.families))
    largest = np.stack([design.log_inputs[design.family == index].max(axis=0) for index in family])
    return largest + np.log(FAR), family


def _power_scaled(tree: xr.DataTree, mean: Array, group: str) -> Array:
    """Sensitivity (target,) of log response (chain, draw, target) to raising the priors, or the likelihood, to a power."""
    from arviz_stats import psense

    coords = {"chain": np.arange(mean.shape[0]), "draw": np.arange(mean.shape[1])}
    asked = xr.Dataset({"log_response": (("chain", "draw", "target"), mean)}, coords)
    groups = {
        "posterior": asked,
        "log_prior": tree["log_prior"].to_dataset(),
        "log_likelihood": tree["log_likelihood"].to_dataset(),
    }
    return np.asarray(psense(xr.DataTree.from_dict(groups), group=group)["log_response"].to_numpy())
