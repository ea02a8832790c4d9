"""Golden posteriors pass the gate with room, and a fresh fit agrees with them within Monte Carlo error."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayescale.core.serialization import fact
from bayescale.loading import load
from bayescale.scaling.posterior_tree import SCHEMA
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.priors.prior_files import shipped
from tests.golden import CHAINS, DRAWS, FOLDER, MAKERS, golden

MOST_Z = 4.5  # of about 100 quantiles: a normal variable exceeds it once in 150,000
LEAST_ESS = 600.0
QUANTILES = (0.1, 0.5, 0.9)  # of logarithms: amplitudes span decades
MEDIAN_ERROR = 0.489  # of one normal draw, in widths of its 80 % interval
LAWS = [(name, law) for name in MAKERS for law in golden(name).laws]


def member(fit: Fit, law: str) -> Fit:
    """The fit of one law, alone or in a stack."""
    return Fit(fit.posteriors[law].tree)


@pytest.mark.parametrize(("name", "law"), LAWS)
def test_golden_posteriors_pass_with_room(name: str, law: str) -> None:
    fit = member(golden(name), law)
    checks = fit.check()
    convergence = checks.details["convergence"]
    assert fact(fit.tree, "schema") == SCHEMA
    assert (fit.tree["posterior"].sizes["chain"], fit.tree["posterior"].sizes["draw"]) == (CHAINS, DRAWS)
    assert convergence["ess_bulk"].min() >= LEAST_ESS
    assert convergence["ess_tail"].min() >= LEAST_ESS
    assert convergence["rhat"].max() <= 1.01
    assert checks.passed


@pytest.mark.parametrize(
    "name", ["plain", *(pytest.param(name, marks=pytest.mark.slow) for name in MAKERS if name != "plain")]
)
def test_a_fresh_fit_agrees_with_its_golden_posterior(name: str) -> None:
    fresh_fit = MAKERS[name](Sampler())
    for law in golden(name).laws:
        stored, fresh = member(golden(name), law), member(fresh_fit, law)
        for parameter in stored.law.parameter_names:
            for place, family in enumerate(stored.families):
                draws, new = (
                    np.log(fit.tree["posterior"][parameter].to_numpy()[..., place]) for fit in (stored, fresh)
                )
                (low, middle, high), (new_low, new_middle, new_high) = (np.quantile(x, QUANTILES) for x in (draws, new))
                error = MEDIAN_ERROR * (new_high - new_low) * np.sqrt(2 / LEAST_ESS)
                assert abs(middle - new_middle) < MOST_Z * error, (parameter, family)
                assert (high - low) / (new_high - new_low) == pytest.approx(1, abs=0.25), (parameter, family)


@pytest.mark.slow
def test_a_fresh_stack_has_the_weights_of_the_golden_one() -> None:
    weights = golden("stack").weights.set_index("law")
    fresh = MAKERS["stack"](Sampler()).weights.set_index("law")
    pd.testing.assert_frame_equal(weights, fresh, atol=0.02)


#: Medians and ends of intervals at `TARGETS`. With normal amplitudes of the waves, not random signs, they are those
#: of the releases that wrote these posteriors.
EARLIER = {
    3: [[2.3743489, 2.3271509, 2.4163707], [2.3334302, 1.9765085, 3.2632090]],
    4: [[2.3688012, 2.3301601, 2.4206272], [2.3931948, 1.9862007, 3.1201569]],
}
TARGETS = [{"family": "a", "n_params": 2e9, "n_tokens": 6e10}, {"n_params": 2e9, "n_tokens": 6e10}]


@pytest.mark.parametrize("schema", EARLIER)
def test_posteriors_of_earlier_schemas_answer_as_before(schema: int) -> None:
    """A hundred draws of the joint fit. Schema 3 has no settings of the discrepancy, 4 a constant amplitude."""
    old, new = load(FOLDER / f"schema_{schema}.nc"), golden("joint")
    assert isinstance(old, Fit)
    assert fact(old.tree, "schema") == schema
    expected = replace(new.posterior.design.spec, law=old.law, discrepancy_growth=0.0, priors=shipped("stated"))
    assert old.posterior.design.spec == expected
    table = old.forecast(TARGETS).table[["law_median", "law_lower", "run_upper"]]
    np.testing.assert_allclose(table.to_numpy(), EARLIER[schema], rtol=1e-5)
    assert set(old.check().table["check"]) == set(new.check().table["check"])
