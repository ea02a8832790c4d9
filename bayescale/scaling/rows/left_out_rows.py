"""What a posterior of selected rows lacks: the information of the rows that were left out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayescale.core.notes import Note
from bayescale.data.runs import Runs
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.predict.draws import Functions, from_draws
from bayescale.scaling.sampling.sampler import Draws

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

MOST_DRAWS = 500  # that covariances are computed from
MOST_COMPARED = 2_000  # rows at which intervals are compared
BLOCK = 4_000  # rows that are evaluated at once


@dataclass(frozen=True)
class InformationLoss:
    """How much wider intervals of the law are than those of all rows.

    Attributes
    ----------
    typical, largest : float
        Median and largest ratio of the standard deviations of law and discrepancy, over rows that were left out.
    """

    typical: float
    largest: float

    @property
    def note(self) -> Note:
        """The loss as a sentence."""
        return Note(
            "rows_left_out",
            f"intervals of the law are typically {self.typical:.2f} times, and at most {self.largest:.2f} times, as "
            "wide as those of all rows, at the inputs of the rows that were left out (by the information about the law "
            "in these rows)",
        )


def information_loss(design: Design, draws: Draws, runs: Runs) -> InformationLoss:
    """Compare a posterior of selected rows with what it would be with the rows left out.

    Near the posterior, the response of the law is linear in whatever is unknown. Rows left out then shrink its
    covariance as measurements in a linear model do, each with the Fisher information of a Student-t about its location.
    The time is linear in the number of rows.

    Parameters
    ----------
    design : Design
        The design of the selected rows.
    draws : Draws
        Its posterior.
    runs : Runs
        All rows, each a run of its own.

    Returns
    -------
    InformationLoss
        Ratios of standard deviations.
    """
    plain = make_design(runs, replace(design.spec, discrepancy=False), max_rows=len(runs.table))
    rows = np.flatnonzero(~np.isin(plain.row, design.row))
    points, family = plain.log_inputs[rows], plain.family[rows]
    functions = from_draws(design, _thinned(draws.values))[0]
    products = np.zeros((functions.draws[1], functions.draws[1]))
    for block in _in_noise_units(functions, points, family):
        products += block @ block.T
    eigenvalues, vectors = np.linalg.eigh(products)
    strength = np.maximum(eigenvalues, 0.0)  # information of the rows left out, relative to that of the posterior
    compared = np.unique(np.linspace(0, len(rows) - 1, MOST_COMPARED).astype(int))
    ratios = [
        _ratios(block, strength, vectors) for block in _in_noise_units(functions, points[compared], family[compared])
    ]
    joined = np.concatenate(ratios)
    return InformationLoss(float(np.median(joined)), float(joined.max()))


def _thinned(values: dict[str, Array]) -> dict[str, Array]:
    """At most `MOST_DRAWS` draws (1, draw, …), evenly from all chains."""
    flat = {name: value.reshape(1, -1, *value.shape[2:]) for name, value in values.items()}
    length = next(iter(flat.values())).shape[1]
    places = np.unique(np.linspace(0, length - 1, MOST_DRAWS).astype(int))
    return {name: value[:, places] for name, value in flat.items()}


def _in_noise_units(functions: Functions, points: Array, family: Index) -> Iterator[Array]:
    """Deviations of law and discrepancy from their means, so that products of rows over draws are covariances.

    Blocks (draw, row), each row times the root of what a measurement there says about its location.
    """
    df = functions.noise["noise_df"][0][:, None]
    for start in range(0, len(points), BLOCK):
        part = points[start : start + BLOCK], family[start : start + BLOCK]
        law, variance = functions.law_and_noise(*part)
        response = law[0] + functions.spanned(*part)[0]
        information = ((df + 1) / (df + 3) / variance[0]).mean(axis=0)
        yield (response - response.mean(axis=0)) * np.sqrt(information / (len(response) - 1))


def _ratios(block: Array, strength: Array, vectors: Array) -> Array:
    """Standard deviations (row,) of a block's rows relative to those with the rows left out added."""
    along = (vectors.T @ block) ** 2
    return np.asarray(np.sqrt(along.sum(axis=0) / (along / (1.0 + strength[:, None])).sum(axis=0)))
