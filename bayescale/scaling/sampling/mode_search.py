"""Modes of a posterior, with a correction for the noise, which a joint mode underestimates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayescale.errors import InputError
from bayescale.scaling.model.centring import from_joined_noise
from bayescale.scaling.model.design import Design
from bayescale.scaling.sampling.compilation import Data, Density
from bayescale.scaling.sampling.noiseless_rows import EXACT, no_scatter

type Array = NDArray[np.float64]

FITTED = 0.5  # share of the parameters that data of more rows determine, roughly
INTERPOLATED = 3.0  # e-folds of the noise below its prior from which on rows count as fitted exactly
NEAR_PRIOR = 0.5  # e-folds: the noise of such rows is searched at least this far below its prior
BISECTIONS = 5
LEAST_CURVATURE = 1e-2  # no step is longer than ten units at once, in directions that nothing determines
MOST_ROUNDS = 12  # of a search; each takes its coordinates from the curvature where the one before ended
OPTIONS = {"maxiter": 40, "maxfun": 80, "maxcor": 30, "gtol": 1e-3, "ftol": 0.0}  # in local standard deviations
NOT_FINITE = 1e10  # objective of the minimiser where the density is not finite


@dataclass
class NoiseTilt:
    """Power of the noise's scales that a search for modes adds to the density, raised where rows are interpolated.

    A joint mode underestimates the noise, most of all where many parameters are fitted to few rows. Integrating k
    fitted parameters out multiplies the density by about scale^k. With this factor the mode is a typical point.
    If the parameters suffice to meet every row exactly, the noise at the mode is still zero. The power is then raised
    towards the number of rows until the prior expects such a noise, and keeps this value for the rest of the search.

    Attributes
    ----------
    low, high : float
        Ends of the range in which the power is searched.
    interpolated : bool, default False
        Whether rows are interpolated.
    """

    low: float
    high: float
    interpolated: bool = False

    @property
    def power(self) -> float:
        """Number of fitted parameters that the tilt accounts for as integrated out."""
        return (self.low + self.high) / 2 if self.interpolated else self.low


@dataclass(frozen=True)
class ModeSearch:
    """Searches for modes of one density, with some coordinates held fixed.

    Attributes
    ----------
    design : Design
        Data and priors.
    density : Density
        Compiled log density.
    held : tuple of int
        Indices of the coordinates that a search leaves as they are.
    tilt : NoiseTilt
        Correction for the noise, which searches share.
    """

    design: Design
    density: Density
    held: tuple[int, ...]
    tilt: NoiseTilt

    def mode(self, data: Data, start: Array) -> Array:
        """Find the highest tilted density by quasi-Newton steps.

        Parameters
        ----------
        data : mapping of str to array
            `rows` and `constants` (`pack_data`).
        start : array, shape (coordinate,)
            Where to start.

        Returns
        -------
        array, shape (coordinate,)
            The mode.

        Raises
        ------
        InputError
            For a density that is not finite anywhere near, and for rows that the law meets exactly.
        """
        tilt = self.tilt
        best = self._tilted_mode(data, start, self.held, tilt.power)
        for _ in range(BISECTIONS):
            below = noise_below_prior(self.design, self.density, best)
            if below <= INTERPOLATED and (not tilt.interpolated or below >= NEAR_PRIOR):
                break
            if not tilt.interpolated:
                self._require_scatter(data, start)
                if len(self.design.scaled_response) >= 2 * self.density.size:
                    break
                tilt.interpolated = True
            elif below > INTERPOLATED:
                tilt.low = tilt.power
            else:
                tilt.high = tilt.power
            best = self._tilted_mode(data, start, self.held, tilt.power)
        return best

    def _require_scatter(self, data: Data, start: Array) -> None:
        """Raise InputError if the law alone meets all rows exactly although there are more rows than parameters."""
        law, held = self.design.spec.law, self.held
        if len(self.design.scaled_response) <= len(self.design.families) * len(law.parameter_names) + 1:
            return
        if "weight" in self.density.blocks:
            weights = self.density.blocks["weight"][0]
            held, start = (*held, *range(weights.start, weights.stop)), start.copy()
            start[weights] = 0.0
        best = self._tilted_mode(data, start, held, 0.0)
        if np.exp(log_noise_scales(self.design, self.density, best)).max() < EXACT:
            raise no_scatter(self.design)

    def _tilted_mode(self, data: Data, start: Array, held: tuple[int, ...], power: float) -> Array:
        """Highest point of the density times scale^power of the noise."""
        from scipy.optimize import minimize

        tilt = np.zeros(self.density.size)
        tilt[noise_scale(self.design, self.density)] = power
        if self.design.layout.family_noise:  # of parameters that each family's noise accounts for
            tilt[self.density.blocks["noise_scale"][0]] = power / self.design.layout.n_families
        free = np.setdiff1d(np.arange(self.density.size), held)
        best = start

        def objective(u: Array, root: Array) -> tuple[float, Array]:
            point = best.copy()
            point[free] += root @ u
            value, gradient = self.density(point, data)
            if not (np.isfinite(value) and np.isfinite(gradient).all()):
                return NOT_FINITE, np.zeros_like(u)
            return -(value + float(tilt @ point)), -(root.T @ (gradient + tilt)[free])

        for _ in range(MOST_ROUNDS):
            root = _whitening(self.density.curvature(best, data)[np.ix_(free, free)])
            minimum = minimize(objective, np.zeros(len(free)), (root,), jac=True, method="L-BFGS-B", options=OPTIONS)  # type: ignore[call-overload]
            if minimum.fun >= NOT_FINITE:
                raise InputError(
                    f"law {self.design.spec.law.name!r} cannot express these data: its density is not finite anywhere "
                    "near them"
                )
            best = best.copy()
            best[free] += root @ minimum.x
            if minimum.success and np.abs(minimum.jac).max() <= OPTIONS["gtol"]:
                break
        return np.asarray(best)


def _whitening(matrix: Array) -> Array:
    """Root of the inverse of a curvature; directions in which it is negative count as curved as much."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors / np.sqrt(np.maximum(np.abs(values), LEAST_CURVATURE)))


