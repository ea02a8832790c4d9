"""Test which tables keep the design of a shorter one, and why others do not."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.added_rows import Extension, Refused, extended
from bayescale.scaling_laws.registry import law
from tests.conftest import simulated_runs
from tests.scaling.predict.test_reweight import with_run


def test_a_longer_table_keeps_the_design() -> None:
    old = make_design(read_runs(simulated_runs()), Spec(law("joint")))
    shuffled = with_run(0.99).sample(frac=1, random_state=1)
    longer = extended(old, read_runs(shuffled))
    assert isinstance(longer, Extension)
    for name in ("centre", "min_loss", "unit", "basis", "spec"):
        assert getattr(longer.design, name) is getattr(old, name)
    assert longer.design.families == old.families
    (added,) = longer.added
    assert longer.design.runs[longer.design.run[added]] == "new"
    assert longer.design.row[added] == shuffled["run"].tolist().index("new") + 1


def test_runs_without_names_match_by_content() -> None:
    nameless = with_run(1.01).drop(columns="run")
    old = make_design(read_runs(nameless[:50]), Spec(law("chinchilla"), discrepancy=False))
    longer = extended(old, read_runs(nameless[::-1]))
    assert isinstance(longer, Extension)
    assert longer.design.row[longer.added].tolist() == [1]


def size_of(run: str) -> float:
    runs = simulated_runs()
    return float(runs.loc[runs["run"] == run, "n_params"].iloc[0])


REASONS: dict[str, tuple[Callable[[], pd.DataFrame], str]] = {
    "nothing new": (simulated_runs, "no row was added"),
    "removed": (lambda: with_run(1.0).drop(index=30), "changed or removed: b5 (b)"),
    "changed": (lambda: with_run(1.0).assign(loss=lambda t: t["loss"] * 1.001), "a12 (a) and 45 more"),
    "new family": (lambda: with_run(1.0).replace({"family": {"b": "c"}}), "family c is new"),
    "first replicate": (
        lambda: with_run(1.0, run="a3", n_params=size_of("a3")),
        "several rows for the first time (a3)",
    ),
    "beyond": (lambda: with_run(1.0, n_params=3e10, n_tokens=9e11), "new lies beyond the runs"),
}


@pytest.mark.parametrize("name", REASONS)
def test_reasons_against_reweighting(name: str) -> None:
    table, reason = REASONS[name]
    found = extended(make_design(read_runs(simulated_runs()), Spec(law("joint"))), read_runs(table()))
    assert isinstance(found, Refused)
    assert reason in found.reason
    assert np.isnan(found.pareto_k)


def test_runs_that_cannot_be_fitted_are_errors() -> None:
    old = make_design(read_runs(simulated_runs()), Spec(law("chinchilla"), discrepancy=False))
    with pytest.raises(InputError, match="n_tokens"):
        extended(old, read_runs(with_run(1.0).replace({"n_tokens": {9e9: np.nan}})))
