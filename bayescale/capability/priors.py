"""Priors of the capability model."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class ScalePrior:
    """A lognormal prior of a standard deviation.

    Attributes
    ----------
    log_median, spread : float
        Mean and standard deviation of its logarithm.
    """

    log_median: float
    spread: float

    def log_density(self, log_scale: Array) -> Array:
        """Compute the log density of the logarithm of a standard deviation, without its constant.

        Parameters
        ----------
        log_scale : ndarray
            Logarithms.

        Returns
        -------
        ndarray
            Log densities.
        """
        return np.asarray(-0.5 * ((log_scale - self.log_median) / self.spread) ** 2)


@dataclass(frozen=True)
class Priors:
    """Priors; capabilities are in decades of compute, predictors in logits.

    The first dimension of capability is measured by the compute of a typical family: there the mean slope is 1, in the
    other dimensions it is 0.

    Attributes
    ----------
    intercept, intercept_scale : float
        Mean and standard deviation of a benchmark's predictor at the mean compute.
    loading, loading_scale : float
        Mean and standard deviation of a benchmark's loading on the first dimension.
    further_loading_scale : float
        Standard deviation of the loadings on the other dimensions.
    curvature_scale : float
        Standard deviation of half the difference between a benchmark's slopes at large and at small compute.
    efficiency_scale, slope_scale, model_scale : ScalePrior
        Standard deviations over families of their efficiency and slope, and of models around their family's line.
    offset_scale, residual_scale : ScalePrior
        Standard deviations of what a family, and a model, add to one benchmark alone.
    """

    intercept: float = -1.0
    intercept_scale: float = 3.0
    loading: float = 1.0
    loading_scale: float = 0.7
    further_loading_scale: float = 0.5
    curvature_scale: float = 0.5
    efficiency_scale: ScalePrior = field(default_factory=lambda: ScalePrior(-0.36, 0.6))
    slope_scale: ScalePrior = field(default_factory=lambda: ScalePrior(-2.3, 0.7))
    model_scale: ScalePrior = field(default_factory=lambda: ScalePrior(-1.2, 0.6))
    offset_scale: ScalePrior = field(default_factory=lambda: ScalePrior(-1.4, 0.6))
    residual_scale: ScalePrior = field(default_factory=lambda: ScalePrior(-1.4, 0.6))


PRIORS = Priors()
