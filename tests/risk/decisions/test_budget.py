"""Attempts to reach a level."""

import numpy as np
import pandas as pd
import pytest

from bayescale.errors import InputError
from bayescale.risk.fit import fit_risk
from bayescale.risk.result import Risk


def test_budget_for_inverts_the_curve(risk: Risk) -> None:
    found = risk.budget_for(0.5)
    for row in found.table.itertuples():
        at = risk.at([int(row.new_median)]).table.set_index("model").loc[row.model]
        assert at.new_median == pytest.approx(0.5, abs=0.02)
    never = fit_risk(
        pd.DataFrame({"problem": range(60), "attempts": 2000, "successes": [0] * 40 + [1500] * 20}), random_seed=1
    )
    assert np.isinf(never.budget_for(0.9).table["new_upper"].iloc[0])
    with pytest.raises(InputError, match="strictly between"):
        risk.budget_for(1.0)
