"""A loss is held against sizes and data: perplexities and sizes that are no absolute counts are refused."""

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.data.runs_validation.loss_units import loss_doubts, loss_slips
from bayescale.data.runs_validation.usual_loss import Columns
from tests.conftest import simulated_runs
from tests.data.runs_validation.run_tables import large, refusal


def hoffmann(scale_params: float = 1.0, scale_tokens: float = 1.0) -> Columns:
    """Losses of Hoffmann et al. (2022), approach 3, on a grid; sizes and data divided by their units."""
    n_params, n_tokens = (axis.ravel() for axis in np.meshgrid(np.geomspace(1e8, 2e10, 4), np.geomspace(2e9, 2e11, 4)))
    loss = 1.69 + 406.4 / n_params**0.34 + 410.7 / n_tokens**0.28
    columns = {"n_params": n_params / scale_params, "n_tokens": n_tokens / scale_tokens, "loss": loss}
    return Columns({"row": np.arange(1.0, 17.0), **columns})


@pytest.mark.parametrize(
    ("scales", "units"),
    [
        ((1e6, 1.0), {"n_params": "millions"}),
        ((1.0, 1e9), {"n_tokens": "billions"}),
        ((1e6, 1e9), {"n_params": "millions", "n_tokens": "billions"}),
    ],
)
def test_the_unit_in_which_a_published_law_agrees_is_named(scales: tuple[float, float], units: dict[str, str]) -> None:
    assert loss_slips(hoffmann(), "loss", {}, {}) == []
    # `read_runs` flags columns of small values before it looks at the loss.
    (message,) = loss_slips(hoffmann(*scales), "loss", {}, {}, flagged=[*units][1:])
    assert f"units={units}" in message
    assert loss_slips(hoffmann(*scales), "loss", {}, {}, flagged=units) == []
    absolute = dict.fromkeys(units, "absolute")
    assert loss_slips(hoffmann(*scales), "loss", absolute, {}) == []


@pytest.mark.parametrize("unit", ["millions", "billions"])
def test_sizes_too_small_name_the_unit_nearest_to_usual_losses(unit: str) -> None:
    """Losses a third above the published law agree with it in no unit."""
    factor = {"millions": 1e6, "billions": 1e9}[unit]
    table = hoffmann(factor, factor)
    (message,) = loss_slips(Columns(table | {"loss": 1.35 * table["loss"]}), "loss", {}, {})
    assert "are too small for 'loss'" in message
    assert f"units={{'n_params': '{unit}', 'n_tokens': '{unit}'}}" in message


def test_sizes_in_thousands_are_a_doubt_not_a_refusal() -> None:
    table = hoffmann(1e3, 1e3)
    assert loss_slips(table, "loss", {}, {}) == []
    (note,) = loss_doubts(table, "loss", {})
    assert note.code == "inconsistent_units"
    assert "in thousands" in str(note)
    assert loss_doubts(hoffmann(), "loss", {}) == []


def test_other_responses_are_not_held_against_the_law() -> None:
    table = Columns({name if name != "loss" else "elo": values for name, values in hoffmann(1e6, 1e6).items()})
    assert loss_slips(table, "elo", {}, {}) == []
    assert loss_doubts(table, "elo", {}) == []


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


def test_a_column_called_perplexity_is_refused() -> None:
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


def test_a_loss_unit_column_declares_the_unit() -> None:
    table = large(8).assign(loss=np.linspace(16, 9, 8))
    assert "perplexity" in refusal(table)
    assert len(read_runs(table.assign(loss_unit="bits/word")).table) == 8
    assert "'loss_unit' says perplexity" in refusal(table.assign(loss_unit="perplexity"))


def test_sizes_of_toy_models_can_be_declared_absolute() -> None:
    table = pd.DataFrame(
        {"n_params": np.geomspace(1e3, 1e5, 9), "n_tokens": np.geomspace(1e4, 1e6, 9), "loss": np.linspace(3.9, 2.1, 9)}
    )
    assert "multiply by 1e6" in refusal(table).lower()
    assert len(read_runs(table, units={"n_params": "absolute", "n_tokens": "absolute"}).table) == 9
    errors = table.rename(columns={"loss": "error"}).assign(error=np.linspace(0.4, 0.05, 9))
    assert len(read_runs(errors, response="error").table) == 9


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
