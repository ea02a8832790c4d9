"""The catalogue: lookup by name and id, adapted laws, the table."""

import pytest

from bayescale.errors import LawError
from bayescale.scaling_laws.registry import CATALOGUE, law, laws


def test_a_misspelt_name_suggests_the_closest() -> None:
    with pytest.raises(LawError, match="Did you mean 'chinchilla'"):
        law("chinchila")


def test_lookup_by_id_and_replaced_input() -> None:
    assert law("L1").name == "chinchilla"
    assert law("power_floor", over="n_tokens").inputs == ("n_tokens",)
    with pytest.raises(LawError, match="over='n_tokens' replaces the input of a law of one input; law 'joint' has 2"):
        law("joint", over="n_tokens")


def test_input_and_response_may_exchange_names() -> None:
    adapted = law("loss_to_loss", over="loss", response="test_loss")
    assert (adapted.inputs, adapted.response) == (("loss",), "test_loss")
    adapted = law("downstream_error", over="flops", response="loss")
    assert (adapted.inputs, adapted.response) == (("flops",), "loss")
    with pytest.raises(LawError, match="'loss' is the response and also a name in a formula"):
        law("loss_to_loss", over="loss")


def test_laws_lists_the_catalogue() -> None:
    table = laws()
    assert set(table.index) == set(CATALOGUE)
    assert table["source"].str.len().min() > 10
    assert table.loc["chinchilla", "inputs"] == "n_params, n_tokens"
