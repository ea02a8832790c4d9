"""Which runs moved a forecast: those added, removed or changed, each taken out of the posterior again.

Taking a run out weighs the draws by one over its likelihood, Pareto-smoothed (Vehtari et al. 2024, arXiv 1507.02646).
How far the forecast goes back is the run's effect. Where the tail of the weights is too heavy (Pareto k̂ above 0.7)
the run rules the posterior: its effect is large, and its size is not known.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.diagnostics import MOST_PARETO_K
from bayescale.core.importance import smoothed
from bayescale.data.columns import made_up_run
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.posterior import Posterior

type Array = NDArray[np.float64]
type Key = tuple[object, ...]
type Places = NDArray[np.int64]

DIGITS = 9  # to which two values must agree to be one: another machine's logarithm may differ in the last of sixteen
ALL = "(all of them)"


@dataclass(frozen=True)
class Seen:
    """A run of a training table: its place there, and its rows as (inputs, response), in order of inputs."""

    place: int
    family: str
    run: str
    rows: tuple[tuple[tuple[float, ...], float], ...]


def runs_of(design: Design) -> dict[Key, Seen]:
    """The runs of a design by what they are known by: family and name; family, inputs and a count where they have no
    name of their own, since a made-up one changes with its place in the table."""
    points = np.column_stack([*inputs_at(design.spec.law, design.log_inputs).values()])
    values = design.natural(design.scaled_response)
    out: dict[Key, Seen] = {}
    count: Counter[Key] = Counter()
    for place, label in enumerate(design.runs):
        own = np.flatnonzero(design.run == place)
        rows = sorted((tuple(map(_rounded, points[i])), _rounded(values[i])) for i in own)
        family = design.families[int(design.family[own[0]])]
        made_up = len(own) == 1 and label == made_up_run(int(design.row[own[0]]))
        key: Key = (family, rows[0][0]) if made_up else (family, label)
        count[key] += 1
        out[(*key, count[key])] = Seen(place, family, "" if made_up else label, tuple(rows))
    return out


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def changes_between(old: dict[Key, Seen], new: dict[Key, Seen]) -> dict[Key, str]:
    """Runs that were "added", "removed" or "changed", by their keys."""
    added = {key: "added" for key in new if key not in old}
    changed = {key: "changed" for key in new if key in old and old[key].rows != new[key].rows}
    return added | changed | {key: "removed" for key in old if key not in new}


def runs_between(before: Design, after: Design) -> pd.DataFrame:
    """One row per run that was added, removed or changed: its inputs at the last row, and what was measured there."""
    old, new = runs_of(before), runs_of(after)
    rows = []
    for key, change in changes_between(old, new).items():
        last = {which: seen[key].rows[-1] for which, seen in (("before", old), ("after", new)) if key in seen}
        one, law = (new.get(key) or old[key]), (after if key in new else before).spec.law
        inputs = dict(zip(law.inputs, last.get("after", last.get("before", ((), 0.0)))[0], strict=True))
        measured = {which: last[which][1] if which in last else np.nan for which in ("before", "after")}
        rows.append({"change": change, "family": one.family, "run": one.run, **inputs, **measured})
    return pd.DataFrame(rows, columns=["change", "family", "run", *after.spec.law.inputs, "before", "after"])


@dataclass(frozen=True, eq=False)
class Side:
    """A posterior's runs, and its draws of a forecast (chain, draw, target)."""

    seen: dict[Key, Seen]
    log_likelihood: Callable[[Places], Array]  # of some runs: (chain, draw, run)
    draws: Array

    def pull(self, keys: Sequence[Key]) -> tuple[Array, float]:
        """How far runs pull the forecast's median from where it is without them (target,), and Pareto k̂."""
        places = np.unique([self.seen[key].place for key in keys if key in self.seen]).astype(np.int64)
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
    """A posterior of one law with its draws of a forecast."""
    return Side(runs_of(posterior.design), posterior.run_log_likelihood, draws)


def influence_of(before: Side, after: Side) -> pd.DataFrame:
    """Effects of changed runs on a law's forecast, one row per target and run, and one for all of them together.

    target    place in the table of targets.
    effect    how far the run's coming, going or changing moved the median, in standard deviations of the forecast
              before; of the one after, for what could not be forecast before.
    pareto_k  of the weights, the larger of two where a run changed; `trusted` where it is at most 0.7.
    """
    changes = changes_between(before.seen, after.seen)
    groups = [((change, *_named(before, after, key)), [key]) for key, change in changes.items()]
    groups += [(("", "", ALL), list(changes))] if len(changes) > 1 else []
    unit = np.where(np.isnan(before.spread), after.spread, before.spread)
    rows = []
    for said, keys in groups:
        (came, tail), (went, other) = after.pull(keys), before.pull(keys)
        pareto_k = max(tail, other)
        effects = (came - np.nan_to_num(went)) / unit
        rows += [(target, *said, effect, pareto_k, pareto_k <= MOST_PARETO_K) for target, effect in enumerate(effects)]
    return pd.DataFrame(rows, columns=["target", "change", "family", "run", "effect", "pareto_k", "trusted"])


def _named(before: Side, after: Side, key: Key) -> tuple[str, str]:
    one = after.seen.get(key) or before.seen[key]
    return one.family, one.run


def _weighted_median(draws: Array, weight: Array) -> Array:
    """Median of draws (chain, draw, target) under weights (chain, draw)."""
    values, share = draws.reshape(-1, draws.shape[-1]), weight.ravel()
    order = np.argsort(values, axis=0)
    below = np.cumsum(share[order], axis=0) - share[order] / 2
    ordered = np.take_along_axis(values, order, axis=0)
    return np.array([np.interp(0.5, below[:, t], ordered[:, t]) for t in range(values.shape[1])])
