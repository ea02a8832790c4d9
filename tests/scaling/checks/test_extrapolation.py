"""Distance of the forecast: reported for targets only, and a warning beyond what was tested."""

import pytest

from bayescale.scaling.checks.extrapolation import forecast_distance
from tests.scaling.checks.check_cases import DESIGN, context_of_targets


def test_targets_beyond_what_was_tested_warn() -> None:
    result = forecast_distance(context_of_targets(DESIGN, [{"n_params": 1e13, "n_tokens": 1e14}]))
    assert result.warns
    assert "farther than was ever tested" in result.meaning


def test_targets_within_what_was_tested_do_not_warn() -> None:
    largest = {name: float(values.max()) for name, values in DESIGN.inputs.items()}
    result = forecast_distance(context_of_targets(DESIGN, [{**largest, "n_tokens": 2 * largest["n_tokens"]}]))
    assert not result.warns
    assert 1 < result.value < 32
    assert result.meaning.startswith(f"targets lie at most {result.value:.3g}x beyond the training data")


@pytest.mark.parametrize(("targets", "applies"), [(None, False), ([{"n_params": 1e9, "n_tokens": 1e10}], True)])
def test_the_check_applies_to_targets_only(targets: object, applies: bool) -> None:
    assert forecast_distance.applies(context_of_targets(DESIGN, targets)) is applies
