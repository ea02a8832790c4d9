"""Exact estimators of repeated sampling: what k of the attempts that were made would have reached.

None of them knows a model: every number is an average over all ways to draw k of the n attempts without replacement,
which is unbiased for k fresh attempts of the same problem. So they speak of k up to n only, and of n that was set
before any outcome was seen: where sampling stopped at a success, or the unsolved got more attempts, they are biased.
Counts that look so are refused unless `design="fixed"` says that they are not.
"""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from bayescale.core.arguments import checked
from bayescale.core.text import in_rows, values_in_rows
from bayescale.errors import InputError
from bayescale.risk.sampling_design import inferred, read_design

type Array = NDArray[np.float64]

PATTERN = 10  # broken problems, below which counts are not taken to show how they came about
_SERIES = 1 / np.array([12.0, -360.0, 1260.0, -1680.0, 1188.0])  # of Stirling's error, in odd powers of 1 / x
_ODD = 1 / np.arange(3.0, 19.0, 2.0)  # of log((1 + v) / (1 − v)), beyond its first term
_SMALL = 16  # from here on five terms of the series are exact to rounding


@dataclass(frozen=True)
class MeanPassAtK:
    """The mean of pass@k over a benchmark's problems; arrays are over `k` (or numbers, where one k was asked for).

    value       the mean over problems, a share.
    se_fixed    its standard error over new attempts at the same problems; NaN where some problem has fewer than 2 k
                attempts, since no unbiased estimate of its variance exists.
    se_sampled  its standard error where the problems are a sample too; NaN for a single problem.
    problems    how many.

    Estimates at different k come from the same attempts: they are strongly correlated, and no regression over k may
    treat them as independent.
    """

    k: Array
    value: Array
    se_fixed: Array
    se_sampled: Array
    problems: int


@checked
def pass_at_k(attempts: ArrayLike, successes: ArrayLike, k: ArrayLike, *, design: str | None = None) -> Array:
    """The chance that at least one of k attempts succeeds, per problem: 1 − C(n − c, k) / C(n, k).

    n `attempts` and c `successes` per problem and k broadcast; several k over many problems are `k[:, None]`. Unbiased
    for k ≤ n (Chen et al. 2021, arXiv 2107.03374, equation 1), where 1 − (1 − c/n)^k is biased down. The relative error
    is below 1e-14 for n up to 1e7.
    Raises InputError listing every row that cannot be used; k > n needs a model of how problems differ. So it does for
    ten broken problems or more whose counts look as if n depended on outcomes, unless `design` is "fixed".
    """
    n, c, k = _read(attempts, successes, k, design=design)
    return plain(0.0 - np.expm1(_log_avoid(n, c, k)))


@checked
def pass_hat_k(attempts: ArrayLike, successes: ArrayLike, k: ArrayLike, *, design: str | None = None) -> Array:
    """The chance that all of k attempts succeed (reliability, "pass^k"), per problem: C(c, k) / C(n, k).

    Broadcasts and raises as `pass_at_k` does. Unbiased for k ≤ n (Yao et al. 2024, arXiv 2406.12045). The relative
    error is below 1e-12 for n up to 1e7, down to probabilities of 1e-300.
    """
    n, c, k = _read(attempts, successes, k, "pass^k", design=design)
    return plain(np.exp(_log_avoid(n, n - c, k)))


@checked
def pass_at_k_variance(attempts: ArrayLike, successes: ArrayLike, k: ArrayLike, *, design: str | None = None) -> Array:
    """Sampling variance of `pass_at_k` per problem, over new attempts at it: the unbiased estimate, not the plug-in.

    With h_k = C(n − c, k) / C(n, k), which is unbiased for (1 − p)^k, it is h_k² − h_2k. That needs 2 k attempts: with
    fewer, (1 − p)^2k has no unbiased estimate. It is 0 where no attempt or every attempt succeeded: unbiased over many
    problems, no statement of certainty about one.
    Raises InputError as `pass_at_k` does, and for rows with fewer than 2 k attempts.
    """
    n, c, k = _read(attempts, successes, k, "the variance of pass@k", per=2, design=design)
    return plain(_variance(n, c, k))


