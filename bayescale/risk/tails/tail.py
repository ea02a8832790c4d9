"""Forecast the success rate of the worst of many queries from the largest rates of few queries.

On the scale ψ = −log(−log p) of a query's rate p, the log share of queries above ψ is close to a line in the far tail,
log S(ψ) = a ψ + b with a < 0 (Jones et al. 2025, arXiv 2502.16797). Their forecast is a least-squares line through the
k largest rates. The posterior here is a second forecast: excesses over the (k + 1)-th largest ψ are generalised Pareto,
with a shape ξ that bends the line, and the share of queries above it is Beta(k + 1, m − k), as an order statistic of m.

The scale σ of the excesses has the prior 1/σ, so that intervals have the same coverage for every slope of the line.
ξ ~ Normal(−0.05, 0.15) is close to 0, the line, and slightly below, like the tails of Beta and logit-normal rates at
the distances in use. Rates are taken as known. Observed rates are biased upwards among the largest, and posterior means
have an uncertainty of their own; the interval contains neither.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob
from bayescale.core.text import values_in_rows
from bayescale.errors import InputError
from bayescale.risk.arguments import read_numbers, read_whole
from bayescale.risk.root_finding import increasing_root
from bayescale.risk.tails.tail_posterior import TailNodes, from_psi, tail_nodes, to_psi, weighted_quantiles

type Array = NDArray[np.float64]

ENOUGH = 10  # largest rates, as published
LEAST = 3  # with two, the error of a line cannot be estimated
DECADES = 2  # beyond the number of queries measured: the farthest that was tested

_LOG_RANGE = 40.0  # of the excess of the worst query in mean excesses


@dataclass(frozen=True, repr=False)
class TailForecast(Shown):
    """A quantity of the tail, by the published line and by the posterior.

    Attributes
    ----------
    at : ndarray, shape (n,)
        Numbers of queries or rates at which the quantity is forecast.
    line : ndarray, shape (n,)
        The published forecast.
    median, lower, upper : ndarray, shape (n,)
        The posterior's median and equal-tailed interval.
    note : str
        Limits of the forecast; empty if there are none.
    """

    at: Array
    line: Array
    median: Array
    lower: Array
    upper: Array
    note: str

    @property
    def table(self) -> pd.DataFrame:
        """One row per entry of `at`: `at`, `line`, `median`, `lower`, `upper`."""
        return pd.DataFrame({name: getattr(self, name) for name in ("at", "line", "median", "lower", "upper")})

    @property
    def _page(self) -> Page:
        return Page("The tail of success rates", self.table, (self.note,) if self.note else ())


@checked
@dataclass(frozen=True)
class Tail:
    """The upper tail of a set of rates, as `fit_tail` returns it.

    Attributes
    ----------
    queries : int
        m, number of rates.
    threshold : float
        ψ of the (k + 1)-th largest rate, above which the k largest are the tail.
    excesses : ndarray, shape (k,)
        ψ minus the threshold of the k largest rates, descending.
    slope, intercept : float
        a and b of the published least-squares line.
    body : float
        Mean rate of the queries below the tail.
    note : str
        Limits of the tail; empty if there are none.
    """

    queries: int
    threshold: float
    excesses: Array
    slope: float
    intercept: float
    body: float
    note: str

    def worst_of(self, queries: ArrayLike, prob: float = 0.9) -> TailForecast:
        """Forecast the rate of the worst of M fresh queries.

        The line gives the rate that one in M queries exceeds, ψ = −(log M + b) / a. Median and interval are predictive
        for the largest of M: scale, shape, the share above the threshold and the M queries are uncertain.

        Parameters
        ----------
        queries : int or array_like of int
            M, at least the number of queries measured.
        prob : float, default 0.9
            Probability of the interval.

        Returns
        -------
        TailForecast
            Rates in one attempt.

        Raises
        ------
        InputError
            For numbers of queries or a probability that cannot be used.

        References
        ----------
        Jones et al. (2025), arXiv:2502.16797, section 3.3, equations 3 and 4; equation 5 has b with the other sign.
        """
        counts = _read_queries(self, queries, prob)
        line = from_psi(-(np.log(counts) + self.intercept) / self.slope)
        nodes = tail_nodes(self.excesses, self.queries)
        quantiles = np.array([0.5, 0.5 - prob / 2, 0.5 + prob / 2])[:, None]

        def excess_probability(log_excess: Array, count: Array, quantile: Array) -> Array:
            """P(largest of `count` is below the excess) = E (1 − S)^count, minus the quantile."""
            survival = nodes.survival(np.exp(log_excess[..., None]))
            below = (nodes.weight * np.exp(count[..., None] * np.log1p(-survival))).sum(axis=-1)
            return np.asarray(below - quantile)

        log_excess = increasing_root(excess_probability, -_LOG_RANGE, _LOG_RANGE, (counts, quantiles))
        median, lower, upper = from_psi(self.threshold + nodes.unit * np.exp(log_excess))
        return TailForecast(counts, line, median, lower, upper, _note(self, counts))

    def frequency(self, rates: ArrayLike, prob: float = 0.9) -> TailForecast:
        """Forecast the share of queries with a rate above each of some rates.

        Parameters
        ----------
        rates : float or array_like of float
            Rates in the tail, above its threshold.
        prob : float, default 0.9
            Probability of the interval.

        Returns
        -------
        TailForecast
            Shares of queries.

        Raises
        ------
        InputError
            For rates at or below the threshold of the tail; there, count the measured queries.

        References
        ----------
        Jones et al. (2025), arXiv:2502.16797, section 3.2.
        """
        levels = np.atleast_1d(read_numbers(rates, "rates"))
        require_prob(prob)
        least = float(from_psi(self.threshold))
        outside = ~((levels > least) & (levels < 1))
        if levels.ndim > 1 or not levels.size or outside.any():
            raise InputError(
                f"rates={rates!r} must be one number or one axis of them, above {least:.4g}, the threshold of the "
                "tail, and below 1; for lower rates, count the measured queries"
            )
        psi = to_psi(levels)
        nodes = tail_nodes(self.excesses, self.queries)
        survival = nodes.survival((psi[:, None] - self.threshold) / nodes.unit)
        line = np.exp(self.slope * psi + self.intercept)
        return TailForecast(levels, line, *weighted_quantiles(survival, nodes.weight, prob), self.note)

    def aggregate_risk(self, queries: ArrayLike, prob: float = 0.9) -> TailForecast:
        """Forecast the chance that any of M fresh queries, each tried once, succeeds: 1 − (1 − E p)^M.

        E p is the mean rate, of the measured queries below the threshold and of the tail's distribution above it.

        Parameters
        ----------
        queries : int or array_like of int
            M, at least the number of queries measured.
        prob : float, default 0.9
            Probability of the interval.

        Returns
        -------
        TailForecast
            Probabilities.

        Raises
        ------
        InputError
            For numbers of queries or a probability that cannot be used.

        References
        ----------
        Jones et al. (2025), arXiv:2502.16797, section 3.2.
        """
        counts = _read_queries(self, queries, prob)
        nodes = tail_nodes(self.excesses, self.queries)
        at_line = min(np.exp(self.slope * self.threshold + self.intercept), 1.0)
        straight = TailNodes(-1 / self.slope, np.ones(1), np.zeros(1), np.array([at_line]), np.ones(1))

        def risk(tail: TailNodes) -> Array:
            mean = (1 - tail.share) * self.body + tail.share * tail.mean_above(self.threshold)
            return np.asarray(-np.expm1(counts[:, None] * np.log1p(-mean)))

        quantiles = weighted_quantiles(risk(nodes), nodes.weight, prob)
        return TailForecast(counts, risk(straight)[:, 0], *quantiles, _note(self, counts))


@checked
def fit_tail(rates: ArrayLike, top: int = ENOUGH) -> Tail:
    """Fit the upper tail of rates: the published line through the largest ones, and the posterior of their excesses.

    Parameters
    ----------
    rates : array_like of float, shape (n_queries,)
        Success rates in one attempt, at least 0 and below 1, taken as known.
    top : int, default 10
        How many of the largest rates are the tail, at least 3; fewer than 10 give a note. More than `top` rates must be
        above 0.

    Returns
    -------
    Tail
        With methods `worst_of`, `frequency` and `aggregate_risk`.

    Raises
    ------
    InputError
        All problems at once, for rates outside [0, 1), and too few or equal rates in the tail.

    References
    ----------
    Jones et al. (2025), arXiv:2502.16797, section 3.3: least squares of log(i / m) on ψ of the i-th largest, i ≤ 10.
    """
    p = np.atleast_1d(read_numbers(rates, "rates"))
    problems = [f"rates have shape {p.shape}: give one axis, of queries."] if p.ndim > 1 else []
    wrong = ~((p >= 0) & (p < 1)).ravel()
    if wrong.any():
        listed = values_in_rows(p.ravel()[wrong].tolist(), (np.flatnonzero(wrong) + 1).tolist())
        problems.append(f"rates: {listed} must be 0 or more and below 1; a posterior mean is never 1.")
    if isinstance(top, bool) or not isinstance(top, int) or top < LEAST:
        problems.append(f"top={top!r} must be a whole number of {LEAST} or more largest rates.")
    elif (above := int((p > 0).sum())) <= top:
        problems.append(
            f"{above} of {p.size} rates are above 0, and a tail of the {top} largest needs {top + 1}. Give posterior "
            f"means, which are above 0, or measure more queries{f', or use top={above - 1}' if above > LEAST else ''}."
        )
    if problems:
        raise InputError("the tail of these rates cannot be fitted", problems)
    descending = np.sort(p)[::-1]
    psi = to_psi(descending[: top + 1])
    if not psi[0] > psi[top - 1]:
        raise InputError(
            f"the {top} largest rates are all {descending[0]:g}, so no slope can be fitted: give posterior means, or "
            "make more attempts"
        )
    slope, intercept = np.polyfit(psi[:top], np.log(np.arange(1, top + 1) / len(p)), 1)
    body = float(descending[top:].mean())
    note = _tail_note(top, int(top + 1 - len(np.unique(psi))))
    return Tail(len(p), float(psi[top]), psi[:top] - psi[top], float(slope), float(intercept), body, note)


def _tail_note(top: int, tied: int) -> str:
    few = f"only {top} largest rates: fewer than the {ENOUGH} of the published tests" if top < ENOUGH else ""
    ties = f"{tied} of the {top + 1} largest rates equal another: their spread is not known" if tied else ""
    return _joined(few, ties)


def _note(tail: Tail, counts: Array) -> str:
    ratio = counts.max() / tail.queries
    beyond = f"{ratio:.3g} times the number of queries measured: beyond the {DECADES} decades of the published tests"
    return _joined(tail.note, beyond if ratio > 10.0**DECADES else "")


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _read_queries(tail: Tail, queries: ArrayLike, prob: float) -> Array:
    counts = np.atleast_1d(read_whole(queries, "queries"))
    if counts.ndim > 1 or not counts.size or (counts < tail.queries).any():
        raise InputError(
            f"queries={queries!r} must be one number or one axis of them, each {tail.queries} or more: for fewer "
            "queries, use the measured rates themselves"
        )
    require_prob(prob)
    return counts
