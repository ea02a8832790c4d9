"""What can be said for and against a posterior, from its tree alone. Checks neither print nor raise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.data.quantities import KNOWN
from bayescale.inference.convergence import Finding, gate_of
from bayescale.inference.design import inputs_at
from bayescale.inference.functions import Functions
from bayescale.inference.likelihood import cumulative, standardised
from bayescale.inference.paths import mean_response
from bayescale.inference.population import functions_of
from bayescale.inference.targets import TESTED, extrapolation, flag, read_targets
from bayescale.tree import fact

type Array = NDArray[np.float64]

WORST_PARETO = 0.7  # Vehtari et al. 2024, arXiv 1507.02646
SENSITIVE = 0.05  # Kallioinen et al. 2024
UNLIKELY = 0.01  # both tails: a row farther out than this, given all other runs, is named
FAR = 10.0  # times the largest input of a family: where sensitivity is asked unless targets are given


@dataclass(frozen=True)
class Checks:
    """Findings about a posterior.

    table    one row per check: check, passed (None: informational), value, threshold, meaning.
    details  tables behind it: `convergence` per quantity, `leave_one_out` per run, `predictive` per row,
             `sensitivity` per target.
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
        mark = {"True": "passed", "False": "FAILED", "None": "note"}
        return "\n".join(f"{mark[str(row.passed)]:6}  {row.check}: {row.meaning}" for row in self.table.itertuples())

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, float_format="{:.4g}".format, na_rep=""))


def check(tree: xr.DataTree, targets: object = None) -> Checks:
    """Check a posterior: convergence (the gate), and for information leave-one-out, predictions of the training runs,
    sensitivity of the forecast to priors, and the distance of the targets.

    `targets` are those of a forecast; without them sensitivity is asked at ten times the largest inputs of each family.
    Raises InputError for targets that cannot be used.
    """
    with np.errstate(all="ignore"):  # a posterior gone wrong is what checks are for
        functions = functions_of(tree)
        gate, convergence = gate_of(tree)
        loo, runs = _leave_one_out(tree, functions)
        predictive, rows = _predictive(tree, functions)
        far, sensitivity = _sensitivity(tree, functions, targets)
    findings = [*gate, *loo, *predictive, *far]
    table = pd.DataFrame([vars(one) for one in findings]).astype({"passed": object, "meaning": "str", "check": "str"})
    details = {"convergence": convergence, "leave_one_out": runs, "predictive": rows, "sensitivity": sensitivity}
    return Checks(table, MappingProxyType(details))


def _leave_one_out(tree: xr.DataTree, functions: Functions) -> tuple[list[Finding], pd.DataFrame]:
    """Leave-one-run-out by Pareto-smoothed importance sampling (interpolation), and the runs it fails for."""
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
        Finding("leave-one-run-out", None, worst, WORST_PARETO, f"largest Pareto k̂ {worst:.2f}; {score}{where}")
    ], table


def _named(rows: pd.DataFrame, most: int = 6) -> str:
    names = [f"{row.run} ({row.family})" for row in rows.itertuples()]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _predictive(tree: xr.DataTree, functions: Functions) -> tuple[list[Finding], pd.DataFrame]:
    """How every training row lies in what is predicted for it with its run left out."""
    design = functions.design
    pit, distance, extreme = _left_out(tree, functions)
    table = pd.DataFrame(
        {
            "family": [design.families[index] for index in design.family],
            "run": [design.runs[index] for index in design.run],
            "row": design.row,
            "distance": distance,  # in scales of the noise
            "probability_below": pit,
            "tail_probability": 2 * np.minimum(pit, 1 - pit),
        }
    )
    findings = [
        Finding(
            f"rows inside their {100 * prob:.0f} % interval",
            None,
            share := float((np.abs(pit - 0.5) <= prob / 2).mean()),
            prob,
            f"{100 * share:.0f} % of {len(pit)} training rows lie in it when their run is left out",
        )
        for prob in (0.5, 0.9)
    ]
    outlying = table[table["tail_probability"] < UNLIKELY].sort_values("tail_probability")
    least = float(table["tail_probability"].min())
    named = f"look at {_named(outlying)}" if len(outlying) else "none"
    meaning = (
        f"{named}; a row as far out as the farthest has probability {least:.2g} given all other runs "
        f"({UNLIKELY * len(table):.2g} such rows below {UNLIKELY:g} are expected by chance); "
        f"the fitted noise makes a residual as large as the largest with probability {extreme:.2f}"
    )
    return [*findings, Finding("outlying runs", None, least, UNLIKELY, meaning)], table


