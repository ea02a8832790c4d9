"""Reading runs: what a good table becomes, whatever it was stored in."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bayescale.data.reading import read_runs
from bayescale.data.runs import Runs, needs
from bayescale.errors import InputError

#: Made-up tables are of no believable units: they are taken as they are.
DECLARED = {"n_params": "absolute", "n_tokens": "absolute", "loss": "nats"}

CHEAP = settings(max_examples=40, deadline=None)

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8).filter(
    lambda text: text == text.strip()
)
SIZES = st.floats(1e5, 1e13)
LOSSES = st.floats(0.01, 15.0)


@st.composite
def tables(draw: st.DrawFn, min_rows: int = 1) -> pd.DataFrame:
    """Valid tables with known inputs, a blank or two, numbers and text in other columns; losses differ by row."""
    losses = draw(st.lists(LOSSES, min_size=min_rows, max_size=8, unique_by=lambda loss: float(np.float32(loss))))
    rows = len(losses)

    def column(values: st.SearchStrategy[object]) -> list[object]:
        return draw(st.lists(values, min_size=rows, max_size=rows))

    return pd.DataFrame(
        {
            "family": column(NAMES),
            "n_params": column(SIZES),
            "n_tokens": column(st.one_of(st.none(), SIZES)),
            "seed": column(st.integers(0, 2**31)),
            "width": column(st.floats(-1e3, 1e3)),
            "remark": [f"about {text}" for text in column(NAMES)],
            "loss": losses,
        }
    )


def write(table: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    else:
        records = table.astype(object).where(table.notna(), None).to_dict("records")
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def minimal(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"n_params": [1e8, 2e8, 4e8], "n_tokens": [1e9, 2e9, 4e9], "loss": [3.0, 2.8, 2.6]} | columns)


@CHEAP
@given(tables(), st.sampled_from([".csv", ".parquet", ".jsonl", ".ndjson"]))
def test_a_table_is_the_same_from_memory_and_from_any_file(table: pd.DataFrame, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(table, Path(folder) / f"runs{suffix}")
        stored = read_runs(path, units=DECLARED)
    memory = read_runs(table, units=DECLARED)
    assert stored.digest == memory.digest
    assert stored.source == str(path)
    assert memory.source == "DataFrame"
    for name in ("n_params", "n_tokens", "loss"):
        assert stored.table[name].dtype == np.float64
        np.testing.assert_array_equal(stored.table[name], pd.to_numeric(table[name]))
    assert stored.table["family"].tolist() == table["family"].tolist()
    assert stored.table["remark"].tolist() == table["remark"].tolist()
    assert stored.table["width"].tolist() == table["width"].tolist()
    assert stored.table["seed"].tolist() == table["seed"].tolist()
    assert stored.table["row"].tolist() == list(range(1, len(table) + 1))


@CHEAP
@given(tables(min_rows=2), st.randoms(use_true_random=False))
def test_digest_ignores_row_and_column_order(table: pd.DataFrame, random: object) -> None:
    rows, columns = list(range(len(table))), list(table.columns)
    random.shuffle(rows)
    random.shuffle(columns)
    assert read_runs(table.iloc[rows][columns], units=DECLARED).digest == read_runs(table, units=DECLARED).digest


@CHEAP
@given(tables(), st.data())
def test_digest_changes_with_any_one_value(table: pd.DataFrame, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(table) - 1))
    name = data.draw(st.sampled_from(["family", "n_params", "n_tokens", "loss", "width", "remark", "seed"]))
    changed = table.copy()
    old = changed.loc[place, name]
    new = f"{old}x" if isinstance(old, str) else 7.5e9 if pd.isna(old) else np.nextafter(old, np.inf)
    if name == "seed":
        new = int(old) + 1
    assume(name != "loss" or new not in table["loss"].tolist())
    changed.loc[place, name] = new
    assert read_runs(changed, units=DECLARED).digest != read_runs(table, units=DECLARED).digest


def test_digest_changes_with_a_row_and_with_the_response() -> None:
    table = minimal(other=[0.5, 0.6, 0.7])
    digest = read_runs(table).digest
    assert len(digest) == 64
    assert read_runs(table.iloc[:2]).digest != digest
    assert read_runs(table, response="other").digest != digest
    assert read_runs(table.assign(family="all")).digest == digest
    assert read_runs(table.assign(family="a")).digest != digest


def test_digest_is_the_same_on_every_machine() -> None:
    """A fixed value: stored posteriors name their data by it, so changing it orphans them."""
    table = pd.DataFrame({"family": ["é", "b"], "run": ["1", None], "n_params": [7e9, None], "loss": [2.0, 0.1 + 0.2]})
    assert read_runs(table).digest == "65806135aa9b8207453dfea4344461d76068a556d30e9b5345959a5ccfb034a3"


def test_digest_knows_one_number_in_any_type() -> None:
    digest = read_runs(minimal(seed=[1, 2, 2**60 + 1])).digest
    assert read_runs(minimal(seed=pd.Series([1.0, 2, 2**60 + 1], dtype=object))).digest == digest
    assert read_runs(minimal(seed=[1, 2, 2**60])).digest != digest
    assert read_runs(minimal(seed=[1, 2, 3])).digest == read_runs(minimal(seed=[1.0, 2.0, 3.0])).digest


def test_rename_makes_their_names_ours() -> None:
    table = pd.DataFrame({"Model Size": [1e8, 2e8], "final": [3.0, 2.5]})
    runs = read_runs(table, rename={"Model Size": "n_params", "final": "loss"})
    assert runs.table["n_params"].tolist() == [1e8, 2e8]
    assert runs.table["loss"].tolist() == [3.0, 2.5]
    assert list(table.columns) == ["Model Size", "final"], "the caller's table is left alone"


def test_family_and_run_are_made_up_where_absent() -> None:
    runs = read_runs(minimal())
    assert runs.table["family"].tolist() == ["all"] * 3
    assert runs.table["run"].tolist() == ["row 1", "row 2", "row 3"]
    assert str(runs.table["run"].dtype) == str(runs.table["family"].dtype) == "str"


def test_blank_and_numeric_run_ids() -> None:
    runs = read_runs(minimal(run=[17.0, None, 18.0], family=[" a", "a ", "a"]))
    assert runs.table["run"].tolist() == ["17", "row 2", "18"]
    assert runs.table["family"].tolist() == ["a", "a", "a"]


def test_run_ids_in_csv_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text("run,loss,tag,on\n007,3.0,01,True\n008,2.5,x,False\n")
    table = read_runs(path).table
    assert table["run"].tolist() == ["007", "008"]
    assert table["tag"].tolist() == ["01", "x"]
    assert table["on"].tolist() == [True, False]


def test_other_columns_are_untouched() -> None:
    when = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"])
    table = minimal(when=when, label=pd.Categorical(["x", "y", "x"]), note=["1", "2", "3"], on=[True, False, True])
    read = read_runs(table).table
    for name in ("when", "label", "note", "on"):
        pd.testing.assert_series_equal(read[name], table[name])


def test_a_read_table_reads_again_as_itself() -> None:
    first = read_runs(minimal(n_tokens=[1e9, None, 4e9])).complete("n_tokens")
    again = read_runs(first.table)
    assert again.table["row"].tolist() == [1, 3]
    assert again.digest == first.digest


def test_a_changed_source_does_not_change_what_was_read() -> None:
    table = minimal()
    runs = read_runs(table)
    table.loc[0, "loss"] = 99.0
    assert runs.table["loss"].tolist() == [3.0, 2.8, 2.6]


def test_named_index_levels_are_columns() -> None:
    runs = read_runs(minimal(run=["a", "b", "c"]).set_index("run"))
    assert runs.table["run"].tolist() == ["a", "b", "c"]


def test_row_numbers_count_positions_not_index_labels() -> None:
    table = minimal(n_params=[1e8, -1.0, 1e9])
    table.index = pd.Index([100, 200, 300])
    with pytest.raises(InputError, match=r"'n_params': -1.0 \(row 2\) must be"):
        read_runs(table)


def test_nullable_and_decimal_numbers() -> None:
    from decimal import Decimal

    table = minimal(n_params=pd.array([10**8, None, 10**9], dtype="Int64"), loss=[Decimal("3.5"), Decimal("3"), 2.5])
    read = read_runs(table).table
    np.testing.assert_array_equal(read["n_params"], [1e8, np.nan, 1e9])
    assert read["loss"].tolist() == [3.5, 3.0, 2.5]


@pytest.mark.parametrize("rows", [1, 2])
def test_one_run_is_enough_to_read(rows: int) -> None:
    assert len(read_runs(minimal().iloc[:rows]).table) == rows


def test_complete_says_which_rows_went() -> None:
    table = minimal(family=["a", "b", "c"], n_tokens=[1e9, None, None])
    runs = read_runs(table)
    assert runs.notes == ()
    complete = runs.complete("n_params", "n_tokens")
    assert complete.table["row"].tolist() == [1]
    assert complete.notes == ("2 rows are left out because n_tokens is blank: rows 2, 3 (families 'b', 'c').",)
    assert len(runs.table) == 3
    assert complete.complete("n_tokens").notes == complete.notes, "nothing more is left out, nothing more is said"


def test_complete_refuses_an_unknown_column_and_an_empty_rest() -> None:
    runs = read_runs(minimal(flops=[None, None, None]))
    with pytest.raises(InputError, match=r"'n_token' is not in the table. Did you mean 'n_tokens'"):
        runs.complete("n_token")
    with pytest.raises(InputError, match="no row has a value in 'flops'"):
        runs.complete("flops")


@CHEAP
@given(tables(), st.floats(1e5, 1e13))
def test_below_splits_without_losing_a_row(table: pd.DataFrame, cut: float) -> None:
    runs = read_runs(table, units=DECLARED)
    low, high = runs.below("n_params", cut)
    assert (low.table["n_params"] <= cut).all()
    assert (high.table["n_params"] > cut).all()
    assert sorted([*low.table["row"], *high.table["row"]]) == runs.table["row"].tolist()
    assert low.notes == high.notes == runs.notes
    assert low.table.index.tolist() == list(range(len(low.table)))


def test_below_keeps_the_row_at_the_cut_and_the_notes() -> None:
    runs = read_runs(minimal(n_tokens=[1e9, None, 4e9])).complete("n_tokens")
    low, high = runs.below("n_tokens", 1e9)
    assert low.table["row"].tolist() == [1]
    assert high.table["row"].tolist() == [3]
    assert low.notes == high.notes == runs.notes != ()


@pytest.mark.parametrize(
    ("column", "cut", "message"),
    [
        ("n_tokens", 1e9, r"'n_tokens': blank in row 2;.*runs.complete\(\"n_tokens\"\)"),
        ("n_token", 1e9, "Did you mean 'n_tokens'"),
        ("n_params", float("nan"), "give a number"),
    ],
)
def test_below_never_drops_rows_it_cannot_place(column: str, cut: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_runs(minimal(n_tokens=[1e9, None, 4e9])).below(column, cut)


def test_needs_lists_everything_that_is_missing() -> None:
    runs = read_runs(minimal(n_tokens=[1e9, None, None], flops=[None, 1e18, 1e18], name=["x", "2", "y"]))
    with pytest.raises(InputError) as caught:
        needs(runs, ["n_parms", "n_tokens", "flops", "name"])
    missing, wrong, tokens, flops = caught.value.problems
    assert "'n_parms' is not in the table. Did you mean 'n_params'" in missing
    assert "'x' (row 1), 'y' (row 3)" in wrong
    assert "'n_tokens': blank in rows 2, 3" in tokens
    assert 'runs.complete("n_tokens", "flops")' in tokens
    assert "'flops': blank in row 1" in flops


def test_needs_accepts_what_can_be_used_as_numbers() -> None:
    runs = read_runs(minimal(width=["64", "128", "2_56"], depth=pd.array([2, 4, 8], dtype="Int64")))
    needs(runs, ["n_params", "width", "depth"])
    assert runs.table["width"].to_numpy(dtype=float).tolist() == [64.0, 128.0, 256.0]
    assert runs.table["depth"].to_numpy(dtype=float).tolist() == [2.0, 4.0, 8.0]


def test_what_needs_asks_for_complete_delivers() -> None:
    runs = read_runs(minimal(width=["64", "NA", None], depth=[1.0, 2.0, None]))
    with pytest.raises(InputError):
        needs(runs, ["width", "depth"])
    needs(runs.complete("width", "depth"), ["width", "depth"])


def test_runs_is_frozen() -> None:
    runs = read_runs(minimal())
    assert isinstance(runs, Runs)
    with pytest.raises(AttributeError):
        runs.response = "other"
