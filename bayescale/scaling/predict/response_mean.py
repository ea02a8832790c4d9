"""Forecasts of a weighted mean of several responses of one run, whose deviations from the law are correlated.

The posterior of the laws is joint. What one run adds to its responses is not: in the likelihood it is independent over
families. Its correlation is estimated from the residuals of the training runs, and the draws of new runs are given it.
The residuals contain what the law misses of a mixture as well as luck, and the estimate itself counts as certain.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob, summarise
from bayescale.errors import InputError, LawError
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.forecast import forecast
from bayescale.scaling.predict.targets import read_targets

type Array = NDArray[np.float64]

LEAST_RUNS = 5  # that two responses have in common, below which their correlation counts as zero
MOST_DRAWS = 100  # over which the law at the training rows is averaged


@dataclass(frozen=True, repr=False)
class MeanForecast(Shown):
    """Predictive draws of a weighted mean of responses, and their summary.

    Attributes
    ----------
    dataset : Dataset
        `law` and `run`, each (chain, draw, target): the mean of the laws, and that of one new run.
    table : DataFrame
        The targets, with median, lower and upper of `law` and `run`, and `extrapolation`.
    correlation : DataFrame
        Correlation of what one run adds to each pair of responses.
    share : dict of str to float
        Share of each response in the mean.
    prob : float
        Probability of the equal-tailed intervals.
    """

    dataset: xr.Dataset = field(repr=False)
    table: pd.DataFrame
    correlation: pd.DataFrame
    share: dict[str, float]
    prob: float

    @property
    def _page(self) -> Page:
        title = f"Weighted mean of {len(self.share)} responses; {100 * self.prob:.4g} % intervals"
        return Page(f"{title}: law = average over repeated runs, run = one new run", self.table)


def forecast_mean(
    self: FittedLaws, targets: object, weights_of_losses: Mapping[str, float] | None = None, prob: float = 0.9
) -> MeanForecast:
    """Forecast a weighted mean of the responses of one run.

    Parameters
    ----------
    targets : mapping, sequence of mapping, or DataFrame
        The law's inputs. A target is one run, whose responses are all of the fit's families.
    weights_of_losses : mapping of str to float, optional
        Weight of each response; by default all alike. They are divided by their sum.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.

    Returns
    -------
    MeanForecast
        One row per target.

    Raises
    ------
    LawError
        If the fit is a stack of laws.
    InputError
        If targets, weights or `prob` cannot be used.
    """
    require_prob(prob)
    if self.is_stack:
        raise LawError("a weighted mean of responses takes a fit of one law: use one of .members")
    share = shares(self, weights_of_losses)
    design = self.posterior.design
    table = read_targets(design, targets).table.drop(columns=["family", "run"], errors="ignore")
    used = [name for name, value in share.items() if value > 0]
    correlation = run_correlation(self.posterior).loc[used, used]
    each = [forecast(self, table.assign(family=name), prob) for name in used]
    law = np.stack([part.dataset["law"].to_numpy() for part in each], axis=-1)
    run = np.stack([part.dataset["run"].to_numpy() for part in each], axis=-1)
    weights = np.array([share[name] for name in used])
    noise = _correlated(np.log(run / law), correlation.to_numpy())
    draws = {"law": law @ weights, "run": (law * np.exp(noise)) @ weights}
    summary = {key: value for name, values in draws.items() for key, value in summarise(values, prob, name).items()}
    times = np.max([part.table["extrapolation"] for part in each], axis=0)
    dims = ("chain", "draw", "target")
    dataset = xr.Dataset({name: (dims, values) for name, values in draws.items()})
    return MeanForecast(dataset, table.assign(**summary, extrapolation=times), correlation, share, prob)


def shares(laws: FittedLaws, weights: Mapping[str, float] | None) -> dict[str, float]:
    """Return the share of each response in a weighted mean.

    Parameters
    ----------
    laws : FittedLaws
        Posterior, whose families are the responses.
    weights : mapping of str to float or None
        Weight of each response; None weighs all alike.

    Returns
    -------
    dict of str to float
        Shares that sum to 1, in the order of the families.

    Raises
    ------
    InputError
        For unknown responses, and weights that are not finite, are negative or are all zero.
    """
    weight_of = dict.fromkeys(laws.families, 1.0) if weights is None else dict(weights)
    unknown = [name for name in weight_of if name not in laws.families]
    problems = [f"no response {name!r} in this fit of {', '.join(laws.families)}" for name in unknown]
    problems += [f"{name}: {value!r} must be 0 or more" for name, value in weight_of.items() if not 0 <= value < np.inf]
    total = 0.0 if problems else sum(weight_of.values())
    if not problems and total <= 0:
        problems.append("one weight at least must be above 0")
    if problems:
        raise InputError("weights_of_losses cannot be used:", problems)
    return {name: float(weight_of.get(name, 0.0)) / total for name in laws.families}


def run_correlation(posterior: Posterior) -> pd.DataFrame:
    """Estimate the correlation over runs of what a run adds to its responses.

    Parameters
    ----------
    posterior : Posterior
        Posterior of a law whose families are responses of the same runs.

    Returns
    -------
    DataFrame
        Correlations (family, family), of mean residuals of runs that both families have.
    """
    design = posterior.design
    residual = design.scaled_response - _mean_law(posterior)
    names = np.array(design.runs)[design.run]
    by_run = pd.DataFrame({"run": names, "family": np.array(design.families)[design.family], "residual": residual})
    wide = by_run.pivot_table("residual", "run", "family", aggfunc="mean").reindex(columns=list(design.families))
    correlation = wide.corr(min_periods=LEAST_RUNS).fillna(0.0).to_numpy().copy()
    np.fill_diagonal(correlation, 1.0)
    values, vectors = np.linalg.eigh(correlation)
    positive = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    scale = np.sqrt(np.diag(positive))
    labels = list(design.families)
    return pd.DataFrame(positive / np.outer(scale, scale), labels, labels)


def _mean_law(posterior: Posterior) -> Array:
    """Law at the training rows on the model's scale, averaged over some draws (obs,)."""
    functions, design = posterior.functions, posterior.design
    chains, draws = functions.draws
    step = max(1, chains * draws // MOST_DRAWS)
    thin = slice(None, None, step)
    few = {name: values.reshape(-1, 1, values.shape[-1])[thin] for name, values in functions.natural.items()}
    by_row = {name: values[..., design.family] for name, values in few.items()}
    law = design.spec.law
    response = law.evaluate(design.inputs, by_row)
    return np.asarray(law.scale.forward(response, np)[:, 0].mean(axis=0) / design.unit)


def _correlated(noise: Array, correlation: Array) -> Array:
    """Give independent deviations (..., response) a correlation; their scales stay."""
    scale = noise.std(axis=(0, 1), keepdims=True)
    factor = np.linalg.cholesky(correlation)
    return np.asarray((noise / np.maximum(scale, 1e-300)) @ factor.T * scale)
