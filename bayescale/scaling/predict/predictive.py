"""The predictive distribution of one measurement at targets, draw by draw, and its log density."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from bayescale.scaling.evaluation.interval_inflation import stretch
from bayescale.scaling.model.noise import log_student
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.discrepancy_paths import discrepancy
from bayescale.scaling.predict.draws import Functions
from bayescale.scaling.predict.log_likelihood import innovations_at_data
from bayescale.scaling.predict.targets import Targets, read_targets

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Predictive:
    """One measurement at targets on the model's scale: in every draw a Student-t.

    Parameters
    ----------
    law : ndarray
        Law and discrepancy, without the noise of a run (chain, draw, target).
    centre, scale : ndarray
        Location and scale of the measurement (chain, draw, target).
    df : ndarray
        Degrees of freedom (chain, draw, target); infinite where the noise is normal given the draw.
    """

    law: Array
    centre: Array
    scale: Array
    df: Array

    def stretched(self, times: Array) -> "Predictive":
        """Widen the distribution about its medians.

        Parameters
        ----------
        times : ndarray
            How many times as wide (target,).

        Returns
        -------
        Predictive
            The wider distribution.
        """
        if (times == 1.0).all():
            return self
        law, centre = (
            (middle := np.median(values, axis=(0, 1))) + times * (values - middle) for values in (self.law, self.centre)
        )
        return Predictive(law, centre, times * self.scale, self.df)


def predictive(functions: Functions, targets: Targets, seed: int, part: slice = slice(None)) -> Predictive:
    """Compute the predictive distribution of one measurement at each target.

    Parameters
    ----------
    functions : Functions
        Posterior draws.
    targets : Targets
        The targets.
    seed : int
        Predictive seed.
    part : slice, default all
        Which of the targets.

    Returns
    -------
    Predictive
        The distribution at these targets.
    """
    points = targets.log_inputs[part], targets.family[part]
    law, variance = functions.law_and_noise(*points)
    law = law + discrepancy(functions, *points, seed)
    scale = np.sqrt(functions.run_variance(variance, points[1]))
    df = np.broadcast_to(functions.noise["noise_df"][..., None], law.shape)
    continued = np.flatnonzero(targets.run[part] >= 0)
    if not len(continued):
        return Predictive(law, law, scale, df)
    centre, df = law.copy(), df.copy()
    for place in continued:
        run = int(targets.run[part][place])
        effect, spread = continued_run(functions, (points[0][[place]], points[1][[place]]), run, seed)
        centre[..., place] += effect
        scale[..., place], df[..., place] = spread, np.inf
    return Predictive(law, centre, scale, df)


def log_density(laws: FittedLaws, targets: object, observed: ArrayLike) -> Array:
    """Compute the log predictive density of one measurement at each target.

    It is per unit of log response, and per unit of the response where a measurement is not above 0, so that laws of one
    response can be compared whatever their scales.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    targets : object
        What `forecast` takes.
    observed : array_like
        The measurement at each target (target,), in natural units.

    Returns
    -------
    ndarray
        Log densities (target,).
    """
    of_laws = [_log_density(posterior, targets, observed) for posterior in laws.posteriors.values()]
    weights = np.array([laws.mixture_weights[name] for name in laws.posteriors])
    return np.asarray(logsumexp(np.stack(of_laws), axis=0, b=weights[:, None]))


def _log_density(posterior: Posterior, targets: object, observed: ArrayLike) -> Array:
    """Log predictive densities of one law (target,)."""
    design = posterior.design
    points = read_targets(design, targets)
    measurement = predictive(posterior.functions, points, posterior.predictive_seed)
    measurement = measurement.stretched(stretch(posterior.widening, points.extrapolation))
    scale, observed = design.spec.law.scale, np.asarray(observed, dtype=float)
    z = (scale.forward(observed, np) / design.unit - measurement.centre) / measurement.scale
    by_draw = log_student(z, measurement.df) - np.log(measurement.scale * design.unit)
    mean = logsumexp(by_draw, axis=(0, 1)) - np.log(by_draw.shape[0] * by_draw.shape[1])
    return np.asarray(mean + scale.log_jacobian(observed))


def run_variance(functions: Functions, log_inputs: Array, family: Index) -> Array:
    """Compute the squared scale of the noise of one measurement of a new run, on the model's scale.

    Parameters
    ----------
    functions : Functions
        Posterior draws.
    log_inputs : ndarray
        Points on the axes of the inputs (point, input).
    family : ndarray of int
        Family of each point (point,).

    Returns
    -------
    ndarray
        Variances (chain, draw, point).
    """
    return functions.run_variance(functions.noise_variance(log_inputs, family), family)


def standard_noise(df: Array, seed: int, target_seed: int) -> Array:
    """Draw standard Student-t noise of one target.

    Parameters
    ----------
    df : ndarray
        Degrees of freedom (chain, draw); the noise is normal where they are infinite.
    seed : int
        Predictive seed.
    target_seed : int
        Seed of the target.

    Returns
    -------
    ndarray
        Noise (chain, draw).
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, 2, target_seed]))
    normal = rng.standard_normal(df.shape)
    heavy = np.isfinite(df)
    if heavy.all():
        return np.asarray(normal / np.sqrt(rng.chisquare(df) / df))
    finite_df = np.where(heavy, df, 1.0)
    return np.asarray(normal / np.where(heavy, np.sqrt(rng.chisquare(finite_df) / finite_df), 1.0))


