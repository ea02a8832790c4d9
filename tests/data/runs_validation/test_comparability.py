"""Are several quantities in one table refused at every door, with the same two ways out?"""

import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.scaling.evaluation.backtest import backtest
from bayescale.scaling.fit import fit
from tests.conftest import simulated_runs


@pytest.mark.parametrize("column", ["eval_set", "tokenizer", "loss_unit", "size_definition", "Eval Set", "Tokenizer"])
def test_several_quantities_are_refused_unless_said_comparable(column: str) -> None:
    table = simulated_runs().assign(**{column: ["one", "two", "one", None, "two"] * 10})
    for door in (read_runs, fit, backtest):
        with pytest.raises(InputError, match=rf"{column}' has several values \(one, two\).*comparable"):
            door(table)
    assert len(read_runs(table, comparable="the same text, cut otherwise").table) == 50
    assert len(read_runs(table[table[column] == "one"]).table) == 20


def test_one_quantity_and_blanks_are_one() -> None:
    table = simulated_runs().assign(eval_set=["c4", "C4", None, "", " c4 "] * 10)
    assert read_runs(table).notes == read_runs(simulated_runs()).notes


def test_a_reason_of_blanks_is_none() -> None:
    table = simulated_runs().assign(eval_set=["c4", "pile"] * 25)
    with pytest.raises(InputError, match="eval_set' has several values"):
        read_runs(pd.DataFrame(table), comparable="  ")