def mode_search(design: Design, density: Density, held: tuple[int, ...]) -> ModeSearch:
    """Prepare searches for modes.

    Parameters
    ----------
    design : Design
        Data and priors.
    density : Density
        Compiled log density.
    held : tuple of int
        Indices of the coordinates that a search leaves as they are.

    Returns
    -------
    ModeSearch
        With the tilt that searches start from.
    """
    rows, parameters = len(design.scaled_response), density.size - len(design.layout.noise_names)
    return ModeSearch(design, density, held, NoiseTilt(determined_parameters(rows, parameters), float(rows)))


def determined_parameters(rows: int, parameters: int) -> float:
    """Estimate how many parameters the rows determine: half of them, or with few rows up to one per row.

    If rows are far fewer than parameters, they are fitted exactly and do not inform the noise: each row determines
    nearly one parameter. If only half as many were counted, the mode of the noise would go to zero.

    Parameters
    ----------
    rows, parameters : int
        Numbers of rows and of parameters.

    Returns
    -------
    float
        Rough number of parameters.
    """
    if rows >= parameters:
        return FITTED * parameters
    return rows * (1 - (1 - FITTED) * rows / parameters)


def noise_scale(design: Design, density: Density) -> int:
    """Look up the index in a point of the log scale of the noise at the centre of the data.

    Parameters
    ----------
    design : Design
        Names of the noise parameters.
    density : Density
        Its layout of points.

    Returns
    -------
    int
        Index; in place of `noise_floor` where floor and slope are sampled together.
    """
    return int(density.blocks["noise"][0].start) + design.layout.noise_names.index("noise_floor")


def log_noise_scales(design: Design, density: Density, point: Array) -> Array:
    """Compute the log scales of the noise.

    Parameters
    ----------
    design : Design
        Names of the noise parameters.
    density : Density
        Its layout of points.
    point : array, shape (coordinate,)
        A point.

    Returns
    -------
    array
        Logs of `noise_floor` and, where the noise grows, of `noise_slope`.
    """
    layout = design.layout
    values = from_joined_noise(list(point[density.blocks["noise"][0]]), layout.noise_names, layout.joined_noise, np)
    pairs = zip(layout.noise_names, values, strict=True)
    return np.array([value for name, value in pairs if name in ("noise_floor", "noise_slope")])


def noise_below_prior(design: Design, density: Density, point: Array) -> float:
    """Measure how far all scales of the noise lie below the centres of their priors.

    Parameters
    ----------
    design : Design
        Names of the noise parameters.
    density : Density
        Its layout of points.
    point : array, shape (coordinate,)
        A point.

    Returns
    -------
    float
        E-folds, the least of all scales.
    """
    centre = max(design.spec.priors[name].location for name in ("noise_floor", "noise_slope"))
    return centre - float(log_noise_scales(design, density, point).max())
