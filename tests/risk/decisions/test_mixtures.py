"""Mixtures of options and the best division of a budget."""

import numpy as np
import pytest

from bayescale.risk.decisions.mixtures import divide, pass_at
from bayescale.risk.result import Risk


@pytest.mark.parametrize("options", ["equal_options", pytest.param("unlike_options", marks=pytest.mark.slow)])
def test_mixture_interval_contains_the_true_pass_at_k(request: pytest.FixtureRequest, options: str) -> None:
    rates, risk = request.getfixturevalue(options)
    truth = np.mean(1 - np.prod((1 - rates) ** 50, axis=0))
    found = risk.mixture({0.2: 50, "1.0": 50}, prob=0.99)  # an option may be a number
    row = found.table.iloc[0]
    assert dict(found.attempts) == {"0.2": 50, "1": 50}
    assert row["these_lower"] <= truth <= row["these_upper"]
    assert (row["attempts"], row["problems"]) == (100, 100)
    assert row["new_upper"] - row["new_lower"] > row["these_upper"] - row["these_lower"]


def test_pass_at_k_of_a_mixture_is_a_product() -> None:
    p = np.array([[[0.1, 0.3], [0.2, 0.05]]])
    expected = 1 - (1 - p[0, 0]) ** 3 * (1 - p[0, 1]) ** 5
    assert pass_at(-np.log1p(-p), np.array([3.0, 5.0]))[0] == pytest.approx(expected)


@pytest.mark.parametrize("total", [1, 5, 24])
def test_division_is_the_best_of_all_divisions(total: int) -> None:
    rng = np.random.default_rng(total)
    rates = np.exp(rng.normal(-2.5, 1.5, (4, 3, 12)))
    best = max(
        pass_at(rates, np.array([a, b, total - a - b], dtype=float)).mean()
        for a in range(total + 1)
        for b in range(total + 1 - a)
    )
    counts = divide(rates, total)
    assert counts.sum() == total
    assert pass_at(rates, counts.astype(float)).mean() == pytest.approx(best, abs=1e-9)


def test_dividing_gains_where_options_solve_different_problems(
    unlike_options: tuple[np.ndarray, Risk], equal_options: tuple[np.ndarray, Risk]
) -> None:
    rates, risk = unlike_options
    best = risk.best_mixture(100)
    gain = best.gain.iloc[0]
    single = max(np.mean(1 - (1 - p) ** 100) for p in rates)
    counts = np.array(list(best.attempts.values()))
    assert np.mean(1 - np.prod((1 - rates) ** counts[:, None], axis=0)) > single + 0.03
    assert gain["new_above"] > 0.95
    assert gain["these_lower"] > 0
    same = equal_options[1].best_mixture(100).gain.iloc[0]
    assert same["these_median"] < 0.5 * gain["these_median"]
    assert same["these_median"] < 0.03
