"""Units of columns: kinds by name, conversions, and what a source declares."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.data.units import (
    UNITS,
    convert,
    declared_units,
    is_score,
    kind_of,
    plain_units,
    suggestion,
    unit_problems,
)

#: Absolute counts, floating-point operations, nats and shares of one unit.
FACTORS = {
    ("n_params", "billions"): 1e9,
    ("n_tokens", "trillions"): 1e12,
    ("n_tokens", "thousands"): 1e3,
    ("flops", "petaflop_days"): 1e15 * 24 * 60 * 60,
    ("flops", "exaflops"): 1e18,
    ("loss", "bits"): 1.0,  # of a loss in bits only the name of its unit is noted
    ("active_ratio", "percent"): 1 / 100,
}


@pytest.mark.parametrize(("name", "unit"), FACTORS)
@given(value=st.floats(1e-3, 1e6))
def test_values_are_multiplied_by_their_unit(name: str, unit: str, value: float) -> None:
    table = pd.DataFrame({name: [value]})
    notes = convert(table, {name: unit}, "loss")
    assert table[name][0] == pytest.approx(value * FACTORS[name, unit], rel=1e-12)
    assert len(notes) == (unit != "bits")


@given(st.floats(0.01, 20.0))
def test_a_perplexity_is_the_exponential_of_the_loss(loss: float) -> None:
    table = pd.DataFrame({"loss": [math.exp(loss)]})
    (note,) = convert(table, {"loss": "perplexity"}, "loss")
    assert table["loss"][0] == pytest.approx(loss, rel=1e-12, abs=1e-12)
    assert "natural logarithm" in str(note)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("n_params", "count"),
        ("flops", "flops"),
        ("loss", "loss"),
        ("val_loss", "loss"),
        ("top1_accuracy", "share"),
        ("win_rate", "share"),
        ("pass@10", "share"),
        ("error", "share"),
        ("mean_squared_error", "other"),
        ("lr", "other"),
        ("elo", "other"),
    ],
)
def test_kinds_of_responses_by_name(name: str, kind: str) -> None:
    assert kind_of(name, name) == kind
    assert plain_units([name], name)[name] == next(iter(UNITS[kind]))  # type: ignore[index]


def test_other_columns_have_no_kind_by_name() -> None:
    assert kind_of("top1_accuracy", "loss") == "other"
    assert is_score("humaneval_pass@10")
    assert not is_score("error")


def test_declared_units_that_do_not_exist_name_the_closest() -> None:
    messages = unit_problems({"n_params": "milions", "n_tokns": "billions"}, ["n_params", "n_tokens", "loss"], "loss")
    assert len(messages) == 2
    assert "cannot be in 'milions'. Did you mean 'millions'?" in messages[0]
    assert "'n_tokns' is not a column. Did you mean 'n_tokens'?" in messages[1]


@pytest.mark.parametrize(
    ("texts", "unit"),
    [(["nats/token"] * 2, "nats"), (["bpb"] * 2, "bits"), (["PPL", ""], "perplexity"), (["nats", "bits"], None)],
)
def test_a_column_declares_the_unit_of_a_loss(texts: list[str], unit: str | None) -> None:
    table = pd.DataFrame({"loss": np.ones(2), "loss_unit": texts})
    assert declared_units(table, {}, "loss").get("loss") == unit
    assert declared_units(table, {"loss": "nats"}, "loss") == {"loss": "nats"}


def test_a_suggestion_names_every_reading() -> None:
    text = suggestion({"n_params": "millions"}, {"n_params": "absolute"})
    assert "units={'n_params': 'millions'} or units={'n_params': 'absolute'}" in text
    assert "--units n_params=millions" in text
