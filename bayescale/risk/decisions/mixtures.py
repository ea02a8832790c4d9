"""pass@K of samples divided over options such as temperatures, and the best division of a budget.

Temperatures solve different problems, so that K samples at several temperatures can solve more problems than K samples
at the best one (Wu, Mirhoseini & Tambe 2025, arXiv 2510.02611). With K_T samples at temperature T, a problem is missed
with probability Π (1 - p_T)^K_T. The gain of a division depends on the correlation of the p_T of a problem, which
`crossed_rates` estimates from the counts. Options can also be models or prompts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.summary import median_and_interval, require_prob, summaries
from bayescale.errors import InputError
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.crossed_rates import CrossedRates, Option, crossed_rates

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

MOST = 10**9  # attempts of one option
BEST = "best division"


@checked
@dataclass(frozen=True, repr=False)
class Mixture(Shown):
    """pass@K of one division of attempts over options.

    Attributes
    ----------
    table : DataFrame
        One row: `attempts` in total, `problems` (number that all options were tried on), `these_*` (fresh attempts at
        these problems) and `new_*` (problems of the same population), each `median`, `lower`, `upper`.
    attempts : mapping of str to int
        Attempts by option.
    correlation : tuple of float
        Median and interval of the correlation of a problem's rates between options, of their normal scores.
    prob : float
        Probability of the intervals.
    """

    table: pd.DataFrame
    attempts: Mapping[str, int]
    correlation: tuple[float, float, float]
    prob: float

    @property
    def _page(self) -> Page:
        division = ", ".join(f"{count:,} at {name}" for name, count in self.attempts.items())
        title = f"pass@K of {division}; {100 * self.prob:.4g} % intervals"
        return Page(title, self.table, (_correlation_note(self.correlation),))


@checked
@dataclass(frozen=True, repr=False)
class BestMixture(Shown):
    """The division of a budget with the highest expected pass@K, compared with each option alone.

    Attributes
    ----------
    table : DataFrame
        One row per option: `option`, `attempts` in the best division, and pass@K if the option got the whole budget,
        `these_*` and `new_*`. The last row is the "best division".
    gain : DataFrame
        One row: pass@K of the best division minus that of the best single option (`over`), in shares of problems:
        `these_*`, `new_*`, and `these_above`, `new_above`, the probability that it is above 0.
    attempts : mapping of str to int
        Attempts by option in the best division.
    correlation : tuple of float
        Median and interval of the correlation of a problem's rates between options, of their normal scores.
    prob : float
        Probability of the intervals.
    """

    table: pd.DataFrame
    gain: pd.DataFrame
    attempts: Mapping[str, int]
    correlation: tuple[float, float, float]
    prob: float

    @property
    def _page(self) -> Page:
        row = self.gain.iloc[0]
        gain = (
            f"gain over {row['over']} alone, on new problems: {100 * row['new_median']:.2f} percentage points "
            f"({100 * row['new_lower']:.2f} to {100 * row['new_upper']:.2f}), above 0 with probability "
            f"{row['new_above']:.2f}"
        )
        title = f"The best division of {sum(self.attempts.values()):,} attempts; {100 * self.prob:.4g} % intervals"
        return Page(title, self.table, (gain, _correlation_note(self.correlation)))


def mixture(self: RiskPosterior, attempts: Mapping[Option, int], prob: float = 0.9) -> Mixture:
    """Forecast pass@K of attempts divided over options, such as {"0.2": 64, "1.0": 64}.

    Parameters
    ----------
    attempts : mapping of str (or tuple of str) to int
        Fresh attempts per problem under each option; an option is a group.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    Mixture
        pass@K on the problems that all options were tried on, and on new ones.

    Raises
    ------
    InputError
        For options that are not groups or share fewer than two problems, attempts that are not whole numbers, and a
        `prob` that is not between 0 and 1.

    References
    ----------
    Wu, Mirhoseini & Tambe (2025), arXiv:2510.02611.
    """
    require_prob(prob)
    if not isinstance(attempts, Mapping) or not attempts:
        raise InputError(f"attempts={attempts!r} must map options to attempts, such as {{'0.2': 64, '1.0': 64}}")
    wrong = [
        f"attempts of {option!r}: {count!r} must be a whole number from 0 to {MOST:.0e}"
        for option, count in attempts.items()
        if not _whole(count, 0)
    ]
    if not wrong and not sum(attempts.values()):
        wrong = ["attempts are 0 under every option: give 1 or more to one"]
    if wrong:
        raise InputError("this mixture cannot be forecast:", wrong)
    joint = crossed_rates(self, list(attempts))
    counts = np.array(list(attempts.values()), dtype=float)
    row = {"attempts": int(counts.sum()), "problems": len(joint.problem)}
    table = pd.DataFrame([row | _summary(_mean_draws(joint, pass_at(joint.rates, counts)), prob)])
    division = dict(zip(joint.options, map(int, counts), strict=True))
    return Mixture(table, division, _correlation(joint, prob), prob)


def best_mixture(
    self: RiskPosterior, attempts: int, options: Sequence[Option] | None = None, prob: float = 0.9
) -> BestMixture:
    """Divide a budget of attempts per problem over options so that expected pass@K is highest.

    Parameters
    ----------
    attempts : int
        K, total attempts per problem.
    options : sequence of str or tuple of str, optional
        The options to divide over; None takes all groups.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    BestMixture
        The division, and its gain over the best single option. Half of the draws choose the division and the single
        option; the other half estimates their pass@K.

    Raises
    ------
    InputError
        For fewer than two options, options that are not groups, attempts that are not whole and positive, and a `prob`
        that is not between 0 and 1.
    """
    require_prob(prob)
    if not _whole(attempts, 1):
        raise InputError(f"attempts={attempts!r} must be a whole number from 1 to {MOST:.0e}")
    joint = crossed_rates(self, options)
    if len(joint.options) < 2:
        raise InputError(f"option {joint.options[0]!r} is the only one: name two or more to divide attempts over")
    choosing, measuring = joint.rates[::2], joint.rates[1::2]
    whole = np.eye(len(joint.options)) * attempts
    single = int(np.argmax([pass_at(choosing, counts).mean() for counts in whole]))
    best = divide(choosing, int(attempts))
    if pass_at(choosing, whole[single]).mean() >= pass_at(choosing, best.astype(float)).mean():
        best = whole[single].astype(np.int64)
    held_out = replace(joint, rates=measuring, correlation=joint.correlation[1::2])
    draws = [_mean_draws(held_out, pass_at(measuring, counts)) for counts in (*whole, best.astype(float))]
    names = (*joint.options, BEST)
    table = pd.DataFrame(
        [
            {"option": name, "attempts": int(count)} | _summary(values, prob)
            for name, count, values in zip(names, (*best, best.sum()), draws, strict=True)
        ]
    )
    difference = {name: draws[-1][name] - draws[single][name] for name in draws[-1]}
    above = {f"{name}_above": float((values > 0).mean()) for name, values in difference.items()}
    gain = pd.DataFrame([{"over": joint.options[single]} | _summary(difference, prob) | above])
    division = dict(zip(joint.options, map(int, best), strict=True))
    return BestMixture(table, gain, division, _correlation(joint, prob), prob)


def pass_at(rates: Array, counts: Array) -> Array:
    """Compute the probability that one of the attempts at a problem succeeds.

    Parameters
    ----------
    rates : ndarray, shape (n_draws, n_options, n_problems)
        λ = -log(1 - p).
    counts : ndarray, shape (n_options,)
        Attempts under each option.

    Returns
    -------
    ndarray, shape (n_draws, n_problems)
        1 - Π (1 - p)^count.
    """
    return np.asarray(-np.expm1(-np.einsum("dop,o->dp", rates, counts)))


def divide(rates: Array, total: int) -> Index:
    """Find the attempts per option, whole numbers with a given sum, with the highest mean pass@K.

    Expected pass@K is concave in the attempts. The optimum over real numbers is rounded down, and the rest is added one
    attempt at a time where the gain is largest. Then attempts move between options while that increases the mean.

    Parameters
    ----------
    rates : ndarray, shape (n_draws, n_options, n_problems)
        λ = -log(1 - p).
    total : int
        Sum of the attempts.

    Returns
    -------
    ndarray of int, shape (n_options,)
        The attempts.
    """
    from scipy.optimize import LinearConstraint, minimize

    flat = np.moveaxis(rates, 1, 0).reshape(rates.shape[1], -1)

    def missed(share: Array) -> tuple[float, Array]:
        probability = np.exp(-total * (share @ flat))
        return float(probability.mean()), -total * (flat * probability).mean(axis=1)

    start = np.full(len(flat), 1 / len(flat))
    sums_to_one = LinearConstraint(np.ones((1, len(flat))), 1.0, 1.0)
    bounds = [(0.0, 1.0)] * len(flat)
    optimum = minimize(missed, start, jac=True, method="SLSQP", bounds=bounds, constraints=[sums_to_one])
    share = np.clip(np.nan_to_num(optimum.x, nan=1 / len(flat)), 0, None)
    counts = np.floor(share / share.sum() * total + 1e-9).astype(np.int64)
    while counts.sum() < total:
        counts[int(np.argmin([_mean_missed(flat, counts + unit) for unit in np.eye(len(flat))]))] += 1
    return _exchanged(flat, counts)


def _exchanged(flat: Array, counts: Index) -> Index:
    """Move attempts between pairs of options, in falling steps down to one, while the mean missed falls."""
    step, least = max(int(counts.sum()) // 8, 1), _mean_missed(flat, counts)
    while step:
        moves = []
        for giver in np.flatnonzero(counts >= step):
            for taker in range(len(counts)):
                if taker != giver:
                    moved = counts.copy()
                    moved[giver] -= step
                    moved[taker] += step
                    moves.append((_mean_missed(flat, moved), tuple(moved)))
        best = min(moves) if moves else (least, ())
        if best[0] < least - 1e-15:
            least, counts = best[0], np.array(best[1], dtype=np.int64)
        else:
            step //= 2
    return counts


def _mean_missed(flat: Array, counts: NDArray[np.number]) -> float:
    return float(np.exp(-(counts @ flat)).mean())


def _mean_draws(joint: CrossedRates, values: Array) -> dict[str, Array]:
    """Draws of the mean over the measured problems and over new ones."""
    return {"these": values.mean(axis=1), "new": (joint.weights * values).sum(axis=1)}


def _summary(draws: Mapping[str, Array], prob: float) -> dict[str, float]:
    columns = summaries({name: values[None] for name, values in draws.items()}, prob)
    return {name: float(value) for name, value in columns.items()}


def _correlation(joint: CrossedRates, prob: float) -> tuple[float, float, float]:
    median, lower, upper = map(float, median_and_interval(joint.correlation, prob))
    return median, lower, upper


def _correlation_note(correlation: tuple[float, float, float]) -> str:
    median, lower, upper = correlation
    return f"correlation of a problem's rates between options: {median:.2f} ({lower:.2f} to {upper:.2f})"


def _whole(value: object, least: int) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | np.integer) and least <= int(value) <= MOST
