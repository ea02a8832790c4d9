"""The summary of benchmarks contains the true slopes and levels."""

import pytest

from bayescale.errors import InputError
from tests.capability.simulation import BENCHMARKS, SLOPES
from tests.golden import golden_capability


def test_true_slopes_lie_inside_their_intervals() -> None:
    table = golden_capability("models").summary(0.98).set_index("benchmark")
    assert table.index.tolist() == BENCHMARKS
    assert table["scores"].tolist() == [40, 40, 26, 40]
    for name, slope in SLOPES.items():
        assert table["slope_lower"][name] < slope < table["slope_upper"][name]


def test_prob_must_be_a_probability() -> None:
    with pytest.raises(InputError, match="prob=2"):
        golden_capability("models").summary(2)
