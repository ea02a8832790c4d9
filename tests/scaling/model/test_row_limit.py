"""Test the refusal of large tables: at which size, at what cost, and which ways it names."""

import numpy as np
import pandas as pd
import pytest

from bayescale.data.runs import Runs, read_runs
from bayescale.errors import InputError
from bayescale.scaling.model.row_limit import require_fittable_size


def curves(n_runs: int, n_rows: int) -> Runs:
    """Runs of so many checkpoints each."""
    size, tokens = np.repeat(1e8 * (1 + np.arange(n_runs)), n_rows), np.tile(1e9 * (1 + np.arange(n_rows)), n_runs)
    table = pd.DataFrame({"n_params": size, "n_tokens": tokens, "loss": 1.7 + 400 * size**-0.34 + 410 * tokens**-0.28})
    return read_runs(table.assign(run=[f"run {i // n_rows}" for i in range(len(table))]))


def test_limit_is_inclusive() -> None:
    runs = curves(3, 4)
    require_fittable_size(runs, 12)
    with pytest.raises(InputError, match="12 rows of 3 runs are too many for one fit, which takes at most 11"):
        require_fittable_size(runs, 11)


@pytest.mark.parametrize(("limit", "per_run"), [(11, "3 checkpoints"), (7, "2 checkpoints"), (3, "1 checkpoint of")])
def test_checkpoints_that_fit_are_named(limit: int, per_run: str) -> None:
    runs = curves(3, 4)
    with pytest.raises(InputError, match=per_run) as refusal:
        require_fittable_size(runs, limit)
    count = int(per_run.split()[0])
    assert f"runs.thin({count})" in str(refusal.value)
    require_fittable_size(runs.thin(count), limit)  # the advice is enough


def test_thinning_is_not_advised_where_there_are_too_many_runs() -> None:
    with pytest.raises(InputError, match="average repeated runs") as refusal:
        require_fittable_size(curves(5, 2), 4)
    assert "thin(" not in str(refusal.value)
    assert "Sampler(max_rows=10)" in str(refusal.value)
    assert "fit --max-rows 10" in str(refusal.value)
