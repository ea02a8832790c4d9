"""Best-of-n by a reward model, measured on samples: gold and proxy reward against n, and over-optimisation.

The sample with the highest proxy score is chosen; its value is its gold reward (Gao, Schulman & Hilton 2023,
arXiv 2210.10760).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.summary import median_and_interval, require_prob
from bayescale.errors import InputError
from bayescale.risk.arguments import read_numbers, read_whole, scalar_or_array
from bayescale.risk.estimators.exact import best_of_n, best_of_n_divergence
from bayescale.risk.selection.noisy_best_of_n import MOST_N, MOST_REWARD

type Array = NDArray[np.float64]

_RESAMPLES = 1000


@checked
@dataclass(frozen=True, repr=False)
class RewardCurve(Shown):
    """Expected rewards of the best of n by a proxy, over problems.

    Attributes
    ----------
    table : DataFrame
        One row per n: `n`, `divergence` (nats, an upper bound of the KL divergence from one sample), `proxy` and `gold`
        (expected rewards of the chosen sample), `gold_lower`, `gold_upper`, `oracle` (the best of n by gold itself).
    alpha, beta : float
        Parameters of Gao's form of the gain over one sample, d (alpha - beta d), where d is the root of the divergence.
    beta_positive : float
        Share of bootstrap samples of problems in which beta is positive, a measure of evidence for over-optimisation.
    peak : float
        n at which Gao's form is highest; infinity where beta is not positive. Beyond the largest n of the table it is
        an extrapolation.
    prob : float
        Probability of intervals.
    problems : int
        Number of problems.
    """

    table: pd.DataFrame
    alpha: float
    beta: float
    beta_positive: float
    peak: float
    prob: float
    problems: int

    def predict(self, n: ArrayLike) -> Array:
        """Compute the expected gold reward at n by Gao's form, an extrapolation beyond the largest n of the table.

        Parameters
        ----------
        n : array_like of int
            Samples.

        Returns
        -------
        ndarray or float
            In the unit of the gold rewards.
        """
        distance = np.sqrt(np.asarray(best_of_n_divergence(n)))
        single = float(self.table["gold"].iloc[0])
        return scalar_or_array(np.asarray(single + distance * (self.alpha - self.beta * distance)))

    @property
    def _page(self) -> Page:
        title = f"Best of n by a proxy on {self.problems} problems; {100 * self.prob:.4g} % intervals over problems"
        peak = "no peak" if np.isinf(self.peak) else f"peak at n = {self.peak:.3g}"
        note = (
            f"Gao's form: d ({self.alpha:.4g} - {self.beta:.4g} d), {peak}; beta is positive in "
            f"{100 * self.beta_positive:.0f} % of bootstrap samples of problems"
        )
        return Page(title, self.table, (note,))


@checked
def reward_curve(rewards: ArrayLike, scores: ArrayLike, n: ArrayLike | None = None, prob: float = 0.9) -> RewardCurve:
    """Measure best-of-n: gold and proxy reward of the sample with the highest score, against n.

    Parameters
    ----------
    rewards : array_like, shape (n_problems, n_samples)
        Gold rewards.
    scores : array_like, shape (n_problems, n_samples)
        Scores of the reward model (the proxy) for the same samples.
    n : array_like of int, optional
        n, from 1 to the number of samples; None takes powers of two and the number itself. 1 is always added.
    prob : float, default 0.9
        Probability of intervals.

    Returns
    -------
    RewardCurve
        Unbiased for n up to the number of samples; intervals by a bootstrap over problems.

    Raises
    ------
    InputError
        All problems at once, for arrays that do not fit, fewer than two problems or three samples, and n beyond them.

    References
    ----------
    Gao, Schulman & Hilton (2023), arXiv:2210.10760: R(d) = d (alpha - beta d).
    """
    require_prob(prob)
    gold, proxy = read_numbers(rewards, "rewards"), read_numbers(scores, "scores")
    wrong = []
    if gold.shape != proxy.shape:
        wrong.append(f"rewards have shape {gold.shape}, scores {proxy.shape}: give one score for each reward")
    if gold.ndim != 2 or gold.shape[0] < 2 or gold.shape[1] < 3:
        wrong.append(f"rewards have shape {gold.shape}: give at least two problems, each with at least three samples")
    if not ((np.abs(gold) <= MOST_REWARD).all() and (np.abs(proxy) <= MOST_REWARD).all()):
        wrong.append("rewards and scores must lie between -1e50 and 1e50: leave out samples without both")
    if wrong:
        raise InputError("best-of-n cannot be measured:", wrong)
    m = gold.shape[1]
    requested = 2.0 ** np.arange(int(np.log2(m)) + 1) if n is None else np.atleast_1d(read_whole(n, "n"))
    count = np.unique(np.concatenate([[1.0], requested.ravel(), [float(m)] if n is None else []]))
    if len(count) < 3:
        raise InputError(f"n={n!r} must hold at least two numbers above 1, to fit a curve")
    chosen, of_proxy, oracle = (
        np.asarray(best_of_n(reward, count, score=score))
        for reward, score in ((gold, proxy), (proxy, proxy), (gold, gold))
    )
    rng = np.random.default_rng(gold.shape[0])
    weights = rng.multinomial(len(gold), np.full(len(gold), 1 / len(gold)), _RESAMPLES) / len(gold)
    resampled = weights @ chosen
    _, lower, upper = median_and_interval(resampled, prob)
    divergence = np.asarray(best_of_n_divergence(count))
    alpha, beta = _gao(chosen.mean(axis=0)[None], divergence)[0]
    positive = float((_gao(resampled, divergence)[:, 1] > 0).mean())
    table = pd.DataFrame(
        {
            "n": count.astype(np.int64),
            "divergence": divergence,
            "proxy": of_proxy.mean(axis=0),
            "gold": chosen.mean(axis=0),
            "gold_lower": lower,
            "gold_upper": upper,
            "oracle": oracle.mean(axis=0),
        }
    )
    return RewardCurve(table, float(alpha), float(beta), positive, _peak(alpha, beta), prob, len(gold))


def samples_from_table(table: pd.DataFrame) -> tuple[Array, Array]:
    """Return gold rewards and scores from a table with one row per sample.

    Parameters
    ----------
    table : DataFrame
        Columns `problem`, `reward` (gold) and `score` (of the reward model), the same number of rows per problem.

    Returns
    -------
    rewards, scores : ndarray, shape (n_problems, n_samples)
        In the order of the rows; NaN for cells that are not numbers.

    Raises
    ------
    InputError
        For missing columns, and problems with different numbers of samples.
    """
    missing = [name for name in ("problem", "reward", "score") if name not in table]
    if missing:
        known = ", ".join(map(str, table.columns[:12]))
        raise InputError(
            f"column {', '.join(missing)} is missing; columns are {known}: rename columns with THEIR_NAME=OUR_NAME"
        )
    sizes = table.groupby("problem", sort=False).size()
    if sizes.min() != sizes.max():
        raise InputError(
            f"problem {sizes.idxmin()!r} has {sizes.min()} samples and {sizes.idxmax()!r} {sizes.max()}: give the same "
            "number for every problem"
        )
    ordered = table.assign(_problem=pd.factorize(table["problem"])[0]).sort_values("_problem", kind="stable")
    shape = len(sizes), int(sizes.iloc[0])
    gold, proxy = (
        pd.to_numeric(ordered[name], errors="coerce").to_numpy(dtype=float).reshape(shape)
        for name in ("reward", "score")
    )
    return gold, proxy


def _gao(gold: Array, divergence: Array) -> Array:
    """Least squares of the gain over one sample (n_curves, n_counts) by d (alpha - beta d): (n_curves, 2)."""
    d = np.sqrt(divergence[1:])
    design = np.column_stack([d, -(d**2)])
    return np.asarray(np.linalg.lstsq(design, (gold[:, 1:] - gold[:, :1]).T, rcond=None)[0].T)


def _peak(alpha: float, beta: float) -> float:
    """n whose divergence is (alpha / 2 beta)²: where d (alpha - beta d) is highest."""
    from scipy.optimize import brentq

    if not beta > 0:
        return float("inf")
    if not alpha > 0:
        return 1.0
    divergence = (alpha / (2 * beta)) ** 2
    if divergence > np.log(MOST_N) - 1:
        return float("inf")
    return float(np.exp(brentq(lambda log_n: log_n + np.expm1(-log_n) - divergence, 0.0, np.log(MOST_N), xtol=1e-14)))
