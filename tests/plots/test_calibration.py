"""The figure of a calibration: a panel a quantity, the band, what fell outside, and words for it beside colour."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from bayescale.calibration.result import Calibration, SimulationResult, calibration
from bayescale.errors import InputError
from bayescale.plots.calibration import INSIDE, MOST_PANELS, OUTSIDE, plot_calibration


@pytest.fixture(scope="module")
def found() -> Calibration:
    rng = np.random.default_rng(1)
    names = ["good", "_hid$den"]
    ones = [
        SimulationResult(
            {**{name: rng.integers(101) for name in names}, "narrow": 100 * rng.integers(2)}, 1, True, "", False, {}
        )
        for _ in range(60)
    ]
    return calibration("made up", ones, 100, {"family": np.array(["a"])}, random_seed=1)


def test_the_least_uniform_quantity_is_first_and_marked(found: Calibration) -> None:
    drawn = [axes for axes in plot_calibration(found).axes if axes.get_visible()]
    assert len(drawn) == 3
    assert drawn[0].get_title(loc="left") == "narrow ✗"
    lines = [axes.lines[-1] for axes in drawn]
    assert [to_hex(line.get_color()) for line in lines] == [OUTSIDE, INSIDE, INSIDE]
    assert lines[0].get_linestyle() != lines[1].get_linestyle()
    share = np.asarray(lines[0].get_ydata())
    assert share[1] > 30
    assert share[-2] < -30
    assert drawn[1].get_title(loc="left") in ("good", r" _hid\$den")


def test_named_quantities_alone(found: Calibration) -> None:
    figure = plot_calibration(found, ["good"])
    assert [axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()] == ["good"]
    assert figure._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]
    with pytest.raises(InputError, match=r"'god' is not part of the calibration\. Did you mean 'good'"):
        plot_calibration(found, ["god"])
    with pytest.raises(InputError, match="name at least one"):
        plot_calibration(found, [])


def test_the_number_of_panels_is_limited() -> None:
    rng = np.random.default_rng(2)
    ones = [
        SimulationResult({f"q{i}": rng.integers(101) for i in range(40)}, 1, True, "", False, {}) for _ in range(20)
    ]
    many = calibration("many", ones, 100, {"family": np.array(["a"])}, random_seed=1)
    assert len([axes for axes in plot_calibration(many).axes if axes.get_visible()]) == MOST_PANELS
