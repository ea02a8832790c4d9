"""Several responses arranged as families of one response."""

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.scaling.responses import law_of_table, stack_responses


@pytest.fixture
def table() -> pd.DataFrame:
    """Two runs of four checkpoints; the last one of each is written twice, one value is blank."""
    tokens = np.array([1e9, 2e9, 3e9, 4e9, 4.0001e9])
    rows = [
        {
            "run": run,
            "n_params": size,
            "n_tokens": n,
            "weight_web": weight,
            "weight_code": 1 - weight,
            "web_loss": 3 + size**-0.1 + min(n, 4e9) ** -0.1,
            "code_loss": 2 + weight + size**-0.1 + min(n, 4e9) ** -0.1,
        }
        for run, size, weight in (("a", 1e8, 0.0), ("b", 4e8, 0.5))
        for n in tokens
    ]
    table = pd.DataFrame(rows)
    table.loc[0, "code_loss"] = np.nan
    return table


def test_every_response_is_a_family_with_its_values(table: pd.DataFrame) -> None:
    stacked = stack_responses(table, ["web_loss", "code_loss"], checkpoints=None).table
    assert stacked["family"].value_counts().to_dict() == {"web_loss": 8, "code_loss": 7}
    of_code = stacked[stacked["family"] == "code_loss"].sort_values(["run", "n_tokens"])
    np.testing.assert_array_equal(of_code["loss"], table["code_loss"].drop([0, 4, 9]))
    np.testing.assert_array_equal(of_code["weight_web"], table["weight_web"].drop([0, 4, 9]))


def test_thinned_runs_keep_their_last_checkpoint(table: pd.DataFrame) -> None:
    stacked = stack_responses(read_runs(table, response="web_loss"), ["web_loss", "code_loss"], checkpoints=2).table
    assert stacked.groupby(["family", "run"]).size().max() == 2
    assert (stacked.groupby(["family", "run"])["n_tokens"].max() == 4e9).all()


def test_mixture_law_takes_the_weights_of_the_table(table: pd.DataFrame) -> None:
    runs = stack_responses(table, ["web_loss", "code_loss"])
    law = law_of_table("mixture_effective", runs)
    assert not isinstance(law, str)
    assert set(law.inputs) == {"n_params", "n_tokens", "weight_web", "weight_code"}
    assert law_of_table("chinchilla", runs) == "chinchilla"


def test_all_problems_are_named_at_once(table: pd.DataFrame) -> None:
    with pytest.raises(InputError) as error:
        stack_responses(table, ["web_loss", "cod_loss", "web_loss"], checkpoints=0)
    text = str(error.value)
    assert "two or more different columns" in text
    assert "'cod_loss'" in text
    assert "code_loss" in text
    assert "checkpoints=0" in text


def test_families_of_the_table_are_refused(table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="several responses take their place"):
        stack_responses(table.assign(family=["x"] * 5 + ["y"] * 5), ["web_loss", "code_loss"])
