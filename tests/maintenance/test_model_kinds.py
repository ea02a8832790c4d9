"""Values of a re-fit as JSON stores them, and a spec's targets as forecasts take them."""

import numpy as np
import pandas as pd

from bayescale.maintenance.model_kinds import plain, targets_of
from bayescale.maintenance.specs.spec import LossSpec

TARGETS = ({"family": "a", "n_params": 1e9}, {"run": "b7", "n_params": 2e9})


def test_plain_values_have_no_numpy_types_and_no_nan() -> None:
    value = {"a": np.float64(1.5), 2: [np.int64(3), float("nan")], "c": (True, None, "x")}
    assert plain(value) == {"a": 1.5, "2": [3, None], "c": [True, None, "x"]}
    assert type(plain(np.float64(1.5))) is float


def test_targets_lack_what_the_spec_does_not_name() -> None:
    content = LossSpec.model_validate({"data": {"source": "example:pile"}, "forecast": list(TARGETS)})
    table = targets_of(content)
    assert table["n_params"].tolist() == [1e9, 2e9]
    assert pd.isna(table["family"].iloc[1])
    assert pd.isna(table["run"].iloc[0])
