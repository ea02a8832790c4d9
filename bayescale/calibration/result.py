"""The result of a calibration: ranks of true values among posterior draws, by quantity, and tests of uniformity.

If parameters are drawn from the prior and data from the model, the rank of a true value among independent draws of its
posterior is uniform, whatever the quantity (Cook, Gelman and Rubin 2006; Talts et al. 2018, arXiv 1804.06788).
Quantities that depend on the data too, such as the log-likelihood, reveal errors that parameters alone cannot (Modrák
et al. 2023, arXiv 2211.02383).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.calibration.uniformity import differences, p_value
from bayescale.core.display import Page, Shown
from bayescale.core.notes import Note

type Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9, 0.95)
LEVEL = 0.01  # probability that a correct model fails at any quantity
RARE = 0.5  # a note is made where a smaller share of prior draws can make data


@dataclass(frozen=True)
class SimulationResult:
    """The result of one simulation.

    Parameters
    ----------
    ranks : mapping of str to ndarray
        Rank of each quantity's true value among the draws, by family or group where it has any; empty where nothing
        could be sampled.
    tries : int
        Number of draws of the prior that it took to make possible data.
    passed : bool
        Whether the posterior passed its gate.
    why : str
        Reason why the posterior failed its gate; empty where it passed.
    poor : bool
        Whether the posterior is so far from convergence that its ranks mean little.
    facts : mapping of str to float
        Figures of sampling, by name.
    """

    ranks: Mapping[str, NDArray[np.int64]]
    tries: int
    passed: bool
    why: str
    poor: bool
    facts: Mapping[str, float]


@dataclass(frozen=True, repr=False, eq=False)
class Calibration(Shown):
    """Simulation-based calibration: ranks of true values among posterior draws, where the model is true.

    Attributes
    ----------
    of : str
        What was calibrated.
    table : pandas.DataFrame
        One row per quantity: simulations `n`; `coverage_50` … `coverage_95`, how often equal-tailed intervals hold the
        true value, each with its Monte Carlo standard error (`se_50` …); `mean` of the ranks, 0.5 if calibrated (above:
        true values tend to be larger than posteriors say), and their `spread`, 1 if calibrated (above: posteriors are
        too narrow; below: too wide); `deviation`, the largest difference of their distribution from uniform, and its
        `p_value`; `passed`.
    ranks : xarray.Dataset
        Ranks of true values, 0 to `draws`, over (simulation, family or group). For a quantity of families, the table
        uses one family per simulation, in turn, because families of one simulation are not independent.
    fits : pandas.DataFrame
        One row per simulation: whether it was `fitted`; whether it `passed` its gate, and `why` it did not; `poor`
        where its ranks mean little; figures of sampling.
    possible : float
        Share of draws from the prior at which the law can make data at these inputs.
    notes : tuple of Note
        What a reader must know before relying on the figures.
    level : float
        Probability that a correct model fails at any of the quantities: a quantity passes where its p-value is at least
        `level` over their number.
    random_seed : int
        Seed of the simulations.

    References
    ----------
    Talts et al. (2018), arXiv:1804.06788. Modrák et al. (2023), arXiv:2211.02383.
    """

    of: str
    table: pd.DataFrame
    ranks: xr.Dataset = field(repr=False)
    fits: pd.DataFrame = field(repr=False)
    possible: float
    notes: tuple[str, ...]
    level: float
    random_seed: int

    @property
    def passed(self) -> bool:
        """Whether every quantity's ranks look uniform."""
        return bool(self.table["passed"].all())

    @property
    def failures(self) -> float:
        """Share of simulations whose posterior failed its gate or could not be sampled at all."""
        return float(1 - self.fits["passed"].mean())

    def positions(self, quantity: str) -> Array:
        """Return the ranks of a quantity as numbers between 0 and 1, spread uniformly within a rank.

        Parameters
        ----------
        quantity : str
            Name in `table`.

        Returns
        -------
        ndarray
            One number per simulation (simulation,). A quantity of families has that of one family, in turn.
        """
        return positions(self.ranks, quantity, self.random_seed)

    @property
    def _page(self) -> Page:
        return Page(self.of, self.table, self.notes)


def rank(truth: Array, draws: Array, rng: np.random.Generator) -> NDArray[np.int64]:
    """Rank true values among draws. Ties are broken at random.

    Parameters
    ----------
    truth : ndarray
        True values (...). NaN counts as the largest value of all, in truth and draws alike.
    draws : ndarray
        Posterior draws (draw, ...).
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    ndarray of int
        Ranks (...), 0 to the number of draws.
    """
    true, drawn = (np.where(np.isnan(value), np.inf, value) for value in (truth, draws))
    equal = (drawn == true).sum(axis=0)
    return np.asarray((drawn < true).sum(axis=0) + rng.integers(0, equal + 1), dtype=np.int64)


