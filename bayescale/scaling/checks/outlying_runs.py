"""Outlying runs: rows where the model, without their run, puts hardly any probability."""

from bayescale.core.checks import CheckResult, check
from bayescale.scaling.checks.context import CheckContext
from bayescale.scaling.checks.training_rows import predictive_table, run_list

UNLIKELY = 0.01  # tail probability (both tails), given all other runs, below which a row's run is named
CHANCE = 0.01  # probability of as extreme a row in runs that the posterior describes, below which the check warns


@check("outlying runs")
def outlying_runs(context: CheckContext) -> CheckResult:
    """Name the runs with rows that lie far out in their prediction.

    Parameters
    ----------
    context : CheckContext
        The posterior.

    Returns
    -------
    CheckResult
        The value is the smallest tail probability of a row. It warns where this, times the number of rows, is 0.01 or
        less. Table `predictive`: see `predictive_table`.
    """
    table = predictive_table(context.design, context.training_rows)
    outlying = table[table["tail_probability"] < UNLIKELY].sort_values("tail_probability")
    least = float(table["tail_probability"].min())
    verdict = f"look at {run_list(outlying)}" if len(outlying) else "no run lies far from its prediction"
    meaning = (
        f"{verdict}; the most extreme row has tail probability {least:.2g} given all other runs "
        f"({UNLIKELY * len(table):.2g} rows below {UNLIKELY:g} are expected by chance), and the fitted noise makes as "
        f"large a residual with probability {context.training_rows.probability_of_extreme:.2f}"
    )
    warns = bool(least * len(table) <= CHANCE)
    return CheckResult(least, UNLIKELY, meaning, warns=warns, details={"predictive": table})
