"""Scores of forecasts against closed forms, on every scale."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from bayescale.scaling.evaluation.scores import crps, mean_scores, score_points
from bayescale.scaling_laws.link import Scale

SCALES = ("log", "logit", "identity")


def test_crps_of_a_normal() -> None:
    """sigma (z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)), Gneiting and Raftery 2007, equation 20."""
    sigma, z = 0.3, np.array([-1.5, 0.0, 2.0])
    draws = norm.ppf((np.arange(20_000) + 0.5) / 20_000)[:, None] * sigma + np.zeros(3)
    exact = sigma * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    np.testing.assert_allclose(crps(draws, sigma * z), exact, rtol=2e-3)


def test_points_of_a_calibrated_forecast() -> None:
    rng = np.random.default_rng(1)
    centre = rng.normal(size=4000)
    draws = np.exp(centre + 0.1 * norm.ppf((np.arange(999) + 0.5) / 999)[:, None])
    observed = np.exp(centre + 0.1 * rng.normal(size=4000))
    points = score_points(draws, observed, np.zeros(4000), 0.9)
    means = mean_scores(points)
    for level in (50, 80, 90, 95):
        assert means[f"coverage_{level}"] == pytest.approx(level / 100, abs=0.02)
    assert means["coverage"] == pytest.approx(0.9, abs=0.02)
    assert points["width"].to_numpy() == pytest.approx(0.2 * 1.6449, rel=0.01)
    missed = points[~points["inside"]]
    assert (missed["interval_score"] > missed["width"]).all()
    narrow = score_points(np.exp(centre + 0.3 * np.log(draws / np.exp(centre))), observed, np.zeros(4000), 0.9)
    assert narrow["interval_score"].mean() > points["interval_score"].mean()
    assert narrow["crps"].mean() > points["crps"].mean()


@given(response=st.floats(0.001, 0.999), name=st.sampled_from(SCALES))
def test_the_jacobian_is_the_derivative_with_respect_to_log_response(response: float, name: str) -> None:
    scale, step = Scale(name), 1e-6  # type: ignore[arg-type]
    ends = scale.forward(response * np.exp(np.array([-step, step])), np)
    assert np.exp(scale.log_jacobian(response)) == pytest.approx((ends[1] - ends[0]) / (2 * step), rel=1e-4)


@given(centre=st.floats(0.2, 0.8), away=st.floats(-3, 3))
def test_one_predictive_distribution_has_one_log_density_whatever_the_scale(centre: float, away: float) -> None:
    """A narrow normal is the same distribution on all scales: sd of the response, over its slope on each."""
    deviation = 1e-6
    observed = centre + away * deviation
    densities = []
    for name, slope in {"log": 1 / centre, "logit": 1 / (centre * (1 - centre)), "identity": 1.0}.items():
        scale = Scale(name)  # type: ignore[arg-type]
        value, middle = (scale.forward(np.float64(at), np) for at in (observed, centre))
        densities.append(norm.logpdf(value, middle, deviation * slope) + scale.log_jacobian(observed))
    assert densities == pytest.approx([densities[0]] * 3, abs=1e-3)


@given(shift=st.floats(-1e3, 1e3))
def test_scores_on_the_identity_scale_do_not_depend_on_the_sign(shift: float) -> None:
    draws = norm.ppf((np.arange(199) + 0.5) / 199)[:, None] + np.zeros(3)
    observed = np.array([-1.0, 0.0, 2.5])
    at_zero = score_points(draws, observed, np.zeros(3), 0.9, Scale("identity"))
    shifted = score_points(draws + shift, observed + shift, np.zeros(3), 0.9, Scale("identity"))
    for column in ("width", "interval_score", "crps", "error", "inside"):
        assert shifted[column].to_numpy(dtype=float) == pytest.approx(at_zero[column].to_numpy(dtype=float), abs=1e-6)
    assert np.isfinite(list(mean_scores(at_zero).values())).all()


def test_scores_of_shares_are_those_of_their_logits() -> None:
    draws = Scale("logit").inverse(norm.ppf((np.arange(199) + 0.5) / 199)[:, None] + np.array([3.0, -3.0]))
    scores = score_points(draws, np.array([0.95, 0.05]), np.zeros(2), 0.9, Scale("logit"))
    assert scores["width"].to_numpy() == pytest.approx(2 * 1.6449, rel=0.02)
    assert scores["crps"][0] == pytest.approx(scores["crps"][1])
    rounded = score_points(np.ones((9, 1)), np.array([0.9]), np.zeros(1), 0.9, Scale("logit"))
    assert np.isfinite(rounded["crps"]).all()


def test_a_measurement_below_zero_is_compared_on_the_response_itself() -> None:
    assert Scale("identity").log_jacobian(-3.0) == 0.0
    assert np.isnan(Scale("log").log_jacobian(-3.0))
