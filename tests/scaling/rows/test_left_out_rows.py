"""What rows left out would add: nothing where they say nothing, a factor of the root of their number where they do."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.core.notes import as_note
from bayescale.data.reading import read_runs
from bayescale.data.runs import Runs
from bayescale.scaling.posterior_tree import design_from_tree, variables_from_tree
from bayescale.scaling.rows.left_out_rows import InformationLoss, information_loss
from bayescale.scaling.sampling.diagnostics import Diagnosis
from bayescale.scaling.sampling.sampler import Draws
from tests.golden import golden
from tests.simulation import simulated_runs


def loss_of(extra: pd.DataFrame) -> InformationLoss:
    """The loss of the golden posterior `plain` where its table had these rows as well."""
    tree = golden("plain").tree
    design = design_from_tree(tree)
    draws = Draws(variables_from_tree(tree, design), {}, Diagnosis(1.0, np.inf, np.inf, 0, 1.0), "")
    return information_loss(design, draws, longer(extra))


def longer(extra: pd.DataFrame) -> Runs:
    """The table of the golden posterior with rows below it, each a run of its own."""
    table = pd.concat([simulated_runs(), extra], ignore_index=True)
    return read_runs(table.assign(run=[f"run {i}" for i in range(len(table))]), comparable="simulated")


def test_three_copies_of_all_rows_halve_intervals_at_most() -> None:
    copies = pd.concat([simulated_runs(seed=seed) for seed in (2, 3, 4)])
    loss = loss_of(copies)
    assert 1.6 < loss.typical < 2.15
    assert loss.typical <= loss.largest


def test_rows_of_one_family_say_less_about_the_other() -> None:
    extra = simulated_runs(seed=2)
    both = loss_of(extra)
    first = extra["family"].unique()[0]
    only = loss_of(extra[extra["family"] == first].head(1))
    assert only.typical < both.typical


def test_fit_of_selected_rows_agrees_with_that_of_all_rows_within_the_loss_it_states() -> None:
    runs = simulated_runs(n=200, seed=5)
    sampler = bs.Sampler(draws=400, tune=200, attempts=2)
    settings = {"law": "chinchilla", "discrepancy": False, "noise": "constant", "random_seed": 1, "progress": False}
    every = bs.fit(runs, sampler=sampler, **settings)
    some = bs.fit(runs, sampler=bs.Sampler(draws=400, tune=200, attempts=2, max_rows=100), **settings)
    assert {"rows_selected", "rows_left_out"} <= {as_note(note).code for note in some.notes}
    targets = pd.DataFrame({"family": some.families, "n_params": 5e8, "n_tokens": 1e10})
    few, many = (fit.forecast(targets).dataset["law"].to_numpy().reshape(-1, len(targets)) for fit in (some, every))
    ratio = few.std(axis=0) / many.std(axis=0)
    stated = float(next(str(note) for note in some.notes if as_note(note).code == "rows_left_out").split()[6])
    assert ratio.mean() == pytest.approx(stated, rel=0.25)
    assert (np.abs(few.mean(axis=0) - many.mean(axis=0)) < 3 * few.std(axis=0)).all()
