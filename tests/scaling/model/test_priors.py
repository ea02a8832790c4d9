"""Priors of coordinates: from the law, from the table, and of single families."""

import numpy as np
import pytest

from bayescale.scaling.model.priors import anchor_of, prior_of, scale_of, single_family_prior, spread_prior
from bayescale.scaling.model.spec import Spec
from bayescale.scaling_laws.priors.prior_files import default_table, shipped
from bayescale.scaling_laws.registry import law


def test_exponents_of_size_and_tokens_have_their_own_learned_priors() -> None:
    public, stated = Spec(law("chinchilla")), Spec(law("chinchilla"), priors=shipped("stated"))
    assert public.priors == default_table()
    assert prior_of(public, "alpha") == default_table()["exponent_n_params"]
    assert prior_of(public, "beta") == default_table()["exponent_n_tokens"]
    assert prior_of(stated, "alpha") == prior_of(stated, "beta") == shipped("stated")["exponent"]


def test_a_single_family_has_the_spread_of_families_besides() -> None:
    spec = Spec(law("chinchilla"))
    prior, between = prior_of(spec, "alpha"), spread_prior(spec, "alpha").quantile(0.5)
    assert single_family_prior(spec, "alpha").spread == pytest.approx(np.hypot(prior.spread, between))
    assert single_family_prior(spec, "alpha").location == prior.location


@pytest.mark.parametrize(("name", "anchor", "scale"), [("chinchilla", "E", "logit"), ("kaplan", "B", "log")])
def test_the_level_stands_for_the_floor_or_the_last_amplitude(name: str, anchor: str, scale: str) -> None:
    entry = law(name)
    assert anchor_of(entry) in entry.parameter_names
    if entry.expression.floor:
        assert anchor_of(entry) == anchor
    assert scale_of(entry, anchor_of(entry)) == scale
