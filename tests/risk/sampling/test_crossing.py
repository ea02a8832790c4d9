"""Groups that share problems: what is hard in one group informs the others, by as much as the data show."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logsumexp

from bayescale.risk.difficulty import FACTOR, LOG_FACTOR, TRANSITIONS
from bayescale.risk.fit import fit_risk
from bayescale.risk.problems import LEAST_SHARED
from bayescale.risk.result import Risk
from bayescale.risk.sampling.crossing import _draw_path, _forward

SETTINGS = {"mixing": "logit_normal", "draws": 200, "random_seed": 1}


def two_models(spread: float, few: int = 4, many: int = 200, problems: int = 60) -> tuple[np.ndarray, pd.DataFrame]:
    """Rates (model, problem) whose logits differ by `spread`; counts of few attempts at one, many at the other."""
    rng = np.random.default_rng(4)
    rates = expit(rng.normal(-3, 1.5, problems) + spread * rng.normal(size=(2, problems)))
    attempts = np.repeat([[few], [many]], problems, axis=1)
    table = pd.DataFrame(
        {
            "model": np.repeat(["few", "many"], problems),
            "problem": [f"q{i}" for i in range(problems)] * 2,
            "attempts": attempts.ravel(),
            "successes": rng.binomial(attempts, rates).ravel(),
        }
    )
    return rates, table


def error_of_few(risk: Risk, rates: np.ndarray) -> float:
    """Mean error of the log rate of problems of the group with few attempts."""
    table = risk.by_problem()
    median = table.loc[table["model"] == "few", "rate_median"].to_numpy()
    return float(np.abs(np.log(median) - np.log(rates[0])).mean())


def test_many_attempts_in_one_group_inform_the_other() -> None:
    rates, table = two_models(0.2)
    crossed, apart = (fit_risk(table, ["model"], crossed=yes, **SETTINGS) for yes in (True, False))
    assert apart.difficulty is None
    assert crossed.difficulty is not None
    assert crossed.difficulty.correlation(0, 1).mean() > 0.6
    assert error_of_few(crossed, rates) < 0.7 * error_of_few(apart, rates)


def test_unrelated_rates_have_a_low_correlation_and_change_little() -> None:
    _, table = two_models(0.0, few=30)
    other = table["model"] == "many"
    table.loc[other, "problem"] = np.random.default_rng(1).permutation(table.loc[other, "problem"])
    crossed, apart = (fit_risk(table, ["model"], crossed=yes, **SETTINGS) for yes in (True, False))
    assert crossed.difficulty is not None
    assert crossed.difficulty.correlation(0, 1).mean() < 0.45
    medians = [risk.at(1000).table["these_median"].to_numpy() for risk in (crossed, apart)]
    np.testing.assert_allclose(medians[0], medians[1], atol=0.06)


def test_a_problem_that_was_not_tried_is_informed_by_another_group() -> None:
    rates, table = two_models(0.1, few=60, problems=40)
    missing = (table["model"] == "few") & table["problem"].isin(["q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7"])
    table.loc[missing, ["attempts", "successes"]] = 0
    table["errors"] = np.where(missing, 1, 0)
    by_problem = fit_risk(table, ["model"], **SETTINGS).by_problem(100)
    cells = by_problem[(by_problem["model"] == "few") & (by_problem["attempts"] == 0)]
    assert len(cells) == 8
    assert np.corrcoef(np.log(cells["rate_median"]), np.log(rates[0, :8]))[0, 1] > 0.8
    assert cells["broken_within"].between(0, 1).all()


def test_groups_that_share_few_problems_are_fitted_as_without_crossing() -> None:
    _, table = two_models(0.2, problems=2 * LEAST_SHARED)
    last = table["problem"].isin([f"q{i}" for i in range(LEAST_SHARED - 1, 2 * LEAST_SHARED)])
    table.loc[last, "problem"] += " of " + table.loc[last, "model"]
    fits = [fit_risk(table, ["model"], crossed=yes, **SETTINGS) for yes in (True, False)]
    assert fits[0].difficulty is None
    pd.testing.assert_frame_equal(fits[0].at(1000).table, fits[1].at(1000).table)


def test_crossing_is_named_in_result_notes_and_checks() -> None:
    _, table = two_models(0.2, problems=20)
    risk = fit_risk(table, ["model"], **SETTINGS)
    assert "crossed over 20 shared problems" in repr(risk)
    assert any(note.startswith("20 problems were tried in several groups") for note in risk.notes)
    assert "shared problems" in risk.check().table["check"].tolist()


def test_forward_filtering_is_exact() -> None:
    rng = np.random.default_rng(2)
    likelihood = [rng.random((1, len(FACTOR))) for _ in range(3)]
    transition = TRANSITIONS[2]
    total, filtered = _forward(likelihood, transition)
    paths = list(product(range(len(FACTOR)), repeat=3))
    logs = [
        LOG_FACTOR[a]
        + np.log(likelihood[0][0, a])
        + np.log(transition[a, b] * likelihood[1][0, b])
        + np.log(transition[b, c] * likelihood[2][0, c])
        for a, b, c in paths
    ]
    assert total == pytest.approx(float(logsumexp(logs)))
    chance = np.exp(logs - logsumexp(logs)).reshape(3 * [len(FACTOR)])
    np.testing.assert_allclose(filtered[-1][0], chance.sum(axis=(0, 1)), rtol=1e-9)


def test_paths_are_drawn_from_their_posterior() -> None:
    rng = np.random.default_rng(3)
    count = 4000
    likelihood = [np.log(np.tile(rng.random(len(FACTOR)) ** 3, (count, 1))) for _ in range(2)]
    _, path = _draw_path(likelihood, 0, rng)  # two groups: one factor
    assert (path[0] == path[1]).all()
    weight = np.exp(LOG_FACTOR + likelihood[0][0] + likelihood[1][0])
    expected = float(weight @ FACTOR / weight.sum())
    assert FACTOR[path[0]].mean() == pytest.approx(expected, abs=0.06)
