"""Features of a schedule and the multi-power law against printed sums."""

import math

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.scaling_laws.functions.schedules import MULTI_POWER, multi_power_loss, schedule_features
from tests.scaling_laws.catalog.helpers import cosine
from tests.scaling_laws.catalog.published_values import MULTI_POWER as TYPED
from tests.scaling_laws.catalog.published_values import printed_multi_power


@pytest.mark.parametrize("decay", [0.0, 0.9, 0.999])
def test_schedule_features_match_the_double_sum(decay: float) -> None:
    lr = np.concatenate([np.full(20, 3e-4), cosine(50), [1e-4, 2e-4, 0.0, 0.0]])  # falls, rises, ends at zero
    predicted = schedule_features(lr, decay)
    annealing = [
        sum((lr[k - 1] - lr[k]) * decay ** (i - k) for i in range(s + 1) for k in range(1, i + 1))
        for s in range(len(lr))
    ]
    assert predicted["lr_annealing"] == pytest.approx(annealing, rel=1e-9, abs=1e-15)
    assert predicted["lr_area"] == pytest.approx([lr[: s + 1].sum() for s in range(len(lr))])


@pytest.mark.parametrize(
    ("lr", "decay", "message"),
    [
        ([], 0.999, "one or more steps"),
        ([[1e-4, 1e-4]], 0.999, r"shape \(1, 2\)"),
        (3e-4, 0.999, "one sequence"),
        ([1e-4, math.nan, -1e-4], 0.999, "2 learning rates"),
        (["a"], 0.999, "must be numbers"),
        ([1e-4], 1.0, "must be at least 0 and below 1"),
        ([1e-4], -0.1, "must be at least 0 and below 1"),
        ([1e-4], math.nan, "must be at least 0 and below 1"),
    ],
)
def test_invalid_schedules_are_refused(lr: object, decay: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        schedule_features(lr, decay)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", list(TYPED))
def test_multi_power_loss_matches_the_printed_sum(size: str) -> None:
    p, lr = printed_multi_power(size), np.concatenate([np.full(30, 3e-4), cosine(60), np.full(5, 2e-5)])
    loss = []
    for t in range(len(lr)):
        drop = 0.0
        for k in range(1, t + 1):
            x = lr[k] ** -p["gamma"] * lr[k : t + 1].sum()
            drop += (lr[k - 1] - lr[k]) * (1 - (1 + p["C"] * x) ** -p["beta"])
        loss.append(p["L_0"] + p["A"] * (lr[: t + 1].sum() + 0.3) ** -p["alpha"] - p["B"] * drop)
    assert multi_power_loss(lr, p, warmup_area=0.3) == pytest.approx(loss, rel=1e-10)


def test_multi_power_loss_refuses_a_rate_of_zero() -> None:
    with pytest.raises(InputError, match="step 1 has 0"):
        multi_power_loss([1e-4, 0.0], MULTI_POWER["25M"])
