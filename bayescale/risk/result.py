"""The front door to risk: `fit_risk` trials to a posterior, `Risk` is what one asks of it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.core import netcdf
from bayescale.core.arguments import checked
from bayescale.core.display import Page
from bayescale.core.random import read_seed
from bayescale.core.serialization import fact
from bayescale.core.summary import require_prob
from bayescale.data.trials import Trials, read_trials
from bayescale.data.trials_validation.count_checks import COUNTS
from bayescale.data.trials_validation.groups import FIRST
from bayescale.errors import ChecksFailed, InputError
from bayescale.risk import predict
from bayescale.risk.checks import check, laws_table
from bayescale.risk.crossed_rates import Option
from bayescale.risk.decisions import asr_decisions
from bayescale.risk.judge import Judge
from bayescale.risk.mixing import mixings
from bayescale.risk.posterior import Problems, attributes, judge_of, problems_of, sample
from bayescale.risk.sampling_design import design_of, read_design, regularity
from bayescale.risk.tails import bounds

if TYPE_CHECKING:
    from bayescale.core.checks import Checks
    from bayescale.risk.decisions.dynamic_sampling import SamplingPlan
    from bayescale.risk.decisions.next_measurements import Plan
    from bayescale.risk.decisions.policies import PolicyChoice
    from bayescale.risk.decisions.saturation import Saturation
    from bayescale.risk.decisions.temperatures import BestMixture, Mixture

MOST_DRAWS = 100_000


@checked
@dataclass(frozen=True, eq=False)
class Risk:
    """A posterior of success under repeated sampling. Everything comes from `tree`, so a loaded one answers alike."""

    tree: xr.DataTree

    @property
    def groups(self) -> pd.DataFrame:
        """One row per group: its columns, problems, attempts, successes, and problems already broken."""
        problems = problems_of(self.tree)
        count = len(problems.groups)
        broken = np.bincount(problems.group, problems.successes > 0, minlength=count)
        return predict.group_table(problems).assign(
            problems=np.bincount(problems.group, minlength=count),
            attempts=np.bincount(problems.group, problems.attempts, minlength=count).astype(np.int64),
            successes=np.bincount(problems.group, problems.successes, minlength=count).astype(np.int64),
            broken=broken.astype(np.int64),
        )

    @property
    def judge(self) -> Judge | None:
        """The judge that was assumed; None for one without errors."""
        return judge_of(self.tree)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, or looks odd about the trials, and the sampling design that was declared or inferred."""
        return (*fact(self.tree, "notes"), *problems_of(self.tree).design_notes)

    @property
    def design(self) -> pd.DataFrame:
        """One row per group and sampling design in it: the group's columns, `design`, `batch` (attempts at a time where
        sampling stopped at a success, else 0), `problems`, and `declared`, False where it is inferred."""
        problems = problems_of(self.tree)
        table = (
            predict.group_table(problems)
            .iloc[problems.group]
            .assign(design=problems.design.kind, batch=problems.design.batch)
        )
        names = [*problems.group_names, "design", "batch"]
        counted = table.groupby(names, sort=False).size().rename("problems").reset_index()
        return counted.assign(declared=problems.design.declared)

    @property
    def laws(self) -> pd.DataFrame:
        """Mixing laws by group: weights before and after, evidence, how well each was explored."""
        return laws_table(self.tree)

    def check(self) -> "Checks":
        """Findings about the posterior; see `Checks`."""
        return check(self.tree)

    def at(self, budgets: int | Sequence[int], prob: float = 0.9) -> predict.RiskForecast:
        """ASR@N (pass@k) at total attempts per problem, of these problems and of new ones."""
        require_prob(prob)
        return predict.at(self.tree, budgets, prob)

    def budget_for(self, level: float, prob: float = 0.9) -> asr_decisions.Budget:
        """Attempts per problem at which ASR@N reaches a level; infinite where it never does."""
        require_prob(prob)
        return asr_decisions.budget_for(self.tree, level, prob)

    def bounds(self, budgets: int | Sequence[int], prob: float = 0.9) -> pd.DataFrame:
        """One-sided bounds on ASR@N of new problems: `prior_free`, where nothing or everything succeeded, beside
        `posterior` and `prior`, the same quantile under the model with and without these data.

        How far `posterior` moved from `prior` is what the counts said; the rest is assumption.
        """
        require_prob(prob)
        asked = predict.read_budgets(budgets)
        problems = problems_of(self.tree)
        new = predict.new_shares(self.tree, asked)
        prior = predict.prior_shares(self.tree, asked)
        rows = []
        for group in range(len(problems.groups)):
            mine = (problems.group == group) & (problems.attempts > 0)
            bound = bounds.prior_free(problems.attempts[mine], problems.successes[mine], asked, prob)
            level = 1 - prob if bound.side == "lower" else prob
            given, before = np.quantile(new[:, group], level, axis=0), np.quantile(prior, level, axis=0)
            labels = predict.group_table(problems).iloc[[group] * len(asked)].reset_index(drop=True)
            rows.append(
                labels.assign(
                    budget=asked, side=bound.side or "upper", prior_free=bound.value, posterior=given, prior=before
                )
            )
        return pd.concat(rows, ignore_index=True)

    def sensitivity(self, budgets: int | Sequence[int], prob: float = 0.9) -> pd.DataFrame:
        """ASR@N of new problems under each mixing law by itself: median and interval of the draws that took it; laws
        with fewer than 20 draws in a group are left out."""
        require_prob(prob)
        return predict.by_law(self.tree, predict.read_budgets(budgets), prob)

    def worst_of(self, prompts: int, attempts: int, prob: float = 0.9) -> pd.DataFrame:
        """Probability that at least one of `prompts` new prompts is broken within `attempts` each."""
        require_prob(prob)
        return asr_decisions.worst_of(self.tree, prompts, attempts, prob)

    def fleet(self, users: int, attempts: int, prob: float = 0.9) -> pd.DataFrame:
        """Prompts broken when `users` each try one new prompt `attempts` times, and the chance that any is."""
        require_prob(prob)
        return asr_decisions.fleet(self.tree, users, attempts, prob)

    def compare(
        self, first: Sequence[str] | str, second: Sequence[str] | str, budgets: int | Sequence[int], prob: float = 0.9
    ) -> pd.DataFrame:
        """ASR@N of the second group less that of the first, paired by problem."""
        require_prob(prob)
        return asr_decisions.compare(self.tree, first, second, predict.read_budgets(budgets), prob)

    def plan(
        self, budget: int, price_problem: float = 1.0, price_attempt: float = 0.01, group: int = 0, prob: float = 0.9
    ) -> "Plan":
        """What to buy, more problems or more attempts, to halve the interval of ASR@`budget`; see `Plan`."""
        require_prob(prob)
        from bayescale.risk.decisions.next_measurements import plan

        return plan(self.tree, int(predict.read_budgets(budget)[0]), price_problem, price_attempt, group, prob)

    def next_attempts(self, k: int, attempts: int, rule: str = "variance") -> "SamplingPlan":
        """Divide further attempts over the problems, for an estimate of pass@k (ASR@k).

        Parameters
        ----------
        k : int
            Attempts per problem that pass@k is wanted at.
        attempts : int
            How many attempts are to be made in all, over all groups.
        rule : {"variance", "fewest_successes"}
            "variance" makes the expected variance of the plug-in estimate least under the posterior; "fewest_successes"
            takes the problems with the fewest successes first.

        Returns
        -------
        SamplingPlan
            Its `table` has `next_attempts` per problem.

        Raises
        ------
        InputError
            For numbers or a rule that cannot be used.

        References
        ----------
        Kazdan et al. (2025), arXiv:2510.05197, section 4.2.
        """
        from bayescale.risk.decisions.dynamic_sampling import next_attempts

        return next_attempts(self.tree, k, attempts, rule)

    def estimators(self, budgets: int | Sequence[int], prob: float = 0.9) -> pd.DataFrame:
        """ASR@N by the published estimators beside this posterior.

        Parameters
        ----------
        budgets : int or sequence of int
            N, attempts per problem.
        prob : float, default 0.9
            Probability of intervals.

        Returns
        -------
        DataFrame
            One row per group, method and budget: `method` ("posterior_new", "posterior_these" and the names of
            `bayescale.ESTIMATORS`), `budget`, `value`, `lower`, `upper`, `caveat`, `source`.

        Raises
        ------
        InputError
            For budgets or a probability that cannot be used.
        """
        require_prob(prob)
        from bayescale.risk.estimators.comparison import beside

        return beside(self.tree, predict.read_budgets(budgets), prob)

    def saturation(self, epsilon: float = 0.001, prob: float = 0.9) -> "Saturation":
        """Number of fresh samples after which one more solves `epsilon` of the problems or less.

        See `bayescale.risk.decisions.saturation.saturation` for parameters, returns and errors.
        """
        require_prob(prob)
        from bayescale.risk.decisions.saturation import saturation

        return saturation(self.tree, epsilon, prob)

    def mixture(self, attempts: Mapping[Option, int], prob: float = 0.9) -> "Mixture":
        """pass@K of attempts divided over groups such as temperatures, {"0.2": 64, "1.0": 64}.

        See `bayescale.risk.decisions.temperatures.mixture` for parameters, returns and errors.
        """
        require_prob(prob)
        from bayescale.risk.decisions.temperatures import mixture

        return mixture(self.tree, attempts, prob)

    def best_mixture(self, attempts: int, options: Sequence[Option] | None = None, prob: float = 0.9) -> "BestMixture":
        """The division of a budget of attempts over groups with the highest pass@K, and its gain over the best one.

        See `bayescale.risk.decisions.temperatures.best_mixture` for parameters, returns and errors.
        """
        require_prob(prob)
        from bayescale.risk.decisions.temperatures import best_mixture

        return best_mixture(self.tree, attempts, options, prob)

    def choose(self, attempts: Mapping[Option, int], rule: str = "difficulty", prob: float = 0.9) -> "PolicyChoice":
        """The best policy (group) for each problem at one budget, {"samples": 16, "large": 1}, and what choosing gains.

        See `bayescale.risk.decisions.policies.choose` for parameters, returns and errors.
        """
        require_prob(prob)
        from bayescale.risk.decisions.policies import choose

        return choose(self.tree, attempts, rule, prob)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the posterior to one netCDF file, whole or not at all."""
        netcdf.write(self.tree, path)

    def __repr__(self) -> str:
        groups, laws = self.groups, len(self.tree["laws"]["law"])
        names = ", ".join(problems_of(self.tree).group_names)
        return (
            f"Risk({len(groups)} group{'s' * (len(groups) != 1)}{f' by {names}' if names else ''}, "
            f"{groups['problems'].sum()} problems, "
            f"{groups['attempts'].sum()} attempts, average of {laws} mixing law{'s' * (laws != 1)})"
        )

    def _repr_html_(self) -> str:
        return Page(repr(self), self.groups, self.notes).html


@checked
def fit_risk(
    trials: object,
    by: Sequence[str] | None = None,
    *,
    mixing: str | Sequence[str] | None = None,
    judge: Judge | None = None,
    draws: int = 1000,
    random_seed: int | None = None,
    design: str | None = None,
) -> Risk:
    """Fit how the chance of success varies over problems, group by group, and return the posterior.

    trials       a `Trials`, or what `read_trials` takes: a path, a DataFrame.
    by           columns that make groups, such as ["model", "attack"]; groups borrow strength from one another by as
                 much as they turn out to be alike. None takes the group columns of the trials (`Trials.groups`), []
                 makes everything one group.
    mixing       names of mixing laws (see `bayescale.MIXINGS`); None averages the default ones by their evidence.
    judge        what is known of a judge that errs; None takes every verdict as right.
    random_seed  a whole number; None takes a fresh one. It is recorded.
    design       what decided the number of attempts: "fixed" (set in advance), "until_success" (stopped at the first
                 success, or after the batch that held it), "adaptive" (depends on outcomes in another way). None infers
                 it, group by group and problem by problem; a note says what was inferred and what rests on it. The
                 posterior does not: its likelihood is the same.

    Raises InputError for what cannot be fitted; ChecksFailed, carrying the posterior as `fit`, where a law that counts
    could not be explored.
    """
    if judge is not None and not isinstance(judge, Judge):
        raise InputError(f"judge={judge!r} must be a bayescale.Judge, such as Judge(false_positive_rate=(1, 99))")
    if isinstance(draws, bool) or not isinstance(draws, int) or not 100 <= draws <= MOST_DRAWS:
        raise InputError(f"draws={draws!r} must be a whole number from 100 to {MOST_DRAWS}")
    laws = mixings(mixing if mixing is None or isinstance(mixing, str) else tuple(mixing))
    seed, declared = read_seed(random_seed), read_design(design)
    read = trials if isinstance(trials, Trials) else read_trials(trials)
    grouped = read.grouped(by)
    _require_free(grouped.groups)
    problems = problems_in(grouped, declared)
    tree = sample(problems, laws, judge, draws, seed)
    tree.attrs = attributes(problems, judge, seed, (*grouped.notes, *_odd(problems)), grouped.source, read.digest)
    risk = Risk(tree)
    failed = risk.check().failures
    if failed:
        raise ChecksFailed(
            "the risk posterior could not be explored: "
            + "; ".join(failed)
            + ". What to try: one law (mixing='beta'), or groups with more problems. "
            "The posterior is kept in this error's `fit`, for inspection only.",
            risk,
        )
    return risk


def _require_free(groups: Sequence[str]) -> None:
    """Raise InputError for group columns that are called like a column of our tables."""
    ours = {"attempts", "successes", "budget", "problems", "broken", "law", "weight", "side", "threshold", "statistic"}
    ours |= {
        "prior_weight",
        "log_evidence",
        "effective",
        "pareto_k",
        "common",
        "homogeneous",
        "observed",
        "tail",
        "posterior",
        "prior",
    }
    taken = [name for name in groups if name in ours or name.startswith(("these_", "new_", "reached_", "ceiling_"))]
    if taken:
        raise InputError(
            f"group column {', '.join(map(repr, taken))} is called like a column of the results; read the trials with "
            f"rename={{{taken[0]!r}: '{taken[0]}_group'}}, or leave it out of `by`."
        )


def problems_in(trials: Trials, design: str | None = None) -> Problems:
    """Counts and groups of a table with one row per problem and group; `design` as `fit_risk` takes it."""
    table, names = trials.table, trials.groups
    keys = list(map(tuple, table[list(names)].to_numpy(dtype=str))) if names else [()] * len(table)
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    group = np.array([places[key] for key in keys], dtype=np.int64)
    weight = np.ones(len(table))
    if "cluster" in table:
        marks = pd.Series(
            [f"{g}\x1f{c}" if c else f"\x1e{i}" for i, (g, c) in enumerate(zip(group, table["cluster"], strict=True))]
        )
        weight = 1 / marks.map(marks.value_counts()).to_numpy(dtype=float)
    attempts, successes, errors = (table[name].to_numpy(dtype=np.int64) for name in COUNTS)
    first = table[FIRST].to_numpy(dtype=float) if FIRST in table else np.full(len(table), np.nan)
    return Problems(
        names,
        tuple(places),
        group,
        tuple(table["problem"]),
        attempts,
        successes,
        weight,
        errors,
        first,
        design_of(attempts, successes, errors, group, design),
    )


def _odd(problems: Problems) -> list[str]:
    """Notes on near-duplicates that count less, and on counts that are too regular to be attempts."""
    notes = []
    if (problems.weight < 1).any():
        notes.append(
            f"{int((problems.weight < 1).sum())} problems are near-duplicates of others (column cluster): each cluster "
            "counts as one problem in what is learnt; `these` still counts every problem."
        )
    for place in range(len(problems.groups)):
        mine = (problems.group == place) & (problems.attempts > 0)
        notes += regularity(problems.attempts[mine], problems.successes[mine])
    design, counts = problems.design, (problems.attempts, problems.successes, problems.errors)
    if design.declared and "fixed" in design.kind:
        likely = [kind for kind in dict.fromkeys(design_of(*counts, problems.group, None).kind) if kind != "fixed"]
        if likely:
            notes.append(
                f"The declared design is fixed, and the counts look like {' and '.join(likely)}: success rates fall "
                "with the number of attempts. If attempts depended on outcomes, pass@k and rates here are biased."
            )
    return list(dict.fromkeys(notes))