def _left_out(tree: xr.DataTree, functions: Functions) -> tuple[Array, Array, float]:
    """Per row, with its run left out: probability of a smaller value, and mean standardised residual (each (obs,)).

    And with nothing left out the probability that the largest of as many replicated residuals is at least as large as
    the one seen: a Bayesian p-value.
    """
    from arviz_stats.base import array_stats

    run = functions.design.run
    log_density = np.moveaxis(tree["log_likelihood"]["log_likelihood"].to_numpy(), 2, 0)
    weights = np.moveaxis(np.exp(array_stats.psislw(log_density, axis=(-2, -1))[0]), 0, -1)  # (chain, draw, run)
    pit, distance, extreme = np.zeros(len(run)), np.zeros(len(run)), []
    for weight, one in zip(weights[:, None], functions.by_chain(), strict=True):
        standard = standardised(one)
        pit += (weight[..., run] * cumulative(standard, one)).sum(axis=(0, 1))
        distance += (weight[..., run] * standard).sum(axis=(0, 1))
        extreme.append(_more_extreme(standard, one))
    return pit, distance, float(np.mean(extreme))


def _more_extreme(standard: Array, functions: Functions) -> float:
    """Probability that the largest of as many replicated residuals is at least as large: a Bayesian p-value."""
    largest = np.abs(standard).max(axis=-1, keepdims=True)
    inside = 2 * cumulative(largest, functions)[..., 0] - 1
    return float(np.mean(1 - inside ** standard.shape[-1]))


def _sensitivity(tree: xr.DataTree, functions: Functions, targets: object) -> tuple[list[Finding], pd.DataFrame]:
    """What share the priors have in a forecast (power-scaling), and how far away the forecast is."""
    log_inputs, family = _far_targets(functions) if targets is None else _given(functions, targets)
    mean = mean_response(functions, log_inputs, family, int(fact(tree, "predictive_seed")))
    prior, likelihood = (_power_scaled(tree, mean, group) for group in ("prior", "likelihood"))
    times = extrapolation(functions.design, log_inputs)
    table = pd.DataFrame(
        {
            "family": [functions.design.families[i] if i >= 0 else None for i in family],
            **inputs_at(functions.design.spec.law, log_inputs),
            "prior_sensitivity": prior,
            "likelihood_sensitivity": likelihood,
            "prior_share": prior / np.maximum(prior + likelihood, 1e-12),
            "extrapolation": times,
        }
    )
    worst = table.iloc[int(np.argmax(table["prior_share"].to_numpy()))]
    where = "a target" if targets is not None else f"{FAR:.0f}x the largest inputs"
    weak = prior.max() > SENSITIVE
    share = f"priors have up to {100 * worst.prior_share:.0f} % of the say, data the rest"
    named = f" ({worst.family})" if worst.family is not None and len(table) > 1 else ""
    meaning = f"at {where} the forecast {'leans noticeably' if weak else 'hardly leans'} on priors: {share}{named}"
    findings = [Finding("prior sensitivity of the forecast", None, float(prior.max()), SENSITIVE, meaning)]
    if targets is not None:
        farthest = float(times.max())
        distance = flag(farthest) or f"at most {farthest:.3g}x beyond the training data, within what was tested"
        findings.append(Finding("distance of the forecast", None, farthest, TESTED, distance))
    return findings, table


def _given(functions: Functions, targets: object) -> tuple[Array, NDArray[np.int64]]:
    asked = read_targets(functions.design, targets)
    return asked.log_inputs, asked.family


def _far_targets(functions: Functions) -> tuple[Array, NDArray[np.int64]]:
    design = functions.design
    family = np.arange(len(design.families))
    largest = np.stack([design.log_inputs[design.family == index].max(axis=0) for index in family])
    for j, name in enumerate(design.spec.law.inputs):
        known = KNOWN.get(name)
        if known is None or known.axis == "log":
            largest[:, j] = np.minimum(largest[:, j] + np.log(FAR), np.log(known.most) if known else np.inf)
    return largest, family


def _power_scaled(tree: xr.DataTree, mean: Array, group: str) -> Array:
    """Sensitivity (target,) of log response (chain, draw, target) to raising priors, or the likelihood, to a power."""
    from arviz_stats import psense

    coords = {"chain": np.arange(mean.shape[0]), "draw": np.arange(mean.shape[1])}
    asked = xr.Dataset({"scaled_response": (("chain", "draw", "target"), mean)}, coords)
    groups = {
        "posterior": asked,
        "log_prior": tree["log_prior"].to_dataset(),
        "log_likelihood": tree["log_likelihood"].to_dataset(),
    }
    return np.asarray(psense(xr.DataTree.from_dict(groups), group=group)["scaled_response"].to_numpy())
