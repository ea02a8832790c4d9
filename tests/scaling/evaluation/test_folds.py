"""Folds: rows below and above a cut, continued runs, and cuts that are refused."""

import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.scaling.evaluation.folds import make_folds
from tests.simulation import simulated_runs


def test_folds_split_at_the_cut() -> None:
    runs = read_runs(simulated_runs())
    compute = 6 * runs.table["n_params"] * runs.table["n_tokens"]
    (fold,) = make_folds(runs, "flops", [float(compute.median())])
    assert len(fold.train.table) == 25
    assert len(fold.test) == 25
    assert not fold.test["continues"].any()
    usual = make_folds(runs, "flops", None)
    sizes = [len(each.train.table) for each in usual]
    assert sizes == sorted(sizes)
    assert usual[-1].cut == pytest.approx(compute.max() / 3.16)


def test_continued_runs_are_marked() -> None:
    table = simulated_runs(n=8)
    later = table.assign(n_tokens=table["n_tokens"] * 50, loss=table["loss"] * 0.97)
    runs = read_runs(pd.concat([table, later]))
    (fold,) = make_folds(runs, "n_tokens", [float(table["n_tokens"].max())])
    assert fold.test["continues"].mean() > 0.5


def test_cuts_without_enough_runs_are_all_named() -> None:
    runs = read_runs(simulated_runs())
    with pytest.raises(InputError) as caught:
        make_folds(runs, "n_params", [1.0, 1e30])
    assert len(caught.value.problems) == 2
    assert "0 rows below" in caught.value.problems[0]
    with pytest.raises(InputError, match="Did you mean 'n_tokens'"):
        make_folds(runs, "n_token", [1e9])
