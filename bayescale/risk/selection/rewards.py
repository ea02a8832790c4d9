"""Best-of-n by a reward model: the expected gold reward against n, with a proxy that errs, and over-optimisation.

The sample with the highest proxy score is kept; what it is worth is its gold reward. With more samples the proxy score
rises for ever, and the gold reward rises less, levels off, or falls: over-optimisation (Gao, Schulman & Hilton 2023,
arXiv 2210.10760). `best_of_n` in `risk.exact` is the unbiased estimate from samples that have both scores.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, ndtri_exp, stdtr, stdtrit
from scipy.stats import norm
from scipy.stats import t as student

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob
from bayescale.errors import InputError
from bayescale.risk.estimators.exact import best_of_n, best_of_n_divergence, plain, read_numbers, read_whole
from bayescale.risk.shapes import in_one_shape

type Array = NDArray[np.float64]

_NODES = np.polynomial.legendre.leggauss(200)
_FEW_NODES = np.polynomial.legendre.leggauss(8)
_LOG_W = (-30.0, float(np.log(35.0)))
_MOST_STEPS = 64
_HALVINGS = 48
_RESAMPLES = 1000
_MOST_N = 1e15
_MOST_REWARD = 1e50


@checked
def normal_best_of_n(n: ArrayLike, correlation: ArrayLike = 1.0, sd: ArrayLike = 1.0) -> Array:
    """Expected gold reward, above its mean, of the best of n by a proxy, where both are jointly normal.

    Parameters
    ----------
    n : array_like of int
        Samples, 1 to 1e15.
    correlation : array_like, default 1.0
        Correlation of proxy and gold reward, -1 to 1; gold plus independent normal noise has
        sd / sqrt(sd² + noise²).
    sd : array_like, default 1.0
        Standard deviation of the gold reward, in its unit. The arguments broadcast.

    Returns
    -------
    ndarray or float
        correlation · sd · E[largest of n standard normals], in the unit of the reward. With normal noise the gold
        reward keeps rising: noise alone costs a factor and over-optimises nothing.

    Raises
    ------
    InputError
        For values outside their range.
    """
    count, r, s = read_whole(n, "n"), read_numbers(correlation, "correlation"), read_numbers(sd, "sd")
    count, r, s = in_one_shape({"n": count, "correlation": r, "sd": s})
    wrong = [
        f"{name}={given!r} must lie {where}"
        for name, given, fits, where in (
            ("n", n, count <= _MOST_N, "between 1 and 1e15"),
            ("correlation", correlation, np.abs(r) <= 1, "between -1 and 1"),
            ("sd", sd, (s >= 0) & np.isfinite(s), "at 0 or above, finite"),
        )
        if not np.asarray(fits).all()
    ]
    if wrong:
        raise InputError("the best of n cannot be expected:", wrong)
    return plain(np.asarray(r * s * _largest_normal(count)))


def _largest_normal(n: Array) -> Array:
    """Expectation of the largest of n standard normals: the integral of its quantile function.

    In v = log(-log u^(1/n) · n) the integrand is smooth, and log u / n keeps its digits for any n.
    """
    nodes, weights = _NODES
    log_exponential = -38.0 + (np.log(40.0) + 38.0) * (nodes + 1) / 2  # log of an exponential variable w = -log U
    w = np.exp(log_exponential)
    density = w * np.exp(-w) * weights * (np.log(40.0) + 38.0) / 2
    values = ndtri_exp(-w / np.asarray(n, dtype=float)[..., None])
    return np.asarray((values * density).sum(axis=-1))


@checked
def noisy_best_of_n(
    rewards: ArrayLike, n: ArrayLike, noise: float, degrees: float = np.inf, weights: ArrayLike | None = None
) -> Array:
    """Expected gold reward of the best of n by a proxy that is the gold reward plus independent noise.

    Parameters
    ----------
    rewards : array_like, shape (n_samples,)
        Gold rewards of one problem's samples, taken as the distribution that n are drawn from.
    n : array_like of int
        Samples drawn, 1 to 1e15; one number or one axis.
    noise : float
        Scale of the proxy's noise, in the unit of the rewards, above 0.
    degrees : float, default inf
        Degrees of freedom of the noise, Student's t; infinity is normal noise. With heavy tails the best by the proxy
        is the one with the largest error: the gold reward rises, then falls back to the mean of all samples.
    weights : array_like, shape (n_samples,), optional
        Probability of each sample; made to sum to one.

    Returns
    -------
    ndarray or float
        Shape of n. Exact but for a quadrature: Σ g_i w_i n ∫ f(x - g_i) F̄(x)^(n - 1) dx, F̄ the distribution of the
        proxy.

    Raises
    ------
    InputError
        All problems at once, for values that cannot be used.
    """
    gold, count = read_numbers(rewards, "rewards"), read_whole(n, "n")
    share = np.ones(gold.shape) if weights is None else read_numbers(weights, "weights")
    wrong = []
    if gold.ndim != 1 or not gold.size or not (np.abs(gold) <= _MOST_REWARD).all():
        wrong.append(f"rewards of shape {gold.shape} must be one axis of numbers, one or more, at most 1e50 in size")
    if share.shape != gold.shape or not (np.isfinite(share) & (share >= 0)).all() or not share.sum() > 0:
        wrong.append("weights must be one number of 0 or more a sample, not all 0")
    if not isinstance(noise, int | float | np.number) or isinstance(noise, bool) or not 1e-100 <= noise <= 1e100:
        wrong.append(
            f"noise={noise!r} must be a number from 1e-100 to 1e100; without noise the best of n is `best_of_n`"
        )
    if not isinstance(degrees, int | float | np.number) or isinstance(degrees, bool) or not degrees >= 1:
        wrong.append(f"degrees={degrees!r} must be 1 or more, numpy.inf for normal noise")
    if count.ndim > 1 or (count > _MOST_N).any():
        wrong.append(f"n={n!r} must be one number or one axis of them, at most 1e15")
    if wrong:
        raise InputError("the best of n cannot be expected:", wrong)
    share = share / share.sum()
    each = [_expected(gold, share, float(one), float(noise), float(degrees)) for one in np.atleast_1d(count)]
    return plain(np.array(each).reshape(count.shape))


def _expected(gold: Array, share: Array, n: float, noise: float, degrees: float) -> float:
    """The posterior mean of gold given the largest proxy score, over the distribution of the largest."""
    nodes, weights = _FEW_NODES
    # the largest score has log F̄(x) = -w / n, w exponential; it is integrated over log w
    edges = _edges(gold, share, n, noise, degrees)
    width = np.diff(edges)
    log_w = (edges[:-1, None] + width[:, None] * (nodes + 1) / 2).ravel()
    step = (width[:, None] * weights / 2).ravel()
    w = np.exp(log_w)
    score = _proxy_quantile(gold, share, w / n, noise, degrees)
    z = (score[:, None] - gold) / noise
    log_density = norm.logpdf(z) if np.isinf(degrees) else student.logpdf(z, degrees)
    likelihood = share * np.exp(log_density - log_density.max(axis=1, keepdims=True))
    mean = (likelihood * gold).sum(axis=1) / likelihood.sum(axis=1)
    chance = w * np.exp(-w) * step
    return float((mean * chance).sum() / chance.sum())


def _edges(gold: Array, share: Array, n: float, noise: float, degrees: float) -> Array:
    """Ends of the pieces to integrate over: equidistant, and between rewards, where a small noise makes steps."""
    low, high = _LOG_W
    values = np.unique(gold)
    between = (values[1:] + values[:-1]) / 2
    between = between[np.linspace(0, len(between) - 1, min(len(between), _MOST_STEPS)).astype(int)]
    survival = _survival((between[:, None] - gold) / noise, degrees) @ share
    with np.errstate(divide="ignore"):
        steps = np.log(-np.log1p(-np.minimum(survival, 1.0)) * n)
    inside = steps[(steps > low) & (steps < high)]
    return np.unique(np.concatenate([np.linspace(low, high, 33), inside]))


def _proxy_quantile(gold: Array, share: Array, exceed: Array, noise: float, degrees: float) -> Array:
    """The score x with -log F̄(x) = exceed, by bisection: (n_nodes,)."""
    tail, below = -np.expm1(-exceed), np.exp(-exceed)
    # the quantile of gold plus noise lies between those of the noise around the least and the largest gold reward
    middle_of_noise = np.where(
        tail < 0.5,
        _upper_quantile(np.minimum(tail, 0.5), degrees),
        -_upper_quantile(np.minimum(below, 0.5), degrees),
    )
    low, high = gold.min() + noise * middle_of_noise, gold.max() + noise * middle_of_noise
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        over = _survival((middle[:, None] - gold) / noise, degrees) @ share > tail
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    return np.asarray((low + high) / 2)


def _survival(z: Array, degrees: float) -> Array:
    return np.asarray(ndtr(-z) if np.isinf(degrees) else stdtr(degrees, -z))


def _upper_quantile(tail: Array, degrees: float) -> Array:
    """Quantile of the noise with a probability of at most a half above it."""
    return np.asarray(-ndtri(tail) if np.isinf(degrees) else -stdtrit(degrees, tail))


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
        Gao's form of the gain over one sample, d (alpha - beta d) with d the root of the divergence.
    beta_positive : float
        Share of bootstrap samples of problems in which beta is positive: how sure over-optimisation is.
    peak : float
        n at which Gao's form is highest, infinity where beta is not positive. Beyond the largest n of the table it is
        an extrapolation.
    prob : float
        Probability of intervals.
    problems : int
        How many problems.
    """

    table: pd.DataFrame
    alpha: float
    beta: float
    beta_positive: float
    peak: float
    prob: float
    problems: int

    def predict(self, n: ArrayLike) -> Array:
        """Expected gold reward at n by Gao's form, an extrapolation beyond the largest n of the table.

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
        one = float(self.table["gold"].iloc[0])
        return plain(np.asarray(one + distance * (self.alpha - self.beta * distance)))

    @property
    def _page(self) -> Page:
        title = f"Best of n by a proxy on {self.problems} problems; {100 * self.prob:.4g} % intervals over problems"
        where = "no peak" if np.isinf(self.peak) else f"peak at n = {self.peak:.3g}"
        note = (
            f"Gao's form: d ({self.alpha:.4g} - {self.beta:.4g} d), {where}; the gold reward bends down in "
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
        From 1 to the number of samples; None takes powers of two and the number itself. 1 is always among them.
    prob : float, default 0.9
        Probability of intervals.

    Returns
    -------
    RewardCurve
        Unbiased for n up to the samples made; intervals by a bootstrap over problems.

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
        wrong.append(f"rewards have shape {gold.shape}, scores {proxy.shape}: give one score a reward")
    if gold.ndim != 2 or gold.shape[0] < 2 or gold.shape[1] < 3:
        wrong.append(f"rewards have shape {gold.shape}: give two problems or more, each with three samples or more")
    if not (np.abs(gold) <= _MOST_REWARD).all() or not (np.abs(proxy) <= _MOST_REWARD).all():
        wrong.append("rewards and scores must be finite, at most 1e50 in size; leave samples without both out")
    if wrong:
        raise InputError("best-of-n cannot be measured:", wrong)
    m = gold.shape[1]
    asked = 2.0 ** np.arange(int(np.log2(m)) + 1) if n is None else np.atleast_1d(read_whole(n, "n"))
    count = np.unique(np.concatenate([[1.0], asked.ravel(), [float(m)] if n is None else []]))
    if len(count) < 3:
        raise InputError(f"n={n!r} must hold two numbers above 1 or more, to tell a curve")
    chosen, told, oracle = (_best(*pair, count) for pair in ((gold, proxy), (proxy, proxy), (gold, gold)))
    rng = np.random.default_rng(gold.shape[0])
    weights = rng.multinomial(len(gold), np.full(len(gold), 1 / len(gold)), _RESAMPLES) / len(gold)
    resampled = weights @ chosen
    lower, upper = np.quantile(resampled, [(1 - prob) / 2, (1 + prob) / 2], axis=0)
    divergence = np.asarray(best_of_n_divergence(count))
    alpha, beta = _gao(chosen.mean(axis=0)[None], divergence)[0]
    positive = float((_gao(resampled, divergence)[:, 1] > 0).mean())
    table = pd.DataFrame(
        {
            "n": count.astype(np.int64),
            "divergence": divergence,
            "proxy": told.mean(axis=0),
            "gold": chosen.mean(axis=0),
            "gold_lower": lower,
            "gold_upper": upper,
            "oracle": oracle.mean(axis=0),
        }
    )
    return RewardCurve(table, float(alpha), float(beta), positive, _peak(alpha, beta), prob, len(gold))


def samples_of(table: pd.DataFrame) -> tuple[Array, Array]:
    """Gold rewards and scores of a table with a row per sample.

    Parameters
    ----------
    table : DataFrame
        Columns `problem`, `reward` (gold) and `score` (of the reward model), as many rows for every problem.

    Returns
    -------
    rewards, scores : ndarray, shape (n_problems, n_samples)
        In the order of the rows.

    Raises
    ------
    InputError
        For missing columns, cells that are no numbers, and problems with different numbers of samples.
    """
    missing = [name for name in ("problem", "reward", "score") if name not in table]
    if missing:
        known = ", ".join(map(str, table.columns[:12]))
        raise InputError(f"column {', '.join(missing)} is missing; there are {known}: rename theirs=ours")
    sizes = table.groupby("problem", sort=False).size()
    if sizes.min() != sizes.max():
        raise InputError(
            f"problem {sizes.idxmin()!r} has {sizes.min()} samples and {sizes.idxmax()!r} {sizes.max()}: give every "
            "problem as many, or leave some samples out"
        )
    ordered = table.assign(_place=pd.factorize(table["problem"])[0]).sort_values("_place", kind="stable")
    shape = len(sizes), int(sizes.iloc[0])
    gold, proxy = (
        pd.to_numeric(ordered[name], errors="coerce").to_numpy(dtype=float).reshape(shape)
        for name in ("reward", "score")
    )
    return gold, proxy


def _best(paid: Array, score: Array, count: Array) -> Array:
    """Best of n by a score, paid in a reward: (n_problems, n_counts)."""
    return np.asarray(best_of_n(paid, count, score=score))


def _gao(gold: Array, divergence: Array) -> Array:
    """Least squares of the gain over one sample (n_curves, n_counts) by d (alpha - beta d): (n_curves, 2)."""
    d = np.sqrt(divergence[1:])
    design = np.column_stack([d, -(d**2)])
    return np.asarray(np.linalg.lstsq(design, (gold[:, 1:] - gold[:, :1]).T, rcond=None)[0].T)


def _peak(alpha: float, beta: float) -> float:
    """n whose divergence is (alpha / 2 beta)²: where d (alpha - beta d) is highest."""
    if not beta > 0:
        return float("inf")
    if not alpha > 0:
        return 1.0
    wanted = (alpha / (2 * beta)) ** 2
    if wanted > np.log(_MOST_N) - 1:
        return float("inf")
    low, high = 0.0, np.log(_MOST_N)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if middle + np.expm1(-middle) < wanted else (low, middle)
    return float(np.exp(low))
