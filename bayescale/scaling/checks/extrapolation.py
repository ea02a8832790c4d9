"""What a forecast rests on: the priors' share in it, how far away it is, and whether its law was made for it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.checks import Finding
from bayescale.data.quantities import KNOWN
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.predict.discrepancy_paths import mean_response
from bayescale.scaling.predict.targets import TESTED, extrapolation, flag, read_targets
from bayescale.scaling_laws.law import Law

type Array = NDArray[np.float64]

RANGES = "inside the law's range"
SENSITIVE = 0.05  # Kallioinen et al. 2024
FAR = 10.0  # times the largest input of a family: where sensitivity is asked unless targets are given
SLACK = 1e-6  # relative: a value on the edge of a range is inside


@dataclass(frozen=True)
class Asked:
    """Points a forecast is asked at; `given` where they are someone's targets."""

    log_inputs: Array  # (target, input)
    family: NDArray[np.int64]  # (target,)
    given: bool


def asked_of(design: Design, targets: object) -> Asked:
    """The targets, or ten times the largest inputs of each family. Raises InputError for what cannot be used."""
    if targets is not None:
        found = read_targets(design, targets)
        return Asked(found.log_inputs, found.family, True)
    family = np.arange(len(design.families))
    largest = np.stack([design.log_inputs[design.family == index].max(axis=0) for index in family])
    for j, name in enumerate(design.spec.law.inputs):
        known = KNOWN.get(name)
        if known is None or known.axis == "log":
            largest[:, j] = np.minimum(largest[:, j] + np.log(FAR), np.log(known.most) if known else np.inf)
    return Asked(largest, family, False)


def sensitivity(posterior: Posterior, asked: Asked) -> tuple[list[Finding], pd.DataFrame]:
    """What share the priors have in a forecast (power-scaling), and how far away the forecast is."""
    functions = posterior.functions
    mean = mean_response(functions, asked.log_inputs, asked.family, posterior.predictive_seed)
    prior, likelihood = (_power_scaled(posterior.tree, mean, group) for group in ("prior", "likelihood"))
    times = extrapolation(functions.design, asked.log_inputs)
    table = pd.DataFrame(
        {
            "family": [functions.design.families[i] if i >= 0 else None for i in asked.family],
            **inputs_at(functions.design.spec.law, asked.log_inputs),
            "prior_sensitivity": prior,
            "likelihood_sensitivity": likelihood,
            "prior_share": prior / np.maximum(prior + likelihood, 1e-12),
            "extrapolation": times,
        }
    )
    worst = table.iloc[int(np.argmax(table["prior_share"].to_numpy()))]
    where = "a target" if asked.given else f"{FAR:.0f}x the largest inputs"
    weak = prior.max() > SENSITIVE
    share = f"priors have up to {100 * worst.prior_share:.0f} % of the say, data the rest"
    named = f" ({worst.family})" if pd.notna(worst.family) and len(table) > 1 else ""
    meaning = f"at {where} the forecast {'leans noticeably' if weak else 'hardly leans'} on priors: {share}{named}"
    findings = [Finding("prior sensitivity of the forecast", None, float(prior.max()), SENSITIVE, meaning, bool(weak))]
    if asked.given:
        farthest = float(times.max())
        flagged = flag(farthest)
        distance = flagged or f"at most {farthest:.3g}x beyond the training data, within what was tested"
        findings.append(Finding("distance of the forecast", None, farthest, TESTED, distance, bool(flagged)))
    return findings, table


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


def regime(design: Design, asked: Asked) -> tuple[Finding, pd.DataFrame]:
    """Which training rows, and targets where some are given, lie outside the ranges the law was made for?

    One row per input with a range, for training rows and for targets: how many lie `below` the range's `low` and
    `above` its `high`, by what `factor` at most (NaN where none does, infinite at zero), and in which families. The
    finding's value counts rows and targets, however many of their inputs are outside.
    """
    law, points = design.spec.law, {"rows": (design.log_inputs, design.family)}
    points |= {"targets": (asked.log_inputs, asked.family)} if asked.given else {}
    columns = ["points", "input", "low", "high", "below", "above", "factor", "families"]
    found, outside = [], 0
    for what, (log_inputs, family) in points.items():
        sides = {name: _sides(law, name, inputs_at(law, log_inputs)[name]) for name in law.ranges}
        outside += int(np.any([below | above for below, above, _ in sides.values()], axis=0).sum())
        for name, (below, above, factor) in sides.items():
            most = float(factor[below | above].max()) if (below | above).any() else float("nan")
            whose = _families(design, family[below | above])
            found.append((what, name, *law.ranges[name], int(below.sum()), int(above.sum()), most, whose))
    table = pd.DataFrame(found, columns=columns)
    if table.empty:
        meaning = f"cannot be asked: law {law.name!r} states no range of its inputs"
        return Finding(RANGES, None, float("nan"), 0.0, meaning), table
    said = [
        _beyond(design, row, len(points[str(row.points)][1])) for row in table.itertuples() if row.below or row.above
    ]
    if not said:
        ranges = ", ".join(f"{name} {low:.3g} to {high:.3g}" for name, (low, high) in law.ranges.items())
        meaning = f"all {' and '.join(points)} lie where law {law.name!r} is meant to hold: {ranges}"
        return Finding(RANGES, None, 0.0, 0.0, meaning), table
    advice = "Leave such rows out and see whether the forecast moves, or take a law made for that range"
    meaning = f"{'; '.join(said)}: law {law.name!r} is not meant for them. {advice}"
    return Finding(RANGES, None, float(outside), 0.0, meaning, warns=True), table


def _sides(law: Law, name: str, values: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_], Array]:
    """Which values of an input lie below and above its range, and the factor to the nearer end."""
    low, high = law.ranges[name]
    below, above = values < low - SLACK * abs(low), values > high + SLACK * abs(high)
    with np.errstate(divide="ignore", invalid="ignore"):
        return below, above, np.where(below, low / values, values / high)


def _families(design: Design, family: NDArray[np.int64]) -> str:
    return ", ".join(design.families[index] if index >= 0 else "a family never seen" for index in np.unique(family))


def _beyond(design: Design, row: Any, count: int) -> str:
    low, high = f"{row.below} below {row.low:.3g}", f"{row.above} above {row.high:.3g}"
    sides = " and ".join([low] * bool(row.below) + [high] * bool(row.above))
    far = f", by up to {row.factor:.3g}x" if 1 < row.factor < np.inf else ""
    whose = "" if row.families == ", ".join(design.families) else f" ({row.families})"
    return f"{row.input} of {count} {row.points}: {sides}{far}{whose}"
