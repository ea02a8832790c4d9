"""Trees of earlier releases."""

import numpy as np
import pandas as pd

from bayescale.risk.fit import fit_risk
from bayescale.risk.result import Risk
from tests.risk.simulation import fixed_attempts, until_success


def test_posterior_of_version_0_1_opens_with_an_inferred_design() -> None:
    rng = np.random.default_rng(13)
    rates = rng.beta(0.4, 3, 100)
    table = pd.concat([until_success(rng, rates, 60, model="A"), fixed_attempts(rng, rates, 100, "B")])
    risk = fit_risk(table, ["model"], mixing="beta", random_seed=1)
    tree = risk.tree.copy()
    tree["observed_data"] = tree["observed_data"].to_dataset().drop_vars(["errors", "first_success", "design", "batch"])
    tree.attrs = {name: value for name, value in tree.attrs.items() if not name.endswith("design_declared")}
    old = Risk(tree)
    assert old.design["design"].tolist() == ["until_success", "fixed"]
    pd.testing.assert_frame_equal(old.at([5, 100, 1000]).table, risk.at([5, 100, 1000]).table)
    assert old.check().passed
