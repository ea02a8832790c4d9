"""Every set of published coefficients against a number from outside the package."""

import pytest

from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.published_values import PREDICTIONS, Values


@pytest.mark.parametrize(
    ("name", "source", "inputs", "others", "expected", "tolerance"),
    PREDICTIONS,
    ids=[f"{name}-{source}" for name, source, *_ in PREDICTIONS],
)
def test_published_coefficients_reproduce_external_values(
    name: str, source: str, inputs: Values, others: Values, expected: float, tolerance: float
) -> None:
    entry = law(name)
    predicted = entry.predict(inputs, {**entry.published[source], **others})
    assert predicted == pytest.approx(expected, rel=tolerance)