@checked
def mean_pass_at_k(
    attempts: ArrayLike, successes: ArrayLike, k: ArrayLike, *, design: str | None = None
) -> MeanPassAtK:
    """pass@k averaged over a benchmark's problems, with the standard errors for problems fixed and problems sampled.

    `attempts`, `successes` over problems; one k or several. With problems fixed the variance is Σ Var_i / m² of the m
    problems' own. With problems sampled it is the variance between the m estimates over m: that between is already
    the variance of attempts and of problems together, and adding the former would count it twice.
    Raises InputError as `pass_at_k` does, and where there is more than one axis.
    """
    asked = np.atleast_1d(np.asarray(k))
    n, c = np.broadcast_arrays(*read_counts(attempts, successes))
    if n.ndim > 1 or asked.ndim > 1:
        raise InputError(f"a mean over problems takes one axis of problems {n.shape} and one of k {asked.shape}")
    n, c, each = _read(np.atleast_1d(n), np.atleast_1d(c), asked[:, None], design=design)
    values = 0.0 - np.expm1(_log_avoid(n, c, each))
    m = values.shape[-1]
    enough = (2 * each <= n).all(axis=-1)
    fixed = np.full(len(each), np.nan)
    fixed[enough] = np.sqrt(_variance(n, c, each)[enough].sum(axis=-1)) / m
    sampled = values.std(axis=-1, ddof=1) / np.sqrt(m) if m > 1 else np.full(len(each), np.nan)
    shape = np.shape(k)
    tries = each[:, 0].astype(np.int64)
    one, mean, fixed, sampled = (plain(x.reshape(shape)) for x in (tries, values.mean(axis=-1), fixed, sampled))
    return MeanPassAtK(one, mean, fixed, sampled, m)


@checked
def best_of_n(rewards: ArrayLike, n: ArrayLike, score: ArrayLike | None = None) -> Array:
    """The expected reward of the best of n samples, from the m that were rewarded: unbiased for n ≤ m.

    `rewards` (…, sample), in any unit; one n or several: (…) or (…, n). The best is the one of highest reward or, where
    `score` (as `rewards`) is given, of highest score: chosen by a proxy, paid in `rewards`; equal scores are drawn from
    at random. The sample of rank i (lowest 1) is the best of n with probability C(i − 1, n − 1) / C(m, n).
    Raises InputError, all problems at once, for rewards that are not finite, and for n that are not whole or above m.
    """
    paid, chosen_by = _rewards(rewards, "rewards"), _rewards(rewards if score is None else score, "score")
    count, m = read_whole(n, "n"), paid.shape[-1]
    problems = []
    if paid.shape != chosen_by.shape:
        problems.append(f"score has shape {chosen_by.shape}, rewards {paid.shape}: give one score a reward.")
    if (count > m).any():
        problems.append(f"n={_listed(count[count > m])} is more than the {m} samples rewarded: lower n.")
    if count.ndim > 1:
        problems.append(f"n has shape {count.shape}: give one number, or one axis of them.")
    if problems:
        raise InputError("the best of n cannot be taken", problems)
    each = count.reshape(count.shape + (1,) * paid.ndim if count.ndim else ())
    below, up_to = rankdata(chosen_by, method="min", axis=-1) - 1, rankdata(chosen_by, method="max", axis=-1)
    # C(i, n) / C(m, n) is the chance that all n stand at rank i or below; samples of equal score share it
    weight = (np.exp(_log_avoid(m, m - up_to, each)) - np.exp(_log_avoid(m, m - below, each))) / (up_to - below)
    best = (weight * paid).sum(axis=-1)
    return plain(np.moveaxis(best, 0, -1) if count.ndim else best)


@checked
def best_of_n_divergence(n: ArrayLike) -> Array:
    """How far the best of n is from one sample at most, as a KL divergence in nats: log n − (n − 1) / n.

    Equal to it where no two outputs have the same reward and none has notable probability, an upper bound otherwise
    (Beirami et al. 2024, arXiv 2401.01879). Raises InputError for n that is not a whole number of 1 or more.
    """
    count = read_whole(n, "n")
    return plain(np.log(count) - (count - 1) / count)


EXACT = 2.0**53  # whole numbers from here on are no longer told apart as floats


