"""Notes on the sampling design and on implausible counts."""

import numpy as np
import pandas as pd

from bayescale.risk.design_notes import regularity
from bayescale.risk.fit import fit_risk
from tests.risk.simulation import until_success


def test_declared_design_is_noted() -> None:
    rng = np.random.default_rng(8)
    table = until_success(rng, rng.beta(0.4, 3, 80), 60)
    for design in ("fixed", "until_success", "adaptive"):
        risk = fit_risk(table, ["model"], design=design, mixing="beta", random_seed=1)
        assert risk.design[["design", "declared"]].to_numpy().tolist() == [[design, True]]
        assert f"Sampling design (declared): {design}." in risk.notes
        assert ("these_measured" in risk.at([5]).table) == (design == "until_success")
    inferred = fit_risk(table, ["model"], mixing="beta", random_seed=1)
    assert "Sampling design (inferred from the counts, not declared): until_success." in inferred.notes
    assert any("Declare it with design=" in note for note in inferred.notes)
    denied = fit_risk(table, ["model"], design="fixed", mixing="beta", random_seed=1)
    assert any("declared design is fixed, but the counts look like until_success" in note for note in denied.notes)
    summaries = ["these_median", "these_lower", "these_upper", "new_median", "new_lower", "new_upper"]
    declared = fit_risk(table, ["model"], design="adaptive", mixing="beta", random_seed=1)
    for budgets in ([5], [60, 1000]):  # no forecast rests on the design
        pd.testing.assert_frame_equal(declared.at(budgets).table[summaries], inferred.at(budgets).table[summaries])


def test_counts_too_regular_for_independent_attempts_are_noted() -> None:
    once = pd.DataFrame({"problem": range(100), "attempts": 10_000, "successes": [1] * 58 + [0] * 42})
    notes = fit_risk(once, mixing="beta", random_seed=1).notes
    assert any("exactly 1 success in 10,000 attempts" in note for note in notes)
    assert any("until_success" in note for note in notes)
    rng = np.random.default_rng(15)
    for attempts, rates in ((2, rng.beta(2, 2, 100)), (10_000, rng.beta(1, 1e5, 100)), (50, rng.beta(0.4, 400, 300))):
        made = np.full(len(rates), attempts)
        assert not regularity(made, rng.binomial(attempts, rates))
