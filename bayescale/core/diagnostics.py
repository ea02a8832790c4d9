"""The publication gate: convergence of draws and evenness of importance weights, with their thresholds.

The sampler judges by it whether to sample again, and the checks of a posterior whether it may be published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayescale.core.checks import Finding

type Array = NDArray[np.float64]

MOST_RHAT = 1.01
LEAST_ESS = 400.0
LEAST_BFMI = 0.3
MOST_PARETO_K = 0.7  # of importance weights, Vehtari et al. 2024, arXiv 1507.02646


@dataclass(frozen=True)
class QuantityDiagnostics:
    """Convergence of every quantity, each array (quantity,).

    Attributes
    ----------
    rhat : array
        Rank-normalised R-hat.
    ess_bulk, ess_tail : array
        Effective sample sizes of the bulk, and of the 5 % and 95 % quantiles.
    """

    rhat: Array
    ess_bulk: Array
    ess_tail: Array


@dataclass(frozen=True)
class Diagnosis:
    """Convergence of one set of draws: the worst over its quantities.

    Attributes
    ----------
    rhat, ess_bulk, ess_tail : float
        Worst rank-normalised R-hat and effective sample sizes.
    divergences : int
        Number of divergent transitions.
    bfmi : float
        Worst energy Bayesian fraction of missing information over the chains.
    worst : mapping of str to str
        Name of the quantity with the worst `rhat`, `ess_bulk` and `ess_tail`, where quantities have names.
    """

    rhat: float
    ess_bulk: float
    ess_tail: float
    divergences: int
    bfmi: float
    worst: Mapping[str, str] = field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The checks of the gate, passed and failed."""
        explored = "energies are explored" if self.bfmi >= LEAST_BFMI else "heavy tails are explored too slowly"
        unexplored = ": part of the posterior was not explored" if self.divergences else ""
        return (
            self._at_most("R-hat", "rhat", MOST_RHAT, "chains agree", "chains disagree: sample longer"),
            self._at_least("ESS bulk", "ess_bulk", "medians are precise", "too few independent draws for medians"),
            self._at_least("ESS tail", "ess_tail", "intervals are precise", "too few independent draws for intervals"),
            Finding(
                "divergences",
                self.divergences == 0,
                self.divergences,
                0.0,
                f"{self.divergences} divergent transitions{unexplored}",
            ),
            Finding("E-BFMI", bool(self.bfmi >= LEAST_BFMI), self.bfmi, LEAST_BFMI, f"{self.bfmi:.2f}: {explored}"),
        )

    def _at_most(self, check: str, name: str, threshold: float, good: str, bad: str) -> Finding:
        """The check of a diagnostic that must not be above a threshold."""
        return self._finding(check, name, threshold, bool(getattr(self, name) <= threshold), good, bad)

    def _at_least(self, check: str, name: str, good: str, bad: str) -> Finding:
        """The check of an effective sample size."""
        return self._finding(check, name, LEAST_ESS, bool(getattr(self, name) >= LEAST_ESS), good, bad)

    def _finding(self, check: str, name: str, threshold: float, passed: bool, good: str, bad: str) -> Finding:
        """The check of a diagnostic, with its worst quantity."""
        value, quantity = getattr(self, name), f" ({self.worst[name]})" if name in self.worst else ""
        return Finding(check, passed, value, threshold, f"{value:.4g} at worst{quantity}: {good if passed else bad}")

    @property
    def failures(self) -> list[str]:
        """The checks that failed, in short; empty when the draws pass."""
        texts = {
            "R-hat": f"R-hat {self.rhat:.3f} is above {MOST_RHAT}",
            "ESS bulk": f"bulk effective sample size {self.ess_bulk:.0f} is below {LEAST_ESS:.0f}",
            "ESS tail": f"tail effective sample size {self.ess_tail:.0f} is below {LEAST_ESS:.0f}",
            "divergences": f"{self.divergences} divergent transitions",
            "E-BFMI": f"E-BFMI {self.bfmi:.2f} is below {LEAST_BFMI}",
        }
        return [texts[finding.check] for finding in self.findings if not finding.passed]

    @property
    def passed(self) -> bool:
        """Whether every check of the gate passed."""
        return all(finding.passed for finding in self.findings)


