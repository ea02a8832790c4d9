"""Forecasts of the worst of many queries."""

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.risk.tails.tail import fit_tail
from bayescale.risk.tails.tail_posterior import SHAPE_MEAN, SHAPE_SD, from_psi, to_psi


def exact_tail(slope: float = -1.3, intercept: float = -4.0, queries: int = 400) -> np.ndarray:
    """Rates whose i-th largest stands exactly where the line says a share i/m of queries lies above."""
    return from_psi((np.log(np.arange(1, queries + 1) / queries) - intercept) / slope)


def test_line_through_exact_quantiles_is_recovered() -> None:
    tail = fit_tail(exact_tail(), top=10)
    assert (tail.slope, tail.intercept) == pytest.approx((-1.3, -4.0))
    assert tail.note == ""
    np.testing.assert_allclose(to_psi(tail.worst_of([400, 1e5]).line), (np.log([400, 1e5]) - 4.0) / 1.3)
    # a share of one in M queries is above the worst of M
    levels = tail.worst_of([1e4, 1e6]).line
    np.testing.assert_allclose(tail.frequency(levels).line, [1e-4, 1e-6])


def drawn_tail(rng: np.random.Generator, size: int, scale: float, shape: float) -> np.ndarray:
    """ψ of `size` queries, generalised Pareto above −2.5."""
    return -2.5 + scale * np.expm1(shape * rng.exponential(1.0, size)) / shape


def test_intervals_are_calibrated_at_any_slope() -> None:
    rng = np.random.default_rng(11)
    repeats, queries, ranks, covered = 160, 200, [], np.zeros(3)
    hazard, weight = np.polynomial.laguerre.laggauss(60)
    for _ in range(repeats):
        # slopes from -1 to -16, shapes from their prior: then 90 % is what intervals must cover
        scale, shape = np.exp(rng.uniform(np.log(1 / 16), 0)), rng.normal(SHAPE_MEAN, SHAPE_SD)
        tail = fit_tail(from_psi(drawn_tail(rng, queries, scale, shape)))
        worst = float(from_psi(drawn_tail(rng, 10 * queries, scale, shape).max()))
        quartiles = [tail.worst_of(10 * queries, prob) for prob in (0.5, 0.9)]
        ranks.append(sum(worst > end for end in (quartiles[0].lower[0], quartiles[0].median[0], quartiles[0].upper[0])))
        covered[0] += quartiles[1].lower[0] <= worst <= quartiles[1].upper[0]
        level = float(from_psi(tail.threshold + 2 * tail.excesses.mean()))
        excess = to_psi(level) + 2.5
        share = np.exp(-np.log1p(max(shape * excess / scale, -1 + 1e-300)) / shape)
        found = tail.frequency(level)
        covered[1] += found.lower[0] <= share <= found.upper[0]
        mean = weight @ from_psi(-2.5 + scale * np.expm1(shape * hazard) / shape)
        risk = tail.aggregate_risk(queries)
        covered[2] += risk.lower[0] <= 1 - (1 - mean) ** queries <= risk.upper[0]
    # four quarters of 40, standard deviation 5.5; 0.9 with a standard error of 0.024; the body's mean is taken as known
    assert np.abs(np.bincount(ranks, minlength=4) - 40).max() < 20
    np.testing.assert_allclose(covered[:2] / repeats, 0.9, atol=0.075)
    assert covered[2] / repeats == pytest.approx(0.9, abs=0.1)


@pytest.mark.parametrize(("alpha", "beta"), [(0.4, 4.0), (0.3, 30.0), (0.5, 100.0), (1.0, 20.0)])
def test_intervals_cover_the_worst_of_beta_distributed_rates(alpha: float, beta: float) -> None:
    covered, ratios = 0, []
    for seed in range(40):
        rng = np.random.default_rng([seed, 5])
        found = fit_tail(rng.beta(alpha, beta, 300)).worst_of(3000)
        worst = rng.beta(alpha, beta, 3000).max()
        covered += bool(found.lower[0] <= worst <= found.upper[0])
        ratios.append(found.median[0] / worst)
    assert covered >= 31  # 36 of 40 expected, with a standard error of 1.9
    assert 0.75 < np.median(ratios) < 1.33


