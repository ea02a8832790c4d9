"""Are sizes, data, compute and loss judged together, is every doubt refused with a way out, and is no real table?"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayescale.data.runs import read_runs
from bayescale.errors import InputError
from bayescale.scaling_laws.registry import law
from tests.conftest import simulated_runs

SHARED = Path(__file__).parents[4] / "shared" / "data"
PUBLISHED = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 420.0, "beta": 0.28}


def large(rows: int = 30) -> pd.DataFrame:
    """Runs of 1e9 to 1e10 parameters: all of them above 1,000 when given in millions."""
    rng = np.random.default_rng(0)
    n_params = 10 ** rng.uniform(9.01, 10.1, rows)
    n_tokens = n_params * 10 ** rng.uniform(0.7, 1.7, rows)
    loss = law("chinchilla").predict({"n_params": n_params, "n_tokens": n_tokens}, PUBLISHED)
    return pd.DataFrame(
        {"n_params": n_params, "n_tokens": n_tokens, "loss": loss * np.exp(0.004 * rng.normal(size=rows))}
    )


def refusal(table: pd.DataFrame, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        read_runs(table, **options)
    return str(caught.value)


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


@pytest.mark.parametrize("columns", [("n_params", "n_tokens"), ("n_params",), ("n_tokens",)])
def test_sizes_that_may_be_in_thousands_are_noted(columns: tuple[str, ...]) -> None:
    """Losses of code or of simple texts at absolute counts look the same, so that such a table is not refused."""
    plain = simulated_runs()
    scaled = plain.assign(**{name: plain[name] / 1e3 for name in columns})
    (note,) = (text for text in read_runs(scaled).notes if "in thousands" in text)
    assert all(f"'{name}': 'absolute'" in note for name in columns)
    assert not any("thousands" in text for text in read_runs(scaled, units=dict.fromkeys(columns, "absolute")).notes)
    converted = read_runs(scaled, units=dict.fromkeys(columns, "thousands"))
    np.testing.assert_allclose(converted.table[[*columns]], plain[[*columns]])


def test_everything_in_millions_names_the_factor() -> None:
    table = large()
    text = refusal(table.assign(n_params=table.n_params / 1e6, n_tokens=table.n_tokens / 1e6))
    assert "multiply by 1e6" in text
    assert "units={'n_params': 'millions', 'n_tokens': 'millions'}" in text


@pytest.mark.parametrize("table", [large(), simulated_runs(), large().drop(columns="n_tokens")])
def test_a_perplexity_is_refused_with_both_readings(table: pd.DataFrame) -> None:
    perplexities = table.assign(loss=np.exp(table["loss"]))
    text = refusal(perplexities)
    assert "units={'loss': 'perplexity'} or units={'loss': 'nats'}" in text
    np.testing.assert_allclose(read_runs(perplexities, units={"loss": "perplexity"}).table["loss"], table["loss"])
    assert read_runs(perplexities, units={"loss": "nats"}).table["loss"].tolist() == perplexities["loss"].tolist()


def test_a_column_called_perplexity_is_refused_whatever_its_values() -> None:
    table = large().rename(columns={"loss": "val_ppl"})
    assert "'val_ppl' in the source" in refusal(table, rename={"val_ppl": "loss"})
    assert read_runs(table, rename={"val_ppl": "loss"}, units={"loss": "nats"}).response == "loss"


def test_millions_and_perplexities_at_once_are_refused() -> None:
    table = large()
    wrong = table.assign(n_params=table.n_params / 1e6, n_tokens=table.n_tokens / 1e6, loss=np.exp(table.loss))
    assert "units=" in refusal(wrong)


def test_early_checkpoints_are_no_perplexities() -> None:
    n_tokens = np.geomspace(1e5, 3e7, 12)
    table = pd.DataFrame({"n_params": 1.2e8, "n_tokens": n_tokens, "loss": np.linspace(10.8, 7.0, 12)})
    read_runs(table)
    noted = read_runs(table.drop(columns=["n_params", "n_tokens"]).assign(step=np.arange(12)))
    assert any("early in training" in note for note in noted.notes)


def test_a_table_that_says_its_unit_is_taken_at_its_word() -> None:
    table = large(8).assign(loss=np.linspace(16, 9, 8))
    assert "perplexity" in refusal(table)
    assert len(read_runs(table.assign(loss_unit="bits/word")).table) == 8
    assert "'loss_unit' says perplexity" in refusal(table.assign(loss_unit="perplexity"))


def test_toy_models_have_a_way_through() -> None:
    table = pd.DataFrame(
        {"n_params": np.geomspace(1e3, 1e5, 9), "n_tokens": np.geomspace(1e4, 1e6, 9), "loss": np.linspace(3.9, 2.1, 9)}
    )
    assert "multiply by 1e6" in refusal(table).lower()
    assert len(read_runs(table, units={"n_params": "absolute", "n_tokens": "absolute"}).table) == 9
    errors = table.rename(columns={"loss": "error"}).assign(error=np.linspace(0.4, 0.05, 9))
    assert len(read_runs(errors, response="error").table) == 9


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


def test_losses_of_other_data_than_text_are_not_taken_for_another_unit() -> None:
    """Losses below those of web text, whose differences sizes in thousands or millions would not explain."""
    n_params, n_tokens = (x.ravel() for x in np.meshgrid(np.geomspace(1e6, 1e9, 7), np.geomspace(5e8, 5e10, 5)))
    for floor in (0.5, 1.0, 1.4):
        loss = floor + 40 * n_params**-0.3 + 90 * n_tokens**-0.28
        table = read_runs(pd.DataFrame({"n_params": n_params, "n_tokens": n_tokens, "loss": loss}))
        assert len(table.table) == 35
        assert all("in thousands" in note for note in table.notes)  # which cannot be told from it


def test_sizes_in_millions_and_data_in_billions_are_both_named() -> None:
    plain = large()
    text = refusal(plain.assign(n_params=plain["n_params"] / 1e6, n_tokens=plain["n_tokens"] / 1e9))
    assert "'n_params': 'millions'" in text
    assert "'n_tokens': 'billions'" in text


@pytest.mark.parametrize(("column", "factor"), [("n_params", 1e6), ("n_tokens", 1e6), ("flops", 1e12), ("flops", 1e9)])
def test_a_size_that_stands_alone_is_judged_by_its_loss(column: str, factor: float) -> None:
    plain = large().assign(flops=lambda runs: 6 * runs["n_params"] * runs["n_tokens"])[[column, "loss"]]
    assert len(read_runs(plain).table) == 30
    scaled = plain.assign(**{column: plain[column] / factor})
    assert f"column {column!r} is too small for 'loss'" in refusal(scaled)
    assert len(read_runs(scaled, units={column: "absolute"}).table) == 30


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
