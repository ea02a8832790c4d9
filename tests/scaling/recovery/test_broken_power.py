"""The example of the authors of the broken power law: a sharp break in what a fit sees, points beyond it held out."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from tests.scaling_laws.catalog.published_values import ADDITION


@pytest.mark.slow
def test_default_priors_forecast_the_points_beyond_the_authors_split() -> None:
    table = pd.DataFrame(ADDITION, columns=["examples", "loss"])
    fit = bs.fit(bs.read_runs(table[:14]), law="broken_power", random_seed=1)
    found = fit.forecast(table[14:][["examples"]]).table
    measured = table["loss"].to_numpy()[14:]
    assert found["run_median"].to_numpy() == pytest.approx(measured, rel=0.1)
    inside = (found["run_lower"].to_numpy() <= measured) & (measured <= found["run_upper"].to_numpy())
    assert np.count_nonzero(inside) >= 2
