"""Settings of the sampler and of its retries, and the draws that it returns."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayescale.core.arguments import checked
from bayescale.errors import InputError
from bayescale.scaling.rows.row_limit import MOST_ROWS
from bayescale.scaling.sampling.diagnostics import Diagnosis

type Array = NDArray[np.float64]

#: Least and most of each setting; more draws than these no interval needs, and no memory holds.
LIMITS = (
    ("draws", 100, 50_000),
    ("tune", 100, 50_000),
    ("chains", 2, 64),
    ("cores", 1, 1_024),
    ("attempts", 1, 10),
    ("max_rows", 1, 10_000_000),
)
LEAST_ACCEPT = 0.5


@checked
@dataclass(frozen=True)
class Sampler:
    """How long and how carefully to sample.

    Parameters
    ----------
    draws : int, default 1000
        Draws a chain.
    tune : int, default 500
        Draws a chain before these, to adapt step size and mass matrix.
    chains : int, default 4
        Number of chains.
    cores : int, optional
        Number of chains that run at the same time; by default as many as there are chains and cores.
    target_accept : float, default 0.97
        Acceptance that the step size is adapted to.
    attempts : int, default 3
        Attempts at a posterior at most, each more careful than the one before, until convergence.
    max_rows : int, default 10,000
        Rows of a fit at most. Of a table of more runs, each measured once, so many rows are selected by their inputs,
        and a note states what they leave out. More checkpoints are refused before sampling, with the cost. A larger
        number accepts the cost.

    Raises
    ------
    InputError
        For settings out of range, all at once.
    """

    draws: int = 1000
    tune: int = 500
    chains: int = 4
    cores: int | None = None
    target_accept: float = 0.97
    attempts: int = 3
    max_rows: int = MOST_ROWS

    def __post_init__(self) -> None:
        problems = [
            f"{name}={getattr(self, name)} must be at least {least} and at most {most:,}"
            for name, least, most in LIMITS
            if not least <= (least if getattr(self, name) is None else getattr(self, name)) <= most
        ]
        if not LEAST_ACCEPT <= self.target_accept < 1:
            problems.append(f"target_accept={self.target_accept} must be at least {LEAST_ACCEPT} and below 1")
        if problems:
            raise InputError("the sampler settings cannot be used:", problems)


def transitions(sampler: Sampler) -> int:
    """Count the draws of all chains, tuning included.

    Parameters
    ----------
    sampler : Sampler
        Settings.

    Returns
    -------
    int
        Number of draws.
    """
    return sampler.chains * (sampler.tune + sampler.draws)


@dataclass(frozen=True)
class Attempt:
    """How one set of chains is sampled.

    Attributes
    ----------
    name : str
        What distinguishes it, for progress and the posterior's record.
    sampler : Sampler
        Settings of this attempt.
    adaptation : {"diag", "low_rank"}, default "diag"
        Mass matrix that nutpie adapts.
    """

    name: str
    sampler: Sampler
    adaptation: str = "diag"


@dataclass(frozen=True)
class RetryStep:
    """One step of the escalation.

    Attributes
    ----------
    name : str
        Name of the attempt.
    tune, draws : float
        Multiples of the tuning and of the draws requested.
    target_accept : float
        Least acceptance.
    adaptation : {"diag", "low_rank"}
        Mass matrix that nutpie adapts.
    """

    name: str
    tune: float
    draws: float
    target_accept: float
    adaptation: str

    def attempt(self, sampler: Sampler) -> Attempt:
        """Apply the step to settings.

        Parameters
        ----------
        sampler : Sampler
            Settings requested.

        Returns
        -------
        Attempt
            The attempt.
        """
        tune, draws = int(self.tune * sampler.tune), int(self.draws * sampler.draws)
        target_accept = max(sampler.target_accept, self.target_accept)
        settings = replace(sampler, tune=tune, draws=draws, target_accept=target_accept)
        return Attempt(self.name, settings, self.adaptation)


#: After short trees that agreed roughly: the coordinates are round, and what failed takes smaller steps or more draws.
AFTER_SHORT_TREES = (
    RetryStep("the same coordinates, smaller steps", 1, 1, 0.98, "diag"),
    RetryStep("the same coordinates, smallest steps, two and a half times the draws", 2, 2.5, 0.99, "diag"),
)
#: After long trees that agreed roughly: the draws tell the posterior's shape better than modes do.
AFTER_AGREEMENT = (
    RetryStep("coordinates from the draws before, smaller steps", 1, 1, 0.99, "diag"),
    RetryStep(
        "coordinates from the draws before, smallest steps, two and a half times the draws", 2, 2.5, 0.995, "diag"
    ),
)
#: After draws that were not.
AFTER_DISAGREEMENT = (
    RetryStep("low-rank mass matrix, smaller steps, two and a half times the draws", 2, 2.5, 0.98, "low_rank"),
    RetryStep("low-rank mass matrix, smallest steps, five times the draws", 3, 5, 0.99, "low_rank"),
)


@dataclass(frozen=True)
class Draws:
    """Posterior draws of the model's variables.

    Attributes
    ----------
    values : dict of str to array, each (chain, draw, ...)
        `member` (..., parameter, family) and `weight` (..., basis) are families' values and coefficients of the
        discrepancy's functions themselves.
    stats : dict of str to array, each (chain, draw)
        Statistics of the sampler.
    diagnosis : Diagnosis
        Convergence.
    attempt : str
        The attempt that they are from.
    warm : bool, default False
        Whether the coordinates came from the draws of an earlier posterior.
    notes : tuple of str
        Notes on the attempts before.
    """

    values: dict[str, Array]
    stats: dict[str, Array]
    diagnosis: Diagnosis
    attempt: str
    warm: bool = False
    notes: tuple[str, ...] = ()
