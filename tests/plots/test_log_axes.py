"""Log axes of counts, compute and losses: limits, ticks and labels."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure

from bayescale.plots.log_axes import human_times, log_sizes, log_x, log_y
from bayescale.plots.wording import size_text


def panel() -> Axes:
    return Figure().add_subplot()


def ticks(axis: Axis, low: float, high: float) -> tuple[list[float], list[str]]:
    places = [place for place in axis.get_majorticklocs() if low <= place <= high]
    return places, [axis.get_major_formatter()(place, 0) for place in places]


@settings(max_examples=40)
@given(st.lists(st.floats(1e6, 1e26), min_size=1, max_size=5))
def test_the_axis_contains_every_value_and_has_a_tick(values: list[float]) -> None:
    axes = panel()
    log_x(axes, "n_params", values)
    low, high = axes.get_xlim()
    assert axes.get_xscale() == "log"
    assert low < min(values)
    assert max(values) < high
    places, labels = ticks(axes.xaxis, low, high)
    assert len(places) <= 12
    assert labels == [size_text(place) for place in places]


def test_short_ranges_have_ticks_between_powers_of_ten() -> None:
    expected = {
        (1e8, 9e8): ["100M", "200M", "500M"],
        (1e8, 9e9): ["100M", "300M", "1B", "3B"],
        (1e8, 1e12): ["100M", "1B", "10B", "100B", "1T"],
    }
    for (low, high), labels in expected.items():
        axes = panel()
        log_x(axes, "n_params", [low, high])
        assert ticks(axes.xaxis, low, high)[1] == labels


def test_labels_are_the_words_of_the_quantity() -> None:
    axes = panel()
    log_x(axes, "flops", [1e18, 1e22])
    assert axes.get_xlabel() == "training compute (FLOP)"
    assert "10^{20}" in axes.xaxis.get_major_formatter()(1e20, 0)  # powers of ten, not "1e+20"
    log_x(axes, "my_$size$", [1.0, 10.0])
    assert axes.get_xlabel().count("$") == axes.get_xlabel().count(r"\$") == 2
    axes.set_ylim(1e8, 1e10)
    log_sizes(axes, "n_tokens")
    assert (axes.get_yscale(), axes.get_ylabel()) == ("log", "training tokens")
    assert ticks(axes.yaxis, 1e8, 1e10)[1] == ["100M", "300M", "1B", "3B", "10B"]


def test_losses_have_plain_round_ticks() -> None:
    axes = panel()
    axes.set_ylim(2.0, 4.0)
    log_y(axes, "loss")
    assert axes.get_ylabel() == "loss"
    places, labels = ticks(axes.yaxis, 2.0, 4.0)
    assert len(places) >= 3
    np.testing.assert_allclose(np.diff(places), places[1] - places[0])
    assert [float(label) for label in labels] == [round(place, 6) for place in places]


def test_human_times_have_round_ticks() -> None:
    axes = Figure().subplots()
    axes.set_ylim(0.5, 1000)
    human_times(axes, "y")
    assert [axes.yaxis.get_major_formatter()(tick, None) for tick in axes.get_yticks()] == [
        "1 min",
        "10 min",
        "60 min",
        "8 h",
    ]
