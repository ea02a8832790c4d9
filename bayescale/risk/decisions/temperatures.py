"""pass@K of a mixture of sampling temperatures, and the best division of a budget over them.

Temperatures solve different problems, so that K samples spread over several can solve more than K at the best one (Wu,
Mirhoseini & Tambe 2025, arXiv 2510.02611). With K_T samples at temperature T a problem is missed with probability
Π (1 - p_T)^K_T. What spreading gains depends on how alike the p_T of a problem are, which `risk.crossed` learns from
the counts. Everything holds for other options too, such as models or prompts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, minimize

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.errors import InputError
from bayescale.risk.crossed_rates import Crossed, Option, crossed

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

MOST = 10**9  # attempts of one option


@checked
@dataclass(frozen=True, repr=False)
class Mixture(Shown):
    """pass@K of one division of attempts over options.

    Attributes
    ----------
    table : DataFrame
        One row: `attempts` in all, `problems` that all options were tried on, and `these_*` (fresh attempts at these
        problems) and `new_*` (problems of the same population), each `median`, `lower`, `upper`.
    attempts : mapping of str to int
        Attempts by option.
    correlation : tuple of float
        Median and interval of the correlation of a problem's rates between options, on the normal scale.
    prob : float
        Probability of intervals.
    """

    table: pd.DataFrame
    attempts: Mapping[str, int]
    correlation: tuple[float, float, float]
    prob: float

    @property
    def _page(self) -> Page:
        division = ", ".join(f"{count:,} at {name}" for name, count in self.attempts.items())
        return Page(f"pass@K of {division}; {100 * self.prob:.4g} % intervals", self.table, (_alike(self.correlation),))


@checked
@dataclass(frozen=True, repr=False)
class BestMixture(Shown):
    """The division of a budget with the highest expected pass@K, beside each option alone.

    Attributes
    ----------
    table : DataFrame
        One row per option: `option`, `attempts` of the best division, and pass@K if the option got the whole budget:
        `these_*`, `new_*`. Last the row "best division".
    gain : DataFrame
        One row: pass@K of the best division less that of the best single option (`over`), in shares: `these_*`,
        `new_*`, and `these_above`, `new_above`, the probability that it is above 0.
    attempts : mapping of str to int
        The best division.
    correlation : tuple of float
        Median and interval of the correlation of a problem's rates between options, on the normal scale.
    prob : float
        Probability of intervals.
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
            f"gain over {row['over']} alone, on new problems: {100 * row['new_median']:.2f} points "
            f"({100 * row['new_lower']:.2f} to {100 * row['new_upper']:.2f}), above 0 with probability "
            f"{row['new_above']:.2f}"
        )
        title = f"The best division of {sum(self.attempts.values()):,} attempts; {100 * self.prob:.4g} % intervals"
        return Page(title, self.table, (gain, _alike(self.correlation)))


def mixture(tree: xr.DataTree, attempts: Mapping[Option, int], prob: float = 0.9) -> Mixture:
    """Forecast pass@K of a mixture of options.

    Parameters
    ----------
    tree : DataTree
        A risk posterior whose groups are the options.
    attempts : mapping of str (or tuple of str) to int
        Fresh attempts per problem under each option, such as {"0.2": 64, "1.0": 64}.
    prob : float, default 0.9
        Probability of intervals.

    Returns
    -------
    Mixture
        pass@K on the problems that all options were tried on, and on new ones.

    Raises
    ------
    InputError
        For options that are no groups or share no two problems, and attempts that are not whole.

    References
    ----------
    Wu, Mirhoseini & Tambe (2025), arXiv:2510.02611.
    """
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
    joint = crossed(tree, list(attempts))
    counts = np.array(list(attempts.values()), dtype=float)
    values = _means(joint, pass_at(joint.rates, counts))
    row = {"attempts": int(counts.sum()), "problems": len(joint.problem)}
    table = pd.DataFrame([row | _summaries(values, prob)])
    division = dict(zip(joint.options, map(int, counts), strict=True))
    return Mixture(table, division, _correlation(joint, prob), prob)


