"""Convergence of draws: R-hat and effective sample sizes of every quantity, and the worst of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayescale.core.checks import CheckResult
from bayescale.core.draws.chain_statistics import ess_bulk, ess_tail, rhat
from bayescale.core.gate import CHAIN_CRITERIA, LEAST_BFMI, LEAST_ESS

type Array = NDArray[np.float64]

MOST_CONTINUATIONS = 2  # of an attempt, each of as many draws again
MOST_AT_ONCE = 64  # quantities, so that memory does not grow with their number
SHORT_RHAT = 1.05  # largest R-hat of chains that are merely too short


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
    blocks = [draws[..., i : i + MOST_AT_ONCE] for i in range(0, draws.shape[2], MOST_AT_ONCE)]
    each = [np.concatenate([statistic(block) for block in blocks]) for statistic in (rhat, ess_bulk, ess_tail)]
    return QuantityDiagnostics(*each)


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


def merely_short(diagnosis: Diagnosis) -> bool:
    """Check whether draws fail the gate for nothing but their number.

    Parameters
    ----------
    diagnosis : Diagnosis
        Of one attempt.

    Returns
    -------
    bool
        Whether the gate fails, no draw diverges, energies are explored, R-hat is at most 1.05, and effective sample
        sizes would suffice in as many draws as an attempt may go on to.
    """
    least = min(diagnosis.ess_bulk, diagnosis.ess_tail)
    return (
        not diagnosis.passed
        and diagnosis.divergences == 0
        and diagnosis.bfmi >= LEAST_BFMI
        and diagnosis.rhat <= SHORT_RHAT
        and (1 + MOST_CONTINUATIONS) * least >= LEAST_ESS
    )


def _worst(values: Array) -> int:
    """Return the index of the smallest value, or of the first NaN where there is any."""
    unknown = np.isnan(values)
    return int(unknown.argmax() if unknown.any() else values.argmin())


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
