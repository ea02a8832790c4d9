"""What the checks of a posterior have in common, computed once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayescale.data.quantities import WEIGHT_PREFIX, known_quantity
from bayescale.scaling.checks.convergence import PublicationGate, publication_gate
from bayescale.scaling.checks.residual_scores import ResidualScores, residual_scores
from bayescale.scaling.checks.training_rows import LeaveOneOut, TrainingRows, training_rows
from bayescale.scaling.model.design import Design
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.predict.targets import read_targets

type Array = NDArray[np.float64]

FAR = 10.0  # times the largest inputs of a family: where forecasts are checked unless there are targets


@dataclass(frozen=True, eq=False)
class ForecastPoints:
    """Points at which a forecast is checked.

    Attributes
    ----------
    log_inputs : ndarray
        Inputs on their axes (point, input).
    family : ndarray of int
        Index of the family in the design (point,), −1 for a new family.
    are_targets : bool
        Whether the points are the targets of a forecast.
    """

    log_inputs: Array
    family: NDArray[np.int64]
    are_targets: bool


def forecast_points(design: Design, targets: object) -> ForecastPoints:
    """Return the targets of a forecast or, without them, points at ten times the largest inputs of each family.

    Parameters
    ----------
    design : Design
        What was fitted.
    targets : object
        Targets as `forecast` takes them, or None.

    Returns
    -------
    ForecastPoints
        The points.

    Raises
    ------
    InputError
        If the targets cannot be used.
    """
    if targets is not None:
        table = read_targets(design, targets)
        return ForecastPoints(table.log_inputs, table.family, True)
    family = np.arange(len(design.families))
    largest = np.stack([design.log_inputs[design.family == index].max(axis=0) for index in family])
    for j, name in enumerate(design.spec.law.inputs):
        quantity = known_quantity(name)
        if quantity is None or quantity.axis == "log":
            limit = np.log(quantity.most) if quantity else np.inf
            largest[:, j] = np.minimum(largest[:, j] + np.log(FAR), limit)
        elif name.startswith(WEIGHT_PREFIX):  # shares sum to 1: the family's mean mixture
            largest[:, j] = design.family_centres[:, j]
    return ForecastPoints(largest, family, False)


@dataclass(frozen=True, eq=False)
class CheckContext:
    """The posterior of one law and what several checks compute from it, each once.

    Parameters
    ----------
    posterior : Posterior
        Posterior of one law.
    points : ForecastPoints
        Where the forecast is checked.
    """

    posterior: Posterior
    points: ForecastPoints

    @property
    def design(self) -> Design:
        """What was fitted."""
        return self.posterior.design

    @cached_property
    def gate(self) -> PublicationGate:
        """The checks of the publication gate."""
        return publication_gate(self.posterior.tree)

    @cached_property
    def _training(self) -> tuple[LeaveOneOut, TrainingRows]:
        return training_rows(self.posterior)

    @property
    def leave_one_out(self) -> LeaveOneOut:
        """Every run predicted from all others."""
        return self._training[0]

    @property
    def training_rows(self) -> TrainingRows:
        """Where the training rows lie in what is predicted for them."""
        return self._training[1]

    @cached_property
    def residual_scores(self) -> tuple[ResidualScores, ...]:
        """Quantile residuals of runs, and of checkpoints within runs, with random orders."""
        return residual_scores(self.design, self.training_rows.score, self.posterior.predictive_seed)

    @cached_property
    def innovation_scores(self) -> tuple[ResidualScores, ...]:
        """Quantile residuals of runs, and of what each checkpoint adds to the one before it, with random orders."""
        innovations = residual_scores(self.design, self.training_rows.innovation_score, self.posterior.predictive_seed)
        of_runs = [scores for scores in self.residual_scores if scores.level == "runs"]
        return (*of_runs, *(scores for scores in innovations if scores.level == "checkpoints"))
