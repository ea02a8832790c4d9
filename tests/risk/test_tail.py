"""The tail: exact quantiles give the line back, simulated tails are covered, weak evidence is said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from bayescale.errors import InputError
from bayescale.risk.tail import Tail, aggregate_risk, fit_tail, frequency, from_psi, to_psi, worst_of


def exact_tail(slope: float = -1.3, intercept: float = -4.0, queries: int = 400) -> np.ndarray:
    """Rates whose i-th largest stands exactly where the line says a share i/m of queries lies above."""
    return from_psi((np.log(np.arange(1, queries + 1) / queries) - intercept) / slope)


@given(st.floats(1e-12, 1 - 1e-9))
def test_psi_goes_there_and_back_and_keeps_order(p: float) -> None:
    assert from_psi(to_psi(p)) == pytest.approx(p, rel=1e-9)
    assert to_psi(p) < to_psi(min(p * 1.01 + 1e-12, 1.0))


def test_psi_of_the_ends() -> None:
    assert to_psi([0.0, np.exp(-1), 1.0]).tolist() == [-np.inf, 0.0, np.inf]
    assert from_psi([-np.inf, 0.0, np.inf]).tolist() == [0.0, pytest.approx(np.exp(-1)), 1.0]


def test_a_line_through_exact_quantiles_is_given_back() -> None:
    tail = fit_tail(exact_tail(), top=10)
    assert (tail.slope, tail.intercept) == pytest.approx((-1.3, -4.0))
    assert tail.note == ""
    np.testing.assert_allclose(to_psi(worst_of(tail, [400, 1e5]).line), (np.log([400, 1e5]) - 4.0) / 1.3)
    # a share of one in M queries is above the worst of M
    levels = worst_of(tail, [1e4, 1e6]).line
    np.testing.assert_allclose(frequency(tail, levels).line, [1e-4, 1e-6])


def test_the_mean_above_the_threshold_is_its_integral() -> None:
    for slope, threshold in ((-0.4, -3.0), (-1.0, -1.5), (-2.5, 0.3)):
        tail = Tail(100, threshold, np.array([1.0]), slope, slope * -threshold + np.log(0.05), 1e-4, "")
        above, _ = quad(
            lambda x, s=slope, u=threshold: -s * np.exp(s * x) * float(from_psi(u + x)), 0, np.inf, epsabs=1e-13
        )
        mean = 0.95 * 1e-4 + 0.05 * above
        assert aggregate_risk(tail, 1000).line[0] == pytest.approx(1 - (1 - mean) ** 1000, rel=1e-8)


def test_intervals_cover_the_worst_of_a_hundred_times_as_many_queries() -> None:
    rng = np.random.default_rng(11)
    covered, centred, repeats = 0, 0, 300
    for _ in range(repeats):
        # slopes from the prior: then 90 % is what the interval must cover
        slope = np.exp(0.5 * rng.standard_normal())
        tail = fit_tail(from_psi(-2.5 + rng.exponential(1 / slope, 200)))
        found = worst_of(tail, 20_000)
        worst = float(from_psi(-2.5 + rng.exponential(1 / slope, 20_000).max()))
        covered += found.lower[0] <= worst <= found.upper[0]
        centred += worst <= found.median[0]
    # standard errors .017 and .029; these are three of them
    assert covered / repeats == pytest.approx(0.9, abs=0.052)
    assert centred / repeats == pytest.approx(0.5, abs=0.087)


def test_intervals_cover_frequency_and_aggregate_risk() -> None:
    rng = np.random.default_rng(12)
    covered, repeats = np.zeros(2), 200
    for _ in range(repeats):
        slope = np.exp(0.5 * rng.standard_normal())
        tail = fit_tail(from_psi(-2.5 + rng.exponential(1 / slope, 300)))
        level = float(from_psi(tail.threshold + 3 / slope))
        truth = np.exp(-slope * (to_psi(level) + 2.5))
        mean, _ = quad(lambda x, s=slope: s * np.exp(-s * x) * float(from_psi(x - 2.5)), 0, np.inf)
        found = frequency(tail, level), aggregate_risk(tail, 300)
        covered += [
            one.lower[0] <= value <= one.upper[0]
            for one, value in zip(found, (truth, 1 - (1 - mean) ** 300), strict=True)
        ]
    # the body's mean is taken as known, which most of it is here; 0.9 within four standard errors of .021
    np.testing.assert_allclose(covered / repeats, 0.9, atol=0.085)


def test_more_queries_are_worse_and_a_higher_level_is_rarer() -> None:
    tail = fit_tail(from_psi(-5 + np.random.default_rng(0).exponential(0.7, 500)))
    many = np.geomspace(500, 5e4, 7).round()
    worst, risk = worst_of(tail, many), aggregate_risk(tail, many)
    rare = frequency(tail, np.linspace(from_psi(tail.threshold) + 0.01, 0.99, 7))
    for found, sign in ((worst, 1), (risk, 1), (rare, -1)):
        for values in (found.line, found.median, found.lower, found.upper):
            assert (sign * np.diff(values) >= 0).all()
            assert sign * (values[-1] - values[0]) > 0
        assert ((found.lower <= found.median) & (found.median <= found.upper)).all()
        assert found.lower[0] < found.median[0] < found.upper[0]
    wide, narrow = worst_of(tail, 5000, prob=0.99), worst_of(tail, 5000, prob=0.5)
    assert wide.lower < narrow.lower < narrow.upper < wide.upper


def test_more_order_statistics_say_more() -> None:
    rates = from_psi(-3 + np.random.default_rng(1).exponential(1.0, 2000))
    few, many = (worst_of(fit_tail(rates, top), 2e5) for top in (10, 200))
    assert to_psi(many.upper[0]) - to_psi(many.lower[0]) < 0.7 * (to_psi(few.upper[0]) - to_psi(few.lower[0]))


def test_hardly_any_spread_is_bounded_by_the_prior() -> None:
    rates = np.r_[np.full(7, 0.1), np.full(4, 0.0999999), np.full(89, 0.01)]
    found = worst_of(fit_tail(rates), 1000)
    # ten excesses of nothing make −a LogNormal(10 · 0.25, 0.5), about 12, where the line is all but upright
    assert found.line[0] == pytest.approx(0.1, rel=1e-3)
    assert 0.1 < found.lower[0] < found.upper[0] < 0.6
    expected = from_psi(to_psi(0.1) + np.log(0.11 * 1000 / np.log(2)) / np.exp(2.5))
    assert found.median[0] == pytest.approx(expected, rel=0.1)


def test_weak_evidence_is_said() -> None:
    rates = exact_tail()
    assert "only 5 largest rates" in fit_tail(rates, top=5).note
    assert "only 5 largest rates" in frequency(fit_tail(rates, top=5), 0.9).note
    far = worst_of(fit_tail(rates), 400 * 101).note
    assert "farther than the 2 decades" in far
    assert worst_of(fit_tail(rates), 400 * 100).note == ""
    assert aggregate_risk(fit_tail(rates, top=5), 400 * 1000).note.count(";") == 1


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(InputError, match=r"6 of 20 rates are above 0.*needs 11.*or top=5"):
        fit_tail([0.0] * 14 + [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    with pytest.raises(InputError) as caught:
        fit_tail([0.5, 1.0, -0.1, np.nan, 0.2], top=2)
    assert len(caught.value.problems) == 2
    assert "1.0 (row 2), -0.1 (row 3), nan (row 4)" in str(caught.value)
    with pytest.raises(InputError, match=r"3 largest rates are all 0\.2"):
        fit_tail([0.2, 0.2, 0.2, 0.1], top=3)
    tail = fit_tail(exact_tail())
    with pytest.raises(InputError, match="each 400 or more"):
        worst_of(tail, [100, 1000])
    with pytest.raises(InputError, match="where the tail begins"):
        frequency(tail, 1e-6)
    with pytest.raises(InputError, match="prob=0"):
        aggregate_risk(tail, 1000, prob=0.0)