def quantity_diagnostics(draws: Array) -> QuantityDiagnostics:
    """Compute R-hat and effective sample sizes of every quantity.

    Parameters
    ----------
    draws : array, shape (chain, draw, quantity)
        Posterior draws.

    Returns
    -------
    QuantityDiagnostics
        One value per quantity.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), Rank-normalization, folding, and localization.
    """
    from arviz_stats.base import array_stats

    axes = {"chain_axis": 0, "draw_axis": 1}
    return QuantityDiagnostics(
        np.asarray(array_stats.rhat(draws, **axes)),
        np.asarray(array_stats.ess(draws, method="bulk", **axes)),
        np.asarray(array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **axes)),
    )


def diagnose(each: QuantityDiagnostics, stats: Mapping[str, Any], names: Sequence[str] = ()) -> Diagnosis:
    """Judge draws by the worst of their quantities.

    Parameters
    ----------
    each : QuantityDiagnostics
        Convergence of every quantity (`quantity_diagnostics`).
    stats : mapping of str to array, each (chain, draw)
        `diverging` and `energy`.
    names : sequence of str, optional
        Names of the quantities.

    Returns
    -------
    Diagnosis
        Worst values, which are unknown (NaN) where one is.
    """
    places = {
        "rhat": _worst(-each.rhat),
        "ess_bulk": _worst(each.ess_bulk),
        "ess_tail": _worst(each.ess_tail),
    }
    return Diagnosis(
        rhat=float(each.rhat[places["rhat"]]),
        ess_bulk=float(each.ess_bulk[places["ess_bulk"]]),
        ess_tail=float(each.ess_tail[places["ess_tail"]]),
        divergences=int(np.sum(stats["diverging"])),
        bfmi=float(np.min(bfmi(np.asarray(stats["energy"])))),
        worst={name: names[place] for name, place in places.items()} if names else {},
    )


def _worst(values: Array) -> int:
    """Index of the least value; of an unknown one where there is one."""
    unknown = np.isnan(values)
    return int(unknown.argmax() if unknown.any() else values.argmin())


def bfmi(energy: Array) -> Array:
    """Compute the energy Bayesian fraction of missing information of every chain.

    Parameters
    ----------
    energy : array, shape (chain, draw)
        Energies.

    Returns
    -------
    array, shape (chain,)
        Values around 1 where chains explore the energies well.

    References
    ----------
    Betancourt (2016), arXiv:1604.00695.
    """
    return np.asarray(np.mean(np.diff(energy, axis=1) ** 2, axis=1) / np.var(energy, axis=1))


def weight_findings(pareto_k: float, effective_size: float) -> tuple[Finding, Finding]:
    """Judge importance weights: the gate of a re-weighted posterior, which has no chains to compare.

    Parameters
    ----------
    pareto_k : float
        Shape of the tail of the weights.
    effective_size : float
        Number of independent draws that the weighted ones are worth.

    Returns
    -------
    tuple of Finding
        The checks of the gate, passed and failed.
    """
    even, enough = bool(pareto_k <= MOST_PARETO_K), bool(effective_size >= LEAST_ESS)
    tail = "weights are even enough" if even else "few draws carry the weight: fit again"
    count = "medians and intervals are precise" if enough else "too few draws carry the weight: fit again"
    return (
        Finding("Pareto k̂ of the weights", even, pareto_k, MOST_PARETO_K, f"{pareto_k:.2f}: {tail}"),
        Finding("effective size of the weights", enough, effective_size, LEAST_ESS, f"{effective_size:.4g}: {count}"),
    )
