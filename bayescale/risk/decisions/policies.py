"""Which test-time policy to use on which problem: more samples, revisions, a larger model.

Compute-optimal scaling takes the policy that is best for problems of the same difficulty (Snell et al. 2024, arXiv
2408.03314, equation 1), with difficulty read from the success rate of the base model. An observed rate is noisy: the
problems that look hardest are partly the unlucky ones, and their rate returns to the mean when they are tried again.
So does the gain of the policy that looked best. Here difficulty and value are posterior means, and the gain is measured
on attempts that the choice has not seen: each half of the attempts chooses, the other half measures.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.serialization import fact
from bayescale.errors import InputError
from bayescale.risk.crossed_rates import Crossed, Option, crossed
from bayescale.risk.estimators.exact import pass_at_k, plain, read_numbers
from bayescale.risk.mixing import MIXINGS
from bayescale.risk.posterior import Problems, attributes, judge_of, problems_of, sample
from bayescale.risk.shapes import in_one_shape

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

RULES = ("problem", "difficulty")
BINS = 5
_HALF_DRAWS = 300  # of the posteriors of halves of the attempts
_MOST = 10**9


@checked
@dataclass(frozen=True, repr=False)
class PolicyChoice(Shown):
    """The policy of each problem, and what choosing gains.

    Attributes
    ----------
    table : DataFrame
        One row per problem: `problem`, `difficulty` (1 the easiest fifth by the posterior mean rate of the base policy,
        5 the hardest), `policy`, and the posterior mean of its success (`value`), the probability that it is the best
        (`best`), and `value_<policy>` for each.
    gain : DataFrame
        Gain of mean success over the best single policy, in shares of problems. One row per way of choosing and of
        measuring: `choice` ("observed": the highest observed success; "problem" and "difficulty": by the posterior),
        `measured` ("same attempts": those that chose, which flatters; "held-out attempts"; "posterior"), `gain`,
        `lower`, `upper`.
    regression : DataFrame
        Regression to the mean: problems in fifths by the observed rate of the base policy in half of the attempts
        (`fifth`, 1 the highest), with `problems`, the rate `observed` there, its `posterior` mean from that half, and
        the rate in the `held_out` half. Averages of both halves. Empty where no attempts can be held out.
    rule : str
        "problem" or "difficulty".
    attempts : mapping of str to int
        Attempts that the budget buys under each policy.
    prob : float
        Probability of intervals.
    notes : tuple of str
        Why nothing was held out, where nothing was.
    """

    table: pd.DataFrame
    gain: pd.DataFrame
    regression: pd.DataFrame
    rule: str
    attempts: Mapping[str, int]
    prob: float
    notes: tuple[str, ...]

    @property
    def _page(self) -> Page:
        counts = self.table["policy"].value_counts()
        chosen = ", ".join(f"{name} for {counts.get(name, 0)}" for name in self.attempts)
        title = f"Policies by {self.rule}: {chosen} problems; gain over the best single one in shares of problems"
        return Page(title, self.gain, self.notes)


def choose(
    tree: xr.DataTree,
    attempts: Mapping[Option, int],
    rule: str = "difficulty",
    prob: float = 0.9,
) -> PolicyChoice:
    """Choose a test-time policy for each problem, and measure what that gains out of sample.

    Parameters
    ----------
    tree : DataTree
        A risk posterior whose groups are the policies; an attempt is one run of the policy.
    attempts : mapping of str (or tuple of str) to int
        Attempts that the same budget buys under each policy, such as {"samples": 16, "revision": 4, "large": 1}; a
        problem is solved where one of them succeeds. The first policy is the base: difficulty is its success rate.
    rule : {"difficulty", "problem"}
        "difficulty" takes the best policy of each fifth of problems by posterior difficulty, as Snell et al. do with
        observed difficulty; "problem" the best for each problem by the posterior of its success under every policy.
    prob : float, default 0.9
        Probability of intervals.

    Returns
    -------
    PolicyChoice
        The choice and its gain. The interval of held-out gains is over problems.

    Raises
    ------
    InputError
        For fewer than two policies, policies that are no groups or share fewer than ten problems, attempts that are
        not whole, and an unknown rule.

    References
    ----------
    Snell et al. (2024), arXiv:2408.03314, equation 1 and section 3.2. They hold out problems; here it is attempts.
    """
    counts = read_policies(attempts, rule)
    options = list(attempts)
    joint = crossed(tree, options)
    if len(joint.problem) < 2 * BINS:
        raise InputError(
            f"policies share {len(joint.problem)} problems: {2 * BINS} or more are needed to choose by difficulty"
        )
    values = _values(joint, counts)
    mean = values.mean(axis=0)
    difficulty = _fifths(_base(joint))
    chosen = {"problem": mean.argmax(axis=0), "difficulty": _by_difficulty(mean, difficulty)}
    single = int(mean.mean(axis=1).argmax())
    rows: list[dict[str, object]] = [
        {"choice": name, "measured": "posterior", **_interval(_taken(values, choice) - values[:, single], prob)}
        for name, choice in chosen.items()
    ]
    held, regression, notes = _held_out(tree, joint, options, counts, prob)
    names = list(joint.options)
    table = pd.DataFrame(
        {
            "problem": joint.problem,
            "difficulty": difficulty + 1,
            "policy": [names[place] for place in chosen[rule]],
            "value": _taken(mean[None], chosen[rule])[0],
            "best": (values.argmax(axis=1) == chosen[rule]).mean(axis=0),
        }
    ).assign(**{f"value_{name}": own for name, own in zip(names, mean, strict=True)})
    division = dict(zip(joint.options, map(int, counts), strict=True))
    gain = pd.DataFrame([*held, *rows])
    return PolicyChoice(table, gain, regression, rule, division, prob, notes)


@checked
def inference_multiplier(size_ratio: ArrayLike, token_ratio: ArrayLike) -> Array:
    """How many times its inference a small model may spend to match the FLOPs of training and running a larger one.

    Parameters
    ----------
    size_ratio : array_like
        M, parameters of the larger model over those of the small one, 1 or more.
    token_ratio : array_like
        R, tokens of inference over tokens of pretraining, above 0. The arguments broadcast.

    Returns
    -------
    ndarray or float
        M + 3 (M - 1) / R, from 6 N D_pretrain and 2 N D_inference FLOPs.

    Raises
    ------
    InputError
        For ratios outside their range.

    References
    ----------
    Snell et al. (2024), arXiv:2408.03314, section 7.
    """
    size, tokens = read_numbers(size_ratio, "size_ratio"), read_numbers(token_ratio, "token_ratio")
    wrong = [
        f"{name}={given!r} must be finite and {what}"
        for name, given, fits, what in (
            ("size_ratio", size_ratio, (size >= 1) & np.isfinite(size), "1 or more"),
            ("token_ratio", token_ratio, (tokens > 0) & np.isfinite(tokens), "above 0"),
        )
        if not fits.all()
    ]
    if wrong:
        raise InputError("inference cannot be matched:", wrong)
    size, tokens = in_one_shape({"size_ratio": size, "token_ratio": tokens})
    with np.errstate(over="ignore"):
        multiplier = np.asarray(size + 3 * (size - 1) / tokens)
    if not np.isfinite(multiplier).all():
        raise InputError("inference cannot be matched: size_ratio / token_ratio must be below 1e307")
    return plain(multiplier)


def read_policies(attempts: Mapping[Option, int], rule: str) -> Index:
    """Attempts of each policy: (n_policies,). Raises InputError, all problems at once, for what cannot be used."""
    if not isinstance(attempts, Mapping) or len(attempts) < 2:
        raise InputError(
            f"attempts={attempts!r} must map two policies or more to attempts, such as {{'small': 16, 'large': 1}}"
        )
    wrong = [
        f"attempts of {option!r}: {count!r} must be a whole number from 1 to {_MOST:.0e}"
        for option, count in attempts.items()
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 1 <= count <= _MOST
    ]
    if rule not in RULES:
        wrong.append(f"rule={rule!r} must be one of {', '.join(map(repr, RULES))}")
    if wrong:
        raise InputError("policies cannot be chosen:", wrong)
    return np.array(list(attempts.values()), dtype=np.int64)


def _values(joint: Crossed, counts: Index) -> Array:
    """Probability that a policy solves a problem: (n_draws, n_options, n_problems)."""
    return np.asarray(-np.expm1(-joint.rates * counts[:, None]))


def _base(joint: Crossed) -> Array:
    """Posterior mean rate of the first policy: (n_problems,)."""
    return np.asarray(-np.expm1(-joint.rates[:, 0])).mean(axis=0)


def _fifths(rate: Array) -> Index:
    """Fifths of problems by rate, 0 the highest; equal rates in the order given."""
    order = np.argsort(-rate, kind="stable")
    fifth = np.empty(len(rate), dtype=np.int64)
    fifth[order] = np.arange(len(rate)) * BINS // len(rate)
    return fifth


def _by_difficulty(value: Array, fifth: Index) -> Index:
    """The option with the highest mean value (n_options, n_problems) in the problem's fifth: (n_problems,)."""
    best = [value[:, fifth == place].mean(axis=1).argmax() for place in range(BINS)]
    return np.array(best, dtype=np.int64)[fifth]


