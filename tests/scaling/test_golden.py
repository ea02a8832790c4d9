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


def test_a_posterior_of_schema_3_answers_as_one_of_this_release() -> None:
    """A hundred draws of the joint fit, written before the settings of the discrepancy were stored."""
    old, new = load(FOLDER / "schema_3.nc"), golden("joint")
    assert isinstance(old, Fit)
    assert fact(old.tree, "schema") == 3
    assert replace(old.posterior.design.spec, law=new.law) == new.posterior.design.spec
    targets = [{"family": "a", "n_params": 2e9, "n_tokens": 6e10}, {"n_params": 2e9, "n_tokens": 6e10}]
    tables = [fit.forecast(targets).table for fit in (old, new)]
    half = np.log(tables[1]["law_upper"] / tables[1]["law_lower"]) / 2
    moved = np.log(tables[0]["law_median"] / tables[1]["law_median"]).abs()
    assert (moved < half * 4.5 / np.sqrt(100)).all()  # of a median of about 100 draws
    assert set(old.check().table["check"]) == set(new.check().table["check"])
