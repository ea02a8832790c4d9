"""ASR@N and pass@k at any budget: of the prompts that were measured, and of prompts from the same population.

`these` is the expected share of the measured prompts broken within N attempts in total, given what was observed: one
already broken counts. That is for N at or above the most attempts made at a prompt of the group. For N below, it is the
expected share over N fresh attempts at the same prompts: which of the attempts made came first is not in the counts,
and where sampling stopped at a success they are not exchangeable. `new` is the share for prompts drawn from the
population. Both come as draws over all that is uncertain: which mixing law, its parameters, the judge, and for `these`
the prompts' own chances.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.serialization import fact
from bayescale.errors import InputError
from bayescale.risk.grid import RATE, Counts
from bayescale.risk.mixing import MIXINGS
from bayescale.risk.posterior import Drawn, Problems, drawn, judge_of, problems_of, settings

type Array = NDArray[np.float64]

ESTIMANDS = ("these", "new")
MEASURED = "these_measured"
MOST_ATTEMPTS = 10**12
FEW = 6  # prompts of one pair up to which looking them up one by one is quicker


@dataclass(frozen=True, repr=False)
class RiskForecast(Shown):
    """Draws of ASR@N, and their summary.

    dataset  `these` and `new`, each (chain, draw, group, budget), shares of prompts.
    table    one row per group and budget: medians and equal-tailed intervals of both; and, where the order of attempts
             is known for some, `these_measured`: the share that the first N of the attempts made really broke
             (measured, exact), NaN in the other rows.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    prob: float
    groups: pd.DataFrame = field(repr=False)

    def above(self, threshold: float) -> pd.DataFrame:
        """Probability that ASR@N exceeds a threshold, by group and budget: `these_above`, `new_above`."""
        if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
            raise InputError(f"threshold={threshold!r} must be a share from 0 to 1, such as 0.5")
        share = {f"{name}_above": self.dataset[name].to_numpy()[0] > threshold for name in ESTIMANDS}
        rows = [column for column in self.table if column not in (*_summaries(), MEASURED)]
        flat = {name: value.mean(axis=0).ravel() for name, value in share.items()}
        return self.table[rows].assign(threshold=threshold, **flat)

    @property
    def _page(self) -> Page:
        title = f"{100 * self.prob:.4g} % intervals: these = the prompts measured, new = prompts of their population"
        return Page(title, self.table)


def _summaries() -> list[str]:
    return [f"{name}_{what}" for name in ESTIMANDS for what in ("median", "lower", "upper")]


def at(tree: xr.DataTree, budgets: object, prob: float = 0.9) -> RiskForecast:
    """ASR@N at total attempts N per prompt (pass@k for k = N).

    Raises InputError, all problems at once, for budgets that are no positive whole numbers.
    """
    asked = read_budgets(budgets)
    problems = problems_of(tree)
    these, new = shares(tree, asked)
    found = forecast(problems, {"these": these, "new": new}, asked, prob)
    measured = problems.measured(asked)
    if judge_of(tree) is not None or np.isnan(measured).all():  # a judge that errs measures its own verdicts
        return found
    return replace(found, table=found.table.assign(**{MEASURED: measured.ravel()}))


def forecast(problems: Problems, found: dict[str, Array], budgets: NDArray[np.int64], prob: float) -> RiskForecast:
    """A forecast from draws (draw, group, budget) by estimand."""
    groups = group_table(problems)
    dims = ("chain", "draw", "group", "budget")
    coords = {
        "chain": [0],
        "draw": np.arange(len(next(iter(found.values())))),
        "group": np.arange(len(groups)),
        "budget": budgets,
        **{f"group_{name}": ("group", groups[name].to_numpy(dtype=str)) for name in groups},
    }
    dataset = xr.Dataset({name: (dims, value[None]) for name, value in found.items()}, coords)
    table = groups.loc[groups.index.repeat(len(budgets))].reset_index(drop=True)
    table["budget"] = np.tile(budgets, len(groups))
    levels = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    for name, value in found.items():
        for what, quantile in zip(("median", "lower", "upper"), np.quantile(value, levels, axis=0), strict=True):
            table[f"{name}_{what}"] = quantile.ravel()
    return RiskForecast(dataset, table, prob, groups)


