"""Test the cost of training and serving, and the validation of budgets."""

from typing import Any

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.scaling.decisions.compute_cost import Cost, read_budgets, read_cost


@pytest.mark.parametrize("served", [0.0, 1e12])
def test_cost_of_training_and_serving(served: float) -> None:
    cost = Cost(served)
    assert cost.flops(np.array(2e9), np.array(3e10)) == pytest.approx(6 * 2e9 * 3e10 + 2 * 2e9 * served)
    assert cost.size(np.array(1e22), np.array(1e11)) == pytest.approx(1e22 / (6 * 1e11 + 2 * served))
    at_ratio = cost.size_at_ratio(np.array(1e22), 20.0)
    assert cost.flops(at_ratio, 20 * at_ratio) == pytest.approx(1e22)
    assert cost.flops(np.array(1e4), cost.most_data(np.array(1e22))) == pytest.approx(1e22)


def test_cost_and_budgets_are_validated() -> None:
    wrong: Any
    for wrong in (-1.0, np.nan, np.inf, "many", True, None):
        with pytest.raises(InputError, match="tokens_served="):
            read_cost(wrong)
    assert read_budgets([1e18, 1e20], read_cost(0)).tolist() == [1e18, 1e20]
    with pytest.raises(InputError, match="flops="):
        read_budgets(1e6, read_cost(0))  # 6e8 is the cost of the smallest run
