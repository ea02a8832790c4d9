"""Laws along a learning-rate schedule against each other and printed values."""

import numpy as np
import pandas as pd
import pytest

from bayescale.scaling_laws.functions.schedules import multi_power_loss, schedule_features
from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.helpers import cosine, first, source
from tests.scaling_laws.catalog.published_values import SHARED, printed_multi_power


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
    whole = multi_power_loss(lr, printed_multi_power(size), warmup_area=0.3)
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