def _taken(values: Array, choice: Index) -> Array:
    """Values (n_draws, n_options, n_problems) of the chosen options: (n_draws, n_problems)."""
    return np.asarray(values[:, choice, np.arange(len(choice))])


def _interval(difference: Array, prob: float) -> dict[str, float]:
    """Posterior mean and interval of the mean over problems of draws (n_draws, n_problems)."""
    mean = difference.mean(axis=1)
    lower, upper = np.quantile(mean, [(1 - prob) / 2, (1 + prob) / 2])
    return {"gain": float(mean.mean()), "lower": float(lower), "upper": float(upper)}


def _held_out(
    tree: xr.DataTree, joint: Crossed, options: list[Option], counts: Index, prob: float
) -> tuple[list[dict[str, object]], pd.DataFrame, tuple[str, ...]]:
    """Gains on held-out attempts and on the same ones, and the regression to the mean; or why there are none."""
    problems = problems_of(tree)
    why = _why_not(problems, joint, counts)
    if why:
        return [], pd.DataFrame(columns=["fifth", "problems", "observed", "posterior", "held_out"]), (why,)
    seed = int(fact(tree, "predictive_seed")) % 2**31
    halves = _halves(problems, np.random.default_rng(np.random.SeedSequence([seed, 21])))
    folds = [_fold(tree, choosing, measuring, options, counts, seed) for choosing, measuring in (halves, halves[::-1])]
    rows: list[dict[str, object]] = []
    for key in folds[0].gains:
        difference = np.mean([fold.gains[key] for fold in folds], axis=0)
        rows.append({"choice": key[0], "measured": key[1], **_over_problems(difference, prob)})
    regression = pd.concat([fold.regression for fold in folds]).groupby("fifth", as_index=False).mean()
    return rows, regression.assign(problems=regression["problems"].round().astype(int)), ()


