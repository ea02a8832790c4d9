"""Which test-time policy to use for each problem: more samples, revisions, a larger model.

Compute-optimal scaling takes the policy that is best for problems of the same difficulty (Snell et al. 2024, arXiv
2408.03314, equation 1), with difficulty estimated by the success rate of the base model. An observed rate is noisy: the
problems that look hardest are partly the unlucky ones, whose rate returns to the mean when they are tried again. The
same holds for the gain of the policy that looked best. Here difficulty and value are posterior means, and the gain is
measured on held-out attempts (`held_out`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.notes import Note
from bayescale.core.summary import median_and_interval, require_prob
from bayescale.errors import InputError
from bayescale.risk.arguments import in_one_shape, read_numbers, scalar_or_array
from bayescale.risk.decisions.held_out import held_out_gains
from bayescale.risk.decisions.policy_values import (
    N_BINS,
    base_rates,
    choose_by_difficulty,
    chosen_values,
    fifths,
    success_probabilities,
)
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.crossed_rates import Option, crossed_rates

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

RULES = ("problem", "difficulty")
_MOST = 10**9


@checked
@dataclass(frozen=True, repr=False)
class PolicyChoice(Shown):
    """The policy of each problem, and the gain of choosing.

    Attributes
    ----------
    table : DataFrame
        One row per problem: `problem`, `difficulty` (1 the easiest fifth by the posterior mean rate of the base policy,
        5 the hardest), `policy`, the posterior mean of its success (`value`), the probability that it is the best
        (`best`), and `value_<policy>` for each policy.
    gain : DataFrame
        Gain of mean success over the best single policy, in shares of problems. One row per way of choosing and of
        measuring: `choice` ("observed": the highest observed success; "problem" and "difficulty": by the posterior),
        `measured` ("same attempts": those used for the choice, which is biased upwards; "held-out attempts";
        "posterior"), `gain`, `lower`, `upper`.
    regression : DataFrame
        Regression to the mean: problems in fifths by the observed rate of the base policy in half of the attempts
        (`fifth`, 1 the highest), with `problems`, the rate `observed` there, its `posterior` mean from that half, and
        the rate in the `held_out` half. Averages over both halves. Empty where no attempts can be held out.
    rule : str
        "problem" or "difficulty".
    attempts : mapping of str to int
        Attempts that the budget buys under each policy.
    prob : float
        Probability of the intervals.
    notes : tuple of Note
        Why no attempts were held out, if none were.
    """

    table: pd.DataFrame
    gain: pd.DataFrame
    regression: pd.DataFrame
    rule: str
    attempts: Mapping[str, int]
    prob: float
    notes: tuple[Note, ...]

    @property
    def _page(self) -> Page:
        counts = self.table["policy"].value_counts()
        chosen = ", ".join(f"{name} for {counts.get(name, 0)}" for name in self.attempts)
        title = f"Policies by {self.rule}: {chosen} problems; gain over the best single one in shares of problems"
        return Page(title, self.gain, self.notes)


def choose(
    self: RiskPosterior, attempts: Mapping[Option, int], rule: str = "difficulty", prob: float = 0.9
) -> PolicyChoice:
    """Choose a test-time policy for each problem, and measure the gain out of sample.

    Parameters
    ----------
    attempts : mapping of str (or tuple of str) to int
        Attempts that the same budget buys under each policy, such as {"samples": 16, "revision": 4, "large": 1}. A
        policy is a group, and an attempt one run of it; a problem is solved if one attempt succeeds. The first policy
        is the base: difficulty is its success rate.
    rule : {"difficulty", "problem"}, default "difficulty"
        "difficulty" takes the best policy of each fifth of problems by posterior difficulty, as Snell et al. do with
        observed difficulty; "problem" takes the best policy for each problem by the posterior of its success.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    PolicyChoice
        The choice and its gain. The interval of held-out gains is over problems.

    Raises
    ------
    InputError
        For fewer than two policies, policies that are not groups or share fewer than ten problems, attempts that are
        not whole numbers, an unknown rule, and a `prob` that is not between 0 and 1.

    References
    ----------
    Snell et al. (2024), arXiv:2408.03314, equation 1 and section 3.2. They hold out problems; here attempts are held
    out.
    """
    require_prob(prob)
    counts, options = read_policies(attempts, rule), list(attempts)
    joint = crossed_rates(self, options)
    if len(joint.problem) < 2 * N_BINS:
        raise InputError(
            f"policies share {len(joint.problem)} problems: {2 * N_BINS} or more are needed to choose by difficulty"
        )
    values = success_probabilities(joint, counts)
    mean = values.mean(axis=0)
    difficulty = fifths(base_rates(joint))
    choices = {"problem": mean.argmax(axis=0), "difficulty": choose_by_difficulty(mean, difficulty)}
    single = int(mean.mean(axis=1).argmax())
    rows: list[dict[str, object]] = [
        {"choice": name, "measured": "posterior"} | _gain(chosen_values(values, choice) - values[:, single], prob)
        for name, choice in choices.items()
    ]
    held_out = held_out_gains(self, joint, options, counts, prob)
    choice = choices[rule]
    table = pd.DataFrame(
        {
            "problem": joint.problem,
            "difficulty": difficulty + 1,
            "policy": [joint.options[option] for option in choice],
            "value": chosen_values(mean[None], choice)[0],
            "best": (values.argmax(axis=1) == choice).mean(axis=0),
        }
    ).assign(**{f"value_{name}": of_option for name, of_option in zip(joint.options, mean, strict=True)})
    bought = dict(zip(joint.options, map(int, counts), strict=True))
    gain = pd.DataFrame([*held_out.rows, *rows])
    return PolicyChoice(table, gain, held_out.regression, rule, bought, prob, held_out.notes)


def _gain(difference: Array, prob: float) -> dict[str, object]:
    """Posterior mean and interval of the mean over problems of draws (n_draws, n_problems)."""
    mean = difference.mean(axis=1)
    _, lower, upper = median_and_interval(mean, prob)
    return {"gain": float(mean.mean()), "lower": float(lower), "upper": float(upper)}


@checked
def inference_multiplier(size_ratio: ArrayLike, token_ratio: ArrayLike) -> Array:
    """Compute how many times its inference compute a small model may spend to match the FLOPs of a larger model.

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
        f"{name}={value!r} must be finite and {allowed}"
        for name, value, valid, allowed in (
            ("size_ratio", size_ratio, (size >= 1) & np.isfinite(size), "1 or more"),
            ("token_ratio", token_ratio, (tokens > 0) & np.isfinite(tokens), "above 0"),
        )
        if not valid.all()
    ]
    if wrong:
        raise InputError("the inference multiplier cannot be computed:", wrong)
    size, tokens = in_one_shape({"size_ratio": size, "token_ratio": tokens})
    with np.errstate(over="ignore"):
        multiplier = np.asarray(size + 3 * (size - 1) / tokens)
    if not np.isfinite(multiplier).all():
        raise InputError("the inference multiplier cannot be computed: size_ratio / token_ratio must be below 1e307")
    return scalar_or_array(multiplier)


def read_policies(attempts: Mapping[Option, int], rule: str) -> Index:
    """Validate the attempts of each policy and the rule.

    Parameters
    ----------
    attempts, rule
        As `choose` takes them.

    Returns
    -------
    ndarray of int, shape (n_policies,)
        Attempts of each policy.

    Raises
    ------
    InputError
        All problems at once, for fewer than two policies, attempts that are not whole numbers, and an unknown rule.
    """
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
