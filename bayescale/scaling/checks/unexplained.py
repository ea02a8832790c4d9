"""Unexplained spread: how much of the response a law leaves to discrepancy and noise."""

import numpy as np

from bayescale.core.checks import CheckResult, check
from bayescale.scaling.checks.context import CheckContext
from bayescale.scaling.posterior import Posterior

#: Standard deviation of log response. On eight public sets of smooth losses no law left more than .11; where learning
#: goes in steps (grammars learnt or not, public set gzip) it left .22 to .65.
MOST_UNEXPLAINED = 0.15


def unexplained_spread(posterior: Posterior) -> float:
    """Compute the spread of one new run about the law at the centre of the data, from discrepancy and noise together.

    Parameters
    ----------
    posterior : Posterior
        Posterior of one law.

    Returns
    -------
    float
        Median over draws of the standard deviation, on the scale of the law.
    """
    draws = posterior.tree["posterior"].to_dataset()
    parts = [draws[name] ** 2 for name in ("noise_floor", "noise_slope", "noise_run") if name in draws]
    variance = sum(parts) * draws["noise_df"] / (draws["noise_df"] - 2)
    if "noise_scale" in draws:
        variance = variance * (draws["noise_scale"] ** 2).mean("family")
    if "discrepancy_scale" in draws:
        variance = variance + draws["discrepancy_scale"] ** 2
    return float(np.sqrt(np.median(variance)))


def no_smooth_law(posterior: Posterior) -> bool:
    """Check whether the law leaves more of the data unexplained than any law that holds.

    Parameters
    ----------
    posterior : Posterior
        Posterior of one law.

    Returns
    -------
    bool
        Whether it does; False off the log scale.
    """
    return posterior.law.scale.name == "log" and unexplained_spread(posterior) > MOST_UNEXPLAINED


@check("unexplained spread")
def unexplained(context: CheckContext) -> CheckResult:
    """Report the spread that a law leaves to discrepancy and noise. Phase transitions are not smooth.

    Parameters
    ----------
    context : CheckContext
        The posterior.

    Returns
    -------
    CheckResult
        The value is `unexplained_spread`; NaN for a law that is not on a log scale.
    """
    law = context.posterior.law
    if law.scale.name != "log":
        meaning = f"cannot be computed: {law.response} is fitted on its {law.scale.name} scale, not as a logarithm"
        return CheckResult(float("nan"), MOST_UNEXPLAINED, meaning)
    spread, warns = unexplained_spread(context.posterior), no_smooth_law(context.posterior)
    meaning = f"discrepancy and noise of a new run have a standard deviation of {100 * spread:.2g} % of {law.response}"
    if warns:
        meaning += (
            f", more than {100 * MOST_UNEXPLAINED:.0f} %: no smooth law holds here. Look for phase transitions, failed "
            "runs, or several quantities in one column, and rely on no forecast beyond the data"
        )
    return CheckResult(spread, MOST_UNEXPLAINED, meaning, warns=warns)
