"""The numbers that a model takes from its data, and the shape of the model that follows from them."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.data.reading import read_runs
from bayescale.errors import InputError, LawError
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.spec import Spec
from tests.conftest import simulated_runs
from tests.scaling.model.law_cases import LINEAR, design_of


def two_runs() -> Design:
    """A run of three checkpoints at 1, 2 and 8 billion tokens, out of order, and one of a single row."""
    table = pd.DataFrame(
        {
            "family": "x",
            "run": ["b", "a", "a", "a"],
            "n_params": [1e8, 1e9, 1e9, 1e9],
            "n_tokens": [1e9, 8e9, 1e9, 2e9],
            "loss": [4.0, 2.5, 3.0, 2.8],
        }
    )
    return make_design(read_runs(table), Spec(bs.law("chinchilla"), discrepancy=False))


def test_rows_follow_the_course_of_their_run() -> None:
    design = two_runs()
    assert design.runs == ("a", "b")
    np.testing.assert_array_equal(design.run, [0, 0, 0, 1])
    np.testing.assert_allclose(design.inputs["n_tokens"], [1e9, 2e9, 8e9, 1e9])
    np.testing.assert_allclose(design.step, [np.inf, np.log(2), np.log(4), np.inf])


def test_centre_is_the_geometric_mean() -> None:
    np.testing.assert_allclose(np.exp(two_runs().centre), [1e9**0.75 * 1e8**0.25, (16e27 * 1e9) ** 0.25])


def test_centre_of_a_family_is_that_of_its_rows() -> None:
    design = make_design(read_runs(simulated_runs()), Spec(bs.law("chinchilla"), discrepancy=False))
    for k in range(2):
        np.testing.assert_allclose(design.family_centres[k], design.log_inputs[design.family == k].mean(axis=0))


def test_layout_has_noise_of_runs_where_runs_have_several_rows() -> None:
    assert two_runs().layout.noise_names[-2:] == ("noise_run", "noise_length")
    single = make_design(read_runs(simulated_runs()), Spec(bs.law("chinchilla")))
    assert single.layout.noise_names == ("noise_floor", "noise_slope", "noise_growth", "noise_df")


def test_parameters_of_one_family_are_not_pooled() -> None:
    both = make_design(read_runs(simulated_runs()), Spec(bs.law("chinchilla"))).layout
    assert (both.pooled, both.free) == (("E", "A", "B", "alpha", "beta"), ())
    assert both.anchor == "E"
    assert both.members == ("A", "B", "alpha", "beta")
    assert both.member_places == [1, 2, 3, 4]
    single = two_runs().layout
    assert (single.pooled, single.sampled_free) == ((), ("A", "B", "alpha", "beta"))


def test_unit_of_a_linear_response_gives_it_the_usual_spread() -> None:
    design = design_of(LINEAR)
    assert np.std(design.scaled_response) == pytest.approx(0.3)
    np.testing.assert_allclose(np.std(design.natural(design.scaled_response)), 0.3 * design.unit)


def test_columns_that_do_not_fit_are_refused() -> None:
    runs = read_runs(simulated_runs())
    with pytest.raises(InputError, match="no column 'series' to take families from"):
        make_design(runs, Spec(bs.law("chinchilla"), family="series"))
    with pytest.raises(LawError, match="is for 'score', and these runs hold 'loss'"):
        make_design(runs, Spec(LINEAR))
