"""Laws of pruned, mixed and exchanged data: printed formulas and limits."""

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law


@pytest.mark.parametrize(
    ("name", "inputs", "parameters", "limit"),
    [
        ("data_pruning", {"examples": 1e250}, {"a": 0.5, "g": 1.0, "kappa": 0.3, "e_inf": 0.02}, 0.02),
        ("data_pruning", {"examples": 1e-60}, {"a": 0.5, "g": 1.0, "kappa": 0.3, "e_inf": 0.02}, 0.52),
        ("projection", {"n_tokens": 1e250, "ot_distance": 2.0}, {"E": 1.5, "A": 300.0, "alpha": 0.3, "k": 0.2}, 1.9),
        ("loss_to_loss", {"source_loss": 3.0}, {"h_3": 1.5, "E_1": 1.2, "K_3": 0.9, "kappa": 1.1}, 2.1),
        ("bimix", {"domain_share": 1.0, "n_tokens": 1e250}, {"C": 1.8, "B": 90.0, "alpha": 0.1, "beta": 0.3}, 1.8),
    ],
)
def test_limits(name: str, inputs: dict[str, float], parameters: dict[str, float], limit: float) -> None:
    assert law(name).predict(inputs, parameters) == pytest.approx(limit, rel=1e-9)


def test_loss_to_loss_is_the_shifted_power_law() -> None:
    source = np.array([2.2, 3.0, 5.0])
    p = {"h_3": 3 - 1.6, "E_1": 1.9, "K_3": 1.2 * 1.4**0.8, "kappa": 0.8}
    predicted = law("loss_to_loss").predict({"source_loss": source}, p)
    assert predicted == pytest.approx(1.2 * (source - 1.6) ** 0.8 + 1.9)


def test_loss_to_loss_is_exact_where_both_losses_follow_one_compute_law() -> None:
    # two laws of compute with exponents a and b are joined by kappa = b / a
    compute = np.geomspace(1e18, 1e22, 5)
    source = 1.7 + 40 * compute**-0.08
    other = 1.2 + 90 * compute**-0.1
    predicted = law("loss_to_loss").predict(
        {"source_loss": source}, {"h_3": 1.3, "E_1": 1.2, "K_3": 90 / 40**1.25 * 1.3**1.25, "kappa": 1.25}
    )
    assert predicted == pytest.approx(other)


def test_bimix_is_a_product_of_share_and_data() -> None:
    share, tokens = np.array([0.05, 0.2, 1.0]), np.array([1e9, 1e10, 1e11])
    predicted = law("bimix").predict(
        {"domain_share": share, "n_tokens": tokens}, {"C": 1.9, "B": 60.0, "alpha": 0.07, "beta": 0.2}
    )
    assert predicted == pytest.approx((60 / tokens**0.2 + 1.9) / share**0.07)


def test_d_cpt_matches_the_printed_formula() -> None:
    share, tokens, size = np.array([0.05, 0.3, 1.0]), 1e10, 1.8e9
    p = {"E": 1.1, "A": 300.0, "alpha": 0.3, "B": 400.0, "beta": 0.28, "C": 0.2, "gamma": 0.4}
    predicted = law("d_cpt").predict(
        {"n_params": size, "n_tokens": tokens, "domain_share": share}, {**p, "eta": 0.5, "epsilon": 0.06}
    )
    printed = 1.1 + 300 / size**0.3 + 400 * share**0.5 / tokens**0.28 + 0.2 / (share + 0.06) ** 0.4
    assert predicted == pytest.approx(printed)
