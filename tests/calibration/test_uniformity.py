"""Is the test of uniformity exact: as often wrong as it says, and sharp enough to see what it should?"""

import numpy as np
import pytest

from bayescale.calibration.uniformity import band, differences, p_value


@pytest.mark.parametrize("n", [20, 100])
def test_uniform_numbers_fail_as_often_as_the_level_says(n: int) -> None:
    rng = np.random.default_rng(n)
    found = np.array([p_value(rng.random(n)) for _ in range(1000)])
    for level in (0.05, 0.2, 0.5):
        error = np.sqrt(level * (1 - level) / len(found))
        assert np.mean(found <= level) == pytest.approx(level, abs=4 * error + 0.02)  # whole counts: a little less


def test_the_band_holds_everywhere_together_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    _, least, most = band(60, 0.9)
    inside = [
        bool(((found >= least - 1e-9) & (found <= most + 1e-9)).all())
        for found in (differences(rng.random(60))[1] for _ in range(2000))
    ]
    assert np.mean(inside) == pytest.approx(0.9, abs=0.03)
    wider = band(60, 0.999)
    assert (wider[1] <= least).all()
    assert (wider[2] >= most).all()


def test_the_band_and_the_p_value_agree() -> None:
    rng = np.random.default_rng(4)
    for _ in range(200):
        values = rng.beta(1.4, 1.0, 50)
        _, least, most = band(50, 0.95)
        found = differences(values)[1]
        inside = bool(((found >= least - 1e-9) & (found <= most + 1e-9)).all())
        assert inside == (p_value(values) > 0.05)


def test_the_band_is_that_of_a_simulation() -> None:
    from arviz_stats.ecdf_utils import ecdf_pit

    u, _, lower, upper = ecdf_pit(np.random.default_rng(1).random(100), 0.95, 4000)
    points, least, most = band(100, 0.95)
    np.testing.assert_allclose(points, u[1:-1])
    assert np.abs(lower[1:-1] - (least + points)).max() <= 0.0201  # two counts: theirs is a Monte Carlo estimate
    assert np.abs(upper[1:-1] - (most + points)).max() <= 0.0201


@pytest.mark.parametrize(
    ("a", "b"), [(3.0, 1.0), (1.0, 3.0), (4.0, 4.0), (0.3, 0.3)], ids=["high", "low", "wide", "narrow"]
)
def test_what_is_not_uniform_is_seen(a: float, b: float) -> None:
    assert p_value(np.random.default_rng(5).beta(a, b, 100)) < 1e-3
