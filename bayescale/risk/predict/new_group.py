"""ASR@N of a group that was not measured, such as a larger model, from groups that were and a covariate such as size.

In every posterior draw, the normal score of each measured group's share of new problems at a budget, Phi^-1(ASR@N), is
regressed on the logarithms of covariates: y_j = b_0 + sum_k b_k log x_jk + e_j, with e_j normal with standard deviation
tau. Coefficients and tau have a normal-inverse-gamma prior and are drawn from their posterior in each draw, and the
target gets a residual of its own. The interval therefore covers the mixing laws, the line, and how far groups lie from
it. All budgets of a draw use the same random numbers, and ASR@N never falls with N.

The line is one in log covariates: beyond a few times the measured range its shape is an assumption.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob, summarise
from bayescale.core.text import listing
from bayescale.errors import InputError, closest
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.asr_draws import asr_of_new, read_budgets

type Array = NDArray[np.float64]

#: Prior standard deviations of the intercept, at the mean of the covariates, and of a slope per standard deviation.
_INTERCEPT_SD, _SLOPE_SD = 2.0, 1.0
#: Prior of tau^2: inverse gamma, with a median of tau of about 0.2.
_SHAPE, _SCALE = 1.5, 0.05
_MOST_SCORE = 6.0  # normal scores are clipped here, where ASR@N is 0 or 1 to nine digits
_STREAM = 13


@dataclass(frozen=True, repr=False)
class NewGroupForecast(Shown):
    """Draws of ASR@N of groups that were not measured, and their summary.

    Attributes
    ----------
    dataset : Dataset
        `new`, shares of problems over (chain, draw, target, budget).
    table : DataFrame
        One row per target and budget: its covariates, `budget`, `new_median`, `new_lower`, `new_upper`, and `ranges`:
        how far the target lies outside the measured groups, in multiples of their range on the log scale (0: inside).
    prob : float
        Probability of the intervals.
    groups : DataFrame
        One row per measured group: its columns and covariates.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    prob: float
    groups: pd.DataFrame = field(repr=False)

    @property
    def _page(self) -> Page:
        return Page(f"{100 * self.prob:.4g} % intervals of groups that were not measured", self.table)


def at_new_group(
    self: RiskPosterior,
    targets: Sequence[Mapping[str, float]],
    covariates: Mapping[str, Mapping[str, float]],
    budgets: int | Sequence[int],
    prob: float = 0.9,
) -> NewGroupForecast:
    """Forecast ASR@N of groups that were not measured, such as a larger model, from covariates of those that were.

    Parameters
    ----------
    targets : sequence of mapping of str to float
        Covariates of each group to forecast, such as [{"n_params": 7e10}].
    covariates : mapping of str to mapping of str to float
        Values above 0 of each covariate by group, such as {"n_params": {"small": 1e9, "large": 1e10}}. A group is named
        by its values, joined by ", ". Groups without a value are left out.
    budgets : int or sequence of int
        N, attempts per problem, from 1 to 1e12.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.

    Returns
    -------
    NewGroupForecast
        One row per target and budget: median and interval of the share of new problems broken.

    Raises
    ------
    InputError
        All problems at once, for unknown groups, covariates that are not above 0, fewer groups than covariates and two,
        and targets without a covariate.
    """
    require_prob(prob)
    numbers = read_budgets(budgets)
    groups, x = _measured(self, covariates)
    wanted = _targets(targets, list(covariates))
    score = np.clip(ndtri(asr_of_new(self, numbers)[:, groups]), -_MOST_SCORE, _MOST_SCORE)
    drawn = ndtr(_predicted(score, x, wanted, self.random_generator(_STREAM)))  # (draw, target, budget)
    order = np.argsort(numbers)
    shares = np.empty_like(drawn)
    shares[..., order] = np.maximum.accumulate(drawn[..., order], axis=-1)
    table = pd.DataFrame(np.exp(wanted), columns=list(covariates)).loc[lambda t: t.index.repeat(len(numbers))]
    table = table.reset_index(drop=True).assign(budget=np.tile(numbers, len(wanted)))
    table = table.assign(**summarise(shares.reshape(1, len(shares), -1), prob, "new"))
    table["ranges"] = np.repeat(_ranges_outside(x, wanted), len(numbers))
    coords = {"chain": [0], "draw": np.arange(len(shares)), "target": np.arange(len(wanted)), "budget": numbers}
    dataset = xr.Dataset({"new": (("chain", "draw", "target", "budget"), shares[None])}, coords)
    measured = self.problems.group_table.iloc[groups].reset_index(drop=True)
    return NewGroupForecast(dataset, table, prob, measured.assign(**dict(zip(covariates, np.exp(x.T), strict=True))))


