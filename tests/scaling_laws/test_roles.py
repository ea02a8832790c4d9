"""Quantities of tables of priors by role."""

import pytest

from bayescale.errors import LawError
from bayescale.scaling_laws.priors.prior_table import QUANTITIES
from bayescale.scaling_laws.roles import ERROR_ROLES, ROLES, is_loss, quantities_of


def test_errors_have_other_floors_and_levels_than_losses() -> None:
    assert is_loss("loss")
    assert is_loss("val_Loss")
    assert not is_loss("error")
    assert quantities_of("floor", "val_loss") == ("floor",)
    assert quantities_of("floor", "error") == ("error_floor",)
    assert quantities_of("level", "accuracy") == ("error_level",)
    assert quantities_of("exponent", "error", "n_params") == ("exponent",)


def test_an_amplitude_has_the_prior_of_its_slope_and_a_known_input_one_of_its_own() -> None:
    assert quantities_of("amplitude", "loss") == ("slope",)
    assert quantities_of("amplitude", "loss", "n_tokens") == ("slope_n_tokens", "slope")
    assert quantities_of("exponent", "loss", "n_params") == ("exponent_n_params", "exponent")
    assert quantities_of("exponent", "loss", "n_images") == ("exponent",)


def test_every_role_ends_at_a_quantity_that_each_table_has() -> None:
    quantities = {quantities_of(role, response)[-1] for role in ROLES for response in ("loss", "error")}
    assert all(QUANTITIES[name][1] for name in quantities)
    assert {f"error_{role}" for role in ERROR_ROLES} <= quantities


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(LawError, match=r"role='slpoe' is not known\. Did you mean 'slope'"):
        quantities_of("slpoe", "loss")
