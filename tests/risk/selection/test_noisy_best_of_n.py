"""Best of n by a noisy proxy, against closed forms and simulation."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from bayescale.risk.selection.noisy_best_of_n import noisy_best_of_n, normal_best_of_n


def test_largest_normal_has_closed_forms_for_few_samples() -> None:
    """Expected largest of up to five standard normals, which is elementary: by orthant probabilities of three."""
    root, orthant = np.sqrt(np.pi), np.arcsin(1 / 3) / np.pi
    expected = [0.0, 1 / root, 1.5 / root, 3 / root * (0.5 + orthant), 5 / root * (0.25 + 1.5 * orthant)]
    assert normal_best_of_n([1, 2, 3, 4, 5]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("n", [1e4, 1e9, 1e15])
def test_largest_normal_of_many_samples(n: float) -> None:
    def density(x: float) -> float:
        return float(x * n * norm.pdf(x) * np.exp((n - 1) * norm.logcdf(x)))

    top = norm.isf(1 / n)
    expected = quad(density, top - 3, top + 8, limit=400, points=[top, top + 0.5])[0]
    assert normal_best_of_n(n) == pytest.approx(expected, rel=1e-7)


def test_normal_noise_costs_a_factor() -> None:
    values = normal_best_of_n([1, 10, 1e6], correlation=0.6, sd=2.0)
    assert values == pytest.approx(1.2 * normal_best_of_n([1, 10, 1e6]))
    assert (np.diff(values) > 0).all()


def test_small_noise_is_best_of_n_with_replacement() -> None:
    gold = np.array([0.0, 1.0, 2.0, 3.0])
    expected = [3 - sum((k / 4) ** n for k in (1, 2, 3)) for n in (1, 2, 4, 16)]
    assert noisy_best_of_n(gold, [1, 2, 4, 16], noise=1e-6) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("degrees", [np.inf, 2.0])
def test_noisy_best_of_n_agrees_with_simulation(degrees: float) -> None:
    rng = np.random.default_rng(4)
    gold = np.array([0.0, 0.5, 2.0])
    for n in (2, 8):
        drawn = rng.choice(gold, (100_000, n))
        noise = rng.standard_normal(drawn.shape) if np.isinf(degrees) else rng.standard_t(degrees, drawn.shape)
        best = drawn[np.arange(len(drawn)), (drawn + 0.7 * noise).argmax(axis=1)]
        error = best.std() / np.sqrt(len(best))
        assert noisy_best_of_n(gold, n, 0.7, degrees) == pytest.approx(best.mean(), abs=4 * error)


def test_normal_gold_with_normal_noise_is_the_closed_form() -> None:
    gold = norm.ppf((np.arange(2000) + 0.5) / 2000)
    found = noisy_best_of_n(gold, [4, 64], noise=1.0)
    assert found == pytest.approx(normal_best_of_n([4, 64], correlation=np.sqrt(0.5)), rel=0.01)


def test_heavy_tailed_noise_returns_to_the_mean() -> None:
    gold = np.array([0.0, 1.0, 2.0, 3.0])
    values = noisy_best_of_n(gold, [1, 16, 10**6, 10**14], noise=1.0, degrees=2.0)
    assert values[1] > values[0] + 0.5
    assert values[2] < values[1] - 0.5
    assert values[3] == pytest.approx(gold.mean(), abs=1e-3)
