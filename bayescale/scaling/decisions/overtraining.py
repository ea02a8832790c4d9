"""The cost of training a smaller model for longer than is compute-optimal, and when serving it repays that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import numbers, require_prob, summarise, summarise_reached
from bayescale.errors import InputError
from bayescale.scaling.decisions.allocation import edge_note
from bayescale.scaling.decisions.compute_cost import (
    FLOPS_PER_TOKEN,
    FLOPS_PER_TOKEN_SERVED,
    PAIR,
    SMALLEST,
    Cost,
    require_pair,
)
from bayescale.scaling.decisions.compute_path import ComputePath, compute_path, required_flops, search_costs
from bayescale.scaling.decisions.family_response import Held, average, distance, family_label, hold
from bayescale.scaling.decisions.tables import draws_dataset, family_first, flags
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.target_units import require_target_units

type Array = NDArray[np.float64]

#: Exponents of n_params and n_tokens in each quantity that specifies a run.
EXPONENTS = {"n_params": (1, 0), "n_tokens": (0, 1), "flops": (1, 1), "tokens_per_param": (-1, 1)}
FACTORS = {"flops": FLOPS_PER_TOKEN}  # before that product of powers
#: Summarised by quantiles that are draws, not interpolated: some draws may be infinite.
REACHED = ("compute_ratio", "params_ratio", "break_even_tokens")


@dataclass(frozen=True, repr=False)
class Overtraining(Shown):
    """Runs compared with compute-optimal ones, one row per run.

    Attributes
    ----------
    dataset : Dataset
        `loss` of the run and `optimal_loss` of the optimal run with the same training compute; `loss_gap` (their
        difference) and `loss_gap_percent`; `compute_ratio` (its compute over what the optimal run of its loss takes),
        `params_ratio` (its size over that run's) and `break_even_tokens`; each (chain, draw, run).
    table : DataFrame
        One row per run: `optimal_n_params` with the same compute, median, lower and upper of each variable,
        `extrapolation` (how far beyond the data the farther of both runs lies) and `flag`.
    prob : float
        Probability of the intervals.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    prob: float

    @property
    def _page(self) -> Page:
        return Page(f"Runs compared with compute-optimal ones; {100 * self.prob:.4g} % intervals", self.table)


def overtraining(
    self: FittedLaws,
    *,
    n_params: float | Sequence[float] | None = None,
    n_tokens: float | Sequence[float] | None = None,
    flops: float | Sequence[float] | None = None,
    tokens_per_param: float | Sequence[float] | None = None,
    family: str | None = None,
    prob: float = 0.9,
    at: Mapping[str, float] | None = None,
) -> Overtraining:
    """Compute what runs cost that are not compute-optimal, in compute and in loss.

    Any two of `n_params`, `n_tokens`, `flops` and `tokens_per_param` specify the runs, with C = 6·N·D.

    All losses are the family's average over runs, law and discrepancy. A run is compared with the runs that `allocate`
    plans: at the same training compute for `loss_gap`, and at the least compute that reaches the run's own loss in the
    same draw for `compute_ratio` (1.3: it took 30 % more). The ratio is 0 where the optimal runs never reach that loss.
    The law is not taken to be true, so a gap may be negative, with the probability that the run is the better one.
    `break_even_tokens` are the served tokens, at 2·N FLOP each, from which the run is the cheaper of two models of the
    same loss: 0 where it is cheaper from the start, infinite where it never is because it is no smaller.

    Parameters
    ----------
    n_params, n_tokens : float or sequence of float, optional
        Parameters, and training tokens.
    flops : float or sequence of float, optional
        Training compute, in FLOP.
    tokens_per_param : float or sequence of float, optional
        Ratio of training tokens to parameters.
    family : str, optional
        Name of a family. By default the only one there is, or a new family where there are several.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.
    at : mapping of str to float, optional
        Values of the law's other inputs.

    Returns
    -------
    Overtraining
        One row per run.

    Raises
    ------
    LawError
        If the law does not take `n_params` and `n_tokens`, or takes inputs that `at` does not give.
    InputError
        Unless two of the four specify runs that can be used, or if the family or a value cannot be used.
    """
    require_prob(prob)
    require_pair(self)
    arguments = {"n_params": n_params, "n_tokens": n_tokens, "flops": flops, "tokens_per_param": tokens_per_param}
    runs = _runs({name: value for name, value in arguments.items() if value is not None})
    held, cost, compute = hold(self, family, at, PAIR), Cost(), runs["flops"]
    path = compute_path(self, held, cost, None, search_costs(self, cost, compute))
    require_target_units(self.designs, pd.DataFrame({name: runs[name] for name in PAIR}), "run")
    draws, points = _draws(self, held, path, runs)
    table = pd.DataFrame({**runs, "optimal_n_params": path.at("n_params", compute)})
    for name, values in draws.items():
        table = table.assign(**(summarise_reached if name in REACHED else summarise)(values, prob, name))
    times = distance(self, points).reshape(2, -1).max(axis=0)
    edges = [edge_note(float(share)) for share in np.interp(np.log(compute), np.log(path.flops), path.edge)]
    table = table.assign(extrapolation=times, flag=flags(times, edges))
    return Overtraining(draws_dataset(draws, "run"), family_first(family_label(self, held), table), prob)


def _runs(arguments: Mapping[str, object]) -> dict[str, Array]:
    """Every quantity of the runs (run,), from any two: all logarithms are linear in those of size and tokens.

    Raises InputError.
    """
    if len(arguments) != 2:
        names = " and ".join(arguments) or "none"
        raise InputError(f"exactly two of {', '.join(EXPONENTS)} specify the runs, not {names}: give two")
    values = [numbers(name, value, "such as 1e9") for name, value in arguments.items()]
    if len({len(value) for value in values} - {1}) > 1:
        raise InputError(f"{' and '.join(arguments)} must have as many values, or one of them a single value")
    known = dict(zip(arguments, np.broadcast_arrays(*values), strict=True))
    logs = np.stack([np.log(value / FACTORS.get(name, 1.0)) for name, value in known.items()])
    log_pair = np.linalg.solve(np.array([EXPONENTS[name] for name in known], dtype=float), logs)
    runs = {name: np.exp(np.array(powers) @ log_pair) * FACTORS.get(name, 1.0) for name, powers in EXPONENTS.items()}
    runs |= known
    small = [f"{name} of {runs[name].min():.3g}" for name in PAIR if runs[name].min() < SMALLEST]
    if small:
        raise InputError(
            f"a run with {' and '.join(small)} is too small: {SMALLEST:g} is the least, in absolute counts; multiply "
            "by 1e9 if in billions, by 1e6 if in millions"
        )
    return runs


def _draws(
    laws: FittedLaws, held: Held, path: ComputePath, runs: dict[str, Array]
) -> tuple[dict[str, Array], pd.DataFrame]:
    """Draws (chain, draw, run) by name, and the points compared: the runs, then the optimal ones of their compute."""
    compute = runs["flops"]
    optimal_points = held.points({name: path.at(name, compute) for name in PAIR})
    points = pd.concat([held.points({name: runs[name] for name in PAIR}), optimal_points], ignore_index=True)
    everywhere = average(laws, pd.concat([points, held.points(path.inputs)], ignore_index=True))
    loss, optimal, along = np.split(everywhere, [len(compute), len(points)], axis=-1)
    instead = np.stack([required_flops(path, along, loss[..., run]) for run in range(len(compute))], axis=-1)
    size = path.at("n_params", instead)
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
    """Compute the served tokens from which a run costs less than a larger one; infinite where none is larger."""
    saved = FLOPS_PER_TOKEN_SERVED * (other_params - n_params)  # per token served
    extra = np.maximum(compute - other_compute, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(saved > 0, extra / saved, np.inf)
