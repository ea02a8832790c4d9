"""Nodes, mixing laws, importance sampling and pooling: against closed forms, exact sums and known hierarchies."""

from collections.abc import Callable

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy.special import betaln, gammainc, gammaln, logsumexp
from scipy.stats import beta as beta_distribution
from scipy.stats import binom, norm

from bayescale.errors import InputError
from bayescale.risk.grid import RATE, STEP, Verdicts, X, counts
from bayescale.risk.importance_sampling import Points, chosen, explore, explored, log_normal, pareto_k
from bayescale.risk.mixing import MIXINGS, NEVER, mixings
from bayescale.risk.pooling import pool


def one_group(attempts: list[int], successes: list[int], judge: Verdicts | None = None):  # type: ignore[no-untyped-def]
    n, s = np.array(attempts, dtype=np.int64), np.array(successes, dtype=np.int64)
    return counts(n, s, np.zeros(len(n), dtype=np.int64), None, judge or Verdicts())


def beta_mass(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    return MIXINGS["beta"].mass({"a": np.array([a]), "b": np.array([b])})


@pytest.mark.parametrize(("a", "b"), [(0.3, 40.0), (0.4, 4.0), (1.5, 0.7), (2.0, 300.0)])
@pytest.mark.parametrize("n", [1, 30, 100, 5000, 10_000_000])
@pytest.mark.parametrize("level", [0.0, 0.3, 0.7, 0.99])
def test_likelihood_is_the_beta_binomial_at_any_number_of_attempts(a: float, b: float, n: int, level: float) -> None:
    s = round(n * beta_distribution.ppf(level, a, b))
    found = one_group([n], [s])
    mass, zero = beta_mass(a, b)
    log_chance = np.log(found.likelihood @ mass[0] + found.at_zero * zero[0])[0] + found.log_scale[0]
    assert log_chance == pytest.approx(betaln(a + s, b + n - s) - betaln(a, b), abs=2e-3)


def test_pairs_are_counted_by_group() -> None:
    group = np.array([0, 0, 1, 1, 1])
    found = counts(np.array([5, 5, 5, 7, 5]), np.array([1, 1, 1, 0, 2]), group, np.array([0.5, 0.5, 1, 1, 1]))
    assert found.attempts.tolist() == [5, 5, 7]
    assert found.problems.tolist() == [[2, 0, 0], [1, 1, 1]]
    assert found.weight.tolist() == [[1, 0, 0], [1, 1, 1]]


def test_a_problem_without_attempts_says_nothing() -> None:
    found = one_group([0], [0])
    np.testing.assert_allclose(found.likelihood, 1.0)
    assert found.at_zero == 1


def test_a_judge_that_errs_mixes_successes_and_failures() -> None:
    judge = Verdicts(0.9, 0.02)
    found = one_group([40], [7], judge)
    node = 180
    p = -np.expm1(-RATE[node])
    direct = binom.logpmf(7, 40, 0.9 * p + 0.02 * (1 - p)) - (gammaln(41) - gammaln(8) - gammaln(34))
    assert np.log(found.likelihood[0, node]) + found.log_scale[0] == pytest.approx(direct, rel=1e-9)
    # no attempt truly succeeded: sum over which verdicts are right is (f (1-p))^s ((1-f) (1-p))^(n-s)
    spared = 7 * np.log(0.02) + 33 * np.log(0.98)
    assert found.log_spared[0] + found.log_scale[0] == pytest.approx(spared)


@pytest.mark.parametrize("name", sorted(MIXINGS))
def test_mass_is_a_distribution_at_prior_draws(name: str) -> None:
    law = MIXINGS[name]
    z = np.random.default_rng(1).standard_normal((400, len(law.coordinates)))
    parameters = law.parameters(z)
    mass, zero = law.mass(parameters)
    np.testing.assert_allclose(mass.sum(axis=1) + zero, 1.0, atol=1e-9)
    assert (mass >= 0).all()
    if NEVER in parameters:
        assert (zero >= parameters[NEVER] - 1e-9).all()


def stacy(mode: float, alpha: float, c: float, rate: float) -> float:
    """P(lambda < rate) of the generalised gamma law."""
    return float(gammainc(alpha / c, alpha / c * (rate / np.exp(mode)) ** c))


@pytest.mark.parametrize(
    ("name", "parameters", "below"),
    [
        ("generalised_gamma", {"mode": -3.0, "alpha": 0.5, "c": 0.8}, lambda p: stacy(-3.0, 0.5, 0.8, -np.log1p(-p))),
        ("logit_normal", {"m": -3.0, "s": 1.7}, lambda p: norm.cdf(np.log(p / (1 - p)), -3.0, 1.7)),
        ("beta", {"a": 0.7, "b": 6.0}, lambda p: beta_distribution.cdf(p, 0.7, 6.0)),
        ("kumaraswamy", {"a": 0.7, "b": 6.0}, lambda p: 1 - (1 - p**0.7) ** 6.0),
        ("scaled_beta", {"a": 0.7, "b": 6.0, "top": 0.4}, lambda p: beta_distribution.cdf(p / 0.4, 0.7, 6.0)),
        (
            "two_components",
            {"mode": -2.0, "alpha": 0.8, "c": 0.7, "hard": 0.3, "alpha_hard": 0.6, "gap": 4.0},
            lambda p: 0.7 * stacy(-2.0, 0.8, 0.7, -np.log1p(-p)) + 0.3 * stacy(-6.0, 0.6, 1.0, -np.log1p(-p)),
        ),
    ],
)
def test_mass_on_the_nodes_is_the_law_itself(
    name: str, parameters: dict[str, float], below: Callable[[float], float]
) -> None:
    mass, zero = MIXINGS[name].mass({key: np.array([value]) for key, value in parameters.items()})
    cumulative = zero[0] + np.cumsum(mass[0])
    for node in (120, 160, 190, 210):
        edge = float(-np.expm1(-np.exp(X[node] + STEP / 2)))
        assert cumulative[node] == pytest.approx(below(edge), abs=1e-3)


def test_gamma_law_has_the_closed_form_of_its_asr() -> None:
    """At c = 1 lambda is gamma, and ASR@N = 1 - (1 + N theta)^-alpha."""
    mode, alpha = -4.0, 0.6
    theta = np.exp(mode) / alpha
    parameters = {"mode": mode, "alpha": alpha, "c": 1.0}
    mass, _ = MIXINGS["generalised_gamma"].mass({key: np.array([value]) for key, value in parameters.items()})
    for budget in (1, 100, 10_000):
        asr = mass[0] @ -np.expm1(-budget * RATE)
        assert asr == pytest.approx(1 - (1 + budget * theta) ** -alpha, abs=1e-6)


def test_kumaraswamy_quantiles() -> None:
    a, b = 0.6, 5.0
    mass, _ = MIXINGS["kumaraswamy"].mass({"a": np.array([a]), "b": np.array([b])})
    p = -np.expm1(-RATE)
    for threshold in (0.01, 0.1, 0.5):
        assert mass[0][p < threshold].sum() == pytest.approx(1 - (1 - threshold**a) ** b, abs=0.02)


def test_weights_of_the_laws() -> None:
    assert sum(law.weight for law in mixings()) == pytest.approx(1)
    assert [law.weight for law in mixings(["beta", "logit_normal"])] == [0.5, 0.5]
    with pytest.raises(InputError, match="Did you mean 'beta'"):
        mixings("betta")
    with pytest.raises(InputError, match="at least one"):
        mixings([])


def test_evidence_and_moments_of_a_normal_likelihood_are_exact() -> None:
    """Likelihoods N(y; z, s): the evidence is N(y; 0, 1 + s²), the posterior mean y / (1 + s²); one far in the tail."""
    y, s = np.array([[0.5, -1.0], [4.0, 3.0]]), 0.2

    def log_likelihood(z: np.ndarray) -> np.ndarray:
        return np.stack([(-0.5 * ((z - one) / s) ** 2 - np.log(s * np.sqrt(2 * np.pi))).sum(axis=1) for one in y])

    whole = explored(log_likelihood, 2, np.random.default_rng(3))
    points = whole.points
    truth = (-0.5 * y**2 / (1 + s**2) - 0.5 * np.log(2 * np.pi * (1 + s**2))).sum(axis=1)
    np.testing.assert_allclose(whole.log_evidence, truth, atol=0.15)
    weight = np.exp(points.log_weight - logsumexp(points.log_weight, axis=1, keepdims=True))
    np.testing.assert_allclose(weight @ points.z, y / (1 + s**2), atol=0.05)
    assert (whole.effective >= 400).all()
    assert (whole.pareto_k < 0.7).all()


def test_pareto_shapes_are_those_of_arviz() -> None:
    rng = np.random.default_rng(5)
    log_weight = np.array([0.5, 1.0, 3.0])[:, None] * rng.standard_normal((3, 4096))
    expected = array_stats.psislw(-log_weight, axis=-1)[1]
    np.testing.assert_allclose(pareto_k(log_weight), expected, rtol=1e-10)
    assert np.isnan(pareto_k(np.zeros((2, 4096)))).all()


def test_systematic_choice_follows_the_weights() -> None:
    picked = chosen(np.log([0.1, 0.6, 0.3]), 1000, np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(picked) / 1000, [0.1, 0.6, 0.3], atol=0.002)


def hierarchy(spread: float, groups: int = 12) -> tuple[Points, np.ndarray]:
    """Groups with known z: N(0.8, spread) seen with noise 0.5, explored by importance sampling."""
    rng = np.random.default_rng(7)
    seen = 0.8 + spread * rng.standard_normal(groups) + 0.5 * rng.standard_normal(groups)

    def log_likelihood(z: np.ndarray) -> np.ndarray:
        return -0.5 * ((z[:, 0] - seen[:, None]) / 0.5) ** 2

    return explore(log_likelihood, 1, rng), seen


def test_alike_groups_are_pooled_and_unlike_ones_are_not() -> None:
    rng = np.random.default_rng(1)
    alike, unlike = (pool(hierarchy(spread)[0], 2000, rng) for spread in (0.05, 1.2))
    assert alike.common.mean() > unlike.common.mean() + 0.15


def test_pooling_agrees_with_brute_force() -> None:
    """Posterior means of the groups against a grid over mean and share in common, groups integrated exactly."""
    points, seen = hierarchy(0.3, groups=6)
    found = pool(points, 6000, np.random.default_rng(2))
    shares = 0.95 * beta_distribution.ppf((np.arange(200) + 0.5) / 200, 1.5, 1.5)
    means = np.linspace(-4, 4, 401)
    r, m = np.meshgrid(shares, means, indexing="ij")
    centre, within = np.sqrt(r) * m, 1 - r
    log_weight = -0.5 * m**2
    for one in seen:
        log_weight = log_weight - 0.5 * (one - centre) ** 2 / (within + 0.25) - 0.5 * np.log(within + 0.25)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    for group, one in enumerate(seen):
        expected = (weight * (centre * 0.25 + one * within) / (within + 0.25)).sum()
        assert points.z[found.place[:, group], 0].mean() == pytest.approx(expected, abs=0.04)
    assert found.common.mean() == pytest.approx((weight * r).sum(), abs=0.03)


def test_one_group_is_not_pooled() -> None:
    points, _ = hierarchy(0.3, groups=1)
    found = pool(points, 4000, np.random.default_rng(2))
    weight = np.exp(points.log_weight[0] - logsumexp(points.log_weight[0]))
    assert points.z[found.place[:, 0], 0].mean() == pytest.approx(weight @ points.z[:, 0], abs=0.01)
    assert np.isnan(found.common).all()
    assert log_normal(np.zeros((1, 3)))[0] == pytest.approx(-1.5 * np.log(2 * np.pi))
