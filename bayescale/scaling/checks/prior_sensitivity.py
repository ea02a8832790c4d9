"""Sensitivity of a forecast to its priors, by power-scaling."""

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.checks import CheckResult, check
from bayescale.scaling.checks.context import FAR, CheckContext
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.predict.discrepancy_paths import mean_response
from bayescale.scaling.predict.targets import UNNAMED, extrapolation

type Array = NDArray[np.float64]

SENSITIVE = 0.05  # Kallioinen et al. 2024


@check("prior sensitivity of the forecast")
def prior_sensitivity(context: CheckContext) -> CheckResult:
    """Measure how much a forecast moves when priors, or the likelihood, are raised to a power.

    Parameters
    ----------
    context : CheckContext
        The posterior, and the points of the forecast.

    Returns
    -------
    CheckResult
        The value is the largest sensitivity to priors. Table `sensitivity`: per point, `family` (None: a new family),
        inputs, `prior_sensitivity`, `likelihood_sensitivity`, `prior_share` (of the sum of both), and `extrapolation`
        (times beyond the training data).

    References
    ----------
    Kallioinen et al. (2024), arXiv:2107.14054.
    """
    table = _sensitivity_table(context)
    sensitivity = float(table["prior_sensitivity"].max())
    largest = table.iloc[int(np.argmax(table["prior_share"].to_numpy()))]
    place = "a target" if context.points.are_targets else f"{FAR:.0f}x the largest inputs"
    named = pd.notna(largest.family) and largest.family not in UNNAMED and len(table) > 1
    family = f" (family {largest.family})" if named else ""
    warns = sensitivity > SENSITIVE
    meaning = (
        f"the forecast at {place} {'is' if warns else 'is hardly'} sensitive to priors: they account for up to "
        f"{100 * largest.prior_share:.0f} % of its sensitivity, the data for the rest{family}"
    )
    return CheckResult(sensitivity, SENSITIVE, meaning, warns=warns, details={"sensitivity": table})


def _sensitivity_table(context: CheckContext) -> pd.DataFrame:
    posterior, design, points = context.posterior, context.design, context.points
    mean = mean_response(posterior.functions, points.log_inputs, points.family, posterior.predictive_seed)
    prior, likelihood = (_power_scaled(posterior.tree, mean, group) for group in ("prior", "likelihood"))
    return pd.DataFrame(
        {
            "family": [design.families[i] if i >= 0 else None for i in points.family],
            **inputs_at(design.spec.law, points.log_inputs),
            "prior_sensitivity": prior,
            "likelihood_sensitivity": likelihood,
            "prior_share": prior / np.maximum(prior + likelihood, 1e-12),
            "extrapolation": extrapolation(design, points.log_inputs),
        }
    )


def _power_scaled(tree: xr.DataTree, mean: Array, group: str) -> Array:
    """Sensitivity (point,) of log response (chain, draw, point) to raising priors, or the likelihood, to a power."""
    from arviz_stats import psense

    coords = {dim: tree["log_prior"].coords[dim].to_numpy() for dim in ("chain", "draw")}  # a thinned tree has gaps
    groups = {
        "posterior": xr.Dataset({"scaled_response": (("chain", "draw", "point"), mean)}, coords),
        "log_prior": tree["log_prior"].to_dataset(),
        "log_likelihood": tree["log_likelihood"].to_dataset(),
    }
    return np.asarray(psense(xr.DataTree.from_dict(groups), group=group)["scaled_response"].to_numpy())
