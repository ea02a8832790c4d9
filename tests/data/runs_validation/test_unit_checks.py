"""Are sizes, data, compute and loss judged together, is every doubt refused with a way out, and is no real table?"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from tests.conftest import simulated_runs
from tests.data.runs_validation.run_tables import large, refusal

SHARED = Path(__file__).parents[4] / "shared" / "data"
UNITS = {"millions": 1e6, "billions": 1e9}


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("columns", [("n_params", "n_tokens"), ("n_params",), ("n_tokens",)])
@pytest.mark.parametrize("runs", [large, simulated_runs])
def test_sizes_in_another_unit_are_refused_and_the_declared_unit_converts(
    unit: str, columns: tuple[str, ...], runs: Callable[[], pd.DataFrame]
) -> None:
    plain = runs()
    scaled = plain.assign(**{name: plain[name] / UNITS[unit] for name in columns})
    text = refusal(scaled)
    assert all(f"'{name}'" in text for name in columns)
    assert "multiply by 1e" in text.lower()
    assert "units={" in text
    assert "'absolute'" in text
    converted = read_runs(scaled, units=dict.fromkeys(columns, unit))
    np.testing.assert_allclose(converted.table[[*columns]], plain[[*columns]])
    assert any(f"converted from {unit}" in note for note in converted.notes)


@pytest.mark.parametrize("factor", [1e3, 1e6, 1e12, 1e18, 1e-15, 1e-18, 1 / 8.64e19])
def test_compute_in_other_units_than_size_and_data(factor: float) -> None:
    table = large().drop(columns="loss").assign(error=np.linspace(0.5, 0.3, 30))
    flops = 6 * table.n_params * table.n_tokens
    read_runs(table.assign(flops=flops * 2.5), response="error")
    assert "units={" in refusal(table.assign(flops=flops * factor), response="error")


def test_compute_that_counts_otherwise_is_noted_only() -> None:
    table = large()
    notes = read_runs(table.assign(flops=6 * table.n_params * table.n_tokens * 20)).notes
    assert any("flops / 6ND" in note for note in notes)


@pytest.mark.parametrize("name", ["error", "test_error", "accuracy", "top1_acc", "pass_rate"])
def test_percentages_are_no_shares(name: str) -> None:
    table = pd.DataFrame({"n_params": np.geomspace(1e8, 1e9, 9), name: np.linspace(73, 61, 9)})
    text = refusal(table, response=name)
    assert "divide by 100" in text
    assert "73" in text
    assert "row 1" in text
    converted = read_runs(table, response=name, units={name: "percent"})
    np.testing.assert_allclose(converted.table[name], table[name] / 100)


def test_an_error_that_is_no_share_has_a_way_through() -> None:
    table = pd.DataFrame({"n_params": np.geomspace(1e8, 1e9, 9), "mean_squared_error": np.linspace(7, 6, 9)})
    assert read_runs(table, response="mean_squared_error").notes == ()
    plain = table.rename(columns={"mean_squared_error": "error"})
    assert read_runs(plain, response="error", units={"error": "absolute"}).table["error"].max() == 7


def test_percentages_of_an_input_are_named() -> None:
    table = large(9).assign(sparsity=np.linspace(0, 90, 9))
    assert "'sparsity': 'percent'" in refusal(table)
    assert read_runs(table, units={"sparsity": "percent"}).table["sparsity"].max() == 0.9


def test_an_error_that_rises_with_scale_is_noted() -> None:
    size = np.geomspace(1e8, 1e10, 12)
    rising = pd.DataFrame({"n_params": size, "error": np.linspace(0.4, 0.8, 12)})
    (note,) = read_runs(rising, response="error").notes
    assert "error rises with n_params" in note
    assert "is it an accuracy?" in note
    accuracy = rising.rename(columns={"error": "accuracy"})
    assert read_runs(accuracy, response="accuracy").notes == ()
    (note,) = read_runs(accuracy.assign(accuracy=1 - accuracy.accuracy), response="accuracy").notes
    assert "is it an error or a loss?" in note


def test_units_that_do_not_exist_name_the_closest() -> None:
    text = refusal(large(), units={"n_params": "milions", "n_tokns": "billions", "loss": "nat"})
    for says in ("'milions'. Did you mean 'millions'?", "Did you mean 'n_tokens'?", "Did you mean 'nats'?"):
        assert says in text


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public data are not beside the checkout")
@pytest.mark.parametrize("hard", [False, True])
def test_no_public_table_is_refused(hard: bool) -> None:
    from benchmarks import all_sets_tables
    from benchmarks.shared import loss_splits

    splits = loss_splits(hard=True) if hard else list(all_sets_tables.splits())
    tables = {(one.name, getattr(one, "part", "")): pd.concat([one.train, one.test]) for one in splits}
    assert len(tables) > 5
    for table in tables.values():
        read_runs(table.drop(columns="continues", errors="ignore"))


@pytest.mark.parametrize(("column", "factor"), [("n_params", 1e6), ("n_tokens", 1e9)])
def test_some_rows_in_another_unit_are_named(column: str, factor: float) -> None:
    table = large()
    table.loc[:4, column] /= factor
    text = refusal(table)
    assert "(row 5), while other rows have about" in text
    assert "is not in one unit" in text
    assert len(read_runs(table, units={column: "absolute"}).table) == 30


def test_a_checkpoint_that_saw_hardly_any_data_is_in_no_other_unit() -> None:
    table = large().assign(run=lambda runs: [f"r{i}" for i in range(len(runs))], step=1000)
    start = table.head(3).assign(n_tokens=1.0, loss=10.8, step=1)
    assert len(read_runs(pd.concat([table, start], ignore_index=True)).table) == 33


def test_sizes_of_zero_are_refused_without_a_warning() -> None:
    table = large()
    table.loc[0, "n_tokens"] = 0.0
    assert "must be more than 0" in refusal(table.assign(step=100))


@pytest.mark.parametrize("name", ["exact_match", "pass@1", "mmlu", "humaneval_pass@10", "pass_at_1"])
def test_scores_in_percent_are_refused_by_their_usual_names(name: str) -> None:
    table = large().drop(columns="loss").assign(**{name: np.linspace(20.0, 70.0, 30)})
    with pytest.raises(InputError, match="divide by 100"):
        read_runs(table, response=name)
    assert read_runs(table, response=name, units={name: "percent"}).table[name].max() == pytest.approx(0.7)


def test_a_response_is_held_against_compute_where_size_and_data_vary() -> None:
    """Neither size nor data alone orders these runs."""
    n_params, n_tokens = np.meshgrid(np.geomspace(1e8, 1e10, 8), np.geomspace(3e9, 4e11, 8))
    table = pd.DataFrame({"n_params": n_params.ravel(), "n_tokens": n_tokens.ravel()})
    share = 0.2 + (table["n_params"] * table["n_tokens"]).rank() / 200
    (note,) = read_runs(table.assign(error=share), response="error").notes
    assert "is it an accuracy?" in note
    assert not read_runs(table.assign(accuracy=share), response="accuracy").notes
    assert not read_runs(table.assign(asr=share), response="asr").notes
