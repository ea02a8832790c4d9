"""Priors learned from earlier fits: the population that their tables of runs are a sample of.

Each table gives, for each quantity of the model, a measurement with an error: the mean and variance of its posterior,
with the prior of that fit divided out. Over tables a quantity is normal on the scale of its prior, with unknown mean
and spread. The prior of the next table is the normal with the mean and variance of what one more table is predicted to
have: few or vague tables leave it wide, and near the prior that learning starts from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bayescale.core.arguments import checked
from bayescale.errors import InputError
from bayescale.scaling.model.priors import (
    coordinate_names,
    coordinate_role,
    prior_of,
    single_family_prior,
    spread_prior,
)
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.result import Fit
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.priors.prior_files import default_table
from bayescale.scaling_laws.priors.prior_table import PriorTable
from bayescale.scaling_laws.roles import quantities_of
from bayescale.scaling_laws.signature import term_quantity

type Array = NDArray[np.float64]

#: Least precision of a measurement, relative to that of the prior of its fit: below, only the prior was seen.
LEAST_PRECISION = 0.05
FEWEST_TABLES = 2
#: Hyperpriors, in spreads of the base prior: the mean over tables is normal around the base's with this deviation, the
#: spread over tables is half-t with this scale. Without a table the prediction is 1.16 times as wide as the base.
MEAN_DEVIATION, SPREAD_SCALE, SPREAD_DF = 1.0, 0.5, 7.0
MEANS, SPREADS = 241, 80  # of the grid
FARTHEST, NARROWEST, WIDEST = 5.0, 0.03, 6.0  # of the grid, in spreads of the base prior


@dataclass(frozen=True)
class Measurement:
    """What one posterior says about one quantity, with the prior of that fit divided out.

    Attributes
    ----------
    table : str
        Name of the table of runs.
    quantity : str
        Quantity of a table of priors.
    location, variance : float
        Mean and variance of the likelihood, on the scale of the prior.
    between : float
        Variance over families, where the table has one family and the quantity is of the population of families.
    """

    table: str
    quantity: str
    location: float
    variance: float
    between: float = 0.0


@checked
def learn_priors(fits: Sequence[Fit], name: str = "learned", base: PriorTable | None = None) -> PriorTable:
    """Learn the priors of the next table of runs from fits of earlier ones.

    Learned are the exponents, slopes, floors and q of laws (where the law has no prior of its own), the noise and the
    scale of the discrepancy. Quantities that fits of fewer than two tables say anything about keep the priors
    of `base`, and so do the spreads over families, which few families determine.

    Parameters
    ----------
    fits : sequence of Fit
        Fits of two tables of runs or more, each of one law or of a stack. Fits of the same table, such as of earlier
        states of a ladder, together count as one.
    name : str, default "learned"
        Name of the new table, which reports show.
    base : PriorTable, optional
        Priors that learning starts from; by default those of a fit. They count as much as one table does.

    Returns
    -------
    PriorTable
        What `fit` takes as `priors`.

    Raises
    ------
    InputError
        If the fits are of fewer than two tables.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, chapter 5: hierarchical models with measured means.
    """
    start = base or default_table()
    measurements = [measurement for fit in fits for measurement in measure(fit)]
    tables = sorted({measurement.table for measurement in measurements})
    if len(tables) < FEWEST_TABLES:
        raise InputError(
            f"fits={[fit.law.name for fit in fits]!r} are of {len(tables)} table of runs ({', '.join(tables)}): the "
            f"differences between tables need {FEWEST_TABLES} or more. Give fits of other tables too"
        )
    by_quantity: dict[str, list[Measurement]] = {}
    for measurement in measurements:
        by_quantity.setdefault(measurement.quantity, []).append(measurement)
    priors, sources = dict(start.priors), dict(start.sources)
    for quantity, measurements in by_quantity.items():
        names = sorted({measurement.table for measurement in measurements})
        if len(names) >= FEWEST_TABLES:
            sources[quantity] = tuple(names)
            priors[quantity] = predictive(measurements, _base_prior(start, quantity))
    return PriorTable(name, priors, sources)


def measure(fit: Fit) -> Iterator[Measurement]:
    """Measure the quantities of a table of priors by the posteriors of a fit.

    Parameters
    ----------
    fit : Fit
        Of one law, or of a stack.

    Yields
    ------
    Measurement
        Of every quantity that a posterior says more about than the prior of its fit.
    """
    for posterior in fit.posteriors.values():
        yield from _parameters(posterior)
        yield from _noise_and_discrepancy(posterior)


def _parameters(posterior: Posterior) -> Iterator[Measurement]:
    """Measurements of the law's parameters that have no prior of their own."""
    design, draws = posterior.design, posterior.tree["posterior"]
    spec, layout, law = design.spec, design.layout, design.spec.law
    coordinate = draws["coordinate"].to_numpy()
    for place, name in enumerate(coordinate_names(law)):
        if name in law.priors or law.role(name) == "shape":
            continue
        between = 0.0
        if name in layout.population:
            values, prior = draws["population"].to_numpy()[..., layout.population.index(name)], prior_of(spec, name)
        elif len(design.families) == 1:
            values, prior = coordinate[:, :, place, 0], prior_of(spec, name)
            if spec.pooling_of(name) == "partial":
                prior, between = single_family_prior(spec, name), np.exp(2 * spread_prior(spec, name).location)
        else:
            continue  # families that are fitted apart are no population
        role, term = coordinate_role(law, name), term_quantity(name, law.expression)
        for quantity in quantities_of(role, law.response, term):
            yield from _measured(posterior, quantity, values, prior, float(between))


