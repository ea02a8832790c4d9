"""Undertrained runs: named where the briefest runs lie to the worse side, and only there."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.scaling.checks.undertrained import undertrained_runs
from bayescale.scaling.model.design import Design
from tests.scaling.checks.check_cases import DESIGN, along, context_of_scores, design_of, noise
from tests.scaling.model.law_cases import LINEAR
from tests.simulation import simulated_runs


def with_shifted_runs(design: Design, shift: float, share: float = 0.2) -> np.ndarray:
    """Standard normal scores, shifted for the share of runs with the fewest tokens per parameter."""
    ratio = design.inputs["n_tokens"] / design.inputs["n_params"]
    return noise(len(design.row), 10) + shift * (ratio <= np.quantile(ratio, share))


def test_undertrained_runs_are_named() -> None:
    result = undertrained_runs(context_of_scores(DESIGN, with_shifted_runs(DESIGN, 3.0)))
    ratio = DESIGN.inputs["n_tokens"] / DESIGN.inputs["n_params"]
    first = str(np.array(DESIGN.runs)[DESIGN.run[ratio <= np.quantile(ratio, 0.2)]][0])
    assert result.check == "undertrained runs"
    assert result.value <= 0.01
    assert result.warns
    assert "tokens per parameter lie above the fit" in result.meaning
    assert f"{first} ({DESIGN.families[0]})" in result.meaning
    assert "leave them out" in result.meaning
    bins = result.details["rungs"]
    assert bins["in_rung"].tolist() == sorted(bins["in_rung"], reverse=True)
    assert bins["in_rung"].sum() in (1, 2)
    assert bins["units"].sum() == len(DESIGN.row)


@pytest.mark.parametrize("shift", [-3.0, 0.0])
def test_runs_that_do_better_or_as_well_are_not_undertrained(shift: float) -> None:
    result = undertrained_runs(context_of_scores(DESIGN, with_shifted_runs(DESIGN, shift)))
    assert result.value > 0.01
    assert not result.warns
    assert result.meaning.startswith("none: the runs with the least tokens per parameter")
    assert not result.details["rungs"]["in_rung"].any()


def test_worse_is_below_where_the_response_rises() -> None:
    rng = np.random.default_rng(1)
    examples = np.geomspace(1e4, 1e8, 30)
    runs = pd.DataFrame({"examples": examples, "score": np.log(examples) + 0.01 * rng.standard_normal(30)})
    design = design_of(runs, LINEAR)
    score = noise(30, 11)
    score[design.inputs["examples"] < 6e4] -= 3
    result = undertrained_runs(context_of_scores(design, score))
    assert "at most 4.89e+04 examples lie below the fit" in result.meaning
    assert undertrained_runs(context_of_scores(design, -score)).value > 0.01


def test_a_law_without_a_training_length_is_reported() -> None:
    law = bs.law("downstream_error")
    runs = pd.DataFrame({"loss": np.linspace(2.2, 4.0, 20), "error": np.linspace(0.3, 0.7, 20)})
    result = undertrained_runs(context_of_scores(design_of(runs, law), noise(20, 12)))
    assert np.isnan(result.value)
    assert "law 'downstream_error' has no input for how long" in result.meaning
    assert result.details["rungs"].empty


def test_runs_with_equal_tokens_per_parameter_are_ordered_by_length() -> None:
    design = design_of(simulated_runs().assign(n_tokens=lambda runs: 20 * runs["n_params"]))
    score = noise(50, 13) + 3 * (along(design, "n_tokens") < -0.6)
    result = undertrained_runs(context_of_scores(design, score))
    assert set(result.details["rungs"]["ladder"]) == {"n_tokens"}
    assert "n_tokens lie above the fit" in result.meaning
