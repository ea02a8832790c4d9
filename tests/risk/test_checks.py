"""Checks of a risk posterior."""

import pandas as pd

from bayescale.risk.fit import fit_risk
from bayescale.risk.result import Risk


def test_checks_of_good_and_improbable_counts(risk: Risk) -> None:
    checks = risk.check()
    assert checks.passed
    assert checks.table["check"].tolist() == [
        *("effective points", "Pareto k", "predictive", "mixing law", "shared problems"),
    ]
    odd = pd.DataFrame({"problem": range(200), "attempts": 100, "successes": [0] * 60 + [37] * 80 + [95] * 60})
    found = fit_risk(odd, mixing="logit_normal", random_seed=1).check().details["predictive"]
    assert found["tail"].min() < 0.05
