"""Rows that a law meets exactly: calculated, not measured. Least squares find them before anything is compiled."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayescale.errors import InputError
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.priors import coordinate_names, prior_of
from bayescale.scaling.model.typical_law import typical_extra, typical_level
from bayescale.scaling.predict.draws import from_draws

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

EXACT = 1e-5  # residual of log response below which rows were calculated, not measured
ROWS = 10  # for each parameter, that the least squares take: more rows add nothing
EVALUATIONS = 100
STEP = 1e-6  # of the finite difference of residuals
OUTSIDE = 1e3  # residual where the law has no value


def require_scatter(design: Design) -> None:
    """Refuse rows that the law alone meets exactly although there are more rows than parameters.

    Either all families have one curve, or every family with enough rows has a curve of its own.

    Parameters
    ----------
    design : Design
        Training rows.

    Raises
    ------
    InputError
        For rows without noise.
    """
    everything = np.arange(len(design.row))
    if _has_enough_points(design, everything) and is_exact(design, everything):
        raise no_scatter(design)
    families = [np.flatnonzero(design.family == k) for k in range(len(design.families))]
    large = [rows for rows in families if _has_enough_points(design, rows)]
    if large and all(is_exact(design, rows) for rows in large):
        raise no_scatter(design)


def no_scatter(design: Design) -> InputError:
    """Return the error for rows without noise.

    Parameters
    ----------
    design : Design
        Training rows.

    Returns
    -------
    InputError
        The error, to be raised.
    """
    law = design.spec.law
    return InputError(
        f"law {law.name!r} meets all {len(design.row):,} rows exactly (to within {EXACT:.0e} of {law.response}): "
        "they look calculated from a law, not measured, and hold no information on how measurements scatter. Fit "
        f"measured values. To try things out, add noise: {law.response} * numpy.exp(0.005 * rng.standard_normal(n))"
    )


def _has_enough_points(design: Design, rows: Index) -> bool:
    """Whether rows are at more distinct points than the parameters of the law could fit exactly."""
    points = len(np.unique(design.log_inputs[rows], axis=0))
    return points > len(coordinate_names(design.spec.law)) + 1


def is_exact(design: Design, rows: Index) -> bool:
    """Check whether one curve of the law meets rows exactly, as far as least squares from a typical curve find it.

    Parameters
    ----------
    design : Design
        Training rows.
    rows : array of int
        Indices of the rows.

    Returns
    -------
    bool
        Whether all residuals are below `EXACT`.
    """
    from scipy.optimize import least_squares

    start = _typical(_as_one_family(design, rows))
    subset = rows[np.linspace(0, len(rows) - 1, min(len(rows), ROWS * start.size)).astype(int)]
    fitted = _as_one_family(design, subset)

    def residuals(point: Array) -> Array:
        return np.asarray(_residuals(fitted, point[None])[0])

    def slopes(point: Array) -> Array:
        steps = STEP * np.eye(point.size)
        return np.asarray((_residuals(fitted, point + steps) - _residuals(fitted, point - steps)).T / (2 * STEP))

    with np.errstate(all="ignore"):
        best = least_squares(residuals, start, slopes, xtol=1e-12, gtol=1e-14, max_nfev=EVALUATIONS).x
        return bool(np.abs(_residuals(_as_one_family(design, rows), best[None])).max() < EXACT)


def _as_one_family(design: Design, rows: Index) -> Design:
    """Rows as a single family, without a discrepancy."""
    return replace(
        design,
        families=("all",),
        row=design.row[rows],
        scaled_response=design.scaled_response[rows],
        log_inputs=design.log_inputs[rows],
        family=np.zeros(len(rows), dtype=np.int64),
        run=design.run[rows],
        min_loss=design.min_loss[np.unique(design.family[rows])].min(keepdims=True),
        basis=None,
    )


def _typical(design: Design) -> Array:
    """A point (coordinate,): shared parameters, free parameters, level; at the medians of the priors."""
    layout, spec = design.layout, design.spec
    point = [prior_of(spec, name).location for name in (*layout.shared, *layout.sampled_free)]
    if layout.has_level:
        least = float(design.min_loss[0])
        point.append(float(np.log(least * typical_level(spec, least) + typical_extra(spec, least, design.centre))))
    return np.array(point)


def _residuals(design: Design, points: Array) -> Array:
    """Residuals of the rows at points (point, coordinate): (point, obs)."""
    layout = design.layout
    shared, free = len(layout.shared), len(layout.sampled_free)
    values = {
        "population": points[None, :, :shared],
        "free": points[None, :, shared : shared + free, None],
        "level": points[None, :, shared + free :],
        "noise": np.zeros((1, len(points), len(layout.noise_names))),
    }
    response = from_draws(design, values)[0].law_response(design.log_inputs, design.family)[0]
    residuals = np.nan_to_num(design.scaled_response - response, nan=OUTSIDE, posinf=OUTSIDE, neginf=-OUTSIDE)
    return np.asarray(np.clip(residuals, -OUTSIDE, OUTSIDE))
