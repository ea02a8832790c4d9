"""The trend recovers a line, notices a change of its slope, and carries the errors of horizons."""

import numpy as np
import pytest

from bayescale.horizon.trend import Likelihood, draw_trend, likelihood_of

YEARS = np.linspace(-2, 2, 12)


def exact(values: np.ndarray, error: float) -> Likelihood:
    precision = np.eye(len(values)) / error**2
    return Likelihood(precision, precision @ values)


def test_dividing_out_the_prior_gives_the_likelihood() -> None:
    rng, prior, error = np.random.default_rng(1), 5.0, np.array([0.5, 2.0, 1e6])
    observed = np.array([3.0, -4.0, 0.0])
    variance = 1 / (error**-2 + prior**-2)
    mean = variance * (observed / error**2 + 1.0 / prior**2)
    draws = mean + np.sqrt(variance) * rng.standard_normal((200_000, 3))
    result = likelihood_of(draws, 1.0, prior)
    assert np.diag(result.precision)[:2] == pytest.approx(error[:2] ** -2, rel=0.03)
    assert np.linalg.solve(result.precision[:2, :2], result.weighted[:2]) == pytest.approx(observed[:2], abs=0.1)
    assert abs(result.precision[2, 2]) < 1e-3  # no data: no information


def test_a_line_is_recovered_and_errors_widen_it() -> None:
    values = 4 + 1.7 * YEARS
    sure, unsure = (draw_trend(exact(values, e), YEARS, 4.0, 4000, np.random.default_rng(1)) for e in (0.1, 2.0))
    assert np.median(sure.slope_at(2.0)) == pytest.approx(1.7, abs=0.1)
    assert sure.change_probability < 0.5
    assert np.std(unsure.slope_at(2.0)) > 3 * np.std(sure.slope_at(2.0))


def test_a_change_of_the_slope_is_noticed() -> None:
    values = 4 + 1.0 * YEARS + 3.0 * np.maximum(YEARS - 0.5, 0)
    draws = draw_trend(exact(values, 0.2), YEARS, 4.0, 4000, np.random.default_rng(1))
    assert draws.change_probability > 0.95
    assert np.median(draws.slope_at(2.0)) == pytest.approx(4.0, abs=0.4)


def test_forecasts_widen_by_changes_to_come() -> None:
    draws = draw_trend(exact(4 + 1.7 * YEARS, 0.05), YEARS, 4.0, 4000, np.random.default_rng(1))
    spread = draws.line(np.array([2.0, 3.0, 5.0])).std(axis=0)
    assert spread[0] < spread[1] < spread[2]
    assert spread[2] > 1.0


def test_lines_hold_new_agents_as_often_as_they_say() -> None:
    rng, inside = np.random.default_rng(4), []
    for _ in range(60):
        slope, scatter = rng.normal(1.5, 1.0), abs(rng.normal(0, 1.0))
        truth = 3 + slope * YEARS + scatter * rng.standard_normal(12)
        errors = np.full(12, 0.5)
        fitted = draw_trend(exact(truth + errors * rng.standard_normal(12), 0.5), YEARS, 3.0, 1000, rng)
        low, high = np.quantile(fitted.line(np.array([2.0]))[:, 0], [0.1, 0.9])
        inside.append(low < 3 + slope * 2 < high)
    assert 0.65 < np.mean(inside) < 0.95
