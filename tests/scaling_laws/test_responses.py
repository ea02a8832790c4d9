"""Advice on laws for a measured column."""

from bayescale.scaling_laws.registry import CATALOGUE
from bayescale.scaling_laws.responses import advice


def test_advice_names_laws_whose_inputs_are_in_the_table() -> None:
    text = advice("accuracy", ["n_params", "n_tokens", "accuracy"])
    assert text.startswith("laws of 'accuracy' with their inputs in this table: sloth; or adapt another")
    assert "bayescale.law('power_floor', over='n_params', response='accuracy')" in text


def test_advice_names_the_law_of_most_inputs_first() -> None:
    text = advice("loss", ["n_params", "n_tokens", "teacher_loss", "loss"])
    assert text.startswith("laws of 'loss' with their inputs in this table: distillation, ")
    text = advice("transferred_tokens", ["n_params", "n_finetune_tokens"])
    assert text.startswith("laws of 'transferred_tokens' with their inputs in this table: transfer; ")


def test_advice_names_missing_inputs() -> None:
    text = advice("density", ["n_params"])
    assert CATALOGUE["densing"].inputs == ("days",)
    assert text.startswith("laws of 'density': densing (of days); or adapt another")


def test_advice_for_an_unknown_response_adapts_a_law() -> None:
    assert advice("reward", []) == (
        "the catalogue has no law of 'reward': adapt another, "
        "bayescale.law('power_floor', over='flops', response='reward')"
    )