def continued_run(functions: Functions, point: tuple[Array, Index], run: int, seed: int) -> tuple[Array, Array]:
    """Predict a later measurement of a training run, relative to the law.

    The rows of a run are a multivariate t: normal given a scale of the whole run, with an effect of variance noise_run²
    that they share, and noise that neighbours share. Scale and effect are drawn given the run's residuals (conjugate
    inverse gamma and normal), the same for every target of the run. With distance from the run's rows the effect fades
    as the discrepancy does, and a new effect takes its place; without a discrepancy it stays. The remaining noise is
    predicted from that of the nearest row, by their correlation at that distance.

    Parameters
    ----------
    functions : Functions
        Posterior draws.
    point : tuple of ndarray
        Inputs on their axes (1, input) and family (1,).
    run : int
        Index of the run in the design.
    seed : int
        Predictive seed.

    Returns
    -------
    effect : ndarray
        Expected difference from the law and discrepancy (chain, draw).
    scale : ndarray
        Standard deviation of the noise about it (chain, draw).
    """
    rows = np.flatnonzero(functions.design.run == run)
    white = innovations_at_data(functions, rows)
    df, between = functions.noise["noise_df"], functions.noise["noise_run"] ** 2
    inflation = 1 + between * (white.run_loading**2).sum(axis=-1)
    weighted = (white.innovation * white.run_loading).sum(axis=-1)
    squares = (white.innovation**2).sum(axis=-1) - between * weighted**2 / inflation
    rng = np.random.default_rng(np.random.SeedSequence([seed, 3, run]))
    run_scale = (df + squares) / rng.chisquare(df + len(rows))
    effect = between * weighted / inflation + np.sqrt(run_scale * between / inflation) * rng.standard_normal(df.shape)
    loading = functions.noise_loading(point[1])[..., 0]
    scale = np.sqrt(functions.noise_variance(*point)[..., 0])
    correlation, nearest_noise = _nearest_noise(functions, point[0], rows, loading * effect)
    remaining = _remaining_effect(functions, point[0], rows)
    effect = remaining * effect + np.sqrt((1 - remaining**2) * run_scale * between) * rng.standard_normal(df.shape)
    return (
        np.asarray(loading * effect + scale * correlation * nearest_noise),
        np.asarray(scale * np.sqrt(run_scale * (1 - correlation**2))),
    )


def _nearest_noise(
    functions: Functions, point: Array, rows: Index, effect: Array
) -> tuple[Array | float, Array | float]:
    """Return the correlation of noise at a point (1, input) with that of a run's nearest row, and that row's noise.

    The noise is standardised; each is (chain, draw).
    """
    if "noise_length" not in functions.noise:
        return 0.0, 0.0
    distance = np.sqrt(((point - functions.design.log_inputs[rows]) ** 2).sum(axis=1))
    residual, variance = functions.at_data(rows[[int(distance.argmin())]])
    correlation = np.exp(-distance.min() / functions.noise["noise_length"])
    return correlation, (residual[..., 0] - effect) / np.sqrt(variance[..., 0])


def _remaining_effect(functions: Functions, point: Array, rows: Index) -> float:
    """Return the correlation of a run's effect at a point (1, input) with that at the nearest of its rows."""
    design = functions.design
    if design.basis is None:
        return 1.0
    distance = (point - design.log_inputs[rows]) / design.basis.lengthscales
    return float(np.exp(-0.5 * (distance**2).sum(axis=1).min()))
