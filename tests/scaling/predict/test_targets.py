"""Test the validation of targets and their distance from the data."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.targets import read_targets
from bayescale.scaling_laws.registry import law
from tests.conftest import simulated_runs
from tests.scaling.model.law_cases import SIGMOID
from tests.scaling.model.law_cases import design_of as sigmoid_design

GOOD = {"family": "a", "n_params": 7e9, "n_tokens": 1.4e11}


@pytest.fixture(scope="module")
def design() -> Design:
    return make_design(read_runs(simulated_runs()), Spec(law("chinchilla"), discrepancy=False))


def test_targets_in_several_forms(design: Design) -> None:
    for form in ([GOOD], GOOD, pd.DataFrame([GOOD]), [{**GOOD, "n_params": "7e9"}]):
        found = read_targets(design, form)
        np.testing.assert_allclose(np.exp(found.log_inputs), [[7e9, 1.4e11]])
        assert found.family.tolist() == [0]


@pytest.mark.parametrize("family", [None, "", np.nan, pd.NA])
def test_a_missing_family_is_new(design: Design, family: Any) -> None:
    assert read_targets(design, [{**GOOD, "family": family}]).family.tolist() == [-1]


def test_a_missing_family_column_is_new(design: Design) -> None:
    assert read_targets(design, [{"n_params": 7e9, "n_tokens": 1e11}]).family.tolist() == [-1]


def test_without_families_targets_are_of_the_only_one() -> None:
    runs = read_runs(simulated_runs().drop(columns="family").assign(run=[f"r{i}" for i in range(50)]))
    design = make_design(runs, Spec(law("chinchilla"), discrepancy=False))
    assert read_targets(design, [{"n_params": 7e9, "n_tokens": 1e11}]).family.tolist() == [0]


def test_all_problems_at_once(design: Design) -> None:
    with pytest.raises(InputError) as caught:
        read_targets(design, [{**GOOD, "n_params": -1}, {**GOOD, "n_tokens": None}, {**GOOD, "family": "A"}])
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "target 1: n_params=-1" in text
    assert "target 2: n_tokens" in text
    assert "target 3: family 'A'" in text
    assert "Known: a, b" in text


def test_closest_matches(design: Design) -> None:
    with pytest.raises(InputError, match=r"input 'n_params' is missing\. Is 'n_param' meant"):
        read_targets(design, [{"family": "a", "n_param": 7e9, "n_tokens": 1e11}])
    with pytest.raises(InputError, match="Did you mean 'family'"):
        read_targets(design, [{"famly": "a", "n_params": 7e9, "n_tokens": 1e11}])


@pytest.mark.parametrize("nothing", [[], {}, pd.DataFrame(), "a", None, 3])
def test_empty_targets_are_refused(design: Design, nothing: Any) -> None:
    with pytest.raises(InputError, match="targets must be"):
        read_targets(design, nothing)


def test_extrapolation(design: Design) -> None:
    largest = np.exp(design.log_inputs.max(axis=0))
    compute = np.exp(design.log_inputs.sum(axis=1).max())
    inside = {"n_params": 1e8, "n_tokens": 3e9}
    ample = {"n_params": largest[0] * 10, "n_tokens": largest[1] * 4}
    tiny = {"n_params": np.exp(design.log_inputs[:, 0].min()) / 50, "n_tokens": largest[1]}
    found = read_targets(design, [inside, ample, tiny])
    assert found.extrapolation[0] < 1
    assert found.extrapolation[1] == pytest.approx(ample["n_params"] * ample["n_tokens"] / compute)
    assert found.extrapolation[2] == pytest.approx(50)
    assert found.flags[0] == ""
    assert "beyond the data" in found.flags[1]
    assert "one data set" in found.flags[2]


def checkpoints(names: tuple[str, ...] = ("r0", "r1")) -> pd.DataFrame:
    """Three checkpoints of each run, and one run of family b that has a single one."""
    rows = [
        {"family": "a", "run": run, "n_params": 1e8 * (1 + k), "n_tokens": 1e9 * 3**i, "loss": 3.0 - 0.1 * i - 0.2 * k}
        for k, run in enumerate(names)
        for i in range(3)
    ]
    return pd.DataFrame([*rows, {"family": "b", "run": "r0", "n_params": 3e8, "n_tokens": 1e10, "loss": 2.7}])


def test_a_run_with_checkpoints_is_continued() -> None:
    design = make_design(read_runs(checkpoints()), Spec(law("chinchilla"), discrepancy=False))
    sizes = {"n_params": 1e8, "n_tokens": 1e11}
    named = [{"run": "r1", **sizes}, {"run": "r0", "family": "a", **sizes}, {"run": "later", **sizes}]
    found = read_targets(design, [*named, {"run": "r0", "family": "b", **sizes}])
    assert [design.runs[i] if i >= 0 else "" for i in found.run] == ["r1", "r0", "", ""]
    assert found.family.tolist() == [0, 0, -1, 1]


def test_impossible_targets_are_refused() -> None:
    design = sigmoid_design(SIGMOID, discrepancy=False)
    with pytest.raises(InputError, match=r"target 1: mantissa_bits=-2.0 must be .* 0 or more"):
        read_targets(design, [{"n_params": 1e9, "mantissa_bits": -2.0}])
    targets = read_targets(design, [{"n_params": 1e9, "mantissa_bits": 6.0}, {"n_params": 1e9, "mantissa_bits": 1.0}])
    assert targets.extrapolation[0] == pytest.approx(2.0)  # once the data's range beyond its end
    assert targets.extrapolation[1] <= 1.0
