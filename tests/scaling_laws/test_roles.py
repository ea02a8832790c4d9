"""Default priors by role."""

import pytest

from bayescale.errors import LawError
from bayescale.scaling_laws.roles import ERROR_PRIORS, ROLE_PRIORS, default_prior, is_loss


def test_errors_have_other_floors_than_losses() -> None:
    assert is_loss("loss")
    assert is_loss("val_Loss")
    assert not is_loss("error")
    assert default_prior("floor", "val_loss") == ROLE_PRIORS["floor"]
    assert default_prior("floor", "error") == ERROR_PRIORS["floor"]
    assert default_prior("exponent", "error") == ROLE_PRIORS["exponent"]


def test_an_amplitude_has_the_prior_of_its_slope() -> None:
    assert default_prior("amplitude", "loss") == ROLE_PRIORS["slope"]


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(LawError, match=r"role='slpoe' is not known\. Did you mean 'slope'"):
        default_prior("slpoe", "loss")
