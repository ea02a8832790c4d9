"""What is wrong with a table is said all at once, with columns, values and row numbers."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.reading import read_runs
from bayescale.errors import InputError


def good(rows: int = 12) -> pd.DataFrame:
    steps = np.arange(1, rows + 1)
    return pd.DataFrame(
        {
            "family": "a",
            "run": [f"r{step}" for step in steps],
            "n_params": 1e8 * steps,
            "n_tokens": 2e9 * steps,
            "flops": 12e17 * steps**2,
            "loss": 4.0 - 0.1 * steps,
        }
    )


def changed(name: str, row: int, value: object) -> pd.DataFrame:
    """The good table with one value of one row (1-based) replaced."""
    table = good()
    column = table[name].astype(object) if name in table else pd.Series([None] * len(table), dtype=object)
    column[row - 1] = value
    return table.assign(**{name: column})


def problems(table: pd.DataFrame, **options: object) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        read_runs(table, **options)
    for problem in caught.value.problems:
        assert problem in str(caught.value)
    return caught.value.problems


def only(found: tuple[str, ...]) -> str:
    assert len(found) == 1, found
    return found[0]


def test_the_good_table_has_neither_problems_nor_notes() -> None:
    assert read_runs(good()).notes == ()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("n_params", "7B", "'7B' (row 5) is not a finite number"),
        ("n_params", "1,000", "'1,000' (row 5) is not a finite number"),
        ("n_tokens", True, "True (row 5) is not a finite number"),
        ("step", "last", "'last' (row 5) is not a finite number"),
        ("loss", "3,1", "'3,1' (row 5) is not a finite number"),
        ("loss", 0.0, "0.0 (row 5) is not a cross-entropy"),
        ("loss", -1.3, "-1.3 (row 5) is not a cross-entropy"),
        ("n_params", np.inf, "inf (row 5) is not finite"),
        ("n_tokens", "-inf", "-inf (row 5) is not finite"),
        ("flops", -1e18, "-1e+18 (row 5) must be more than 0 (floating-point operations)"),
        ("lr", 0, "0.0 (row 5) must be more than 0 (peak learning rate)"),
        ("batch_size", -8, "-8.0 (row 5) must be more than 0"),
        ("bits", 0, "0.0 (row 5) must be more than 0 (bits per weight)"),
        ("n_unique_tokens", 0, "0.0 (row 5) must be more than 0 (tokens)"),
        ("n_streams", -2, "-2.0 (row 5) must be at least 1 (parallel streams)"),
        ("step", -1, "-1.0 (row 5) must be 0 or more"),
        ("family", None, "blank in row 5; name the family"),
        ("family", "  ", "blank in row 5; name the family"),
    ],
)
def test_one_wrong_value_is_one_problem_naming_column_value_and_row(name: str, value: object, says: str) -> None:
    problem = only(problems(changed(name, 5, value)))
    assert problem.startswith(f"column {name!r}: ")
    assert says in problem


def test_a_loss_relative_to_a_unigram_model_may_be_negative_and_another_may_not() -> None:
    table = good().assign(loss=-np.linspace(1.0, 5.0, len(good())))
    assert "is read as 'unigram_normalised_loss'" in only(problems(table))
    relative = table.rename(columns={"loss": "unigram_normalised_loss"})
    assert read_runs(relative, response="unigram_normalised_loss").notes == ()
    renamed = table.rename(columns={"loss": "other_loss"})
    with pytest.raises(InputError, match=r"column 'other_loss': -1\.0"):
        read_runs(renamed, response="other_loss")


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.integers(1, 12), min_size=1, max_size=11),
    st.sampled_from([("n_params", "seven"), ("n_params", -1.0), ("n_tokens", np.inf), ("loss", -2.0)]),
)
def test_the_rows_named_are_the_rows_that_are_wrong(rows: set[int], case: tuple[str, object]) -> None:
    name, value = case
    table = good().astype({name: object})
    for row in rows:
        table.loc[row - 1, name] = value
    problem = next(text for text in problems(table) if text.startswith(f"column {name!r}"))
    named = re.findall(r"\(row (\d+)\)", problem)
    assert [int(row) for row in named] == sorted(rows)[:8]
    assert (f"and {len(rows) - 8} more" in problem) == (len(rows) > 8)


def test_all_problems_are_listed_at_once() -> None:
    table = good().astype(object)
    table.loc[1, "n_params"] = "1B"
    table.loc[2, "n_tokens"] = np.inf
    table.loc[3, "loss"] = None
    table.loc[4, "loss"] = -1.0
    table.loc[5, "family"] = ""
    table.loc[7] = table.loc[6]
    found = problems(table, rename={"learning": "lr"})
    for says in (
        "rename: 'learning' is not a column",
        "'1B' (row 2)",
        "inf (row 3)",
        "'loss': blank or not finite in row 4",
        "-1.0 (row 5)",
        "'family': blank in row 6",
        "rows 7, 8",
    ):
        assert sum(says in problem for problem in found) == 1, says
    assert len(found) == 7


def test_a_missing_response_names_the_closest_column() -> None:
    problem = only(problems(good().rename(columns={"loss": "Loss"})))
    assert "'loss' is not a column. Did you mean 'Loss'?" in problem
    assert "rename={source name: 'loss'}" in problem


def test_a_missing_response_does_not_hide_other_problems() -> None:
    assert len(problems(changed("n_params", 5, "7B"), response="bpb")) == 2


def test_rename_names_the_closest_column_and_sees_when_it_is_turned_round() -> None:
    assert "Did you mean 'n_tokens'?" in only(problems(good(), rename={"n_tokenz": "n_unique_tokens"}))
    table = good().rename(columns={"n_params": "size"})
    assert "write {'size': 'n_params'}" in only(problems(table, rename={"n_params": "size"}))


def test_two_columns_of_one_name() -> None:
    with pytest.raises(InputError, match="more than one column is called 'n_params'"):
        read_runs(good(), rename={"n_tokens": "n_params"})
    with pytest.raises(InputError, match="more than one column is called 'loss'"):
        read_runs(pd.concat([good(), good()[["loss"]]], axis=1))


@pytest.mark.parametrize("response", ["family", "run", "row", "step", "seed"])
def test_a_response_that_cannot_be_one(response: str) -> None:
    with pytest.raises(InputError, match="is not a measured number"):
        read_runs(good(), response=response)


@pytest.mark.parametrize("name", ["n_params", "n_tokens", "n_unique_tokens"])
def test_sizes_in_billions(name: str) -> None:
    sizes = [0.1, 0.4, 1.0, 2.8, 6.9, 12.0, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8]
    problem = only(problems(good().assign(**{name: sizes})))
    assert f"column {name!r}" in problem
    assert "12 (row 6)" in problem
    assert "multiply by 1e9" in problem


def test_small_but_absolute_sizes_are_not_a_slip() -> None:
    toys = good().assign(n_params=1e4 + np.arange(12.0), n_tokens=1e6).drop(columns="flops")
    assert read_runs(toys, units={"n_params": "absolute", "n_tokens": "absolute"}).notes == ()


def test_sizes_that_are_all_blank_are_no_slip() -> None:
    assert read_runs(good().assign(n_params=np.nan)).table["n_params"].isna().all()


@pytest.mark.parametrize("name", ["n_params", "n_tokens", "flops", "step"])
def test_blank_inputs_are_allowed(name: str) -> None:
    runs = read_runs(changed(name, 5, None))
    assert np.isnan(runs.table.loc[4, name])
    assert runs.notes == ()


def test_duplicate_rows_name_both() -> None:
    table = pd.concat([good(), good().iloc[[2, 2, 4]]])
    problem = only(problems(table))
    assert "rows 3, 13, 14; rows 5, 15" in problem
    assert "rows 3, 13, 14; rows 5, 15" in only(problems(table.drop(columns="run")))


def test_duplicates_among_rows_without_a_run_id() -> None:
    table = pd.concat([good(), good().iloc[[2]]]).reset_index(drop=True)
    table.loc[[2, 12], "run"] = None
    assert "rows 3, 13" in only(problems(table))


@pytest.mark.parametrize("name", ["family", "run", "seed", "step", "loss"])
def test_replicates_are_no_duplicates(name: str) -> None:
    table = pd.concat([good().assign(seed=1, step=100), good().assign(seed=1, step=100).iloc[[2]]], ignore_index=True)
    table.loc[12, name] = {"family": "b", "run": "again"}.get(name, 2)
    notes = read_runs(table).notes
    noted = name in ("run", "loss")  # a family, a seed or a step says that it is another measurement
    assert [note.startswith("Inputs repeat exactly within a family: rows 3, 13.") for note in notes] == [True] * noted


def test_rows_that_cannot_be_read_are_no_duplicates() -> None:
    table = good().drop(columns=["run", "flops"]).astype({"n_params": object})
    table.loc[[3, 4], "n_params"] = ["7B", "13B"]
    table.loc[[3, 4], "n_tokens"] = 1e9
    table.loc[[3, 4], "loss"] = 2.0
    assert "'7B' (row 4), '13B' (row 5)" in only(problems(table))


def test_an_accuracy_is_a_response_and_its_zeros_are_noted() -> None:
    table = good().assign(accuracy=np.linspace(0.0, 1.0, 12)).drop(columns="loss")
    assert read_runs(table, response="accuracy").notes == (
        "accuracy is 0 in row 1: a law on the log scale cannot use these rows.",
    )
    table.loc[3, "accuracy"] = -0.1
    assert "-0.1 (row 4)" in only(problems(table, response="accuracy"))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("loss", 31.0, "above 20 nats per token in 1 row (31.0 (row 5))"),
        ("flops", 12e17 * 25 * 3.5, "flops / 6ND is 3.5 (row 5)"),
        ("flops", 12e17 * 25 / 3.5, "flops / 6ND is 0.29 (row 5)"),
        ("lr", 3e5, "lr is outside 1e-09 to 100 peak learning rate in 1 row (300000.0 (row 5))"),
    ],
)
def test_odd_values_are_notes(name: str, value: float, says: str) -> None:
    (note,) = read_runs(changed(name, 5, value)).notes
    assert says in note


@pytest.mark.parametrize("factor", [1 / 2.9, 2.9])
def test_flops_by_another_convention_are_not_noted(factor: float) -> None:
    assert read_runs(changed("flops", 5, 12e17 * 25 * factor)).notes == ()


@pytest.mark.parametrize(("n_tokens", "odd"), [(4e5, True), (6e5, False), (4.9e14, False), (6e14, True)])
def test_absurd_ratios_of_tokens_to_parameters(n_tokens: float, odd: bool) -> None:
    notes = read_runs(changed("n_tokens", 5, n_tokens).drop(columns="flops")).notes
    assert len(notes) == odd
    assert all("n_tokens / n_params is outside 0.001 to 1e+06 in 1 row" in note and "(row 5)" in note for note in notes)


def test_families_that_differ_only_in_case_are_noted() -> None:
    (note,) = read_runs(changed("family", 5, "A")).notes
    assert "'a' and 'A'" in note


def test_a_row_column_of_another_meaning_is_refused() -> None:
    assert "column 'row' is reserved" in only(problems(good().assign(row=np.arange(12))))
    assert "column 'row' is reserved" in only(problems(good().assign(row=1)))
    assert read_runs(good().assign(row=np.arange(12)), rename={"row": "place"}).table["place"].tolist() == [*range(12)]
