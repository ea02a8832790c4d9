"""Test the compute multiplier of one family over another against closed forms, `required` and `allocate`."""

from typing import Any

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.scaling.result import Fit
from tests.conftest import TRUTH
from tests.scaling.decisions.decision_cases import fewer, optimal_loss, settled

CHINCHILLA = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 410.0, "beta": 0.28}


def data_scaled(amplitude: float) -> dict[str, float]:
    """The law with both amplitudes multiplied, which is the same law at more compute."""
    return CHINCHILLA | {"A": CHINCHILLA["A"] * amplitude, "B": CHINCHILLA["B"] * amplitude}


def test_multiplier_in_closed_form(plain_fit: Fit) -> None:
    """With both amplitudes divided by k, the loss of C is that of the baseline at C·k^((a + b) / (a·b))."""
    fitted = settled(fewer(plain_fit, 2), {"a": data_scaled(1 / 1.1), "b": CHINCHILLA})
    budgets = [1e20, 1e22, 1e24]
    comparison = fitted.multiplier("a", "b", budgets)
    alpha, beta = CHINCHILLA["alpha"], CHINCHILLA["beta"]
    expected = 1.1 ** ((alpha + beta) / (alpha * beta))
    np.testing.assert_allclose(comparison.dataset["multiplier"], expected, rtol=5e-3)
    np.testing.assert_allclose(comparison.table["loss_median"], optimal_loss(np.array(budgets), data_scaled(1 / 1.1)))
    assert (comparison.table["better"] == 1).all()
    reverse = fitted.multiplier("b", "a", budgets)
    np.testing.assert_allclose(reverse.dataset["multiplier"], 1 / expected, rtol=5e-3)


def test_a_baseline_with_a_higher_floor_never_gets_there(plain_fit: Fit) -> None:
    recipe, baseline = CHINCHILLA | {"E": 1.5}, CHINCHILLA | {"E": 1.9}
    fitted = settled(fewer(plain_fit, 2), {"a": recipe, "b": baseline})
    row = fitted.multiplier("a", "b", 1e25, tokens_per_param=20).table.iloc[0]
    assert row.multiplier_median == np.inf
    assert row.never == row.better == 1
    assert "never reaches" in row.flag


def test_multiplier_agrees_with_required_draw_by_draw(joint_fit: Fit) -> None:
    """The compute that the baseline takes for a draw's loss is that of `required`."""
    comparison = joint_fit.multiplier("a", "b", 1e21)
    loss = comparison.dataset["loss"].to_numpy()[0, 0, 0]
    needed = joint_fit.required(float(loss), family="b").dataset["flops"].to_numpy()[0, 0, 0]
    assert comparison.dataset["multiplier"].to_numpy()[0, 0, 0] * 1e21 == pytest.approx(needed, rel=0.02)
    row = comparison.table.iloc[0]
    assert row.multiplier_lower < row.multiplier_median < row.multiplier_upper
    assert 0 <= row.better <= 1


def test_uncertain_recipes_have_wider_multipliers(plain_fit: Fit) -> None:
    """Contrast: a spread of the baseline's floor widens the interval."""
    fixed = settled(plain_fit, {"a": TRUTH["a"], "b": TRUTH["b"]})
    shape = tuple(plain_fit.tree["posterior"].sizes[name] for name in ("chain", "draw"))
    floor: Any = TRUTH["b"]["E"] + np.random.default_rng(1).normal(0, 0.01, shape)
    spread = settled(plain_fit, {"a": TRUTH["a"], "b": {**TRUTH["b"], "E": floor}})
    widths = [
        np.ptp(fit.multiplier("a", "b", 1e21).table.loc[0, ["multiplier_lower", "multiplier_upper"]])
        for fit in (fixed, spread)
    ]
    assert widths[0] < 1e-9 < 0.05 < widths[1]


def test_refusals(plain_fit: Fit) -> None:
    with pytest.raises(InputError, match="are the same"):
        plain_fit.multiplier("a", "a", 1e21)
    with pytest.raises(InputError, match="Did you mean 'a'"):
        plain_fit.multiplier("aa", "b", 1e21)
    with pytest.raises(InputError, match="floating-point operations"):
        plain_fit.multiplier("a", "b", 1000.0)
