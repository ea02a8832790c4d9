"""Diagnostics of draws, and the publication gate: its criteria, which retries of the sampler and checks share."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.checks import CheckResult

type Array = NDArray[np.float64]

MOST_RHAT = 1.01  # Vehtari et al. 2021, arXiv 1903.08008, as is the effective sample size
LEAST_ESS = 400.0
LEAST_BFMI = 0.3  # Betancourt 2016, arXiv 1604.00695
MOST_PARETO_K = 0.7  # of importance weights, Vehtari et al. 2024, arXiv 1507.02646


@dataclass(frozen=True)
class Criterion:
    """One criterion of the publication gate.

    Parameters
    ----------
    check : str
        Name of the check in the table of results.
    figure : str
        Name of the figure that is compared with the threshold.
    threshold : float
        The threshold.
    at_most : bool
        Whether the figure must be at most the threshold; otherwise it must be at least the threshold.
    description : str
        What the figure is.
    if_passed, if_failed : str
        What a figure that passes, and one that fails, means.
    """

    check: str
    figure: str
    threshold: float
    at_most: bool
    description: str
    if_passed: str
    if_failed: str

    def passes(self, value: float) -> bool:
        """Check whether a figure meets the criterion.

        Parameters
        ----------
        value : float
            The figure. NaN does not meet any criterion.

        Returns
        -------
        bool
            Whether it does.
        """
        return bool(value <= self.threshold if self.at_most else value >= self.threshold)

    def statement(self, value: float, quantity: str = "") -> str:
        """Describe a figure and, where it fails, the threshold.

        Parameters
        ----------
        value : float
            The figure.
        quantity : str, default ""
            Name of the quantity that has this figure.

        Returns
        -------
        str
            Such as "the largest R-hat is 1.034 (alpha[pile]), above 1.01".
        """
        place = f" ({quantity})" if quantity else ""
        limit = f", {'above' if self.at_most else 'below'} {self.threshold:g}" if not self.passes(value) else ""
        return f"{self.description} is {value:.4g}{place}{limit}"

    def result(
        self, value: float, quantity: str = "", details: Mapping[str, pd.DataFrame] = MappingProxyType({})
    ) -> CheckResult:
        """Compare a figure with the threshold.

        Parameters
        ----------
        value : float
            The figure.
        quantity : str, default ""
            Name of the quantity that has this figure.
        details : mapping of str to pandas.DataFrame, optional
            Tables behind the figure.

        Returns
        -------
        CheckResult
            The result of the check.
        """
        passed = self.passes(value)
        meaning = f"{self.statement(value, quantity)}: {self.if_passed if passed else self.if_failed}"
        return CheckResult(value, self.threshold, meaning, passed, details=details, check=self.check)


#: Criteria of a posterior that was sampled.
CHAIN_CRITERIA = (
    Criterion(
        "R-hat",
        "rhat",
        MOST_RHAT,
        True,
        "the largest R-hat",
        "the chains agree",
        "the chains disagree; tune and sample longer",
    ),
    Criterion(
        "ESS bulk",
        "ess_bulk",
        LEAST_ESS,
        False,
        "the smallest bulk effective sample size",
        "medians are precise",
        "there are too few independent draws for medians; take more draws",
    ),
    Criterion(
        "ESS tail",
        "ess_tail",
        LEAST_ESS,
        False,
        "the smallest tail effective sample size",
        "intervals are precise",
        "there are too few independent draws for intervals; take more draws",
    ),
    Criterion(
        "divergences",
        "divergences",
        0.0,
        True,
        "the number of divergent transitions",
        "nothing suggests that a part of the posterior was not explored",
        "a part of the posterior was not explored; raise target_accept or use firmer priors",
    ),
    Criterion(
        "E-BFMI",
        "bfmi",
        LEAST_BFMI,
        False,
        "the smallest E-BFMI of a chain",
        "the energies are explored",
        "heavy tails are explored too slowly; use firmer priors or fewer free parameters",
    ),
)

#: Criteria of a posterior that was re-weighted, which has no chains to compare.
WEIGHT_CRITERIA = (
    Criterion(
        "Pareto k̂ of the weights",
        "pareto_k",
        MOST_PARETO_K,
        True,
        "Pareto k̂ of the importance weights",
        "the weights are even enough",
        "few draws have most of the weight; fit again",
    ),
    Criterion(
        "effective size of the weights",
        "effective_size",
        LEAST_ESS,
        False,
        "the effective sample size of the importance weights",
        "medians and intervals are precise",
        "few draws have most of the weight; fit again",
    ),
)


@dataclass(frozen=True)
class Diagnosis:
    """Convergence of one set of draws, each figure the worst over its quantities.

    Parameters
    ----------
    rhat : float
        Largest rank-normalised R-hat.
    ess_bulk, ess_tail : float
        Smallest bulk and tail effective sample size.
    divergences : int
        Number of divergent transitions.
    bfmi : float
        Smallest energy Bayesian fraction of missing information of a chain.

    References
    ----------
    Vehtari et al. (2021), arXiv:1903.08008. Betancourt (2016), arXiv:1604.00695.
    """

    rhat: float
    ess_bulk: float
    ess_tail: float
    divergences: int
    bfmi: float

    @property
    def failures(self) -> list[str]:
        """Statement of each criterion of the gate that the draws do not meet."""
        figures = [(criterion, float(getattr(self, criterion.figure))) for criterion in CHAIN_CRITERIA]
        return [criterion.statement(value) for criterion, value in figures if not criterion.passes(value)]

    @property
    def passed(self) -> bool:
        """Whether the draws meet every criterion of the gate."""
        return not self.failures


def diagnose(draws: Array, stats: Mapping[str, Array]) -> Diagnosis:
    """Diagnose draws by their worst quantity.

    Parameters
    ----------
    draws : ndarray
        Draws (chain, draw, quantity).
    stats : mapping of str to ndarray
        `diverging` and `energy` of every transition, each (chain, draw).

    Returns
    -------
    Diagnosis
        The figures of the gate.
    """
    figures = quantity_diagnostics(draws)
    return Diagnosis(
        rhat=float(np.max(figures["rhat"])),
        ess_bulk=float(np.min(figures["ess_bulk"])),
        ess_tail=float(np.min(figures["ess_tail"])),
        divergences=int(stats["diverging"].sum()),
        bfmi=float(np.min(bfmi(stats["energy"]))),
    )


def quantity_diagnostics(draws: Array) -> dict[str, Array]:
    """Compute R-hat, bulk and tail effective sample size of every quantity.

    Parameters
    ----------
    draws : ndarray
        Draws (chain, draw, quantity).

    Returns
    -------
    dict of str to ndarray
        `rhat`, `ess_bulk` and `ess_tail` (of the 5 % and 95 % quantiles), each (quantity,).

    References
    ----------
    Vehtari et al. (2021), arXiv:1903.08008.
    """
    from arviz_stats.base import array_stats

    axes = {"chain_axis": 0, "draw_axis": 1}
    return {
        "rhat": np.asarray(array_stats.rhat(draws, **axes)),
        "ess_bulk": np.asarray(array_stats.ess(draws, method="bulk", **axes)),
        "ess_tail": np.asarray(array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **axes)),
    }


def bfmi(energy: Array) -> Array:
    """Compute the energy Bayesian fraction of missing information of each chain.

    Parameters
    ----------
    energy : ndarray
        Energy of every transition (chain, draw).

    Returns
    -------
    ndarray
        The fraction (chain,).

    References
    ----------
    Betancourt (2016), arXiv:1604.00695.
    """
    return np.asarray(np.mean(np.diff(energy, axis=1) ** 2, axis=1) / np.var(energy, axis=1))
