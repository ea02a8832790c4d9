"""Laws along a learning-rate schedule, and the features of a schedule, against printed sums."""

import math

import numpy as np
import pandas as pd
import pytest

from bayescale.errors import InputError
from bayescale.scaling_laws.catalog.learning_rate import MULTI_POWER, multi_power_loss, schedule_features
from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.helpers import first, source
from tests.scaling_laws.catalog.published_values import MULTI_POWER as TYPED
from tests.scaling_laws.catalog.published_values import SHARED


def cosine(n: int, peak: float = 3e-4, end: float = 3e-5) -> np.ndarray:
    return end + (peak - end) / 2 * (1 + np.cos(np.pi * np.arange(n) / n))


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


def test_lr_annealing_of_constant_and_decaying_rates() -> None:
    flat, falling = schedule_features(np.full(10_000, 3e-4)), schedule_features(cosine(10_000))
    assert (flat["lr_annealing"] == 0).all()
    assert flat["lr_area"][-1] == pytest.approx(3.0)
    entry, p = law("lr_annealing"), first("lr_annealing")
    assert entry.predict(flat, p)[-1] == pytest.approx(3.220 + 0.446 * 3.0**-0.581)
    same_area = {**falling, "lr_annealing": np.zeros(10_000)}
    gain = entry.predict(same_area, p) - entry.predict(falling, p)
    assert gain == pytest.approx(0.440 * falling["lr_annealing"])
    assert gain[-1] > 0.05


@pytest.mark.parametrize(
    ("lr", "decay", "message"),
    [
        ([], 0.999, "one or more steps"),
        ([[1e-4, 1e-4]], 0.999, r"shape \(1, 2\)"),
        (3e-4, 0.999, "one sequence"),
        ([1e-4, math.nan, -1e-4], 0.999, "2 learning rates"),
        (["a"], 0.999, "must be numbers"),
        ([1e-4], 1.0, "decay must be"),
        ([1e-4], -0.1, "decay must be"),
        ([1e-4], math.nan, "decay must be"),
    ],
)
def test_invalid_schedules_are_refused(lr: object, decay: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        schedule_features(lr, decay)  # type: ignore[arg-type]


def repository(size: str) -> dict[str, float]:
    """Coefficients of the multi-power law, typed from the README of its authors' repository."""
    return dict(zip(("L_0", "A", "alpha", "B", "C", "beta", "gamma"), TYPED[size], strict=True))


@pytest.mark.parametrize("size", list(TYPED))
def test_multi_power_loss_matches_the_printed_sum(size: str) -> None:
    p, lr = repository(size), np.concatenate([np.full(30, 3e-4), cosine(60), np.full(5, 2e-5)])
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


@pytest.mark.parametrize(("size", "low"), [("25M", 3e-5), ("100M", 9e-5), ("400M", 1.8e-4)])
def test_multi_power_of_one_drop_matches_multi_power_loss(size: str, low: float) -> None:
    lr = np.concatenate([np.full(8000, 3e-4), np.full(8000, low)])
    after = slice(8000, None)
    inputs = {
        "lr_area": np.cumsum(lr)[after] + 0.3,
        "lr_drop": 3e-4 - low,
        "lr_after": low,
        "lr_area_since_drop": np.cumsum(lr[after]),
    }
    predicted = law("multi_power").predict(inputs, source("multi_power", f"Luo et al. 2025, {size}"))
    whole = multi_power_loss(lr, repository(size), warmup_area=0.3)
    assert predicted == pytest.approx(whole[after], rel=1e-10)
    assert whole[7999] - whole[-1] > 0.02


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the public data are not beside the checkout")
@pytest.mark.parametrize("size", ["25M", "100M"])
def test_annealing_refits_need_the_area_of_the_warmup(size: str) -> None:
    entry = law("lr_annealing")
    values = next(values for source, values in entry.published.items() if f" {size}," in source)
    curves = pd.read_csv(SHARED / "multipower_lr_curves" / "curves.csv")
    curve = curves[(curves["model"] == size) & (curves["schedule"] == "cosine_24000")].sort_values("step")
    steps = np.arange(int(curve["step"].max()) + 1)
    rates = np.interp(steps, curve["step"], curve["lr"])
    warm = np.where(steps < 2160, 3e-4 * (steps + 1) / 2160, rates)

    def error(schedule: np.ndarray, warmup: int) -> float:
        features = schedule_features(schedule, warmup=warmup)
        at = {name: column[curve["step"]] for name, column in features.items()}
        return float(np.median(np.abs(entry.predict(at, values) / curve["loss"] - 1)))

    assert error(warm, 2160) < 0.003
    assert error(rates, 0) > 2 * error(warm, 2160)