def positions(ranks: xr.Dataset, quantity: str, random_seed: int) -> Array:
    """Return the ranks of a quantity as numbers between 0 and 1, spread uniformly within a rank.

    Parameters
    ----------
    ranks : xarray.Dataset
        Ranks, as in `Calibration.ranks`.
    quantity : str
        Name of the quantity.
    random_seed : int
        Seed of the position within a rank.

    Returns
    -------
    ndarray
        One number per simulation (simulation,).
    """
    values = ranks[quantity].to_numpy()
    turn = ranks["simulation"].to_numpy()
    if values.ndim == 2:
        values = np.take_along_axis(values, (turn % values.shape[1])[:, None], axis=1)[:, 0]
    place = [*ranks.data_vars].index(quantity)
    within = np.random.default_rng(np.random.SeedSequence([random_seed, 1, place])).random(len(values))
    return np.asarray((values + within) / (int(ranks.attrs["draws"]) + 1))


def calibration(
    of: str,
    results: Sequence[SimulationResult],
    draws: int,
    coords: Mapping[str, Any],
    random_seed: int,
    level: float = LEVEL,
) -> Calibration:
    """Combine the results of all simulations.

    Parameters
    ----------
    of : str
        What is calibrated.
    results : sequence of SimulationResult
        One per simulation.
    draws : int
        Number of draws that true values are ranked among.
    coords : mapping
        Name and labels of the dimension of quantities with several values, such as families.
    random_seed : int
        Seed of the simulations.
    level : float, default 0.01
        Probability that a correct model fails at any quantity.

    Returns
    -------
    Calibration
        Table, ranks and notes.
    """
    fits = pd.DataFrame(
        [{"fitted": bool(r.ranks), "passed": r.passed, "poor": r.poor, "why": r.why, **r.facts} for r in results]
    ).rename_axis("simulation")
    done = np.array([index for index, result in enumerate(results) if result.ranks], dtype=np.int64)
    (dim,) = coords
    variables = {}
    for name in next((result.ranks for result in results if result.ranks), {}):
        stacked = np.stack([results[index].ranks[name] for index in done])
        variables[name] = (("simulation", dim)[: stacked.ndim], stacked)
    ranks = xr.Dataset(variables, {"simulation": done, **coords}, {"draws": draws})
    share = len(results) / sum(result.tries for result in results)
    table = _table(ranks, random_seed, level)
    return Calibration(of, table, ranks, fits, share, _notes(fits, share), level, random_seed)


def _table(ranks: xr.Dataset, random_seed: int, level: float) -> pd.DataFrame:
    rows = []
    for name in map(str, ranks.data_vars):
        at = positions(ranks, name, random_seed)
        row: dict[str, Any] = {"quantity": name, "n": len(at)}
        for prob in LEVELS:
            held = int((np.abs(at - 0.5) <= prob / 2).sum())
            share = (held + 2) / (len(at) + 4)  # Agresti and Coull: the error is not zero where all are held
            row[f"coverage_{100 * prob:.0f}"] = held / len(at)
            row[f"se_{100 * prob:.0f}"] = float(np.sqrt(share * (1 - share) / (len(at) + 4)))
        row |= {"mean": float(at.mean()), "spread": float(np.sqrt(12 * np.mean((at - 0.5) ** 2)))}
        row |= {"deviation": float(np.abs(differences(at)[1]).max()), "p_value": p_value(at)}
        rows.append({**row, "passed": row["p_value"] >= level / len(ranks.data_vars)})
    return pd.DataFrame(rows)


def _notes(fits: pd.DataFrame, possible: float) -> tuple[Note, ...]:
    notes = []
    lost, failed = int((~fits["fitted"]).sum()), int((fits["fitted"] & ~fits["passed"]).sum())
    if lost:
        reason = fits.loc[~fits["fitted"], "why"].iloc[0]
        message = (
            f"{lost} of {len(fits)} simulations could not be sampled at all and are left out ({reason}): the result "
            "does not cover data like theirs"
        )
        notes.append(Note("calibration_not_sampled", message))
    if failed:
        poor = int((fits["fitted"] & fits["poor"]).sum())
        message = (
            f"{failed} of {len(fits)} posteriors failed the gate, {poor} of them so far that their ranks mean little; "
            "all are counted. A fit would sample these longer or refuse them. A posterior that has not converged can "
            "make a correct model look wrong; without these the result would not cover data that are hard to fit"
        )
        notes.append(Note("calibration_gate_failed", message))
    if possible < RARE:
        message = (
            f"only {100 * possible:.2g} % of draws from the prior make data that the law can express at these inputs: "
            "the prior has most of its mass where data are impossible"
        )
        notes.append(Note("calibration_rare_data", message))
    return tuple(notes)
