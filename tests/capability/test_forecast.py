"""Forecasts of scores: by family and compute, and of models whose other scores are known."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from bayescale.capability.result import Capability
from bayescale.errors import InputError
from tests.capability.simulation import scores_table
from tests.golden import golden_capability


@pytest.fixture
def capability() -> Capability:
    return golden_capability("models")


def test_blank_scores_are_forecast_by_default_and_hold_the_truth(capability: Capability) -> None:
    table = capability.forecast().table
    assert set(table["benchmark"]) == {"code"}
    truth = scores_table()[1].set_index("model")["code"]
    true = truth[table["model"]].to_numpy()
    inside = (table["run_lower"] <= true) & (true <= table["run_upper"])
    assert inside.mean() > 0.75
    assert np.abs(table["run_median"] - true).mean() < 0.03


def test_known_scores_narrow_the_forecast(capability: Capability) -> None:
    table = capability.forecast().table.dropna(subset="flops")
    blind = capability.forecast(table[["family", "flops"]], ["code"]).table
    width, blind_width = ((logit(part["run_upper"]) - logit(part["run_lower"])).to_numpy() for part in (table, blind))
    above_zero = np.isfinite(width) & np.isfinite(blind_width)
    assert width[above_zero].mean() < 0.95 * blind_width[above_zero].mean()


def test_a_new_family_is_less_certain_and_scores_rise_with_compute(capability: Capability) -> None:
    targets = [{"family": "<b>1</b>", "flops": 1e22}, {"family": "<b>1</b>", "flops": 1e24}, {"flops": 1e24}]
    table = capability.forecast(targets, ["open"], prob=0.8).table
    assert table["law_median"][1] > table["law_median"][0] + 0.1
    width = table["law_upper"] - table["law_lower"]
    assert width[2] > 1.3 * width[1]
    assert table["family"][2] == "(new family)"
    assert (table["run_upper"] - table["run_lower"])[1] > width[1]


def test_far_targets_are_flagged_and_scores_stay_within_their_limits(capability: Capability) -> None:
    forecast = capability.forecast({"family": "<b>1</b>", "flops": 1e28})
    assert forecast.table["flag"].str.contains("farther than was tested").all()
    run = forecast.dataset["run"].to_numpy()
    assert ((run >= 0) & (run <= 1)).all()


def test_probabilities_of_thresholds(capability: Capability) -> None:
    forecast = capability.forecast({"family": "<b>1</b>", "flops": 1e23})
    below, above = forecast.above(0.01), forecast.above(0.999)
    assert (below["run_above"] > above["run_above"]).all()
    with pytest.raises(InputError, match="scores are shares"):
        forecast.above(70)


def test_it_is_the_same_again_and_looks_like_something(capability: Capability) -> None:
    first, second = (capability.forecast({"model": "1-1"}) for _ in range(2))
    pd.testing.assert_frame_equal(first.table, second.table)
    assert first.table["measured"].notna().sum() >= 3
    assert "one model" in repr(first)
    assert "<b>1" not in first._repr_html_()


def test_unknown_benchmarks_are_refused(capability: Capability) -> None:
    with pytest.raises(InputError, match="no benchmark 'cod'"):
        capability.forecast({"flops": 1e22}, ["cod"])
