"""Texts after options: names with two values, targets, priors."""

import pytest

from bayescale.cli.parsing import pairs, prior_of, target_of
from bayescale.errors import InputError
from bayescale.scaling_laws.prior import logitnormal, lognormal


def test_a_name_with_two_values_is_refused_with_both() -> None:
    with pytest.raises(InputError) as error:
        pairs(["a=x", "b=z", "a=y"], "--rename")
    assert "--rename a=x and --rename a=y" in str(error.value)
    assert pairs(["a=x", "b=y", "a=x"], "--rename") == {"a": "x", "b": "y"}


def test_targets_hold_numbers_and_names() -> None:
    target = target_of("n_params=7e10, n_tokens=1e12,family=7,run=1")
    assert target == {"n_params": 7e10, "n_tokens": 1e12, "family": "7", "run": "1"}


def test_priors_are_those_of_python() -> None:
    assert prior_of("alpha=lognormal(0.35, 0.3)") == ("alpha", lognormal(0.35, 0.3))
    assert prior_of("E = logitnormal( 0.4,0.8 )") == ("E", logitnormal(0.4, 0.8))
    for wrong in ("alpha=0.3", "alpha=lognormal(a, 1)", "alpha=__import__(1, 2)"):
        with pytest.raises(InputError, match="--prior"):
            prior_of(wrong)
