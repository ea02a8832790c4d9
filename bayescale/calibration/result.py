"""What came out of a calibration: ranks of true values among posterior draws, quantity by quantity, and their verdict.

If parameters are drawn from the prior and data from the model, the rank of a true value among independent draws of its
posterior is uniform, whatever the quantity (Cook, Gelman and Rubin 2006; Talts et al. 2018, arXiv 1804.06788).
Quantities that look at the data too, such as the log-likelihood, find faults that parameters alone cannot show (Modrák
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

type Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9, 0.95)
LEVEL = 0.01  # chance that a correct model fails at any quantity at all
RARE = 0.5  # of prior draws that make data: below, the prior is worth a word


@dataclass(frozen=True)
class One:
    """One simulation: rank of each quantity's true value among the posterior's draws, by family or group where it has
    any, none where no fit came out; how many draws of the prior it took to make data; whether the posterior passed its
    gate and why not, and whether it was so poor that its ranks mean little; figures of how sampling went.
    """

    ranks: Mapping[str, NDArray[np.int64]]
    tries: int
    passed: bool
    why: str
    poor: bool
    facts: Mapping[str, float]


@dataclass(frozen=True, repr=False, eq=False)
class Calibration(Shown):
    """Whether posteriors are right as often as they say when the model is true.

    table     one row per quantity: simulations `n`; `coverage_50` … `coverage_95`, how often equal-tailed intervals
              hold the true value, each with its Monte Carlo standard error (`se_50` …); `mean` of the ranks, 0.5 as it
              should be (above, true values tend to be larger than posteriors say), and their `spread`, 1 as it should
              be (above, posteriors are too narrow; below, too wide); `deviation`, the largest difference of their
              distribution from uniform, and `p_value` of the whole of it; `passed`.
    ranks     ranks of true values, 0 to `draws`, over (simulation, family or group). A quantity of families counts in
              the table for one family a simulation, in turn: families of one simulation are not independent.
    fits      one row per simulation: `fitted`, `passed` its gate and `why` not, `poor` where its ranks mean little, how
              sampling went.
    possible  share of draws from the prior at which the law can make data at these inputs.
    notes     what is to be known before the figures are relied on.
    level     chance that a correct model fails at any of the quantities: a quantity has passed where its p-value is at
              least `level` over their number.
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
        """Ranks of a quantity as numbers between 0 and 1 (simulation,), spread evenly within a rank; of families, those
        of one family a simulation, in turn."""
        return positions(self.ranks, quantity, self.random_seed)

    @property
    def _page(self) -> Page:
        return Page(self.of, self.table, self.notes)


def rank(truth: Array, draws: Array, rng: np.random.Generator) -> NDArray[np.int64]:
    """Rank (…) of true values (…) among draws (draw, …), 0 to their number; a rank among equals is taken at random.

    What is not a number counts as the largest of all, in truth and draws alike.
    """
    true, drawn = (np.where(np.isnan(value), np.inf, value) for value in (truth, draws))
    equal = (drawn == true).sum(axis=0)
    return np.asarray((drawn < true).sum(axis=0) + rng.integers(0, equal + 1), dtype=np.int64)


def positions(ranks: xr.Dataset, quantity: str, random_seed: int) -> Array:
    """See `Calibration.positions`."""
    own = ranks[quantity].to_numpy()
    turn = ranks["simulation"].to_numpy()
    if own.ndim == 2:
        own = np.take_along_axis(own, (turn % own.shape[1])[:, None], axis=1)[:, 0]
    place = [*ranks.data_vars].index(quantity)
    within = np.random.default_rng(np.random.SeedSequence([random_seed, 1, place])).random(len(own))
    return np.asarray((own + within) / (int(ranks.attrs["draws"]) + 1))


def calibration(
    of: str, ones: Sequence[One], draws: int, coords: Mapping[str, Any], random_seed: int, level: float = LEVEL
) -> Calibration:
    """Ranks of all simulations put together; `coords` has the labels of the dim that ranks of more than one have."""
    fits = pd.DataFrame(
        [
            {"fitted": bool(one.ranks), "passed": one.passed, "poor": one.poor, "why": one.why, **one.facts}
            for one in ones
        ]
    ).rename_axis("simulation")
    done = np.array([index for index, one in enumerate(ones) if one.ranks], dtype=np.int64)
    (dim,) = coords
    variables = {}
    for name in next((one.ranks for one in ones if one.ranks), {}):
        stacked = np.stack([ones[index].ranks[name] for index in done])
        variables[name] = (("simulation", dim)[: stacked.ndim], stacked)
    ranks = xr.Dataset(variables, {"simulation": done, **coords}, {"draws": draws})
    share = len(ones) / sum(one.tries for one in ones)
    table = _table(ranks, random_seed, level)
    return Calibration(of, table, ranks, fits, share, _notes(fits, share), level, random_seed)


def _table(ranks: xr.Dataset, random_seed: int, level: float) -> pd.DataFrame:
    rows = []
    for name in map(str, ranks.data_vars):
        at = positions(ranks, name, random_seed)
        row: dict[str, Any] = {"quantity": name, "n": len(at)}
        for prob in LEVELS:
            held = int((np.abs(at - 0.5) <= prob / 2).sum())
            share = (held + 2) / (len(at) + 4)  # Agresti and Coull: no error of zero where all are held
            row[f"coverage_{100 * prob:.0f}"] = held / len(at)
            row[f"se_{100 * prob:.0f}"] = float(np.sqrt(share * (1 - share) / (len(at) + 4)))
        row |= {"mean": float(at.mean()), "spread": float(np.sqrt(12 * np.mean((at - 0.5) ** 2)))}
        row |= {"deviation": float(np.abs(differences(at)[1]).max()), "p_value": p_value(at)}
        rows.append({**row, "passed": row["p_value"] >= level / len(ranks.data_vars)})
    return pd.DataFrame(rows)


def _notes(fits: pd.DataFrame, possible: float) -> tuple[str, ...]:
    notes = []
    lost, failed = int((~fits["fitted"]).sum()), int((fits["fitted"] & ~fits["passed"]).sum())
    if lost:
        notes.append(
            f"{lost} of {len(fits)} simulations could not be sampled at all and are left out: nothing here speaks for "
            f"data like theirs ({fits.loc[~fits['fitted'], 'why'].iloc[0]})"
        )
    if failed:
        poor = int((fits["fitted"] & fits["poor"]).sum())
        notes.append(
            f"{failed} of {len(fits)} posteriors failed the gate of what is published, {poor} of them so far that "
            "their ranks mean little; all are counted. In use they would be sampled longer or refused: what had not "
            "converged can make a correct model look wrong, and leaving it out would say nothing of data hard to fit"
        )
    if possible < RARE:
        notes.append(
            f"only {100 * possible:.2g} % of draws from the prior make data that the law can express at these inputs: "
            "the prior believes in what cannot be"
        )
    return tuple(notes)
