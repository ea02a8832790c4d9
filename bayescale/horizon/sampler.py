"""How many iterations of the Gibbs sampler are taken, and what is series of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayescale.core.draws.chain_statistics import quantity_diagnostics
from bayescale.core.gate import DRAW_CRITERIA
from bayescale.horizon.cells import Cells
from bayescale.horizon.gibbs import Gibbs
from bayescale.horizon.state import State, initial_state

type Array = NDArray[np.float64]
type Variables = dict[str, tuple[tuple[str, ...], Any]]

CHAINS = 4
WARM_UP = 200  # iterations that are discarded
MOST_TIMES = 3  # as many draws as requested, until the gate passes; each step adds a quarter as many

#: Variables of `State` that are series, with their dimensions after chain and draw.
_KEPT = {
    "location": ("agent",),
    "log_slope": ("agent",),
    "family_effect": ("family",),
    "task_effect": ("task",),
    "family_scale": (),
    "task_scale": (),
    "cell_scale": (),
    "slope_mean": (),
    "slope_scale": (),
}
#: Variables that answers are computed from: the gate looks at these.
REPORTED = ("log2_horizon", "log_slope", "family_scale", "task_scale", "cell_scale", "slope_mean", "slope_scale")


@dataclass(frozen=True)
class Draws:
    """Draws of the posterior.

    Attributes
    ----------
    variables : dict of str to (dims, values)
        Draws over (chain, draw, ...): `log2_horizon` of the median task in minutes, `log_slope`, effects and scales.
    """

    variables: Variables


def sample(cells: Cells, draws: int, seed: int) -> Draws:
    """Draw from the posterior until the draws pass the gate, or three times as many are taken.

    Parameters
    ----------
    cells : Cells
        The counts.
    draws : int
        Draws of each of four chains to begin with.
    seed : int
        Seed.

    Returns
    -------
    Draws
        All draws after warm-up.
    """
    rng = np.random.default_rng(seed)
    gibbs, state = Gibbs(cells), initial_state(cells, CHAINS, rng)
    for _ in range(WARM_UP):
        gibbs.draw(state, rng)
    series: dict[str, list[Array]] = {name: [] for name in _KEPT}
    variables: Variables = {}
    step = draws
    while len(series["location"]) + step <= MOST_TIMES * draws:
        _extend(series, gibbs, state, step, rng)
        variables = {name: (("chain", "draw", *dims), np.stack(series[name], axis=1)) for name, dims in _KEPT.items()}
        dims, location = variables.pop("location")
        variables = {"log2_horizon": (dims, location + cells.centre), **variables}
        if not gate_failures(variables):
            break
        step = draws // 4
    return Draws(variables)


def _extend(series: dict[str, list[Array]], gibbs: Gibbs, state: State, draws: int, rng: np.random.Generator) -> None:
    for _ in range(draws):
        gibbs.draw(state, rng)
        for name, values in series.items():
            values.append(getattr(state, name).copy())


def gate_failures(variables: Variables) -> list[str]:
    """Compare draws with the criteria of the gate.

    Parameters
    ----------
    variables : dict of str to (dims, values)
        The draws.

    Returns
    -------
    list of str
        Figures that miss their thresholds.
    """
    values = [np.asarray(variables[name][1]) for name in REPORTED]
    each = quantity_diagnostics(np.concatenate([v.reshape(*v.shape[:2], -1) for v in values], axis=2))
    extremes = {"rhat": each.rhat.max(), "ess_bulk": each.ess_bulk.min(), "ess_tail": each.ess_tail.min()}
    return [name for name, value in extremes.items() if not _criterion(name, float(value))]


def _criterion(figure: str, value: float) -> bool:
    return next(criterion for criterion in DRAW_CRITERIA if criterion.figure == figure).passes(value)
