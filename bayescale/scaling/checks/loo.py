"""Leave-one-run-out: how well each run is predicted from all others, and where that cannot be computed."""

import pandas as pd

from bayescale.core.checks import CheckResult, check
from bayescale.core.gate import MOST_PARETO_K
from bayescale.scaling.checks.context import CheckContext
from bayescale.scaling.checks.training_rows import run_list


@check("leave-one-run-out")
def leave_one_run_out(context: CheckContext) -> CheckResult:
    """Report the expected log predictive density of runs, and the runs for which PSIS-LOO is unreliable.

    Parameters
    ----------
    context : CheckContext
        The posterior.

    Returns
    -------
    CheckResult
        The value is the largest Pareto k̂. Table `leave_one_out`: `family`, `run`, `elpd` and `pareto_k` per run.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), arXiv:1507.04544.
    """
    design, loo = context.design, context.leave_one_out
    family_of_run = dict(zip(design.run.tolist(), design.family.tolist(), strict=True))
    table = pd.DataFrame(
        {
            "family": [design.families[family_of_run[index]] for index in range(len(design.runs))],
            "run": design.runs,
            "elpd": loo.elpd,
            "pareto_k": loo.pareto_k,
        }
    )
    unreliable = table[~(table["pareto_k"] <= MOST_PARETO_K)]
    largest = float(table["pareto_k"].max())
    meaning = (
        f"the elpd of {len(table)} runs is {loo.elpd.sum():.1f} with {loo.effective_parameters:.1f} effective "
        f"parameters; the largest Pareto k̂ is {largest:.2f}"
    )
    if len(unreliable):
        meaning += (
            f". PSIS-LOO is unreliable for {run_list(unreliable)} (Pareto k̂ > {MOST_PARETO_K}): these runs influence "
            "the posterior strongly, and their elpd is too high"
        )
    return CheckResult(largest, MOST_PARETO_K, meaning, details={"leave_one_out": table})
