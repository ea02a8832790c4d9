"""Scores of laws on scales other than the logarithm, and log densities that laws of different scales share."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

import bayescale as bs
from bayescale.scaling.evaluation.scores import score_points, summarise
from bayescale.scaling_laws.link import Scale

SCALES = ("log", "logit", "identity")


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
    found = []
    for name, slope in {"log": 1 / centre, "logit": 1 / (centre * (1 - centre)), "identity": 1.0}.items():
        scale = Scale(name)  # type: ignore[arg-type]
        value, middle = (scale.forward(np.float64(at), np) for at in (observed, centre))
        found.append(norm.logpdf(value, middle, deviation * slope) + scale.log_jacobian(observed))
    assert found == pytest.approx([found[0]] * 3, abs=1e-3)


@given(shift=st.floats(-1e3, 1e3))
def test_scores_on_the_identity_scale_do_not_depend_on_the_sign(shift: float) -> None:
    draws = norm.ppf((np.arange(199) + 0.5) / 199)[:, None] + np.zeros(3)
    observed = np.array([-1.0, 0.0, 2.5])
    at_zero = score_points(draws, observed, np.zeros(3), 0.9, Scale("identity"))
    shifted = score_points(draws + shift, observed + shift, np.zeros(3), 0.9, Scale("identity"))
    for column in ("width", "interval_score", "crps", "error", "inside"):
        assert shifted[column].to_numpy(dtype=float) == pytest.approx(at_zero[column].to_numpy(dtype=float), abs=1e-6)
    assert np.isfinite(list(summarise(at_zero).values())).all()


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


@pytest.mark.slow
def test_laws_on_different_scales_are_weighed_by_densities_of_the_same_response() -> None:
    """One curve on the logarithm and on the response itself; noise is small, so that both say the same of a run."""
    rng = np.random.default_rng(1)
    sizes = np.exp(np.linspace(np.log(1e7), np.log(1e10), 30))
    loss = 12.0 * (sizes / 1e7) ** -0.3 * np.exp(0.005 * rng.standard_normal(30))  # from 12 down to 1.5 nats
    on_log = bs.law("kaplan_params")
    on_loss = replace(on_log, name="kaplan_params_linear", scale=Scale("identity"))
    sampler = bs.Sampler(draws=400, tune=400)
    table = pd.DataFrame({"n_params": sizes, "loss": loss})
    fit = bs.fit(table, [on_log, on_loss], discrepancy=False, sampler=sampler, random_seed=1, progress=False)
    weights = fit.weights.set_index("law")
    assert weights["weight"].sum() == pytest.approx(1)
    assert weights["weight"].between(0.1, 0.9).all()
    assert abs(weights["log_score"].diff().iloc[-1]) < 0.5, weights  # on each law's own scale they differ by 1.5
    forecast = fit.forecast([{"n_params": 3e10}]).table.iloc[0]
    assert forecast["law_median"] == pytest.approx(12.0 * 3e3**-0.3, rel=0.03)
