"""Simulated designs: inputs spread over the law's range, fixed units, and targets at the centre and far away."""

import numpy as np
import pytest

import bayescale as bs
from bayescale.calibration.simulated_design import design_of, made_design, targets_of
from bayescale.errors import InputError
from bayescale.scaling.single_law import make_spec
from bayescale.scaling_laws.law import Law
from tests.simulation import simulated_runs

SPEC = make_spec("chinchilla", "family", False, "constant", None)


def test_made_up_runs_cover_the_middle_of_the_range() -> None:
    design = made_design(SPEC, 3, 20)
    assert design.families == ("family 1", "family 2", "family 3")
    assert np.bincount(design.family).tolist() == [20, 20, 20]
    for j, name in enumerate(SPEC.law.inputs):
        low, high = np.log(SPEC.law.ranges[name])
        for family in range(3):
            values = np.sort(design.log_inputs[design.family == family, j])
            assert 0.85 * 0.7 < (values[-1] - values[0]) / (high - low) < 0.7
            assert np.diff(values).max() < 2 * 0.7 * (high - low) / 20  # one run in each of twenty equal parts


def test_designs_are_fixed() -> None:
    first, again = made_design(SPEC, 2, 5), made_design(SPEC, 2, 5)
    np.testing.assert_array_equal(first.log_inputs, again.log_inputs)


def test_a_table_gives_its_own_design() -> None:
    design = design_of(SPEC, simulated_runs(n=6), 3, 20)
    assert design.families == ("a", "b")
    assert len(design.row) == 12


def test_a_law_without_ranges_is_refused() -> None:
    law = Law("rangeless", bs.term("a + b * x"), priors={"a": bs.normal(0, 1), "b": bs.normal(0, 1)})
    spec = make_spec(law, None, False, "constant", None)
    with pytest.raises(InputError, match="give `runs`"):
        made_design(spec, 1, 5)


def test_targets_lie_at_the_centre_and_three_times_beyond() -> None:
    design = made_design(SPEC, 2, 10)
    targets = targets_of(design)
    assert targets["place"].tolist() == ["centre", "far"] * 3
    assert targets["family"].isna().sum() == 2  # a new family
    far = targets[targets["place"] == "far"]
    np.testing.assert_allclose(far["n_params"], 3 * np.exp(design.log_inputs[:, 0].max()))
