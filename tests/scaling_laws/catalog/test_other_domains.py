"""Laws of time series, robot policies, mixed modalities and retrieval: printed formulas and limits."""

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.helpers import first


def test_time_series_is_a_power_of_size() -> None:
    predicted = law("time_series").predict({"n_params": 1e8}, {"x_c": 3e6, "alpha": 0.06})
    assert predicted == pytest.approx((3e6 / 1e8) ** 0.06)


@pytest.mark.parametrize(
    ("name", "inputs", "parameters", "limit"),
    [
        ("time_series", {"n_params": 1e7}, {"x_c": 1e7, "alpha": 0.06}, 1.0),
        ("imitation", {"environments": 16.0}, {"beta": 0.8, "alpha": 0.5}, 0.2),
        (
            "dense_retrieval",
            {"n_params": 1e250, "examples": 1e250},
            {"A": 3e4, "alpha": 0.5, "B": 7e3, "beta": 1.2, "delta": 0.03},
            0.03,
        ),
    ],
)
def test_limits(name: str, inputs: dict[str, float], parameters: dict[str, float], limit: float) -> None:
    assert law(name).predict(inputs, parameters) == pytest.approx(limit, rel=1e-9)


COMPETITION = {"A": 20.0, "alpha": 0.25, "B": 90.0, "beta": 0.3, "S": 1 - 0.12}


def test_mixed_modal_is_the_unimodal_mean_with_synergy_and_competition() -> None:
    size, tokens, unimodal = np.array([1e8, 1e9, 3e10]), np.array([5e9, 2e10, 1e11]), np.array([4.1, 3.6, 3.0])
    predicted = law("mixed_modal").predict(
        {"n_params": size, "n_tokens": tokens, "unimodal_loss": unimodal}, COMPETITION
    )
    assert predicted == pytest.approx(unimodal - 0.12 + 20 / size**0.25 + 90 / tokens**0.3)


def test_mixed_modal_competition_ends_where_its_terms_equal_the_synergy() -> None:
    size = 2.8e10
    tokens = (90 / (0.12 - 20 / size**0.25)) ** (1 / 0.3)
    at = {"n_params": size, "unimodal_loss": 3.0}
    fewer, equal, more = (
        law("mixed_modal").predict({**at, "n_tokens": factor * tokens}, COMPETITION) for factor in (0.5, 1.0, 2.0)
    )
    assert equal == pytest.approx(3.0)
    assert more < 3.0 < fewer


def test_dense_retrieval_agrees_with_the_published_law_of_size() -> None:
    # L(N) = (3.22e4 / N)**0.53 + 0.04, fitted on its own to the same models on all annotations of MS MARCO
    size = np.geomspace(5e5, 8.2e7, 8)
    joint = law("dense_retrieval").predict({"n_params": size, "examples": 5e5}, first("dense_retrieval"))
    assert joint == pytest.approx((3.22e4 / size) ** 0.53 + 0.04, abs=0.025)