def read_counts(attempts: ArrayLike, successes: ArrayLike) -> tuple[Array, Array]:
    """Attempts and successes as floats that broadcast; rows are counted from 1.

    Raises InputError listing every row that is not 0 ≤ successes ≤ attempts in whole numbers with 1 attempt or more.
    """
    n, c = read_numbers(attempts, "attempts"), read_numbers(successes, "successes")
    try:
        every_n, every_c = (np.asarray(x).reshape(-1) for x in np.broadcast_arrays(n, c))
    except ValueError as error:
        raise InputError(f"attempts of shape {n.shape} do not fit successes of shape {c.shape}") from error
    problems = []
    for name, values, least in (("attempts", every_n, 1), ("successes", every_c, 0)):
        wrong = ~((values >= least) & (values == np.floor(values)) & (values < EXACT))
        if wrong.any():
            problems.append(f"{name}: {_shown(values, wrong)} must be a whole number of {least} or more, below 2^53.")
    many = every_c > every_n
    if many.any():
        problems.append(
            f"successes: {_shown(every_c, many)} is more than the attempts ({_shown(every_n, many)}); attempts that "
            "failed to run belong to neither."
        )
    if not every_n.size:
        problems.append("there is no problem: give one row or more.")
    if problems:
        raise InputError("these attempts and successes cannot be used", problems)
    return n, c


def _read(
    attempts: ArrayLike,
    successes: ArrayLike,
    k: ArrayLike,
    what: str = "pass@k",
    per: int = 1,
    design: str | None = None,
) -> list[Array]:
    """Counts and k as floats of one shape, where every problem has `per` attempts for each of the k."""
    n, c = read_counts(attempts, successes)
    if read_design(design) != "fixed":
        _require_fixed(n, c, what, design)
    each = read_whole(k, "k")
    try:
        n, c, each = np.broadcast_arrays(n, c, each)
    except ValueError as error:
        raise InputError(
            f"k has shape {each.shape}, the problems {np.broadcast_shapes(n.shape, c.shape)}: for several k of every "
            "problem give k[:, None]"
        ) from error
    short = per * each > n
    if short.any():
        rows = np.indices(n.shape)[-1] if n.ndim else np.zeros((), dtype=int)
        fewest = {int(row): int(n[short & (rows == row)].min()) for row in np.unique(rows[short])}
        needed = "k" if per == 1 else f"{per} k"
        beyond = f", or forecast with bs.fit_risk(trials).at([{each[short].max():.0f}])" if what == "pass@k" else ""
        raise InputError(
            f"{what} needs {needed} attempts or more at every problem; too few for k={_listed(each[short])}: "
            f"{values_in_rows(fewest.values(), [row + 1 for row in fewest])}; lower k, leave these problems out, make "
            f"more attempts{beyond}"
        )
    return [n, c, each]


def _require_fixed(n: Array, c: Array, what: str, design: str | None) -> None:
    """Raise InputError where the number of attempts is said to depend on outcomes, or looks so."""
    every_n, every_c = (part.astype(np.int64).reshape(-1) for part in np.broadcast_arrays(n, c))
    kind = design
    if design is None and (every_c > 0).sum() >= PATTERN:
        kinds = inferred(every_n, every_c, every_n)[0].tolist()
        kind = next((name for name in kinds if name != "fixed"), None)
    if kind is not None:
        raise InputError(
            f"{what} needs attempts whose number was set in advance, and here it "
            f"{'depends' if design else 'seems to depend'} on outcomes (design {kind!r}): the successes came last, so "
            f"that {what} is biased. Ask bs.fit_risk(trials, design={kind!r}).at([k]), which is not; or give "
            "design='fixed' if the numbers were set in advance"
        )


def _variance(n: Array, c: Array, k: Array) -> Array:
    one, two = _log_avoid(n, c, k), _log_avoid(n, c, np.minimum(2 * k, n))
    with np.errstate(invalid="ignore"):  # −inf + inf, where no attempt can be avoided: 0
        relative = -np.expm1(two - 2 * one)
    return np.where(np.isfinite(one), np.exp(2 * one) * np.maximum(relative, 0.0), 0.0)


