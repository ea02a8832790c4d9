"""Values that a law cannot take are errors that name the rows; what the data do not identify is noted."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.core.notes import Note
from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling_laws.law import Law
from tests.conftest import simulated_runs
from tests.scaling.model.law_cases import PENALTY, SIGMOID, runs_of


@pytest.mark.parametrize(
    ("entry", "change", "message"),
    [
        (SIGMOID, {"accuracy": 1.0}, "accuracy in rows 1 must be between 0 and 1, both excluded"),
        (PENALTY, {"bits": -4.0}, "'bits'.*must be more than 0"),
        (SIGMOID, {"mantissa_bits": -1.0}, "'mantissa_bits'.*must be 0 or more"),
        (PENALTY, {"bits": np.nan}, "bits"),
    ],
)
def test_impossible_values_are_refused_by_row(entry: Law, change: dict[str, float], message: str) -> None:
    runs = runs_of(entry)
    for name, value in change.items():
        runs.loc[0, name] = value
    with pytest.raises(InputError, match=message):
        bs.fit(runs, law=entry)


def test_a_shifted_response_must_lie_above_the_shift() -> None:
    sizes = np.geomspace(1e8, 1e9, 6)
    table = pd.DataFrame({"n_params_nonvocab": sizes, "n_params_vocab": sizes[::-1] / 10, "n_tokens": 20 * sizes})
    table["unigram_normalised_loss"] = [-4.0, -5.0, -10.0, -6.0, -12.0, -3.0]
    with pytest.raises(InputError, match=r"unigram_normalised_loss in rows 3, 5 must be above -10"):
        bs.fit(table, law="vocabulary")


def noted(table: pd.DataFrame) -> dict[str, Note]:
    """Notes of the Chinchilla law on a table, by code."""
    design = make_design(read_runs(table), Spec(bs.law("chinchilla")))
    return {note.code: note for note in design.notes if isinstance(note, Note)}


def test_inputs_that_do_not_vary_are_noted_with_the_families() -> None:
    runs = simulated_runs()
    runs.loc[runs["family"] == "b", "n_params"] = 1e8
    note = noted(runs)["constant_input_in_families"]
    assert note.names == ("b",)
    assert note.startswith("n_params is constant within 'b': alpha there")
    assert "constant_input" in noted(runs.assign(n_params=1e8))


def test_inputs_that_vary_only_together_are_noted() -> None:
    runs = simulated_runs()
    assert "collinear_inputs" not in noted(runs)
    assert "collinear_inputs" in noted(runs.assign(n_tokens=20 * runs["n_params"]))


def test_tables_of_few_rows_are_noted() -> None:
    runs = simulated_runs(n=4)
    assert noted(runs)["few_rows_in_families"].names == ("a", "b")
    assert "too_few_rows" in noted(runs[:4])
    assert {"few_rows_in_families", "too_few_rows"}.isdisjoint(noted(simulated_runs()))
