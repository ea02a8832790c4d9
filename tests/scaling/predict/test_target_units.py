"""Test units of targets, budgets and levels against the training runs."""

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.target_units import (
    require_budget_units,
    require_level_units,
    require_served_units,
    require_target_units,
)
from bayescale.scaling_laws.registry import law
from tests.conftest import simulated_runs


@pytest.fixture(scope="module")
def design() -> Design:
    """Of 1e7 to 1e9 parameters and 3.6e8 to 2.9e10 tokens."""
    return make_design(read_runs(simulated_runs()), Spec(law("chinchilla"), discrepancy=False))


@pytest.fixture(scope="module")
def of_loss() -> Design:
    """Of an error in losses from 2.2 to 4."""
    table = pd.DataFrame({"loss": np.linspace(2.2, 4, 24), "error": np.linspace(0.3, 0.7, 24)})
    return make_design(read_runs(table, response="error"), Spec(law("downstream_error"), discrepancy=False))


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ({"n_params": 7, "n_tokens": 140}, "multiply by 1e9"),
        ({"n_params": 70, "n_tokens": 1400}, "multiply by 1e9"),
        ({"n_params": 7000, "n_tokens": 140_000}, "multiply by 1e6"),
        ({"n_params": 7e9, "n_tokens": 140}, "n_tokens=140"),
        ({"n_params": 7, "n_tokens": 1.4e11}, "n_params=7"),
        ({"n_params": 7e9, "n_tokens": 140_000}, "multiply by 1e6"),
        ({"n_params": 7e4, "n_tokens": 1.4e6}, "target 1: n_params"),
    ],
)
def test_targets_in_other_units_are_refused(design: Design, target: dict[str, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        require_target_units([design], pd.DataFrame([target]))


@pytest.mark.parametrize(
    "target",
    [
        {"n_params": 7e12, "n_tokens": 1.4e15},
        {"n_params": 1e6, "n_tokens": 2e7},
        {"n_params": 3e5, "n_tokens": 3e10},
        {"n_params": 1e9, "n_tokens": 2e6},
    ],
)
def test_far_targets_in_the_right_unit_are_accepted(design: Design, target: dict[str, float]) -> None:
    require_target_units([design], pd.DataFrame([target]))


def test_every_wrong_target_is_named(design: Design) -> None:
    targets = pd.DataFrame({"n_params": [7e9, 7, 13], "n_tokens": [1.4e11, 140, 1e12]})
    with pytest.raises(InputError) as caught:
        require_target_units([design], targets)
    assert [text.split("=")[0] for text in caught.value.problems] == [
        "target 2: n_params",
        "target 2: n_tokens",
        "target 3: n_params",
    ]


def _costs(design: Design) -> np.ndarray:
    """Training compute of the runs, 6·N·D."""
    return np.asarray(6.0 * design.inputs["n_params"] * design.inputs["n_tokens"])


@pytest.mark.parametrize("budget", [1e3, 1e6, 1e9, 1e24 / 8.64e19])
def test_budgets_in_other_units_are_refused(design: Design, budget: float) -> None:
    with pytest.raises(InputError, match="floating-point operations"):
        require_budget_units(_costs(design), "flops", np.array([1e22, budget]))
    require_budget_units(_costs(design), "flops", np.array([1e15, 1e26]))


def test_served_tokens_in_billions_are_refused(design: Design) -> None:
    with pytest.raises(InputError, match="tokens_served=1000"):
        require_served_units([design], 1000)
    require_served_units([design], 0.0)
    require_served_units([design], 1e12)


def test_laws_without_tokens_need_no_unit_of_served_tokens() -> None:
    runs = read_runs(pd.DataFrame({"examples": [1e3, 1e4, 1e5], "loss": [3.0, 2.5, 2.2]}))
    require_served_units([make_design(runs, Spec(law("m2"), discrepancy=False))], 0.0)


def test_levels_are_in_the_unit_of_the_response(design: Design, of_loss: Design) -> None:
    with pytest.raises(InputError, match=r"natural logarithm, 2\.2"):
        require_level_units([design], "loss", np.array([2.5, 9.03]))
    require_level_units([design], "loss", np.array([2.0, 5.0]))
    with pytest.raises(InputError, match="divide by 100"):
        require_level_units([of_loss], "error", np.array([40.0]))
    require_level_units([of_loss], "error", np.array([0.1]))


def test_a_loss_among_the_inputs_is_compared(of_loss: Design) -> None:
    with pytest.raises(InputError, match="probably a perplexity"):
        require_target_units([of_loss], pd.DataFrame([{"loss": np.exp(2.0)}]))
    require_target_units([of_loss], pd.DataFrame([{"loss": 1.6}, {"loss": 5.5}]))


def test_units_of_counts_are_never_those_of_compute(design: Design) -> None:
    with pytest.raises(InputError) as caught:
        require_target_units([design], pd.DataFrame([{"n_params": 0.05, "n_tokens": 1}]))
    assert "multiply by 1e12 if it is in trillions, by 1e9 if it is in billions" in str(caught.value)
    assert "teraflops" not in str(caught.value)


@pytest.mark.parametrize("budget", [1e3, 1e10, 1e11])
def test_budgets_in_another_unit_are_refused(design: Design, budget: float) -> None:
    with pytest.raises(InputError, match="floating-point operations: multiply by"):
        require_budget_units(_costs(design), "flops", np.array([budget]))
    require_budget_units(_costs(design), "flops", np.array([1e14, 1e24]))
