"""Test the refusal of large tables: at which size, at what cost, and which ways it names."""

import numpy as np
import pandas as pd
import pytest

from bayescale.core.notes import as_note
from bayescale.data.reading import read_runs
from bayescale.data.runs import Runs
from bayescale.errors import InputError
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.rows.row_limit import SELECTED, fitted_rows, require_fittable_size
from bayescale.scaling_laws.registry import law


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


def test_last_checkpoints_are_advised_where_there_are_too_many_runs() -> None:
    with pytest.raises(InputError, match="average repeated runs") as refusal:
        require_fittable_size(curves(5, 2), 4)
    assert "runs.thin(1)" in str(refusal.value)
    assert len(fitted_rows(curves(5, 2).thin(1), Spec(law("chinchilla")), 4).table) == 4  # the advice is enough
    assert "Sampler(max_rows=10)" in str(refusal.value)
    assert "fit --max-rows 10" in str(refusal.value)


def single_runs(count: int) -> Runs:
    """Runs of one row each, in two families."""
    return read_runs(curves(count, 1).table.drop(columns="row").assign(family=["a", "b"] * (count // 2)))


def test_runs_of_one_row_are_selected_with_a_note() -> None:
    runs, spec = single_runs(40), Spec(law("chinchilla"))
    assert fitted_rows(runs, spec, 40) is runs
    selected = fitted_rows(runs, spec, 10)
    assert selected.table["family"].value_counts().to_dict() == {"a": 5, "b": 5}
    assert as_note(selected.notes[-1]).code == SELECTED
    assert "10 of 40 rows are fitted (25 %)" in selected.notes[-1]
    assert "Sampler(max_rows=40)" in selected.notes[-1]
    require_fittable_size(selected, 10)


def test_selection_does_not_depend_on_responses() -> None:
    runs, spec = single_runs(40), Spec(law("chinchilla"))
    table = runs.table.drop(columns="row").assign(loss=lambda t: t["loss"].to_numpy()[::-1])
    rows = [set(fitted_rows(part, spec, 10).table["row"]) for part in (runs, read_runs(table))]
    assert rows[0] == rows[1]


def test_checkpoints_are_not_selected() -> None:
    runs = curves(5, 2)
    assert fitted_rows(runs, Spec(law("chinchilla")), 4) is runs
