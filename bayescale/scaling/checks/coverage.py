"""Coverage of the training rows: how many lie in their predictive interval when their run is left out."""

from functools import partial

import numpy as np
from scipy.special import bdtr

from bayescale.core.checks import CheckResult, check
from bayescale.scaling.checks.context import CheckContext
from bayescale.scaling.checks.training_rows import predictive_table

CHANCE = 0.01  # probability of as low a coverage under a correct model, below which the check warns
PROBS = (0.5, 0.9)


def interval_coverage(prob: float, context: CheckContext) -> CheckResult:
    """Report how many training rows lie in their predictive interval.

    Parameters
    ----------
    prob : float
        Probability of the interval.
    context : CheckContext
        The posterior.

    Returns
    -------
    CheckResult
        The value is the share of rows inside. It warns where as low a share has probability 0.01 or less among
        independent rows. Table `predictive`: see `predictive_table`.
    """
    below = context.training_rows.probability_below
    share = float((np.abs(below - 0.5) <= prob / 2).mean())
    probability = float(bdtr(round(share * len(below)), len(below), prob))
    meaning = (
        f"{100 * share:.0f} % of {len(below)} training rows lie in their {100 * prob:.0f} % interval when their run is "
        "left out"
    )
    if too_few := probability <= CHANCE:
        meaning += ": fewer than chance allows, so predictions are too narrow"
    table = predictive_table(context.design, context.training_rows)
    return CheckResult(share, prob, meaning, warns=too_few, details={"predictive": table})


COVERAGE_50, COVERAGE_90 = (
    check(f"rows inside their {100 * prob:.0f} % interval")(partial(interval_coverage, prob)) for prob in PROBS
)
