"""Test the criteria of the publication gate: inclusive thresholds, and statements of what failed."""

import pytest

from bayescale.core.gate import CHAIN_CRITERIA, WEIGHT_CRITERIA, weight_results

RHAT, ESS_BULK, _, DIVERGENCES, _ = CHAIN_CRITERIA


@pytest.mark.parametrize(
    ("value", "passed", "meaning"),
    [
        (1.004, True, "the largest R-hat is 1.004 (alpha[a]): the chains agree"),
        (
            1.034,
            False,
            "the largest R-hat is 1.034 (alpha[a]), above 1.01: the chains disagree; tune and sample longer",
        ),
        (float("nan"), False, "the largest R-hat is nan (alpha[a]), above 1.01: "),
    ],
)
def test_a_result_states_figure_threshold_and_meaning(value: float, passed: bool, meaning: str) -> None:
    result = RHAT.result(value, "alpha[a]")
    assert (result.check, result.passed, result.threshold) == ("R-hat", passed, 1.01)
    assert result.meaning.startswith(meaning)


def test_thresholds_are_inclusive() -> None:
    assert ESS_BULK.passes(400.0)
    assert not ESS_BULK.passes(399.9)
    assert DIVERGENCES.passes(0)
    assert not DIVERGENCES.passes(1)
    assert [criterion.passes(0.7) for criterion in WEIGHT_CRITERIA] == [True, False]


@pytest.mark.parametrize(
    ("pareto_k", "size", "passed"), [(0.7, 400.0, True), (0.71, 400.0, False), (0.2, 399.0, False)]
)
def test_weights_have_a_gate(pareto_k: float, size: float, passed: bool) -> None:
    assert all(result.passed for result in weight_results(pareto_k, size)) is passed
