"""The gate before anything is published, computed on plain arrays of draws (chain, draw, quantity)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]

MOST_RHAT = 1.01
LEAST_ESS = 400.0
LEAST_BFMI = 0.3
MOST_PARETO_K = 0.7  # of importance weights, Vehtari et al. 2024, arXiv 1507.02646


@dataclass(frozen=True)
class Diagnosis:
    """Convergence of one set of draws, worst over the quantities: rank-normalised R-hat, bulk and tail ESS (Vehtari
    2021)."""

    rhat: float
    ess_bulk: float
    ess_tail: float
    divergences: int
    bfmi: float

    @property
    def failures(self) -> list[str]:
        """What failed, in words; empty when the draws pass."""
        out = []
        if not self.rhat <= MOST_RHAT:
            out.append(f"R-hat {self.rhat:.3f} is above {MOST_RHAT}")
        if not self.ess_bulk >= LEAST_ESS:
            out.append(f"bulk effective sample size {self.ess_bulk:.0f} is below {LEAST_ESS:.0f}")
        if not self.ess_tail >= LEAST_ESS:
            out.append(f"tail effective sample size {self.ess_tail:.0f} is below {LEAST_ESS:.0f}")
        if self.divergences:
            out.append(f"{self.divergences} divergent transitions")
        if not self.bfmi >= LEAST_BFMI:
            out.append(f"E-BFMI {self.bfmi:.2f} is below {LEAST_BFMI}")
        return out

    @property
    def passed(self) -> bool:
        return not self.failures


def diagnose(draws: Array, stats: dict[str, Array]) -> Diagnosis:
    """Worst diagnostics over the last axis of draws (chain, draw, quantity)."""
    from arviz_stats.base import array_stats

    axes = {"chain_axis": 0, "draw_axis": 1}
    return Diagnosis(
        rhat=float(np.max(array_stats.rhat(draws, **axes))),
        ess_bulk=float(np.min(array_stats.ess(draws, method="bulk", **axes))),
        ess_tail=float(np.min(array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **axes))),
        divergences=int(stats["diverging"].sum()),
        bfmi=float(np.min(bfmi(stats["energy"]))),
    )


def bfmi(energy: Array) -> Array:
    """Energy Bayesian fraction of missing information per chain (Betancourt 2016), from energy (chain, draw)."""
    return np.asarray(np.mean(np.diff(energy, axis=1) ** 2, axis=1) / np.var(energy, axis=1))
