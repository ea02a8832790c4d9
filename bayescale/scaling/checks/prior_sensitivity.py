"""Sensitivity of a forecast to its priors, by power-scaling."""

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import xlogy

from bayescale.core.checks import CheckResult, check
from bayescale.core.draws.chain_statistics import ess_tail
from bayescale.core.draws.pareto import LEAST_TAIL, smoothed_log_weights, tail_length
from bayescale.scaling.checks.context import FAR, CheckContext
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.predict.discrepancy_paths import mean_response
from bayescale.scaling.predict.targets import UNNAMED, extrapolation

type Array = NDArray[np.float64]

SENSITIVE = 0.05  # Kallioinen et al. 2024
POWERS = (0.99, 1.01)  # at which the sensitivity, a derivative, is taken


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
    prior, likelihood = (_power_scaled(posterior.tree, mean, group) for group in ("log_prior", "log_likelihood"))
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
    """Sensitivity (point,) of a response (chain, draw, point) to raising priors, or the likelihood, to a power."""
    terms = tree[group].to_dataset().data_vars.values()
    by_draw = sum(term.to_numpy().reshape(mean[..., 0].size, -1).sum(axis=1) for term in terms)
    weights = {power: _power_weights(np.asarray(by_draw), power) for power in POWERS}
    response = mean.reshape(-1, mean.shape[-1]).T
    order = response.argsort(axis=1)
    widths = np.diff(np.take_along_axis(response, order, axis=1), axis=1)
    return np.mean([_distance(widths, w[order]) / abs(np.log2(power)) for power, w in weights.items()], axis=0)


def _power_weights(log_density: Array, power: float) -> Array:
    """Weights (draw,) that turn draws into those of a posterior where one density (draw,) is raised to a power."""
    count = len(log_density)
    efficiency = float(ess_tail(log_density[None, :, None])[0]) / count
    tail = max(min(tail_length(count, efficiency), count // 2), LEAST_TAIL)
    return np.asarray(np.exp(smoothed_log_weights((power - 1) * log_density, tail)[0]))


def _distance(widths: Array, weights: Array) -> Array:
    """Compute the cumulative Jensen-Shannon distance of weighted from plain draws, the larger one of both directions.

    Parameters
    ----------
    widths : ndarray
        Differences of neighbours (point, draw - 1).
    weights : ndarray
        Weights in the order of the draws (point, draw); they sum to one.

    Returns
    -------
    ndarray
        Distances (point,).
    """
    count = weights.shape[1]
    plain = np.arange(1, count) / count
    below = np.minimum(np.cumsum(weights, axis=1)[:, :-1], 1.0)
    upwards = _divergence(widths, plain, below)
    return np.maximum(upwards, _divergence(widths, 1 - plain, 1 - below))


def _divergence(widths: Array, first: Array, second: Array) -> Array:
    """Root of the symmetric divergence of two cumulative probabilities, over the sum of their integrals (point,)."""
    middle = (first + second) / 2
    gap = ((second - first) * widths).sum(axis=1) / (2 * np.log(2))
    from_first = (xlogy(first, first / middle) * widths).sum(axis=1) / np.log(2) + gap
    from_second = (xlogy(second, second / middle) * widths).sum(axis=1) / np.log(2) - gap
    parts = np.maximum(from_first, 0) + np.maximum(from_second, 0)
    with np.errstate(invalid="ignore"):  # draws that are all equal
        return np.asarray(np.sqrt(parts / ((first + second) * widths).sum(axis=1)))
