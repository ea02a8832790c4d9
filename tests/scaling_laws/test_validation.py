"""Invalid laws: every problem is reported at once."""

import pytest

from bayescale.errors import LawError
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal, normal
from bayescale.scaling_laws.terms import floor, joined, power


def test_invalid_expressions_are_refused() -> None:
    with pytest.raises(LawError, match="neither a power term nor a formula"):
        Law("flat", floor("E"))
    with pytest.raises(LawError, match="two or more"):
        Law("alone", joined("q", power("A", "alpha", "n_params")))
    with pytest.raises(LawError, match="no parameter 'gamma'"):
        Law("odd", power("A", "alpha", "n_params"), priors={"gamma": lognormal(1, 1)})


def test_all_problems_of_a_law_are_reported_at_once() -> None:
    with pytest.raises(LawError) as refused:
        Law(
            "mine",
            floor("E") + power("run", "alpha", "n_params"),
            priors={"alpha": normal(0.0, 1.0)},
            pooling={"alhpa": "partial", "E": "partail"},
            meanings={"beta": "how fast"},
            ranges={"n_params": (3, 1), "n_tokens": (1, 2)},
        )
    assert refused.value.problems == (
        "'run' is a name that posteriors use themselves: rename the parameter",
        "pooling.alhpa: the law has no parameter 'alhpa'. Did you mean 'alpha'? Known: E, alpha, run.",
        "meanings.beta: the law has no parameter 'beta'. Known: E, alpha, run.",
        "ranges.n_tokens: the law has no input 'n_tokens'. Known: n_params.",
        "pooling.E: 'partail' is not known. Did you mean 'partial'? Known: free, partial, shared.",
        "priors.alpha: this parameter takes a prior by median or logit, not by mean",
        "ranges.n_params: the low end 3 is not below the high end 1",
    )
