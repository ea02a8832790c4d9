"""Which runs moved a forecast: those added, removed or changed, each removed from the posterior by re-weighting.

Removing a run weighs the draws by one over its likelihood, Pareto-smoothed (Vehtari et al. 2024, arXiv 1507.02646). How
far the forecast moves back is the run's effect. Where the tail of the weights is too heavy (Pareto k̂ above 0.7), the
effect is large and its size unknown.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.draws.importance import smoothed
from bayescale.core.gate import MOST_PARETO_K
from bayescale.data.canonical_rows import row_run_id
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.posterior import Posterior

type Array = NDArray[np.float64]
type Key = tuple[object, ...]
type Places = NDArray[np.int64]

DIGITS = 9  # to which equal values agree: logarithms of two machines may differ in the last of sixteen
ALL = "(all of them)"


@dataclass(frozen=True)
class RunRows:
    """A run of a training table.

    Parameters
    ----------
    place : int
        Its position in the table of runs.
    family : str
        Its family.
    run : str
        Its name, blank where it has none.
    rows : tuple
        Its rows as (inputs, response), in order of inputs.
    """

    place: int
    family: str
    run: str
    rows: tuple[tuple[tuple[float, ...], float], ...]


def runs_of(design: Design) -> dict[Key, RunRows]:
    """Return the runs of a design by what identifies them.

    Parameters
    ----------
    design : Design
        The design.

    Returns
    -------
    dict of tuple to RunRows
        The key is family and name; or family, inputs and a count for a run without a name, since a generated one
        changes with its position in the table.
    """
    points = np.column_stack([*inputs_at(design.spec.law, design.log_inputs).values()])
    values = design.natural(design.scaled_response)
    out: dict[Key, RunRows] = {}
    count: Counter[Key] = Counter()
    for place, label in enumerate(design.runs):
        row_numbers = np.flatnonzero(design.run == place)
        rows = sorted((tuple(map(_rounded, points[i])), _rounded(values[i])) for i in row_numbers)
        family = design.families[int(design.family[row_numbers[0]])]
        generated = len(row_numbers) == 1 and label == row_run_id(int(design.row[row_numbers[0]]))
        key: Key = (family, rows[0][0]) if generated else (family, label)
        count[key] += 1
        out[(*key, count[key])] = RunRows(place, family, "" if generated else label, tuple(rows))
    return out


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def changes_between(old: dict[Key, RunRows], new: dict[Key, RunRows]) -> dict[Key, str]:
    """Return the runs that were "added", "removed" or "changed".

    Parameters
    ----------
    old : dict of tuple to RunRows
        The runs before.
    new : dict of tuple to RunRows
        The runs after.

    Returns
    -------
    dict of tuple to str
        The change of each such run, by its key.
    """
    added = {key: "added" for key in new if key not in old}
    changed = {key: "changed" for key in new if key in old and old[key].rows != new[key].rows}
    return added | changed | {key: "removed" for key in old if key not in new}


def runs_between(before: Design, after: Design) -> pd.DataFrame:
    """Return the runs that were added, removed or changed as a table.

    Parameters
    ----------
    before : Design
        The design before.
    after : Design
        The design after.

    Returns
    -------
    DataFrame
        One row per run: its inputs at the last row, and the response measured there.
    """
    old, new = runs_of(before), runs_of(after)
    rows = []
    for key, change in changes_between(old, new).items():
        last = {side: runs[key].rows[-1] for side, runs in (("before", old), ("after", new)) if key in runs}
        run, law = (new.get(key) or old[key]), (after if key in new else before).spec.law
        inputs = dict(zip(law.inputs, last.get("after", last.get("before", ((), 0.0)))[0], strict=True))
        measured = {side: last[side][1] if side in last else np.nan for side in ("before", "after")}
        rows.append({"change": change, "family": run.family, "run": run.run, **inputs, **measured})
    return pd.DataFrame(rows, columns=["change", "family", "run", *after.spec.law.inputs, "before", "after"])


@dataclass(frozen=True, eq=False)
class Side:
    """One of two posteriors that are compared.

    Parameters
    ----------
    runs : dict of tuple to RunRows
        Its runs.
    log_likelihood : callable
        Takes positions of runs, and returns their log-likelihood (chain, draw, run).
    draws : ndarray
        Draws of a forecast (chain, draw, target).
    """

    runs: dict[Key, RunRows]
    log_likelihood: Callable[[Places], Array]  # of some runs: (chain, draw, run)
    draws: Array

    def pull(self, keys: Sequence[Key]) -> tuple[Array, float]:
        """Measure how far runs move the median of the forecast from where it is without them.

        Parameters
        ----------
        keys : sequence of tuple
            The runs.

        Returns
        -------
        ndarray
            The move of each target.
        float
            Pareto k̂ of the weights.
        """
        places = np.unique([self.runs[key].place for key in keys if key in self.runs]).astype(np.int64)
        if not len(places):
            return np.zeros(self.draws.shape[-1]), -np.inf
        weights = smoothed(-self.log_likelihood(places).sum(axis=-1))
        pulled = np.median(self.draws, axis=(0, 1)) - _weighted_median(self.draws, np.exp(weights.log))
        return np.asarray(pulled), float(np.nan_to_num(weights.pareto_k, nan=np.inf))

    @property
    def spread(self) -> Array:
        """One standard deviation of the forecast (target,), as half its central 68 %."""
        low, high = np.quantile(self.draws, [0.15865525393145707, 0.8413447460685429], axis=(0, 1))
        return np.asarray((high - low) / 2)


def side_of(posterior: Posterior, draws: Array) -> Side:
    """Return a posterior of one law with its draws of a forecast.

    Parameters
    ----------
    posterior : Posterior
        The posterior.
    draws : ndarray
        Draws of a forecast (chain, draw, target).

    Returns
    -------
    Side
        Both.
    """
    return Side(runs_of(posterior.design), posterior.run_log_likelihood, draws)


def influence_of(before: Side, after: Side) -> pd.DataFrame:
    """Measure the effects of changed runs on the forecast of a law.

    Parameters
    ----------
    before : Side
        The earlier posterior.
    after : Side
        The later posterior.

    Returns
    -------
    DataFrame
        One row per target and run, and one for all runs together. `effect`: how far the run moved the median, in
        standard deviations of the earlier forecast (of the later one for a target without an earlier forecast).
        `pareto_k` of the weights, the larger of two where a run changed; `trusted` where it is at most 0.7.
    """
    changes = changes_between(before.runs, after.runs)
    groups = [((change, *_named(before, after, key)), [key]) for key, change in changes.items()]
    groups += [(("", "", ALL), list(changes))] if len(changes) > 1 else []
    unit = np.where(np.isnan(before.spread), after.spread, before.spread)
    rows = []
    for labels, keys in groups:
        (pull_after, k_after), (pull_before, k_before) = after.pull(keys), before.pull(keys)
        pareto_k = max(k_after, k_before)
        effects = (pull_after - np.nan_to_num(pull_before)) / unit
        rows += [
            (target, *labels, effect, pareto_k, pareto_k <= MOST_PARETO_K) for target, effect in enumerate(effects)
        ]
    return pd.DataFrame(rows, columns=["target", "change", "family", "run", "effect", "pareto_k", "trusted"])


def _named(before: Side, after: Side, key: Key) -> tuple[str, str]:
    run = after.runs.get(key) or before.runs[key]
    return run.family, run.run


def _weighted_median(draws: Array, weight: Array) -> Array:
    """Median of draws (chain, draw, target) under weights (chain, draw)."""
    values, share = draws.reshape(-1, draws.shape[-1]), weight.ravel()
    order = np.argsort(values, axis=0)
    below = np.cumsum(share[order], axis=0) - share[order] / 2
    ordered = np.take_along_axis(values, order, axis=0)
    return np.array([np.interp(0.5, below[:, t], ordered[:, t]) for t in range(values.shape[1])])
