"""Which rows does a spec use, what does it say of those left out, and what may not stand in one table?"""

import pandas as pd
import pytest

from bayescale.data.sources import Files, WandB
from bayescale.errors import InputError
from bayescale.maintenance.source_rows import source_of, used_rows
from bayescale.maintenance.specs.spec import Data

TABLE = pd.DataFrame(
    {
        "family": ["a", "a", "b", "b"],
        "run": ["a1", "a2", "b1", "b2"],
        "Model Size": [1e8, 1e9, 1e8, 1e9],
        "n_tokens": [1e9, 1e10, None, 1e10],
        "loss": [3.0, 2.5, 3.1, -1.0],
    }
)


def data(**given: object) -> Data:
    return Data.model_validate({"source": "x.csv", "rename": {"Model Size": "n_params"}, **given})


def test_rows_left_out_are_named_with_their_reason_and_never_validated() -> None:
    excluded = [
        {"where": {"run": "b2"}, "reason": "diverged"},
        {"blank": "n_tokens", "reason": "tokens not published"},
        {"where": {"run": "gone"}, "reason": "was fixed upstream"},
    ]
    runs = used_rows(TABLE, data(exclude=excluded), "x.csv")
    assert runs.table["run"].tolist() == ["a1", "a2"]
    said = "\n".join(runs.notes)
    assert "1 row left out (row 4): diverged" in said
    assert "1 row left out (row 3): tokens not published" in said
    assert "no row is left out any more for “was fixed upstream”" in said
    with pytest.raises(InputError, match="loss"):
        used_rows(TABLE, data(), "x.csv")


def test_keep_by_bounds_and_values() -> None:
    rules = [{"column": "n_params", "at_most": 5e8}, {"column": "family", "one_of": ["a"]}]
    runs = used_rows(TABLE, data(keep=rules), "x.csv")
    assert runs.table["run"].tolist() == ["a1"]
    assert any("1 of 4 rows are used: n_params at most 5e+08; family one of a" in note for note in runs.notes)
    assert used_rows(TABLE.head(2), data(keep=[{"column": "n_params", "one_of": [1e9]}]), "x").table[
        "row"
    ].tolist() == [2]


def test_several_quantities_in_one_table_are_refused_unless_said_comparable() -> None:
    mixed = TABLE.head(2).assign(tokenizer=["gpt2", "llama"])
    with pytest.raises(InputError, match=r"column 'tokenizer' has several values \(gpt2, llama\)"):
        used_rows(mixed, data(), "x.csv")
    assert len(used_rows(mixed, data(comparable="bits per byte"), "x.csv").table) == 2
    assert len(used_rows(mixed, data(keep=[{"column": "tokenizer", "one_of": ["gpt2"]}]), "x.csv").table) == 1


def test_all_problems_at_once() -> None:
    rules = {"keep": [{"column": "n_parms", "at_most": 1}], "exclude": [{"where": {"rn": "a"}, "reason": "bad"}]}
    with pytest.raises(InputError) as error:
        used_rows(TABLE, data(**rules), "x.csv")
    said = "\n".join(error.value.problems)
    assert "data.keep 1: there is no column 'n_parms'. Did you mean 'n_params'?" in said
    assert "data.exclude 1: no column 'rn'" in said
    with pytest.raises(InputError, match="leave none of 4 rows"):
        used_rows(TABLE, data(keep=[{"column": "n_params", "at_least": 1e20}]), "x.csv")


def test_numbers_as_text_are_read() -> None:
    text = TABLE.head(2).astype(object).map(str)
    runs = used_rows(text, data(), "x.csv", typed=False)
    assert runs.table["n_params"].tolist() == [1e8, 1e9]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-inf", "", None, float("nan"), float("inf")])
def test_runs_that_diverged_are_left_out_with_their_reason(value: object) -> None:
    table = TABLE.assign(n_tokens=1e10, loss=pd.Series([3.0, 2.5, value, 3.2], dtype=object))
    runs = used_rows(table, data(exclude=[{"blank": "loss", "reason": "diverged"}]), "x.csv")
    assert runs.table["run"].tolist() == ["a1", "a2", "b2"]
    assert "1 row left out (row 3): diverged" in runs.notes
    with pytest.raises(InputError, match=r"x\.csv: .*\n.*blank or not finite in row 3.*\[\[data\.exclude\]\]"):
        used_rows(table, data(), "x.csv")


def test_a_scheduled_file_is_read_up_to_its_last_line_break() -> None:
    assert source_of(data()) == Files("x.csv", complete_file=False)
    assert source_of(data(complete_file=True)) == Files("x.csv")
    assert source_of(Data.model_validate({"wandb": {"files": "x.csv"}})) == WandB("x.csv", complete_file=False)
