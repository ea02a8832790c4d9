"""Laws of repeated and filtered data against the authors' numbers and printed formulas."""

import math

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.helpers import first, sampled_inputs


@pytest.mark.parametrize(("n", "d", "loss"), [(6.34e9, 242e9, 2.225644), (8.67e9, 178e9, 2.226963)])
def test_data_constrained_matches_the_authors_losses(n: float, d: float, loss: float) -> None:
    inputs = {"n_params": n, "n_tokens": d, "n_unique_tokens": 25e9}
    assert law("data_constrained").predict(inputs, first("data_constrained")) == pytest.approx(loss, abs=6e-7)


def test_data_constrained_matches_the_printed_formula() -> None:
    entry, rng = law("data_constrained"), np.random.default_rng(5)
    inputs = sampled_inputs(entry, 60, rng)
    inputs["n_unique_tokens"] = np.minimum(inputs["n_unique_tokens"], inputs["n_tokens"])
    n, d, u = inputs["n_params"], inputs["n_tokens"], inputs["n_unique_tokens"]
    e, a, alpha, b, beta, r_d, r_n = 1.8, 480.0, 0.35, 2100.0, 0.37, 15.4, 5.3
    g = (alpha * a / (beta * b)) ** (1 / (alpha + beta))
    usable = np.minimum(n, (u * g) ** (beta / alpha) * g)
    size = usable * (1 + r_n * (1 - np.exp(-np.maximum(n / usable - 1, 0) / r_n)))
    worth = u * (1 + r_d * (1 - np.exp(-np.maximum(d / u - 1, 0) / r_d)))
    reference = (1e10 * g) ** (beta / alpha) * g
    parameters = {"E": e, "A": a, "alpha": alpha, "beta": beta, "N_0": reference, "R_N": r_n, "R_D": r_d}
    assert entry.predict(inputs, parameters) == pytest.approx(e + a * size**-alpha + b * worth**-beta, rel=1e-10)
    assert (n > usable).any()
    assert (n == usable).any()


@pytest.mark.parametrize("unique", [1e11, 1e12])  # as many as are seen; more than are seen
def test_one_epoch_follows_hoffmann(unique: float) -> None:
    inputs = {"n_params": 5e8, "n_tokens": 1e11, "n_unique_tokens": unique}
    predicted = law("data_constrained").predict(inputs, first("data_constrained"))
    plain = math.exp(0.6254804) + math.exp(6.255414) / 5e8**0.3526596 + math.exp(7.3049974) / 1e11**0.3526596
    assert predicted == pytest.approx(plain, rel=1e-12)


def test_data_filtering_multiplies_passes_as_printed() -> None:
    entry, p = law("data_filtering"), {"E": 0.1, "A": 5.0, "beta": 0.2, "tau": 3.0}
    for pools in (1, 4):
        for passes in (1, 2, 3, 7, 12):
            printed = 1e8**-0.2
            for j in range(2, passes + 1):
                printed *= (j / (j - 1)) ** (-0.2 * 0.5 ** ((j - 1) / (3.0 * pools)))
            inputs = {"examples": passes * 1e8, "repetitions": passes, "n_pools": pools}
            assert entry.predict(inputs, p) == pytest.approx(0.1 + 5 * printed, rel=1e-12)


def test_data_filtering_is_continuous_within_a_pass_and_halves_after_tau() -> None:
    entry, p = law("data_filtering"), {"E": 0.1, "A": 5.0, "beta": 0.2, "tau": 3.0}

    def slope(passes: float) -> float:  # local exponent of the error above the floor in examples seen
        seen = passes * np.array([1 - 1e-6, 1 + 1e-6])
        error = entry.predict({"examples": 1e8 * seen, "repetitions": seen, "n_pools": 1}, p) - 0.1
        return float(-math.log(error[1] / error[0]) / math.log(seen[1] / seen[0]))

    assert slope(1.5) == pytest.approx(0.2 * 0.5 ** (1 / 3), rel=1e-5)
    assert slope(3.5) == pytest.approx(0.1, rel=1e-5)
    assert slope(20.0) == pytest.approx(0.2 * 0.5 ** (11 / 3), rel=1e-5)
