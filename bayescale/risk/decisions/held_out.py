"""The gain of choosing a policy for each problem, on held-out attempts: one half chooses, the other half measures."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from bayescale.core.notes import Note
from bayescale.risk.decisions.policy_values import (
    base_rates,
    choose_by_difficulty,
    chosen_values,
    fifths,
    success_probabilities,
)
from bayescale.risk.estimators.exact import pass_at_k
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.crossed_rates import CrossedRates, Option, crossed_rates
from bayescale.risk.problems import Problems
from bayescale.risk.sampling.sampler import refit

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

_HALF_DRAWS = 300  # of the posteriors of halves of the attempts
_STREAM = 21
_REGRESSION_COLUMNS = ["fifth", "problems", "observed", "posterior", "held_out"]


@dataclass(frozen=True, eq=False)
class HeldOutGains:
    """Gains on the same and on held-out attempts, averaged over both halves.

    Attributes
    ----------
    rows : list of dict
        `choice`, `measured`, `gain`, `lower`, `upper`; empty where no attempts can be held out.
    regression : DataFrame
        Regression to the mean, as in `PolicyChoice`.
    notes : tuple of Note
        Why no attempts were held out, if none were.
    """

    rows: list[dict[str, object]]
    regression: pd.DataFrame
    notes: tuple[Note, ...]


def held_out_gains(
    posterior: RiskPosterior, joint: CrossedRates, options: list[Option], counts: Index, prob: float
) -> HeldOutGains:
    """Measure the gain of choosing policies, on attempts that the choice did not use.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    joint : CrossedRates
        Rates under each policy.
    options : list of str or sequence of str
        The policies.
    counts : ndarray of int, shape (n_options,)
        Attempts under each policy.
    prob : float
        Probability of the intervals, over problems.

    Returns
    -------
    HeldOutGains
        The gains, or a note on why there are none.
    """
    problems = posterior.problems
    obstacle = _obstacle(problems, joint, counts)
    if obstacle:
        return HeldOutGains([], pd.DataFrame(columns=_REGRESSION_COLUMNS), (obstacle,))
    seed = posterior.predictive_seed % 2**31
    halves = _halves(problems, np.random.default_rng(np.random.SeedSequence([seed, _STREAM])))
    folds = [
        _fold(refit(posterior, choosing, _HALF_DRAWS, seed), measuring, options, counts)
        for choosing, measuring in (halves, halves[::-1])
    ]
    rows: list[dict[str, object]] = []
    for choice, measured in folds[0].gains:
        difference = np.mean([fold.gains[choice, measured] for fold in folds], axis=0)
        rows.append({"choice": choice, "measured": measured} | _mean_over_problems(difference, prob))
    regression = pd.concat([fold.regression for fold in folds]).groupby("fifth", as_index=False).mean()
    return HeldOutGains(rows, regression.assign(problems=regression["problems"].round().astype(int)), ())


def _obstacle(problems: Problems, joint: CrossedRates, counts: Index) -> Note | None:
    """Why attempts cannot be held out; None where they can."""
    short = np.flatnonzero(joint.attempts.min(axis=1) // 2 < counts)
    if len(short):
        name, least = joint.options[int(short[0])], int(joint.attempts[int(short[0])].min())
        return Note(
            "too_few_attempts_to_hold_out",
            f"No attempts are held out: {name} has {least} attempts at some problem, and half of them must be "
            f"{int(counts[int(short[0])])} or more. Only the gain under the posterior is given.",
            (name,),
        )
    used = np.isin(problems.group, [problems.group_labels.index(name) for name in joint.options])
    kinds = sorted({problems.design.kind[row] for row in np.flatnonzero(used)} - {"fixed"})
    if kinds:
        return Note(
            "attempts_depend_on_outcomes",
            f"No attempts are held out: the number of attempts depended on outcomes (design {', '.join(kinds)}), so "
            "that random halves are not exchangeable. Only the gain under the posterior is given.",
        )
    return None


def _halves(problems: Problems, rng: np.random.Generator) -> tuple[Problems, Problems]:
    """Every problem's attempts in two random halves, drawn from the counts."""
    first = problems.attempts // 2
    solved = rng.hypergeometric(problems.successes, problems.attempts - problems.successes, first)
    return (
        replace(problems, attempts=first, successes=solved),
        replace(problems, attempts=problems.attempts - first, successes=problems.successes - solved),
    )


@dataclass(frozen=True, eq=False)
class _Fold:
    """Differences to the best single policy by (choice, measured), each (n_problems,), and rates by fifth."""

    gains: dict[tuple[str, str], Array]
    regression: pd.DataFrame


def _fold(half: RiskPosterior, measuring: Problems, options: list[Option], counts: Index) -> _Fold:
    """Choose by the posterior of one half of the attempts, and measure on the other half."""
    joint = crossed_rates(half, options, _HALF_DRAWS)
    rows = np.array([_rows(measuring, joint, option) for option in range(len(options))])
    observed = _pass_at(joint.attempts, joint.successes, counts)
    held_out = _pass_at(measuring.attempts[rows], measuring.successes[rows], counts)
    mean, base = success_probabilities(joint, counts).mean(axis=0), base_rates(joint)
    choices = {
        "observed": (observed, observed.argmax(axis=0)),
        "problem": (mean, mean.argmax(axis=0)),
        "difficulty": (mean, choose_by_difficulty(mean, fifths(base))),
    }
    gains = {}
    for name, (value, choice) in choices.items():
        single = int(value.mean(axis=1).argmax())
        for measured, success in (("same attempts", observed), ("held-out attempts", held_out)):
            gains[name, measured] = chosen_values(success[None], choice)[0] - success[single]
    rate = joint.successes[0] / joint.attempts[0]
    held_out_rate = measuring.successes[rows[0]] / measuring.attempts[rows[0]]
    table = pd.DataFrame({"fifth": fifths(rate) + 1, "observed": rate, "posterior": base, "held_out": held_out_rate})
    means = table.groupby("fifth", as_index=False).mean()
    means.insert(1, "problems", table.groupby("fifth").size().to_numpy())
    return _Fold(gains, means)


def _rows(problems: Problems, joint: CrossedRates, option: int) -> Index:
    """Rows of the shared problems in the group of an option."""
    group = problems.group_labels.index(joint.options[option])
    by_name = problems.rows_by_name(problems.rows(group))
    return np.array([by_name[name] for name in joint.problem], dtype=np.int64)


def _pass_at(attempts: Index, successes: Index, counts: Index) -> Array:
    """Unbiased pass@k at the k of each policy: (n_options, n_problems)."""
    of_options = zip(attempts, successes, counts, strict=True)
    return np.stack([np.asarray(pass_at_k(n, s, int(k), design="fixed")) for n, s, k in of_options])


def _mean_over_problems(difference: Array, prob: float) -> dict[str, object]:
    """Mean and Student-t interval over problems (n_problems,)."""
    count, mean = len(difference), float(difference.mean())
    half = float(stdtrit(count - 1, (1 + prob) / 2) * difference.std(ddof=1) / np.sqrt(count))
    return {"gain": mean, "lower": mean - half, "upper": mean + half}
