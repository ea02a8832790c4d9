"""Diagnostics of draws, and the publication gate: its criteria, which retries of the sampler and checks share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
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

    def result(self, value: float, quantity: str = "") -> CheckResult:
        """Compare a figure with the threshold.

        Parameters
        ----------
        value : float
            The figure.
        quantity : str, default ""
            Name of the quantity that has this figure.

        Returns
        -------
        CheckResult
            The result of the check.
        """
        passed = self.passes(value)
        meaning = f"{self.statement(value, quantity)}: {self.if_passed if passed else self.if_failed}"
        return CheckResult(value, self.threshold, meaning, passed, check=self.check)


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
class QuantityDiagnostics:
    """Convergence of every quantity.

    Parameters
    ----------
    rhat : ndarray
        Rank-normalised R-hat (quantity,).
    ess_bulk, ess_tail : ndarray
        Effective sample sizes of the bulk, and of the 5 % and 95 % quantiles, each (quantity,).
    """

    rhat: Array
    ess_bulk: Array
    ess_tail: Array


@dataclass(frozen=True)
class Diagnosis:
    """Convergence of one set of draws: the worst over its quantities.

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
    worst : mapping of str to str, optional
        Name of the quantity with the worst `rhat`, `ess_bulk` and `ess_tail`, where quantities have names.

    References
    ----------
    Vehtari et al. (2021), arXiv:1903.08008. Betancourt (2016), arXiv:1604.00695.
    """

    rhat: float
    ess_bulk: float
    ess_tail: float
    divergences: int
    bfmi: float
    worst: Mapping[str, str] = field(default_factory=dict)

    @property
    def figures(self) -> dict[str, float]:
        """The figure of every criterion, by name."""
        return {criterion.figure: getattr(self, criterion.figure) for criterion in CHAIN_CRITERIA}

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """The checks of the gate, passed and failed."""
        figures = self.figures
        return tuple(c.result(figures[c.figure], self.worst.get(c.figure, "")) for c in CHAIN_CRITERIA)

    @property
    def failures(self) -> list[str]:
        """Statement of each criterion of the gate that the draws do not meet."""
        figures = self.figures
        return [c.statement(figures[c.figure]) for c in CHAIN_CRITERIA if not c.passes(figures[c.figure])]

    @property
    def passed(self) -> bool:
        """Whether the draws meet every criterion of the gate."""
        return not self.failures


def quantity_diagnostics(draws: Array) -> QuantityDiagnostics:
    """Compute R-hat and effective sample sizes of every quantity.

    Parameters
    ----------
    draws : ndarray
        Draws (chain, draw, quantity).

    Returns
    -------
    QuantityDiagnostics
        One value per quantity.

    References
    ----------
    Vehtari et al. (2021), arXiv:1903.08008.
    """
    from arviz_stats.base import array_stats

    axes = {"chain_axis": 0, "draw_axis": 1}
    return QuantityDiagnostics(
        np.asarray(array_stats.rhat(draws, **axes)),
        np.asarray(array_stats.ess(draws, method="bulk", **axes)),
        np.asarray(array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **axes)),
    )


def diagnose(each: QuantityDiagnostics, stats: Mapping[str, Any], names: Sequence[str] = ()) -> Diagnosis:
    """Diagnose draws by the worst of their quantities.

    Parameters
    ----------
    each : QuantityDiagnostics
        Convergence of every quantity.
    stats : mapping of str to ndarray
        `diverging` and `energy` of every transition, each (chain, draw).
    names : sequence of str, optional
        Names of the quantities.

    Returns
    -------
    Diagnosis
        Worst values; NaN where one is NaN.
    """
    places = {"rhat": _worst(-each.rhat), "ess_bulk": _worst(each.ess_bulk), "ess_tail": _worst(each.ess_tail)}
    return Diagnosis(
        rhat=float(each.rhat[places["rhat"]]),
        ess_bulk=float(each.ess_bulk[places["ess_bulk"]]),
        ess_tail=float(each.ess_tail[places["ess_tail"]]),
        divergences=int(np.sum(stats["diverging"])),
        bfmi=float(np.min(bfmi(np.asarray(stats["energy"])))),
        worst={name: names[place] for name, place in places.items()} if names else {},
    )


def _worst(values: Array) -> int:
    """Return the index of the smallest value, or of the first NaN where there is any."""
    unknown = np.isnan(values)
    return int(unknown.argmax() if unknown.any() else values.argmin())


def weight_results(pareto_k: float, effective_size: float) -> tuple[CheckResult, ...]:
    """Compare importance weights with the gate of a re-weighted posterior, which has no chains to compare.

    Parameters
    ----------
    pareto_k : float
        Pareto k̂ of the weights.
    effective_size : float
        Effective sample size of the weighted draws.

    Returns
    -------
    tuple of CheckResult
        The checks of the gate, passed and failed.
    """
    figures = {"pareto_k": pareto_k, "effective_size": effective_size}
    return tuple(criterion.result(figures[criterion.figure]) for criterion in WEIGHT_CRITERIA)


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
