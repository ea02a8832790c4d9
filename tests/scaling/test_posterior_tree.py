"""Test what a posterior's tree holds, and the design read from it."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayescale.core.serialization import fact
from bayescale.data.reading import read_runs
from bayescale.errors import StoredPosteriorError
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.priors import coordinate_names
from bayescale.scaling.model.spec import Pooling, Spec
from bayescale.scaling.posterior_tree import design_from_tree, run_names, to_tree, variables_from_tree
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp, simulated_runs

ONE = {"all": {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 420.0, "beta": 0.28}}


def tree_of(made_up: MadeUp, spec: Spec, table: pd.DataFrame) -> tuple[Design, xr.DataTree]:
    design = make_design(read_runs(table), spec)
    return design, to_tree(design, made_up(design), Sampler(), 7, source="here", digest="abc")


POOLING: dict[str, Pooling] = {"E": "shared", "alpha": "free"}
CHECKPOINTS = simulated_runs().assign(run=[str(i // 5) for i in range(50)], step=np.arange(50))
CHECKPOINTS["n_params"] = CHECKPOINTS.groupby("run")["n_params"].transform("first")  # a run has one size
SPECS = {
    "default": (Spec(law("joint")), simulated_runs()),
    "no floor": (Spec(law("kaplan"), discrepancy=False), simulated_runs()),
    "one family": (Spec(law("joint")), simulated_runs(ONE)),
    "shared floor": (Spec(law("chinchilla"), pooling=POOLING, noise="constant"), simulated_runs()),
    "noise of families": (Spec(law("joint"), pooling={"noise": "partial"}), simulated_runs()),
    "checkpoints": (Spec(law("chinchilla"), discrepancy=False), CHECKPOINTS),
}


@pytest.mark.parametrize("name", SPECS)
def test_design_from_tree(made_up: MadeUp, name: str) -> None:
    design, tree = tree_of(made_up, *SPECS[name])
    back = design_from_tree(tree)
    assert back.spec == design.spec
    assert back.layout == design.layout
    for one in dataclasses.fields(design):
        old, new = getattr(design, one.name), getattr(back, one.name)
        if one.name == "basis" and old is not None:
            old, new = dataclasses.astuple(old), dataclasses.astuple(new)
        pairs = zip(old, new, strict=True) if isinstance(old, tuple) else [(old, new)]
        for left, right in pairs:
            np.testing.assert_array_equal(left, right)
            assert getattr(left, "dtype", None) == getattr(right, "dtype", None)


@pytest.mark.parametrize("name", SPECS)
def test_draws_come_back_from_a_tree(made_up: MadeUp, name: str) -> None:
    design, tree = tree_of(made_up, *SPECS[name])
    values = variables_from_tree(tree, design_from_tree(tree))
    again = to_tree(
        design, dataclasses.replace(made_up(design), values=values), Sampler(), 7, source="here", digest="abc"
    )
    xr.testing.assert_allclose(again, tree, rtol=1e-9)


@pytest.mark.parametrize("name", sorted(SPECS.keys() - {"shared floor"}))  # there the level is not sampled
def test_natural_parameters_predict_the_level(made_up: MadeUp, name: str) -> None:
    design, tree = tree_of(made_up, *SPECS[name])
    level = made_up(design).values["level"]  # noqa: PD011
    parameters = {p: tree["posterior"][p].to_numpy() for p in design.spec.law.parameter_names}
    inputs = {p: np.exp(design.centre[j]) for j, p in enumerate(design.spec.law.inputs)}
    np.testing.assert_allclose(design.spec.law.predict(inputs, parameters), np.exp(level), rtol=1e-9)


def test_schema(plain_fit: Fit) -> None:
    tree = plain_fit.tree
    groups = {"posterior", "sample_stats", "log_likelihood", "log_prior", "observed_data", "constant_data"}
    assert set(tree.children) == groups
    assert tree["posterior"]["alpha"].dims == ("chain", "draw", "family")
    assert tree["posterior"]["coordinate"].dims == ("chain", "draw", "parameter", "family")
    assert tuple(tree["posterior"].coords["parameter"].to_numpy()) == coordinate_names(law("chinchilla"))
    assert tree["log_likelihood"]["log_likelihood"].sizes["run"] == 50
    assert tree["sample_stats"]["diverging"].dtype == bool
    assert all(isinstance(json.loads(value), object) for value in tree.attrs.values())
    assert fact(tree, "random_seed") == 1
    assert len(fact(tree, "data_digest")) == 64
    assert fact(tree, "versions")["pymc"] != "unknown"


def test_runs_that_share_labels_get_unique_names(made_up: MadeUp) -> None:
    table = simulated_runs().assign(run=[f"r{i % 25}" for i in range(50)])
    design, tree = tree_of(made_up, Spec(law("chinchilla"), discrepancy=False), table)
    names = run_names(design)
    assert len(set(names)) == 50
    assert {"a/r0", "b/r0"} <= set(names)
    assert design_from_tree(tree).runs == design.runs


def test_other_trees_are_refused(plain_fit: Fit) -> None:
    for change, text in (
        ({"bayescale_schema": "9"}, "schema 9"),
        ({"bayescale_schema": "x"}, "not a bayescale posterior"),
        ({"bayescale_spec": "{}"}, "incomplete"),
    ):
        tree = plain_fit.tree.copy()
        tree.attrs = tree.attrs | change
        with pytest.raises(StoredPosteriorError, match=text):
            design_from_tree(tree)
