"""Laws: one formula for NumPy and PyTensor, JSON, and refused evaluation."""

import pytensor
import pytensor.tensor as pt
import pytest

from bayescale.errors import LawError
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.registry import CATALOGUE, law
from tests.scaling_laws.catalog.helpers import example

NAMES = sorted(CATALOGUE)


@pytest.mark.parametrize("name", NAMES)
def test_numpy_and_pytensor_evaluate_the_same_formula(name: str) -> None:
    entry = law(name)
    inputs, parameters = example(entry)
    symbols = {key: pt.dscalar(key) for key in (*inputs, *parameters)}
    graph = entry.evaluate({k: symbols[k] for k in inputs}, {k: symbols[k] for k in parameters}, pt)
    compiled = pytensor.function(list(symbols.values()), graph, mode="FAST_COMPILE")
    assert float(compiled(*inputs.values(), *parameters.values())) == pytest.approx(entry.predict(inputs, parameters))


@pytest.mark.parametrize("name", NAMES)
def test_json_round_trip(name: str) -> None:
    entry = law(name)
    again = Law.from_json(entry.to_json())
    assert again == entry
    assert again.predict(*example(entry)) == entry.predict(*example(entry))


def test_all_problems_of_an_evaluation_are_reported_at_once() -> None:
    with pytest.raises(LawError) as caught:
        law("chinchilla").predict({"n_params": -1.0, "tokens": 1.0}, {"E": 1.0, "A": 1.0, "alpha": 0.3, "B": 1.0})
    text = str(caught.value)
    assert "input 'n_tokens' is missing" in text
    assert "the law has no input 'tokens'. Did you mean 'n_tokens'?" in text
    assert "parameter 'beta' is missing" in text
    assert "n_params must be more than 0 (parameters), not -1" in text
