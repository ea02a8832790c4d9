"""Golden posteriors pass the gate with room, and a fresh fit agrees with them within Monte Carlo error."""

import numpy as np
import pytest

from tests.golden import MAKERS, golden

MOST_Z = 4.5  # of about 100 quantiles: a normal variable exceeds it once in 150,000


@pytest.mark.parametrize("name", MAKERS)
def test_golden_posteriors_pass_with_room(name: str) -> None:
    fit = golden(name)
    convergence = fit.check().details["convergence"]
    assert dict(fit.tree["posterior"].sizes)["chain"] == 4
    assert dict(fit.tree["posterior"].sizes)["draw"] == 500
    assert convergence["ess_bulk"].min() >= 800
    assert convergence["ess_tail"].min() >= 800
    assert convergence["rhat"].max() <= 1.01
    assert fit.check().passed


@pytest.mark.parametrize("name", ["plain"])
def test_a_fresh_fit_agrees_with_its_golden_posterior(name: str) -> None:
    stored, fresh = golden(name), MAKERS[name]()
    convergence = fresh.check().details["convergence"]
    for parameter in stored.law.parameter_names:
        for place, family in enumerate(stored.families):
            draws, new = (fit.tree["posterior"][parameter].to_numpy()[..., place] for fit in (stored, fresh))
            ess = min(convergence.loc[f"{parameter}[{family}]", "ess_bulk"], 1600.0)
            error = new.std() * np.sqrt(2 / min(ess, 800.0))
            assert abs(draws.mean() - new.mean()) < MOST_Z * error, (parameter, family)
            assert draws.std() / new.std() == pytest.approx(1, abs=0.25), (parameter, family)
