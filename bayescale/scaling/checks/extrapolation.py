"""Distance of the targets of a forecast from the training data."""

from bayescale.core.checks import CheckResult, check
from bayescale.scaling.checks.context import CheckContext
from bayescale.scaling.predict.targets import TESTED, extrapolation, flag


@check("distance of the forecast", applies=lambda context: context.points.are_targets)
def forecast_distance(context: CheckContext) -> CheckResult:
    """Report how far beyond the training data the farthest target lies.

    Parameters
    ----------
    context : CheckContext
        The posterior, and the targets of the forecast.

    Returns
    -------
    CheckResult
        The value is the largest number of times beyond the training data. It warns beyond 32 times, as far as the
        evidence of every public data set goes.
    """
    farthest = float(extrapolation(context.design, context.points.log_inputs).max())
    warning = flag(farthest)
    meaning = warning or (
        f"targets lie at most {farthest:.3g}x beyond the training data, within the {TESTED:.0f}x that were tested"
    )
    return CheckResult(farthest, TESTED, meaning, warns=bool(warning))