def test_heavier_tail_than_any_power_is_not_covered() -> None:
    # rates whose logit is Student-t with three degrees of freedom: stated as a limit
    covered = 0
    for seed in range(20):
        rng = np.random.default_rng([seed, 9])
        rates, fresh = (1 / (1 + np.exp(6 - 1.5 * rng.standard_t(3, size))) for size in (300, 3000))
        worst = min(fresh.max(), 1 - 1e-15)
        found = fit_tail(np.minimum(rates, 1 - 1e-15)).worst_of(3000)
        covered += bool(found.lower[0] <= worst <= found.upper[0])
    assert covered < 18


def test_more_queries_are_worse_and_a_higher_level_is_rarer() -> None:
    tail = fit_tail(from_psi(-5 + np.random.default_rng(0).exponential(0.7, 500)))
    many = np.geomspace(500, 5e4, 7).round()
    worst, risk = tail.worst_of(many), tail.aggregate_risk(many)
    rare = tail.frequency(np.linspace(from_psi(tail.threshold) + 0.01, 0.99, 7))
    for found, sign in ((worst, 1), (risk, 1), (rare, -1)):
        for values in (found.line, found.median, found.lower, found.upper):
            assert (sign * np.diff(values) >= 0).all()
            assert sign * (values[-1] - values[0]) > 0
        assert ((found.lower <= found.median) & (found.median <= found.upper)).all()
        assert found.lower[0] < found.median[0] < found.upper[0]
    wide, narrow = tail.worst_of(5000, prob=0.99), tail.worst_of(5000, prob=0.5)
    assert wide.lower < narrow.lower < narrow.upper < wide.upper


def test_more_measured_queries_narrow_the_interval() -> None:
    widths = []
    for queries, top in ((200, 10), (4000, 200)):  # the same share of them, so that the extrapolation is as far
        rates = from_psi(-3 + np.random.default_rng(1).exponential(1.0, queries))
        found = fit_tail(rates, top).worst_of(40_000)
        widths.append(to_psi(found.upper[0]) - to_psi(found.lower[0]))
    assert widths[1] < 0.8 * widths[0]


def test_tied_rates_are_noted() -> None:
    rates = np.r_[np.full(7, 0.1), np.full(4, 0.0999999), np.full(89, 0.01)]
    found = fit_tail(rates).worst_of(1000)
    assert "9 of the 11 largest rates equal another" in found.note
    assert found.line[0] == pytest.approx(0.1, rel=1e-3)
    assert 0.0999 < found.lower[0] < found.upper[0] < 0.11


def test_intervals_do_not_depend_on_the_unit_of_the_scale() -> None:
    psi = np.random.default_rng(3).exponential(1.0, 400)
    wide, narrow = (fit_tail(from_psi(-2 + factor * psi)).worst_of(4000) for factor in (1.0, 0.1))
    for name in ("lower", "median", "upper"):
        assert to_psi(getattr(narrow, name)[0]) + 2 == pytest.approx(
            0.1 * (to_psi(getattr(wide, name)[0]) + 2), rel=1e-6
        )


def test_weak_evidence_is_noted() -> None:
    rates = exact_tail()
    assert "only 5 largest rates" in fit_tail(rates, top=5).note
    assert "only 5 largest rates" in fit_tail(rates, top=5).frequency(0.9).note
    far = fit_tail(rates).worst_of(400 * 101).note
    assert "beyond the 2 decades" in far
    assert fit_tail(rates).worst_of(400 * 100).note == ""
    assert fit_tail(rates, top=5).aggregate_risk(400 * 1000).note.count(";") == 1


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match=r"6 of 20 rates are above 0.*needs 11.*or use top=5"):
        fit_tail([0.0] * 14 + [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    with pytest.raises(InputError) as caught:
        fit_tail([0.5, 1.0, -0.1, np.nan, 0.2], top=2)
    assert len(caught.value.problems) == 2
    assert "1.0 (row 2), -0.1 (row 3), nan (row 4)" in str(caught.value)
    with pytest.raises(InputError, match=r"3 largest rates are all 0\.2"):
        fit_tail([0.2, 0.2, 0.2, 0.1], top=3)
    tail = fit_tail(exact_tail())
    with pytest.raises(InputError, match="each 400 or more"):
        tail.worst_of([100, 1000])
    with pytest.raises(InputError, match="threshold of the tail"):
        tail.frequency(1e-6)
    with pytest.raises(InputError, match="prob=0"):
        tail.aggregate_risk(1000, prob=0.0)