def best_mixture(
    tree: xr.DataTree, attempts: int, options: Sequence[Option] | None = None, prob: float = 0.9
) -> BestMixture:
    """Divide a budget of attempts per problem over options so that expected pass@K is highest.

    Parameters
    ----------
    tree : DataTree
        A risk posterior whose groups are the options.
    attempts : int
        K, attempts per problem in all.
    options : sequence of str or tuple of str, optional
        The options to divide over; None takes all groups.
    prob : float, default 0.9
        Probability of intervals.

    Returns
    -------
    BestMixture
        The division, and its gain over the best single option. Half of the posterior's draws choose division and
        single option, the other half say what they are worth.

    Raises
    ------
    InputError
        For fewer than two options, options that are no groups, and attempts that are not whole.
    """
    if not _whole(attempts, 1):
        raise InputError(f"attempts={attempts!r} must be a whole number from 1 to {MOST:.0e}")
    joint = crossed(tree, options)
    if len(joint.options) < 2:
        raise InputError(f"option {joint.options[0]!r} is the only one: name two or more to divide attempts over")
    chosen = divide(joint.rates[::2], int(attempts))
    whole = np.eye(len(joint.options)) * attempts
    single = int(np.argmax([pass_at(joint.rates[::2], counts).mean() for counts in whole]))
    if pass_at(joint.rates[::2], whole[single]).mean() >= pass_at(joint.rates[::2], chosen.astype(float)).mean():
        chosen = whole[single].astype(np.int64)
    held = Crossed(**{**vars(joint), "rates": joint.rates[1::2], "correlation": joint.correlation[1::2]})
    values = [_means(held, pass_at(held.rates, counts)) for counts in (*whole, chosen.astype(float))]
    names = (*joint.options, "best division")
    table = pd.DataFrame(
        [
            {"option": name, "attempts": int(count)} | _summaries(value, prob)
            for name, count, value in zip(names, (*chosen, chosen.sum()), values, strict=True)
        ]
    )
    gain = {name: values[-1][name] - values[single][name] for name in values[-1]}
    above = {f"{name}_above": float((value > 0).mean()) for name, value in gain.items()}
    frame = pd.DataFrame([{"over": joint.options[single]} | _summaries(gain, prob) | above])
    division = dict(zip(joint.options, map(int, chosen), strict=True))
    return BestMixture(table, frame, division, _correlation(joint, prob), prob)


def pass_at(rates: Array, counts: Array) -> Array:
    """Probability that one of counts (n_options,) attempts succeeds: (n_draws, n_problems) of rates λ."""
    return np.asarray(-np.expm1(-np.einsum("dop,o->dp", rates, counts)))


def divide(rates: Array, total: int) -> Index:
    """Whole attempts per option, summing to a total, with the highest mean pass@K over draws and problems.

    Parameters
    ----------
    rates : ndarray, shape (n_draws, n_options, n_problems)
        λ = -log(1 - p).
    total : int
        Attempts in all.

    Returns
    -------
    ndarray of int, shape (n_options,)
        The expected pass@K is concave in the attempts; the optimum of real numbers is rounded down, and what is left
        over goes one attempt at a time to where it gains most. Then attempts move between options while that gains.
    """
    flat = np.moveaxis(rates, 1, 0).reshape(rates.shape[1], -1)

    def missed(share: Array) -> tuple[float, Array]:
        left = np.exp(-total * (share @ flat))
        return float(left.mean()), -total * (flat * left).mean(axis=1)

    start = np.full(len(flat), 1 / len(flat))
    whole = LinearConstraint(np.ones((1, len(flat))), 1.0, 1.0)
    found = minimize(missed, start, jac=True, method="SLSQP", bounds=[(0.0, 1.0)] * len(flat), constraints=[whole])
    share = np.clip(np.nan_to_num(found.x, nan=1 / len(flat)), 0, None)
    counts = np.floor(share / share.sum() * total + 1e-9).astype(np.int64)
    while counts.sum() < total:
        counts[int(np.argmin([_left(flat, counts + one) for one in np.eye(len(flat))]))] += 1
    return _exchanged(flat, counts)


def _exchanged(flat: Array, counts: Index) -> Index:
    """Move attempts between pairs of options, many at first and one at last, while the mean missed falls."""
    step, best = max(int(counts.sum()) // 8, 1), _left(flat, counts)
    while step:
        moves = []
        for giver in np.flatnonzero(counts >= step):
            for taker in range(len(counts)):
                if taker != giver:
                    moved = counts.copy()
                    moved[giver] -= step
                    moved[taker] += step
                    moves.append((_left(flat, moved), tuple(moved)))
        least = min(moves) if moves else (best, ())
        if least[0] < best - 1e-15:
            best, counts = least[0], np.array(least[1], dtype=np.int64)
        else:
            step //= 2
    return counts


def _left(flat: Array, counts: NDArray[np.number]) -> float:
    return float(np.exp(-(counts @ flat)).mean())


def _means(joint: Crossed, values: Array) -> dict[str, Array]:
    """Draws of the mean over these problems and over new ones."""
    return {"these": values.mean(axis=1), "new": (joint.weights * values).sum(axis=1)}


def _summaries(values: Mapping[str, Array], prob: float) -> dict[str, float]:
    levels = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    return {
        f"{name}_{what}": float(quantile)
        for name, value in values.items()
        for what, quantile in zip(("median", "lower", "upper"), np.quantile(value, levels), strict=True)
    }


def _correlation(joint: Crossed, prob: float) -> tuple[float, float, float]:
    low, middle, high = np.quantile(joint.correlation, [(1 - prob) / 2, 0.5, (1 + prob) / 2])
    return float(middle), float(low), float(high)


def _alike(correlation: tuple[float, float, float]) -> str:
    middle, low, high = correlation
    return f"correlation of a problem's rates between options: {middle:.2f} ({low:.2f} to {high:.2f})"


def _whole(value: object, least: int) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | np.integer) and least <= int(value) <= MOST
