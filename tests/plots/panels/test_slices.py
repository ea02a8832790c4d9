"""Slices of grids and isoFLOP tables, and the frontier along compute-optimal runs."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.plots.panels.slices import frontier, slices_of
from bayescale.plots.plotted_data import along
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp

PAIR = ["n_params", "n_tokens"]


def isoflop_table(jitter: float = 0.0) -> pd.DataFrame:
    """Four budgets with seven sizes each; compute varies within a budget by `jitter`."""
    sizes, budgets = np.meshgrid(np.geomspace(5e7, 2e9, 7), [1e18, 4e18, 2e19, 1e20])
    n_params = sizes.ravel()
    spent = budgets.ravel() * np.exp(jitter * np.linspace(-1, 1, 7)[np.arange(28) % 7])
    return with_loss(pd.DataFrame({"n_params": n_params, "n_tokens": spent / 6 / n_params}))


def grid_table() -> pd.DataFrame:
    """Five sizes, each with nine amounts of data."""
    sizes, tokens = np.meshgrid(np.geomspace(1e8, 4e9, 5), np.geomspace(1e9, 3e11, 9))
    return with_loss(pd.DataFrame({"n_params": sizes.ravel(), "n_tokens": tokens.ravel()}))


def with_loss(table: pd.DataFrame) -> pd.DataFrame:
    loss = 1.7 + 400 / table["n_params"] ** 0.34 + 410 / table["n_tokens"] ** 0.28
    return table.assign(family="a", loss=loss, x=along(table, PAIR))


def fit_of(table: pd.DataFrame, made_up: MadeUp) -> Fit:
    runs = bs.read_runs(table.drop(columns="x"))
    design = make_design(runs, Spec(law("chinchilla"), discrepancy=False))
    return Fit(to_tree(design, made_up(design), Sampler(), 1))


@pytest.mark.parametrize("jitter", [0.0, 0.15])
def test_budgets_of_an_isoflop_table_are_found(jitter: float) -> None:
    slices = slices_of(isoflop_table(jitter), PAIR)
    assert slices.held == "flops"
    np.testing.assert_allclose(slices.levels, [1e18, 4e18, 2e19, 1e20], rtol=1e-6)
    np.testing.assert_array_equal(slices.place, np.repeat(np.arange(4), 7))


def test_sizes_of_a_grid_are_found() -> None:
    slices = slices_of(grid_table(), PAIR)
    assert slices.held == "n_params"
    np.testing.assert_allclose(slices.levels, np.geomspace(1e8, 4e9, 5))


def test_scattered_runs_and_runs_on_a_path_have_no_slices() -> None:
    rng = np.random.default_rng(2)
    scattered = {"n_params": np.exp(rng.uniform(16, 21, 40)), "n_tokens": np.exp(rng.uniform(20, 24, 40))}
    assert not slices_of(with_loss(pd.DataFrame(scattered)), PAIR).held
    sizes = np.geomspace(1e7, 1e9, 9)
    assert not slices_of(with_loss(pd.DataFrame({"n_params": sizes, "n_tokens": 20 * sizes})), PAIR).held


def test_a_line_in_a_slice_keeps_the_budget() -> None:
    table = isoflop_table()
    slices = slices_of(table, PAIR)
    line = slices.line(table[slices.place == 2], PAIR)
    assert line is not None
    np.testing.assert_allclose(6 * line["n_params"] * line["n_tokens"], 2e19)
    assert line["n_params"].min() == pytest.approx(5e7)
    assert line["n_params"].max() == pytest.approx(2e9)


def test_the_frontier_is_the_allocation(made_up: MadeUp) -> None:
    table = isoflop_table()
    fit = fit_of(table, made_up)
    line = frontier(fit, table, [1e18, 1e20], 0.9)
    assert line is not None
    marked = line[line["marked"]]
    expected = fit.allocate([1e18, 1e20]).table
    np.testing.assert_allclose(marked["n_params"], expected["n_params_median"])
    np.testing.assert_allclose(marked["n_params_upper"], expected["n_params_upper"])
    np.testing.assert_allclose(6 * marked["n_params"] * marked["n_tokens"], [1e18, 1e20])


def test_an_isoflop_table_is_drawn_with_law_minima_and_frontier(made_up: MadeUp) -> None:
    table = isoflop_table()
    figure = bs.plot_fit(fit_of(table, made_up))
    (axes,) = figure.axes
    assert axes.get_xlabel() == "parameters"
    labels = [words.get_text() for words in figure.legends[0].get_texts()]
    for wanted in ("1e18 FLOP", "1e20 FLOP", "law in a slice, 90 %", "compute-optimal size, 90 %"):
        assert wanted in labels
    assert not [words for words in labels if words.startswith(("at a run", "one new run", "run of another"))]
    minima = [line for line in axes.lines if line.get_marker() == "x"]
    assert [len(np.asarray(line.get_xdata())) for line in minima] == [4]
    bands = [one for one in axes.collections if one.get_paths() and not hasattr(one, "get_segments")]
    assert len(bands) == 5  # four budgets and the frontier


def test_a_forecast_of_a_grid_follows_the_frontier_to_the_target(made_up: MadeUp) -> None:
    fit = fit_of(grid_table(), made_up)
    target = {"family": "a", "n_params": 8e9, "n_tokens": 2e12}
    figure = bs.plot_forecast(fit, fit.forecast([target]))
    dashed = [line for line in figure.axes[0].lines if line.get_color() == "#1c1e21" and len(line.get_xdata()) > 2]
    assert np.asarray(dashed[0].get_xdata()).max() == pytest.approx(6 * 8e9 * 2e12)