def _log_avoid(attempts: Array | float, avoided: Array | float, k: Array | float) -> Array:
    """log C(n − c, k) / C(n, k): that k of n drawn without replacement avoid all of c marked ones; −inf if they cannot.

    Differences of log-gammas lose eight digits at n = 1e7. This is Loader's saddle-point form (2000, "Fast and accurate
    computation of binomial probabilities") of the hypergeometric probability, whose terms do not cancel: with p = k/n
    it is Bin(0; c, p) · Bin(k; n − c, p) / Bin(k; n, p).
    """
    total, marked, drawn = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (attempts, avoided, k)))
    never = total - marked < drawn
    inner = (marked > 0) & (drawn > 0) & ~never
    n, c, each = total[inner], marked[inner], drawn[inner]
    f, p, d = n - c, each / n, each * c / n
    few = p < 0.5  # the logarithm of what is near 1 is taken from its distance to 1
    log_p = np.where(few, np.log(p), np.log1p(-np.where(few, 0.0, (n - each) / n)))
    log_q = np.where(few, np.log1p(-np.where(few, p, 0.0)), np.log((n - each) / n))
    left = np.maximum(f - each, 1.0)
    rest = _stirling(f) - _stirling(left) + 0.5 * np.log1p(d / left) - _deviance(left, f * (n - each) / n, -d)
    # f = k leaves no other choice: Bin(k; k, p) = p^k
    rest = np.where(f == each, _stirling(each) + 0.5 * np.log(2 * np.pi * each * (n - each) / n) + f * log_p, rest)
    shared = np.where(f == each, 0.0, _deviance(each, each * f / n, d))
    logs = c * log_q + rest - shared - _stirling(n) + _stirling(n - each)
    result = np.where(never, -np.inf, 0.0)
    result[inner] = np.minimum(logs, 0.0)
    return result


def _deviance(x: Array, m: Array, d: Array) -> Array:
    """x log(x / m) + m − x where d = x − m is known without rounding: about d² / 2m, with all its digits."""
    v = d / (x + m)
    small = np.abs(v) < 0.1
    near = np.where(small, v, 0.0)
    series = 2 * x * near**3 * polyval(near**2, _ODD)
    return np.asarray(np.where(small, d * v + series, x * np.log(x / m) - d))


def _stirling(x: Array) -> Array:
    """log x! − ((x + ½) log x − x + ½ log 2π) of whole x ≥ 1."""
    return np.where(x < _SMALL, _TABLE[np.minimum(x, _SMALL).astype(int)], _stirling_series(np.maximum(x, _SMALL)))


def _stirling_series(x: ArrayLike) -> Array:
    inverse = 1 / np.asarray(x, dtype=float)
    return np.asarray(inverse * polyval(inverse**2, _SERIES))


def _stirling_table() -> Array:
    table = np.zeros(_SMALL + 1)
    table[_SMALL] = _stirling_series(_SMALL)
    for x in range(_SMALL - 1, 0, -1):
        table[x] = table[x + 1] + (x + 0.5) * np.log1p(1 / x) - 1
    return table


_TABLE = _stirling_table()


def read_numbers(values: ArrayLike, name: str) -> Array:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}={values!r} must be numbers, all in one shape") from error


def read_whole(values: ArrayLike, name: str) -> Array:
    numbers = read_numbers(values, name)
    usable = (numbers >= 1) & (numbers == np.floor(numbers)) & np.isfinite(numbers)
    if not usable.all():
        raise InputError(f"{name}={_listed(numbers[~usable])} must be a whole number of 1 or more")
    return numbers


def _rewards(values: ArrayLike, name: str) -> Array:
    numbers = np.atleast_1d(read_numbers(values, name))
    wrong = ~np.isfinite(numbers)
    if wrong.any() or not numbers.size:
        where = in_rows((np.unique(np.argwhere(wrong)[:, 0]) + 1).tolist()) if wrong.any() else "every row"
        raise InputError(f"{name}: blank or not finite in {where}; give a number for every sample")
    return numbers


def _shown(values: Array, where: NDArray[np.bool_]) -> str:
    return values_in_rows([float(value) for value in values[where]], (np.flatnonzero(where) + 1).tolist())


def _listed(values: Array) -> str:
    return ", ".join(f"{value:g}" for value in np.unique(values)[:8])


def plain(values: NDArray[Any]) -> Array:
    """A number where there is no axis."""
    return cast(Array, values.item() if values.ndim == 0 else values)
