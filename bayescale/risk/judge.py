"""A judge that errs: its sensitivity, its false-positive rate, and whether errors are independent between attempts.

Independent errors compound: a false-positive rate of 0.1 % alone makes 63 % of prompts look broken after 1,000
attempts. Persistent errors do not. The counts cannot show which of the two holds, so every result states it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv

from bayescale.core.argument_types import Numeric
from bayescale.core.arguments import checked
from bayescale.data.tables.frames import read_frame
from bayescale.errors import InputError, closest
from bayescale.risk.grid import PERFECT, JudgeRates

type Array = NDArray[np.float64]
type Errors = Literal["independent", "persistent"]

KINDS = ("independent", "persistent")
_FALSE_POSITIVES, _SENSITIVITIES = 7, 3  # values of each rate that represent the prior of independent errors


@checked
@dataclass(frozen=True)
class Judge:
    """A judge with Beta priors of its sensitivity and false-positive rate.

    Parameters
    ----------
    sensitivity : tuple of float, default (19.0, 1.0)
        Parameters (a, b) of the Beta prior of the probability that a true success is reported.
    false_positive_rate : tuple of float, default (1.0, 99.0)
        Parameters (a, b) of the Beta prior of the probability that a success is reported where there is none.
    errors : {"independent", "persistent"}, default "independent"
        "independent": errors are drawn anew in every attempt, so they compound over attempts. This reads low counts
        cautiously and corrects ASR at large N strongly. "persistent": a prompt has one error, however often it is
        tried; the share of prompts is corrected, which is a weaker correction.

    Raises
    ------
    InputError
        For parameters that are not positive numbers, an unknown kind of errors, and a judge whose mean sensitivity is
        not above its mean false-positive rate.

    References
    ----------
    Rogan and Gladen (1978), American Journal of Epidemiology 107(1), for persistent errors.
    """

    sensitivity: tuple[float, float] = (19.0, 1.0)
    false_positive_rate: tuple[float, float] = (1.0, 99.0)
    errors: Errors = "independent"

    def __post_init__(self) -> None:
        problems = []
        for name in ("sensitivity", "false_positive_rate"):
            parameters = getattr(self, name)
            if not (isinstance(parameters, tuple | list) and len(parameters) == 2 and all(map(_positive, parameters))):
                problems.append(
                    f"{name}={parameters!r} must be the two parameters of a Beta, each above 0, such as (19, 1)"
                )
        if self.errors not in KINDS:
            problems.append(f"errors={self.errors!r} is unknown.{closest(self.errors, KINDS)}")
        if not problems and self._mean("sensitivity") <= self._mean("false_positive_rate"):
            problems.append(
                f"the mean sensitivity {self._mean('sensitivity'):.3g} must be above the mean false-positive rate "
                f"{self._mean('false_positive_rate'):.3g}: otherwise verdicts contain no information"
            )
        if problems:
            raise InputError("judge:", problems)

    def _mean(self, name: str) -> float:
        a, b = getattr(self, name)
        return float(a / (a + b))

    @property
    def description(self) -> str:
        """The judge in one sentence."""
        kind = {
            "independent": "independent between attempts, so that they compound over attempts",
            "persistent": "persistent per prompt, so that they do not compound over attempts",
        }[self.errors]
        (a, b), (c, d) = self.sensitivity, self.false_positive_rate
        return (
            f"The judge reports a true success with probability {100 * a / (a + b):.3g} % (Beta({a:g}, {b:g})) and a "
            f"false one with {100 * c / (c + d):.3g} % (Beta({c:g}, {d:g})); errors are assumed {kind}."
        )

    def rates(self) -> tuple[JudgeRates, ...]:
        """Return equally probable error rates that represent the prior: the middles of its quantiles.

        Returns
        -------
        tuple of JudgeRates
            Seven false-positive rates with three sensitivities each.
        """
        rates = betaincinv(*self.false_positive_rate, (np.arange(_FALSE_POSITIVES) + 0.5) / _FALSE_POSITIVES)
        hits = betaincinv(*self.sensitivity, (np.arange(_SENSITIVITIES) + 0.5) / _SENSITIVITIES)
        return tuple(JudgeRates(float(hit), float(rate)) for rate in rates for hit in hits if hit > rate)

    def corrected(self, share: Numeric, rng: np.random.Generator) -> Array:
        """Compute the true share of prompts broken from the reported share, for persistent errors.

        Parameters
        ----------
        share : array_like, shape (draw, ...)
            Reported shares R.
        rng : Generator
            Source of randomness: each draw gets its own sensitivity t and false-positive rate f.

        Returns
        -------
        ndarray, shape (draw, ...)
            (R - f) / (t - f), limited to 0 and 1.
        """
        share = np.atleast_1d(np.asarray(share, dtype=float))
        draws = (len(share), *(1 for _ in share.shape[1:]))
        rate, hit = rng.beta(*self.false_positive_rate, draws), rng.beta(*self.sensitivity, draws)
        return np.asarray(np.clip((share - rate) / np.maximum(hit - rate, 1e-6), 0.0, 1.0))


def _positive(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and bool(0 < value < np.inf)


def judge_rates(judge: Judge | None) -> tuple[JudgeRates, ...]:
    """Return the error rates under which the likelihood of counts is evaluated.

    Parameters
    ----------
    judge : Judge or None
        The judge.

    Returns
    -------
    tuple of JudgeRates
        Rates that represent the prior of independent errors; otherwise no errors.
    """
    return judge.rates() if judge is not None and judge.errors == "independent" else (PERFECT,)


@checked
def calibrate_judge(labels: object, *, errors: Errors = "independent") -> Judge:
    """Estimate the error rates of a judge from labelled attempts.

    Parameters
    ----------
    labels : table, or mapping of str to int
        A table in memory, as of `read_runs`, with columns `truth` and `verdict`, each 0 or 1, one row per attempt; or
        counts `true_positives`, `false_negatives`, `false_positives` and `true_negatives`.
    errors : {"independent", "persistent"}, default "independent"
        Whether errors are independent between attempts, as `Judge` takes it.

    Returns
    -------
    Judge
        With Beta(1 + hits, 1 + misses) for each rate.

    Raises
    ------
    InputError
        For columns or counts that are missing, cells other than 0 and 1, and negative counts.
    """
    cells = ("true_positives", "false_negatives", "false_positives", "true_negatives")
    is_counts = isinstance(labels, Mapping) and not any(map(pd.api.types.is_list_like, labels.values()))
    if not is_counts and (raw := read_frame(labels)) is not None:
        hit, miss, false, right = _confusion(raw.table)
    elif isinstance(labels, Mapping):
        missing = [f"{name!r} is missing.{closest(name, labels)}" for name in cells if name not in labels]
        wrong = [
            f"{name}={labels[name]!r} must be a count, 0 or more"
            for name in cells
            if name in labels and not (labels[name] == 0 or _positive(labels[name]))
        ]
        if missing or wrong:
            raise InputError("labels of the judge:", [*missing, *wrong])
        hit, miss, false, right = (float(labels[name]) for name in cells)
    else:
        raise InputError(
            f"labels of the judge must be a table with columns truth and verdict, or a mapping of the counts "
            f"{', '.join(cells)}; they are of type {type(labels).__name__}"
        )
    return Judge((1 + hit, 1 + miss), (1 + false, 1 + right), errors)


def _confusion(labels: pd.DataFrame) -> tuple[float, float, float, float]:
    problems = [
        f"column {n!r} is missing.{closest(n, labels.columns)}" for n in ("truth", "verdict") if n not in labels
    ]
    for name in ("truth", "verdict"):
        if name in labels:
            wrong = ~labels[name].isin([0, 1])
            problems += [
                f"row {row}: {name}={value!r} must be 0 or 1" for row, value in labels.loc[wrong, name].head(8).items()
            ]
    if problems:
        raise InputError("labels of the judge:", problems)
    truth, verdict = labels["truth"].astype(bool), labels["verdict"].astype(bool)
    pairs = ((truth, verdict), (truth, ~verdict), (~truth, verdict), (~truth, ~verdict))
    hit, miss, false, right = (float((is_true & is_reported).sum()) for is_true, is_reported in pairs)
    return hit, miss, false, right