def group_table(problems: Problems) -> pd.DataFrame:
    """One row per group: its columns."""
    return pd.DataFrame(list(problems.groups), columns=list(problems.group_names), index=range(len(problems.groups)))


def read_budgets(budgets: object) -> NDArray[np.int64]:
    """Budgets as whole numbers (n_budgets,)."""
    given = [budgets] if isinstance(budgets, int | float | np.number) else budgets
    try:
        values = [float(one) for one in given]  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise InputError(f"budgets={budgets!r} must be whole numbers of attempts, such as [1_000, 10_000]") from error
    wrong = [
        f"{one:g} must be a whole number of attempts from 1 to {MOST_ATTEMPTS:.0e}"
        for one in values
        if not (1 <= one <= MOST_ATTEMPTS and one == int(one))
    ]
    if wrong or not values:
        raise InputError("budgets:", wrong or ["name at least one number of attempts"])
    return np.array(values, dtype=np.int64)


def shares(tree: xr.DataTree, budgets: NDArray[np.int64]) -> tuple[Array, Array]:
    """Draws of `these` and `new`, each (draw, group, budget)."""
    problems = problems_of(tree)
    counted = [problems.counted(one) for one in settings(tree)]
    late_rng, fresh_rng = (
        np.random.default_rng(np.random.SeedSequence([fact(tree, "predictive_seed"), stream])) for stream in (0, 4)
    )
    these = np.empty((tree["posterior"].sizes["draw"], len(problems.groups), len(budgets)))
    for group, most in enumerate(problems.most):
        law, early = drawn(tree, group), budgets < most
        if (~early).any():
            these[:, group, ~early] = _by_setting(_in_total, law, counted, group, budgets[~early], late_rng)
        if early.any():
            these[:, group, early] = _by_setting(_fresh, law, counted, group, budgets[early], fresh_rng)
    return _corrected(tree, these), new_shares(tree, budgets)


def new_shares(tree: xr.DataTree, budgets: NDArray[np.int64]) -> Array:
    """Draws of `new` alone (draw, group, budget): needs no counts, so any budget can be asked."""
    broken = -np.expm1(-np.outer(RATE, budgets))
    groups = len(problems_of(tree).groups)
    return _corrected(tree, np.stack([drawn(tree, group).mass @ broken for group in range(groups)], axis=1))


def prior_shares(tree: xr.DataTree, budgets: NDArray[np.int64], draws: int = 2000) -> Array:
    """ASR@N of new problems before any data, averaged over the laws by their prior weights: (draw, budget)."""
    rng = np.random.default_rng(np.random.SeedSequence([fact(tree, "predictive_seed"), 1]))
    laws = tree["laws"]
    out = []
    for name, weight in zip(laws["law"].to_numpy(), laws["prior_weight"].to_numpy(), strict=True):
        law = MIXINGS[str(name)]
        z = rng.standard_normal((max(1, round(draws * float(weight))), len(law.coordinates)))
        mass, _ = law.mass(law.parameters(z))
        out.append(mass @ -np.expm1(-np.outer(RATE, budgets)))
    return np.concatenate(out)


def by_law(tree: xr.DataTree, budgets: NDArray[np.int64], prob: float, least: int = 20) -> pd.DataFrame:
    """ASR@N of new problems under each law by itself, from the draws that took it; laws with few draws are left out."""
    problems = problems_of(tree)
    new = new_shares(tree, budgets)
    index = tree["posterior"]["law_index"].to_numpy()[0]
    groups = group_table(problems)
    rows = []
    for group in range(len(groups)):
        for place, law in enumerate(tree["laws"]["law"].to_numpy()):
            mine = index[:, group] == place
            if mine.sum() < least:
                continue
            low, middle, high = np.quantile(new[mine, group], [(1 - prob) / 2, 0.5, (1 + prob) / 2], axis=0)
            frame = groups.iloc[[group] * len(budgets)].reset_index(drop=True)
            frame = frame.assign(law=str(law), weight=float(mine.mean()), budget=budgets)
            rows.append(frame.assign(new_median=middle, new_lower=low, new_upper=high))
    return pd.concat(rows, ignore_index=True)


def _corrected(tree: xr.DataTree, share: Array) -> Array:
    """True shares from reported ones where the judge's errors persist, with the same draws of its rates every time."""
    judge = judge_of(tree)
    if judge is None or judge.errors == "independent":
        return share
    rng = np.random.default_rng(np.random.SeedSequence([fact(tree, "predictive_seed"), 3]))
    return judge.corrected(share, rng)


