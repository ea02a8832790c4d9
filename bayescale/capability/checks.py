"""Checks of a capability posterior: convergence (the gate), and measured scores against those that are implied."""

import numpy as np
import pandas as pd

from bayescale.capability.forecast import forecast
from bayescale.capability.posterior import CapabilityPosterior, diagnose
from bayescale.core.checks import CheckResult, Checks, results_table
from bayescale.core.draws.chain_statistics import worst_place
from bayescale.core.gate import DRAW_CRITERIA
from bayescale.core.text import listing

PROB = 0.9
LEAST_SHARE = 0.7  # of a benchmark's scores inside their 90 % intervals, below which the check warns


def check(self: CapabilityPosterior) -> Checks:
    """Check the posterior: convergence, and measured scores against their intervals.

    Returns
    -------
    Checks
        One row per check. Details: `convergence` of each quantity, smallest bulk ESS first; `scores`, by benchmark the
        share of measured scores inside the 90 % interval that the capability of their model implies.
    """
    gate, quantities = _gate(self)
    inside, shares = _scores(self)
    return Checks(results_table([*gate, inside]), {"convergence": quantities, "scores": shares})


def _gate(posterior: CapabilityPosterior) -> tuple[list[CheckResult], pd.DataFrame]:
    """R-hat and effective sample sizes of everything that answers are computed from."""
    places, each = diagnose(posterior.reported)
    names = [_label(posterior, name) for name in places]
    worst = {
        "rhat": worst_place(-each.rhat),
        "ess_bulk": worst_place(each.ess_bulk),
        "ess_tail": worst_place(each.ess_tail),
    }
    results = [
        criterion.result(float(getattr(each, criterion.figure)[place]), names[place])
        for criterion in DRAW_CRITERIA
        for place in [worst[criterion.figure]]
    ]
    table = pd.DataFrame({"rhat": each.rhat, "ess_bulk": each.ess_bulk, "ess_tail": each.ess_tail}, index=names)
    return results, table.rename_axis("quantity").sort_values("ess_bulk")


def _label(posterior: CapabilityPosterior, name: str) -> str:
    """A quantity with the labels of its model and benchmark."""
    scores, (quantity, place) = posterior.scores, name.removesuffix("]").split("[")
    model, benchmark = divmod(int(place), len(scores.benchmarks))
    label = scores.benchmarks[benchmark]
    return f"{quantity}[{scores.models[model]}, {label}]" if quantity == "score" else f"{quantity}[{label}]"


def _scores(posterior: CapabilityPosterior) -> tuple[CheckResult, pd.DataFrame]:
    """Whether measured scores lie inside the intervals that the capabilities of their models imply."""
    targets = pd.DataFrame({"model": posterior.scores.models})
    table = forecast(posterior, targets, prob=PROB).table.dropna(subset="measured")
    table["inside"] = (table["measured"] >= table["run_lower"]) & (table["measured"] <= table["run_upper"])
    shares = table.groupby("benchmark", sort=False)["inside"].agg(["mean", "size"]).reset_index()
    shares = shares.rename(columns={"mean": "inside", "size": "scores"})
    low = shares[shares["inside"] < LEAST_SHARE]["benchmark"].tolist()
    least = float(shares["inside"].min())
    if low:
        meaning = (
            f"fewer than {100 * LEAST_SHARE:.0f} % of the scores on {listing(low)} lie inside their 90 % intervals"
        )
    else:
        meaning = (
            f"{100 * float(np.mean(table['inside'])):.0f} % of the measured scores lie inside their 90 % intervals"
        )
    return CheckResult(least, LEAST_SHARE, meaning, warns=bool(low), check="scores inside their intervals"), shares