def _why_not(problems: Problems, joint: Crossed, counts: Index) -> str:
    """Why attempts cannot be held out; empty where they can."""
    short = joint.attempts.min(axis=1) // 2 < counts
    if short.any():
        name, least = joint.options[int(short.argmax())], int(joint.attempts[int(short.argmax())].min())
        return (
            f"nothing was held out: {name} has {least} attempts at some problem, and half of them must be "
            f"{int(counts[int(short.argmax())])} or more; the posterior's gain stands alone"
        )
    groups = [", ".join(group) for group in problems.groups]
    used = np.isin(problems.group, [groups.index(name) for name in joint.options])
    kinds = sorted({problems.design.kind[row] for row in np.flatnonzero(used)} - {"fixed"})
    if kinds:
        return (
            f"nothing was held out: the number of attempts depended on outcomes (design {', '.join(kinds)}), so that "
            "halves of them are not alike; the posterior's gain stands alone"
        )
    return ""


def _halves(problems: Problems, rng: np.random.Generator) -> tuple[Problems, Problems]:
    """Every problem's attempts in two halves at random, from the counts."""
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


def _fold(
    tree: xr.DataTree, choosing: Problems, measuring: Problems, options: list[Option], counts: Index, seed: int
) -> _Fold:
    """Fit one half of the attempts, choose by it, and measure on the other half."""
    prior = zip(tree["laws"]["law"].to_numpy(), tree["laws"]["prior_weight"].to_numpy(), strict=True)
    laws = [replace(MIXINGS[str(name)], weight=float(weight)) for name, weight in prior]
    judge = judge_of(tree)
    half = sample(choosing, laws, judge, _HALF_DRAWS, seed)
    half.attrs = attributes(choosing, judge, seed, (), "", "")
    joint = crossed(half, options, _HALF_DRAWS)
    rows = np.array([_rows(measuring, joint, place) for place in range(len(options))])
    seen = _reached(joint.attempts, joint.successes, counts)
    fresh = _reached(measuring.attempts[rows], measuring.successes[rows], counts)
    mean, base = _values(joint, counts).mean(axis=0), _base(joint)
    chosen: dict[str, Callable[[], Index]] = {
        "observed": lambda: seen.argmax(axis=0),
        "problem": lambda: mean.argmax(axis=0),
        "difficulty": lambda: _by_difficulty(mean, _fifths(base)),
    }
    gains = {}
    for name, choice in chosen.items():
        value = seen if name == "observed" else mean
        single = int(value.mean(axis=1).argmax())
        for measured, success in (("same attempts", seen), ("held-out attempts", fresh)):
            gains[name, measured] = _taken(success[None], choice())[0] - success[single]
    observed = joint.successes[0] / joint.attempts[0]
    held = measuring.successes[rows[0]] / measuring.attempts[rows[0]]
    frame = pd.DataFrame({"fifth": _fifths(observed) + 1, "observed": observed, "posterior": base, "held_out": held})
    sizes = frame.groupby("fifth").size().to_numpy()
    means = frame.groupby("fifth", as_index=False).mean()
    means.insert(1, "problems", sizes)
    return _Fold(gains, means)


def _rows(problems: Problems, joint: Crossed, option: int) -> Index:
    """Rows of the shared problems in one option's group."""
    names = [", ".join(group) for group in problems.groups]
    group = names.index(joint.options[option])
    place = {problems.problem[i]: i for i in np.flatnonzero(problems.group == group)}
    return np.array([place[name] for name in joint.problem], dtype=np.int64)


def _reached(attempts: Index, successes: Index, counts: Index) -> Array:
    """Unbiased pass@k of each policy's own k: (n_options, n_problems)."""
    return np.stack(
        [
            np.asarray(pass_at_k(n, s, int(k), design="fixed"))
            for n, s, k in zip(attempts, successes, counts, strict=True)
        ]
    )


def _over_problems(difference: Array, prob: float) -> dict[str, float]:
    """Mean and normal interval over problems (n_problems,)."""
    from scipy.stats import t

    many = len(difference)
    half = float(t.ppf((1 + prob) / 2, many - 1) * difference.std(ddof=1) / np.sqrt(many))
    mean = float(difference.mean())
    return {"gain": mean, "lower": mean - half, "upper": mean + half}
