"""ASR@N of a group that was not measured, from a covariate of those that were."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from bayescale.errors import InputError
from bayescale.risk.fit import fit_risk
from bayescale.risk.predict.new_group import _predicted
from bayescale.risk.result import Risk

SIZES = {"s": 1e8, "m": 1e9, "l": 1e10}


@pytest.fixture(scope="module")
def ladder() -> Risk:
    """Three models whose logit rates rise with size."""
    rng = np.random.default_rng(3)
    tables = []
    for place, model in enumerate(SIZES):
        p = ndtr(-3.2 + 0.5 * place + rng.normal(size=80))
        counts = {"attempts": 60, "successes": rng.binomial(60, p)}
        tables.append(pd.DataFrame({"model": model, "problem": [f"{model}{i}" for i in range(80)], **counts}))
    return fit_risk(pd.concat(tables), ["model"], mixing="logit_normal", draws=200, random_seed=1)


def test_a_line_is_recovered_and_intervals_widen_with_distance() -> None:
    rng = np.random.default_rng(1)
    x = np.linspace(0, 4, 6)[:, None]
    wanted = np.array([[2.0], [5.0], [12.0]])
    score = np.repeat((-2 + 0.4 * x)[None], 4000, axis=0)
    drawn = _predicted(score, x, wanted, rng)[..., 0]
    np.testing.assert_allclose(np.median(drawn, axis=0), [-1.2, 0.0, 2.8], atol=0.25)
    assert (np.diff(np.ptp(np.quantile(drawn, [0.05, 0.95], axis=0), axis=0)) > 0).all()


def test_scatter_of_groups_widens_the_interval() -> None:
    x, wanted = np.linspace(0, 4, 8)[:, None], np.array([[5.0]])
    line = np.repeat((-2 + 0.4 * x)[None], 2000, axis=0)
    scattered = line + np.where(np.arange(8) % 2, 0.6, -0.6)[None, :, None]
    widths = [
        np.ptp(np.quantile(_predicted(score, x, wanted, np.random.default_rng(1)), [0.05, 0.95]))
        for score in (line, scattered)
    ]
    assert widths[1] > 2 * widths[0]


def test_coverage_of_lines_drawn_from_the_prior() -> None:
    rng = np.random.default_rng(7)
    x, inside = np.linspace(0, 3, 5)[:, None], []
    for _ in range(200):
        tau = np.sqrt(0.05 / rng.gamma(1.5))
        slope = rng.normal() * tau / np.sqrt(0.05 / 1.5)
        residual = tau * rng.standard_normal(6)
        line = slope * (np.append(x[:, 0], 4.0) - 1.5) / x.std() + residual
        drawn = _predicted(np.repeat(line[None, :5, None], 400, axis=0), x, np.array([[4.0]]), rng)
        low, high = np.quantile(drawn, [0.05, 0.95])
        inside.append(low <= line[5] <= high)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.06)


def test_a_larger_model_is_forecast(ladder: Risk) -> None:
    forecast = ladder.at_new_group([{"size": 1e11}, {"size": 1e9}], {"size": SIZES}, [1000, 10])
    table = forecast.table
    assert table.columns.tolist() == ["size", "budget", "new_median", "new_lower", "new_upper", "ranges"]
    at_ten = table[table["budget"] == 10].set_index("size")
    true = float(np.mean(1 - (1 - ndtr(-3.2 + 1.5 + np.random.default_rng(1).normal(size=100_000))) ** 10))
    assert at_ten["new_lower"].iloc[0] < true < at_ten["new_upper"].iloc[0]
    assert at_ten["ranges"].tolist() == pytest.approx([0.5, 0.0])
    draws = forecast.dataset["new"]
    assert (draws.sel(budget=1000) >= draws.sel(budget=10)).all()
    assert "not measured" in repr(forecast)


def test_bad_input_is_refused(ladder: Risk) -> None:
    with pytest.raises(InputError) as error:
        ladder.at_new_group([{"size": 1e11}], {"size": {"s": 0.0, "mm": 1e9}}, 10)
    assert "'mm' is not a group" in str(error.value)
    assert "must be a number above 0" in str(error.value)
    with pytest.raises(InputError, match="needs 3 groups or more"):
        ladder.at_new_group([{"size": 1e11}], {"size": {"s": 1e8, "m": 1e9}}, 10)
    with pytest.raises(InputError, match="same value in every group"):
        ladder.at_new_group([{"size": 1e11}], {"size": dict.fromkeys(SIZES, 1.0)}, 10)
    with pytest.raises(InputError, match="'size' is missing"):
        ladder.at_new_group([{}], {"size": SIZES}, 10)