type _Shares = Callable[[Drawn, Counts, int, NDArray[np.int64], np.random.Generator], Array]


def _by_setting(
    share: _Shares,
    law: Drawn,
    counted: list[Counts],
    group: int,
    budgets: NDArray[np.int64],
    rng: np.random.Generator,
) -> Array:
    """Draws (draw, budget) of a share of a group's own prompts, each under its own setting of the judge."""
    out = np.empty((len(law.mass), len(budgets)))
    for setting, verdicts in enumerate(counted):
        mine = np.flatnonzero(law.setting == setting)
        if len(mine):
            own = Drawn(law.mass[mine], law.zero[mine], law.setting[mine])
            out[mine] = share(own, verdicts, group, budgets, rng)
    return out


def _in_total(law: Drawn, counted: Counts, group: int, budgets: NDArray[np.int64], rng: np.random.Generator) -> Array:
    """Share broken within the budgets in total, the attempts made included: none of the budgets is below these."""
    total = np.zeros((len(law.mass), len(budgets)))
    pairs, shared = counted.of_group(group)
    for pair, many in zip(pairs.tolist(), shared.tolist(), strict=True):
        if np.isneginf(counted.log_spared[pair]):  # a success that the judge cannot have made up: broken
            total += many
        else:
            total += _at_nodes(prompt_nodes(law, counted, pair, many, rng)) @ _broken(counted, pair, budgets)
    return np.asarray(total / shared.sum())


def _fresh(law: Drawn, counted: Counts, group: int, budgets: NDArray[np.int64], rng: np.random.Generator) -> Array:
    """Share broken within fresh attempts, made anew at prompts whose rates are known as far as their counts tell."""
    prompts = np.zeros((len(law.mass), len(RATE) + 1))
    pairs, shared = counted.of_group(group)
    for pair, many in zip(pairs.tolist(), shared.tolist(), strict=True):
        prompts += _at_nodes(prompt_nodes(law, counted, pair, many, rng))
    broken = np.vstack([-np.expm1(-np.outer(RATE, budgets)), np.zeros(len(budgets))])
    return np.asarray(prompts @ broken / shared.sum())


def _at_nodes(node: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many prompts (draw, prompt) are at each node: (draw, n_nodes + 1)."""
    row = np.arange(len(node))[:, None] * (len(RATE) + 1)
    return np.bincount((row + node).ravel(), minlength=len(node) * (len(RATE) + 1)).reshape(len(node), -1)


def prompt_nodes(law: Drawn, counted: Counts, pair: int, many: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draws of the rates of `many` prompts that share a pair, given law and counts: node indices (draw, many), the last
    one for p = 0. A prompt keeps its rate over all budgets."""
    cumulative = np.cumsum(np.maximum(law.mass * counted.likelihood[pair], 0.0), axis=1)
    turn = rng.random((len(cumulative), many)) * (cumulative[:, -1:] + (law.zero * counted.at_zero[pair])[:, None])
    if many <= FEW:
        return np.stack([(cumulative < own[:, None]).sum(axis=1) for own in turn.T], axis=1)
    top = turn.max() + cumulative[:, -1].max() + 1.0
    row = np.arange(len(cumulative))[:, None] * top  # rows end to end make one sorted list
    place = np.searchsorted((cumulative + row).ravel(), (turn + row).ravel()).reshape(turn.shape)
    return np.asarray(place - np.arange(len(cumulative))[:, None] * cumulative.shape[1])


def _broken(counted: Counts, pair: int, budgets: NDArray[np.int64]) -> Array:
    """Chance that a prompt is broken within the budgets given its counts, at each node and last at p = 0: (n_nodes + 1,
    n_budgets). What its attempts so far truly were is open where the judge errs."""
    n, s = float(counted.attempts[pair]), float(counted.successes[pair])
    judge = counted.judge
    seen = s * judge.log_success(RATE) + (n - s) * judge.log_failure(RATE) - counted.log_scale[pair]
    spared = np.exp(np.minimum(counted.log_spared[pair] - seen[:, None] - np.outer(RATE, budgets), 0.0))
    return np.vstack([1 - spared, np.zeros(len(budgets))])
