"""The worst of many queries, from the largest success rates of a few.

On the scale ψ = −log(−log p) of a query's rate p the logarithm of the share of queries above ψ is close to a line,
log S(ψ) = a ψ + b with a < 0, far out in the tail (Jones et al. 2025, arXiv 2502.16797). Their forecast is least
squares through the k largest rates. Beside it stands a posterior: excesses over the (k + 1)-th largest ψ are
generalised Pareto, whose shape ξ bends the line, and the share of queries above it is Beta(k + 1, m − k), as an order
statistic of m.

The scale σ of the excesses has the prior 1/σ, so that intervals are equally right whatever the slope of the line is;
ξ ~ Normal(−0.05, 0.15) lies about 0, the line, and a little below it, where tails of Beta and logit-normal rates are at
the distances in use. Rates are taken as known. Raw successes over attempts err upward among the largest, since luck is
what put some there, and posterior means err by the noise that is left in them: neither is covered by the interval.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.text import values_in_rows
from bayescale.errors import InputError
from bayescale.risk.estimators.exact import read_numbers, read_whole
from bayescale.risk.tails.tail_posterior import TailNodes, from_psi, tail_nodes, to_psi, weighted_quantiles

type Array = NDArray[np.float64]

ENOUGH = 10  # largest rates, as published
LEAST = 3  # a line through two says nothing of its error
DECADES = 2  # beyond the queries measured: the farthest that was tested

_HALVINGS = 50
_REACH = 40.0  # of the worst's excess in mean excesses, as a logarithm


@dataclass(frozen=True, repr=False)
class TailForecast(Shown):
    """A quantity of the tail at each of `at`: the published `line`, and the posterior's median and interval.

    Attributes
    ----------
    at, line, median, lower, upper : ndarray, shape (n,)
        Where the quantity is asked, the published forecast, and the posterior's median with its equal-tailed interval.
    note : str
        What makes the forecast weak; empty where nothing does.
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
    """The upper tail of a set of rates; `fit_tail` makes it.

    Attributes
    ----------
    queries : int
        m, how many rates there are.
    threshold : float
        ψ of the (k + 1)-th largest rate, above which the k largest are the tail.
    excesses : ndarray, shape (k,)
        ψ less the threshold of the k largest, falling.
    slope, intercept : float
        a and b of the published least-squares line.
    body : float
        Mean rate of the queries that are not in the tail.
    note : str
        What makes the tail weak evidence; empty where nothing does.
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

        The line gives the rate that one in M queries exceeds, ψ = −(log M + b) / a. Median and interval are those of
        the largest of M, predictive: scale, shape, the threshold's share and the draw of the queries are all unknown.

        Parameters
        ----------
        queries : int or array_like of int
            M, no fewer than were measured.
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
        Jones et al. (2025), arXiv:2502.16797, section 3.3, equations 3 and 4; equation 5 prints b with the other sign.
        """
        many = _queries(self, queries, prob)
        line = from_psi(-(np.log(many) + self.intercept) / self.slope)
        nodes = tail_nodes(self.excesses, self.queries)
        quantiles = np.array([0.5, 0.5 - prob / 2, 0.5 + prob / 2])[:, None]
        # bisection on the excess, in units of the mean excess, over all M and quantiles at once: the largest of M is
        # below it with probability E (1 − S)^M
        low, high = np.full((3, len(many)), -_REACH), np.full((3, len(many)), _REACH)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            survival = nodes.survival(np.exp(middle[..., None]))
            below = (nodes.weight * np.exp(many[:, None] * np.log1p(-survival))).sum(axis=-1) < quantiles
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        median, lower, upper = from_psi(self.threshold + nodes.unit * np.exp(low))
        return TailForecast(many, line, median, lower, upper, _note(self, many))

    def frequency(self, rates: ArrayLike, prob: float = 0.9) -> TailForecast:
        """Forecast the share of queries whose rate exceeds given rates.

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
            For rates at or below the tail's threshold, where counting the measured queries answers.

        References
        ----------
        Jones et al. (2025), arXiv:2502.16797, section 3.2.
        """
        levels = np.atleast_1d(read_numbers(rates, "rates"))
        _require_prob(prob)
        least = float(from_psi(self.threshold))
        outside = ~((levels > least) & (levels < 1))
        if levels.ndim > 1 or not levels.size or outside.any():
            raise InputError(
                f"rates={rates!r} must be one number or one axis of them, above {least:.4g}, where the tail begins, "
                "and below 1; at or below that count the measured queries"
            )
        psi = to_psi(levels)
        nodes = tail_nodes(self.excesses, self.queries)
        survival = nodes.survival((psi[:, None] - self.threshold) / nodes.unit)
        line = np.exp(self.slope * psi + self.intercept)
        return TailForecast(levels, line, *weighted_quantiles(survival, nodes.weight, prob), self.note)

    def aggregate_risk(self, queries: ArrayLike, prob: float = 0.9) -> TailForecast:
        """Forecast the chance that any of M fresh queries, each tried once, shows the behaviour: 1 − (1 − E p)^M.

        E p is the mean rate of the measured queries below the tail's threshold and of the tail's distribution above it.

        Parameters
        ----------
        queries : int or array_like of int
            M, no fewer than were measured.
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
        many = _queries(self, queries, prob)
        nodes = tail_nodes(self.excesses, self.queries)
        at_line = min(np.exp(self.slope * self.threshold + self.intercept), 1.0)
        straight = TailNodes(-1 / self.slope, np.ones(1), np.zeros(1), np.array([at_line]), np.ones(1))

        def risk(of: TailNodes) -> Array:
            mean = (1 - of.share) * self.body + of.share * of.mean_above(self.threshold)
            return np.asarray(-np.expm1(many[:, None] * np.log1p(-mean)))

        return TailForecast(
            many, risk(straight)[:, 0], *weighted_quantiles(risk(nodes), nodes.weight, prob), _note(self, many)
        )


@checked
def fit_tail(rates: ArrayLike, top: int = ENOUGH) -> Tail:
    """Fit the upper tail of rates: the published line through the largest, and the posterior of their excesses.

    Parameters
    ----------
    rates : array_like of float, shape (n_queries,)
        Success rates in one attempt, at least 0 and below 1, taken as known.
    top : int, default 10
        How many of the largest rates are the tail. Fewer than 10 are noted; at least 3 are needed, and one more rate
        above 0 than `top`.

    Returns
    -------
    Tail
        With methods `worst_of`, `frequency` and `aggregate_risk`.

    Raises
    ------
    InputError
        All problems at once, for rates outside [0, 1) and for a tail that has too few or no spread.

    References
    ----------
    Jones et al. (2025), arXiv:2502.16797, section 3.3: least squares of log(i / m) on ψ of the i-th largest, i ≤ 10.
    """
    p = np.atleast_1d(read_numbers(rates, "rates"))
    problems = [f"rates have shape {p.shape}: give one axis, of queries."] if p.ndim > 1 else []
    wrong = ~((p >= 0) & (p < 1)).ravel()
    if wrong.any():
        shown = values_in_rows(p.ravel()[wrong].tolist(), (np.flatnonzero(wrong) + 1).tolist())
        problems.append(f"rates: {shown} must be 0 or more and below 1; a posterior mean is never 1.")
    if isinstance(top, bool) or not isinstance(top, int) or top < LEAST:
        problems.append(f"top={top!r} must be a whole number of {LEAST} or more largest rates.")
    elif (above := int((p > 0).sum())) <= top:
        problems.append(
            f"{above} of {p.size} rates are above 0, and a tail of the {top} largest needs {top + 1}: give posterior "
            f"means, which are above 0, or measure more queries{f', or top={above - 1}' if above > LEAST else ''}."
        )
    if problems:
        raise InputError("these rates have no tail that can be fitted", problems)
    falling = np.sort(p)[::-1]
    psi = to_psi(falling[: top + 1])
    if not psi[0] > psi[top - 1]:
        raise InputError(
            f"the {top} largest rates are all {falling[0]:g}: no slope can be told; give posterior means, or make more "
            "attempts"
        )
    slope, intercept = np.polyfit(psi[:top], np.log(np.arange(1, top + 1) / len(p)), 1)
    body = float(falling[top:].mean())
    notes = _weak(top, int(top + 1 - len(np.unique(psi))))
    return Tail(len(p), float(psi[top]), psi[:top] - psi[top], float(slope), float(intercept), body, notes)


def _weak(top: int, tied: int) -> str:
    few = f"only {top} largest rates: fewer than the {ENOUGH} the method was tested with" if top < ENOUGH else ""
    ties = f"{tied} of the {top + 1} largest rates equal another: their spread is not measured" if tied else ""
    return "; ".join(part for part in (few, ties) if part)


def _queries(tail: Tail, queries: ArrayLike, prob: float) -> Array:
    many = np.atleast_1d(read_whole(queries, "queries"))
    if many.ndim > 1 or not many.size or (many < tail.queries).any():
        raise InputError(
            f"queries={queries!r} must be one number or one axis of them, each {tail.queries} or more: the queries "
            "measured say themselves what the worst of fewer is"
        )
    _require_prob(prob)
    return many


def _require_prob(prob: float) -> None:
    if not 0 < prob < 1:
        raise InputError(f"prob={prob!r} must lie between 0 and 1, such as 0.9 for a 90 % interval")


def _note(tail: Tail, many: Array) -> str:
    far = many.max() / tail.queries
    beyond = f"{far:.3g} times the queries measured: farther than the {DECADES} decades the method was tested on"
    return "; ".join(part for part in (tail.note, beyond if far > 10.0**DECADES else "") if part)