def _measured(posterior: RiskPosterior, covariates: Mapping[str, Mapping[str, float]]) -> tuple[list[int], Array]:
    """Groups with all covariates, and the logarithms of these (n_groups, n_covariates)."""
    labels = posterior.problems.group_labels
    wrong = [
        f"covariate {name!r}: {group!r} is not a group.{closest(group, labels)} Groups are {listing(list(labels))}"
        for name, values in covariates.items()
        for group in values
        if group not in labels
    ]
    wrong += [
        f"covariate {name!r} of {group!r} is {value!r}; it must be a number above 0"
        for name, values in covariates.items()
        for group, value in values.items()
        if not _positive(value)
    ]
    wrong += [] if covariates else ["no covariate is given, such as {'n_params': {'small': 1e9, 'large': 1e10}}"]
    groups = [place for place, label in enumerate(labels) if all(label in values for values in covariates.values())]
    if not wrong and len(groups) < len(covariates) + 2:
        wrong.append(
            f"{len(groups)} groups have a value of {listing(list(covariates))}; a line with {len(covariates)} "
            f"slopes needs {len(covariates) + 2} groups or more"
        )
    if wrong:
        raise InputError("covariates of groups:", wrong)
    x = np.log([[float(values[labels[place]]) for values in covariates.values()] for place in groups])
    constant = [name for name, column in zip(covariates, x.T, strict=True) if np.ptp(column) == 0]
    if constant:
        raise InputError(f"covariates of groups: {listing(constant)} has the same value in every group")
    return groups, x


def _targets(targets: Sequence[Mapping[str, float]], names: list[str]) -> Array:
    """Logarithms of the covariates of targets, (n_targets, n_covariates)."""
    wrong = [] if len(targets) else ["give at least one target, such as [{'n_params': 7e10}]"]
    for place, target in enumerate(targets):
        wrong += [f"target {place}: {name!r} is missing" for name in names if name not in target]
        wrong += [
            f"target {place}: {name!r} is no covariate.{closest(name, names)}" for name in target if name not in names
        ]
        wrong += [
            f"target {place}: {name}={value!r} must be a number above 0"
            for name, value in target.items()
            if name in names and not _positive(value)
        ]
    if wrong:
        raise InputError("targets:", wrong)
    return np.log([[float(target[name]) for name in names] for target in targets])


def _positive(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float | np.number) and 0 < float(value) < np.inf


def _ranges_outside(x: Array, wanted: Array) -> Array:
    """How far each target lies outside the range of the groups, in multiples of it; the largest over covariates."""
    low, high = x.min(axis=0), x.max(axis=0)
    return np.asarray((np.maximum(np.maximum(low - wanted, wanted - high), 0) / (high - low)).max(axis=1))


def _predicted(score: Array, x: Array, wanted: Array, rng: np.random.Generator) -> Array:
    """Draws of scores of targets (n_draws, n_targets, n_budgets), given those of groups (n_draws, n_groups, …)."""
    draws, groups, _ = score.shape
    centre, spread = x.mean(axis=0), x.std(axis=0)
    design = np.column_stack([np.ones(groups), (x - centre) / spread])
    at = np.column_stack([np.ones(len(wanted)), (wanted - centre) / spread])
    # prior standard deviations are absolute; the conjugate prior has them in units of a typical tau
    typical = _SCALE / _SHAPE
    prior = np.diag(typical / np.array([_INTERCEPT_SD, *[_SLOPE_SD] * x.shape[1]]) ** 2)
    precision = design.T @ design + prior
    covariance = np.linalg.inv(precision)
    mean = np.einsum("kg,dgb->dkb", covariance @ design.T, score)
    rest = (score**2).sum(axis=1) - np.einsum("dkb,kl,dlb->db", mean, precision, mean)
    gamma = rng.gamma(_SHAPE + groups / 2, size=(draws, 1))
    tau = np.sqrt((_SCALE + np.maximum(rest, 0) / 2) / gamma)[:, None]  # (draw, 1, budget)
    root = np.linalg.cholesky(covariance)
    of_line = np.einsum("tk,dk->dt", at @ root, rng.standard_normal((draws, at.shape[1])))
    residual = rng.standard_normal((draws, len(wanted)))
    return np.asarray(np.einsum("tk,dkb->dtb", at, mean) + tau * (of_line + residual)[..., None])
