"""Test what `fit` accepts, refuses and returns."""

from typing import Any

import numpy as np
import pytest

import bayescale as bs
from bayescale.core.serialization import fact
from tests.conftest import MadeUp, simulated_runs

SETTINGS: dict[str, Any] = {"law": "chinchilla", "discrepancy": False, "random_seed": 1}


def test_a_seed_repeats_the_posterior_silently(capfd: pytest.CaptureFixture[str]) -> None:
    first, again = (bs.fit(bs.read_runs(simulated_runs()), **SETTINGS, progress=False) for _ in range(2))
    np.testing.assert_array_equal(again.tree["posterior"]["E"], first.tree["posterior"]["E"])
    assert again.tree.attrs == first.tree.attrs
    assert capfd.readouterr() == ("", "")


def test_a_posterior_that_did_not_converge_is_refused() -> None:
    sampler = bs.Sampler(draws=100, tune=100, chains=2, attempts=1)
    with pytest.raises(bs.ChecksFailed, match="ESS") as caught:
        bs.fit(simulated_runs(), **SETTINGS, sampler=sampler)
    assert "What to try" in str(caught.value)
    assert caught.value.exit_code == 3
    assert isinstance(caught.value.fit, bs.Fit)
    assert not caught.value.fit.check().passed


def test_a_new_seed_is_recorded(monkeypatch: pytest.MonkeyPatch, made_up: MadeUp) -> None:
    monkeypatch.setattr("bayescale.scaling.single_law.sample_posterior", lambda design, *rest: made_up(design))
    seeds = set()
    for _ in range(2):
        with pytest.raises(bs.ChecksFailed) as caught:
            bs.fit(simulated_runs(), law="chinchilla", discrepancy=False)
        seeds.add(fact(caught.value.fit.tree, "random_seed"))
    assert len(seeds) == 2


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"law": ["chinchilla", "chinchilla"]}, bs.InputError, "none twice"),
        ({"law": []}, bs.InputError, "at least one law"),
        ({"law": "chinchila"}, bs.LawError, "Did you mean 'chinchilla'"),
        ({"law": 3}, bs.InputError, "law=3 must be text"),
        ({"family": "famly"}, bs.InputError, "Did you mean 'family'"),
        ({"priors": {"gamma": bs.lognormal(1, 1)}}, bs.LawError, "'gamma'"),
        ({"priors": {"alpha": 0.3}}, bs.InputError, "alpha"),
        ({"pooling": {"alpha": "none"}}, bs.InputError, "none"),
        ({"noise": "grown"}, bs.InputError, "Did you mean 'growing'"),
        ({"discrepancy": "yes"}, bs.InputError, "True or False"),
        ({"random_seed": -1}, bs.InputError, "random_seed=-1"),
        ({"random_seed": True}, bs.InputError, "random_seed"),
        ({"random_seed": 1.5}, bs.InputError, "random_seed"),
        ({"runs": "nowhere.csv"}, bs.InputError, "nowhere.csv"),
        ({"runs": simulated_runs().drop(columns="n_tokens")}, bs.InputError, "n_tokens"),
    ],
)
def test_fit_refuses_wrong_arguments_before_sampling(
    monkeypatch: pytest.MonkeyPatch, change: Any, error: Any, text: str
) -> None:
    monkeypatch.setattr("bayescale.scaling.single_law.sample_posterior", lambda *rest: pytest.fail("sampled"))
    arguments = {"runs": simulated_runs(), **SETTINGS, **change}
    with pytest.raises(error, match=text):
        bs.fit(arguments.pop("runs"), **arguments)
