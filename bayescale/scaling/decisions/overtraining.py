"""What it costs to train a smaller model for longer than is compute-optimal, and when serving it pays that back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import numbers, require_prob, summarise, summarise_reached
from bayescale.errors import InputError
from bayescale.scaling.decisions.compute_optimal import (
    FLOPS_PER_TOKEN,
    FLOPS_PER_TOKEN_SERVED,
    PAIR,
    SMALLEST,
    Cost,
    edge_note,
    require_pair,
)
from bayescale.scaling.decisions.compute_path import Plan, make_plan, needed, reach
from bayescale.scaling.decisions.family_response import Held, average, designs_of, distance, hold, label_of
from bayescale.scaling.decisions.tables import drawn, flags, in_order
from bayescale.scaling.predict.target_units import require_target_units

type Array = NDArray[np.float64]

#: What says which run is meant, by its log as a combination of log n_params and log n_tokens.
COMBINED = {"n_params": (1, 0), "n_tokens": (0, 1), "flops": (1, 1), "tokens_per_param": (-1, 1)}
UNITS = {"flops": FLOPS_PER_TOKEN}  # of that combination
#: Summed up by draws, not by quantiles between them: some may be infinite.
REACHED = ("compute_ratio", "params_ratio", "break_even_tokens")


@dataclass(frozen=True, repr=False)
class Overtraining(Shown):
    """Runs against compute-optimal ones, one row per run.

    dataset  `loss` of the run and `optimal_loss` of the run planned with the same training compute; `loss_gap` (their
             difference) and `loss_gap_percent`; `compute_ratio` (its compute over what the plan needs for its loss),
             `params_ratio` (its size over the plan's there), `break_even_tokens`; each (chain, draw, run).
    table    the run and `optimal_n_params` with the same compute, median, lower and upper of each, how far beyond the
             data the farther of both lies, and a flag.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    prob: float

    @property
    def _page(self) -> Page:
        return Page(f"Runs against compute-optimal ones; {100 * self.prob:.4g} % intervals", self.table)


def overtraining(
    tree: xr.DataTree,
    *,
    n_params: float | Sequence[float] | None = None,
    n_tokens: float | Sequence[float] | None = None,
    flops: float | Sequence[float] | None = None,
    tokens_per_param: float | Sequence[float] | None = None,
    family: str | None = None,
    prob: float = 0.9,
    at: Mapping[str, float] | None = None,
) -> Overtraining:
    """The price of runs that are not compute-optimal. Any two of the four say which runs: C = 6·N·D.

    Estimands: all losses are what the family would average, law and discrepancy. The run is held against the plan of
    `allocate`: at the same training compute for `loss_gap`, and at the least compute that reaches the run's own loss in
    the same draw for `compute_ratio` (1.3: it took 30 % more), which is 0 where the plan never gets there. As the law
    is not taken to be true, a gap may be negative: so probable is it that the run is the better one.
    `break_even_tokens` are the served tokens, at 2·N each, from which the run is the cheaper of two models of the same
    loss: 0 where it is so from the start, infinite where it never is (it is no smaller).
    `family` and `at` as in `allocate`. Raises LawError and InputError as `allocate` does, and InputError unless two are
    given.
    """
    require_prob(prob)
    require_pair(tree)
    given = {"n_params": n_params, "n_tokens": n_tokens, "flops": flops, "tokens_per_param": tokens_per_param}
    runs = _runs({name: value for name, value in given.items() if value is not None})
    held, cost, compute = hold(tree, family, at, PAIR), Cost(), runs["flops"]
    plan = make_plan(tree, held, cost, None, reach(tree, cost, compute))
    require_target_units(designs_of(tree), pd.DataFrame({name: runs[name] for name in PAIR}), "run")
    draws, points = _draws(tree, held, plan, runs)
    table = pd.DataFrame({**runs, "optimal_n_params": plan.at("n_params", compute)})
    for name, values in draws.items():
        table = table.assign(**(summarise_reached if name in REACHED else summarise)(values, prob, name))
    times = distance(tree, points).reshape(2, -1).max(axis=0)
    edges = [edge_note(float(one)) for one in np.interp(np.log(compute), np.log(plan.flops), plan.edge)]
    table = table.assign(extrapolation=times, flag=flags(times, edges))
    return Overtraining(drawn(draws, "run"), in_order(label_of(tree, held), table), prob)


def _runs(given: Mapping[str, object]) -> dict[str, Array]:
    """The runs meant, by every name (run,), from any two of them: all their logs are linear in those of size and data.

    Raises InputError.
    """
    names = ", ".join(COMBINED)
    if len(given) != 2:
        said = " and ".join(given) or "none"
        raise InputError(f"two of {names} say which run is meant, not {said}")
    values = [numbers(name, value, "such as 1e9") for name, value in given.items()]
    if len({len(one) for one in values} - {1}) > 1:
        raise InputError(f"{' and '.join(given)} must be as many, or one of them a single number")
    known = dict(zip(given, np.broadcast_arrays(*values), strict=True))
    logs = np.stack([np.log(one / UNITS.get(name, 1.0)) for name, one in known.items()])
    solved = np.linalg.solve(np.array([COMBINED[name] for name in known], dtype=float), logs)
    runs = {name: np.exp(np.array(how) @ solved) * UNITS.get(name, 1.0) for name, how in COMBINED.items()} | known
    small = [f"{name} of {runs[name].min():.3g}" for name in PAIR if runs[name].min() < SMALLEST]
    if small:
        raise InputError(
            f"a run with {' and '.join(small)} is too small: {SMALLEST:g} is the least, in absolute counts; multiply "
            "by 1e9 if in billions, by 1e6 if in millions"
        )
    return runs


def _draws(tree: xr.DataTree, held: Held, plan: Plan, runs: dict[str, Array]) -> tuple[dict[str, Array], pd.DataFrame]:
    """Draws (chain, draw, run) by name, and the points compared: the runs, then those planned with as much compute."""
    compute = runs["flops"]
    best = held.points({name: plan.at(name, compute) for name in PAIR})
    points = pd.concat([held.points({name: runs[name] for name in PAIR}), best], ignore_index=True)
    everywhere = average(tree, pd.concat([points, held.points(plan.inputs)], ignore_index=True))
    loss, optimal, along = np.split(everywhere, [len(compute), len(points)], axis=-1)
    instead = np.stack([needed(plan, along, loss[..., run]) for run in range(len(compute))], axis=-1)
    size = plan.at("n_params", instead)
    draws = {
        "loss": loss,
        "optimal_loss": optimal,
        "loss_gap": loss - optimal,
        "loss_gap_percent": 100 * (loss / optimal - 1),
        "compute_ratio": compute / instead,
        "params_ratio": runs["n_params"] / size,
        "break_even_tokens": _break_even(runs["n_params"], compute, size, instead),
    }
    return draws, points


def _break_even(n_params: Array, compute: Array, other_params: Array, other_compute: Array) -> Array:
    """Served tokens from which a run costs less than another that is larger; infinite where that is no larger."""
    saved = FLOPS_PER_TOKEN_SERVED * (other_params - n_params)  # per token served
    dearer = np.maximum(compute - other_compute, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(saved > 0, dearer / saved, np.inf)
