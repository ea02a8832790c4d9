"""A judge that errs: how often it misses a success, how often it reports one where there is none, and whether its
errors are made anew with every attempt or stick to the prompt.

Independent errors compound: a false-positive rate of 0.1 % alone makes 63 % of prompts look broken after 1,000
attempts. Errors that persist do not; which of the two holds is not in the counts, so it is stated with every result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import beta

from bayescale.core.argument_types import Numeric
from bayescale.core.arguments import checked
from bayescale.errors import InputError, closest
from bayescale.risk.grid import PERFECT, Verdicts

type Array = NDArray[np.float64]
type Errors = Literal["independent", "persistent"]

KINDS = ("independent", "persistent")
_FALSE_POSITIVES, _SENSITIVITIES = 7, 3  # settings that stand for the prior of independent errors


@checked
@dataclass(frozen=True)
class Judge:
    """What is known of a judge: Beta(a, b) for its sensitivity and for its false-positive rate.

    errors  "independent": made anew with every attempt, so they compound over attempts (the cautious reading of low
            counts, and the strong correction of ASR at large N). "persistent": one error a prompt, however often it is
            tried (Rogan and Gladen 1978, applied to the share of prompts): a weaker correction.
    """

    sensitivity: tuple[float, float] = (19.0, 1.0)
    false_positive_rate: tuple[float, float] = (1.0, 99.0)
    errors: Errors = "independent"

    def __post_init__(self) -> None:
        problems = []
        for name in ("sensitivity", "false_positive_rate"):
            given = getattr(self, name)
            if not (isinstance(given, tuple | list) and len(given) == 2 and all(_positive(one) for one in given)):
                problems.append(f"{name}={given!r} must be the two parameters of a Beta, each above 0, such as (19, 1)")
        if self.errors not in KINDS:
            problems.append(f"errors={self.errors!r} is not known.{closest(self.errors, KINDS)}")
        if not problems and self._mean("sensitivity") <= self._mean("false_positive_rate"):
            problems.append("the judge reports successes no more often where there is one: its verdicts say nothing")
        if problems:
            raise InputError("judge:", problems)

    def _mean(self, name: str) -> float:
        a, b = getattr(self, name)
        return float(a / (a + b))

    @property
    def description(self) -> str:
        """The judge in one sentence."""
        kind = {
            "independent": "made anew with every attempt, so that they compound over attempts",
            "persistent": "one a prompt, so that they do not compound over attempts",
        }[self.errors]
        (a, b), (c, d) = self.sensitivity, self.false_positive_rate
        return (
            f"The judge reports a true success with probability {100 * a / (a + b):.3g} % (Beta({a:g}, {b:g})) and a "
            f"false one with {100 * c / (c + d):.3g} % (Beta({c:g}, {d:g})); errors are taken as {kind}."
        )

    def settings(self) -> tuple[Verdicts, ...]:
        """Equally probable settings that stand for the prior: midpoints of its quantiles, false positives finely."""
        rates = beta.ppf((np.arange(_FALSE_POSITIVES) + 0.5) / _FALSE_POSITIVES, *self.false_positive_rate)
        hits = beta.ppf((np.arange(_SENSITIVITIES) + 0.5) / _SENSITIVITIES, *self.sensitivity)
        return tuple(Verdicts(float(hit), float(rate)) for rate in rates for hit in hits if hit > rate)

    def corrected(self, share: Numeric, rng: np.random.Generator) -> Array:
        """True share of prompts broken from the reported one (draw, …), errors persistent: (R - f) / (t - f) within 0
        and 1, with a draw of t and f for every draw."""
        share = np.atleast_1d(np.asarray(share, dtype=float))
        draws = (len(share), *(1 for _ in share.shape[1:]))
        rate, hit = rng.beta(*self.false_positive_rate, draws), rng.beta(*self.sensitivity, draws)
        return np.asarray(np.clip((share - rate) / np.maximum(hit - rate, 1e-6), 0.0, 1.0))


def _positive(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and bool(0 < value < np.inf)


def settings_of(judge: Judge | None) -> tuple[Verdicts, ...]:
    """The settings under which counts are read: one without errors unless they are independent."""
    return judge.settings() if judge is not None and judge.errors == "independent" else (PERFECT,)


@checked
def calibrate_judge(labels: object, *, errors: Errors = "independent") -> Judge:
    """The judge that a table of labelled attempts speaks for: columns `truth` and `verdict`, each 0 or 1, a row an
    attempt; or a mapping of counts `true_positives`, `false_negatives`, `false_positives`, `true_negatives`.

    Each rate gets Beta(1 + hits, 1 + misses). Raises InputError naming what is missing or not 0 or 1.
    """
    cells = ("true_positives", "false_negatives", "false_positives", "true_negatives")
    if isinstance(labels, pd.DataFrame):
        hit, miss, false, right = _confusion(labels)
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
        raise InputError("labels of the judge must be a DataFrame with columns truth and verdict, or four counts")
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
    hit, miss, false, right = (float((one & other).sum()) for one, other in pairs)
    return hit, miss, false, right
