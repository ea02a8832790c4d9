"""JSON documents of laws: the fields come back, and other documents are refused."""

import json

import pytest

from bayescale.errors import LawError
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.law_document import law_fields
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.terms import floor, power, term

LAW = Law(
    "custom",
    floor("E") + power("A", "alpha", "n_params") + term("k / bits"),
    priors={"k": lognormal(0.1, 1.0)},
    ranges={"bits": (2, 16)},
)


def test_fields_are_those_of_the_law() -> None:
    fields = law_fields(LAW.to_json())
    assert fields["expression"] == LAW.expression
    assert fields["priors"] == {"k": lognormal(0.1, 1.0)}
    assert fields["ranges"] == {"bits": (2.0, 16.0)}
    assert Law(**fields) == LAW


@pytest.mark.parametrize("change", [{"priors": {"k": {"scale": "log"}}}, {"expression": 3}, {"unknown": 1}])
def test_other_documents_are_refused(change: dict[str, object]) -> None:
    text = json.dumps({**json.loads(LAW.to_json()), **change})
    with pytest.raises(LawError, match=r"not a law written by Law\.to_json"):
        Law.from_json(text)
