"""Laws of width, streams, pruning and encoder-decoder sizes against printed values and limits."""

import math

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.helpers import first


def test_four_regimes_have_exponent_alpha_or_exactly_one() -> None:
    entry, p = law("four_regimes"), {"E": 1.0, "D_c": 1e4, "P_c": 10.0, "alpha": 0.2}

    def slope(column: str, other: dict[str, float], at: float, limit: float) -> float:
        excess = entry.predict({column: np.array([at, 10 * at]), **other}, p) - limit
        return float(math.log10(excess[0] / excess[1]))

    for column, other, scarce in (("examples", "width", 100.0), ("width", "examples", 1e5)):
        assert slope(column, {other: 1e300}, 1e6, 1.0) == pytest.approx(0.2, rel=1e-6)
        finite = entry.predict({column: 1e300, other: scarce}, p)
        assert finite > 1.5
        assert slope(column, {other: scarce}, 1e8, finite) == pytest.approx(1.0, abs=1e-3)


def test_parallel_streams_match_the_authors_script() -> None:
    entry, p = law("parscale"), first("parscale")
    predicted = entry.predict({"n_params": 1.6e9, "n_streams": np.array([1, 2, 4, 8])}, p)
    assert predicted == pytest.approx([1.08264, 1.06516, 1.05166, 1.04073], abs=6e-6)
    assert predicted[0] == pytest.approx(0.6912 + (0.01131e9 / 1.6e9) ** 0.1894)


def test_unpruned_model_follows_hoffmann() -> None:
    p = {"E": 1.69, "A": 406.4, "alpha": 0.34, "B": 410.7, "beta": 0.28}
    predicted = law("average_params").predict({"n_params_average": 70e9, "n_tokens": 1.4e12}, p)
    assert predicted == pytest.approx(1.93665, abs=6e-6)


def test_encoder_decoder_is_a_product_with_its_optimum_at_the_split() -> None:
    entry, p = law("encoder_decoder"), {"E": 1.2, "A": 5e3, "p": 0.5, "s": 0.4}
    sizes = np.linspace(0.01, 0.99, 981)
    loss = entry.predict({"n_params_encoder": sizes * 1e9, "n_params_decoder": (1 - sizes) * 1e9}, p)
    assert sizes[np.argmin(loss)] == pytest.approx(0.4, abs=1.1e-3)
    predicted = entry.predict({"n_params_encoder": 3e8, "n_params_decoder": 2e8}, p)
    assert predicted == pytest.approx(1.2 + 5e3 * 3e8**-0.2 * 2e8**-0.3)


def test_superposition_falls_with_width_by_the_published_exponent() -> None:
    entry = law("superposition")
    assert len(entry.published) == 16
    for values in entry.published.values():
        wide = entry.predict({"width": np.array([1024.0, 2048.0, 1e300])}, values)
        assert 1.48 < wide[2] < 2.36
        assert (wide[0] - wide[2]) / (wide[1] - wide[2]) == pytest.approx(2**0.9098)


@pytest.mark.parametrize("name", ["parscale", "average_params", "encoder_decoder", "four_regimes"])
def test_infinite_size_and_data_leave_the_floor(name: str) -> None:
    entry = law(name)
    values = {"s": 0.4, "p": 0.5, "k": 0.4}
    parameters = {key: values.get(key, 0.3) for key in entry.parameter_names} | {"E": 1.7}
    inputs = {column: 1e2 if column == "n_streams" else 1e250 for column in entry.inputs}
    assert entry.predict(inputs, parameters) == pytest.approx(1.7, abs=1e-9)