def _noise_and_discrepancy(posterior: Posterior) -> Iterator[Measurement]:
    """Measurements of the noise parameters and of the scale of the discrepancy."""
    design, draws = posterior.design, posterior.tree["posterior"]
    names = (*design.layout.noise_names, *(("discrepancy_scale",) if design.basis else ()))
    for name in names:
        values = draws[name].to_numpy() - (2 if name == "noise_df" else 0)
        yield from _measured(posterior, name, np.log(values), design.spec.priors[name])


def _measured(
    posterior: Posterior, quantity: str, values: Array, prior: Prior, between: float = 0.0
) -> Iterator[Measurement]:
    """The measurement that draws and their prior imply; none where the draws are little narrower than the prior."""
    of_prior = prior.spread**-2
    of_draws = 1 / max(float(np.var(values, ddof=1)), np.finfo(float).tiny)
    precision = of_draws - of_prior
    if np.isfinite(precision) and precision > LEAST_PRECISION * of_prior:
        location = (float(np.mean(values)) * of_draws - prior.location * of_prior) / precision
        yield Measurement(_table_name(posterior), quantity, location, 1 / precision, between)


def _table_name(posterior: Posterior) -> str:
    """Name of the table of runs that a posterior was fitted to; of a table in memory, by what it holds."""
    source = str(posterior.attribute("source"))
    path = Path(source)
    return path.stem if path.suffix else f"{source or 'table'} {str(posterior.attribute('data_digest'))[:8]}"


def _base_prior(base: PriorTable, quantity: str) -> Prior:
    """The prior of a quantity; one that a table may leave out has that of all inputs."""
    return base.first((quantity, quantity.split("_n_")[0]))


def predictive(measurements: Sequence[Measurement], base: Prior) -> Prior:
    """Compute the distribution of a quantity in one more table.

    Parameters
    ----------
    measurements : sequence of Measurement
        Of one quantity; those of the same table together weigh as much as one.
    base : Prior
        Prior of the quantity before these measurements; `MEAN_DEVIATION` and `SPREAD_SCALE` are relative to it.

    Returns
    -------
    Prior
        The normal of the same mean and variance, on the scale of the base.
    """
    mean = base.location + base.spread * np.linspace(-FARTHEST, FARTHEST, MEANS)[:, None]
    spread = base.spread * np.geomspace(NARROWEST, WIDEST, SPREADS)[None, :]
    log_density = -0.5 * ((mean - base.location) / (MEAN_DEVIATION * base.spread)) ** 2 + np.log(spread)
    half_t = np.log1p((spread / (SPREAD_SCALE * base.spread)) ** 2 / SPREAD_DF)
    log_density = log_density - (SPREAD_DF + 1) / 2 * half_t
    tables = [measurement.table for measurement in measurements]
    for measurement in measurements:
        variance = spread**2 + measurement.variance + measurement.between
        fit = -0.5 * ((measurement.location - mean) ** 2 / variance + np.log(variance))
        log_density = log_density + fit / tables.count(measurement.table)
    weight = np.exp(log_density - log_density.max())
    weight = weight / weight.sum()
    location = float((weight * mean).sum())
    total_variance = float((weight * ((mean - location) ** 2 + spread**2)).sum())
    return Prior(base.scale, location, float(np.sqrt(total_variance)))
