"""Rows that a law meets exactly are refused before anything is compiled."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.errors import InputError
from bayescale.scaling.sampling.noiseless_rows import require_scatter
from tests.scaling.sampling.small_families import design_of, small_families


@pytest.mark.parametrize(("count", "discrepancy"), [(1, False), (1, True), (3, False)])
def test_fit_refuses_rows_without_noise(count: int, discrepancy: bool) -> None:
    table = small_families(count, 24, noise=0.0)
    with pytest.raises(InputError, match=r"exactly.*calculated from a law, not measured.*add noise"):
        bs.fit(table, law="chinchilla", discrepancy=discrepancy, progress=False)


@pytest.mark.parametrize("name", ["chinchilla", "joint"])
@pytest.mark.parametrize(("count", "rows"), [(18, 3), (3, 24), (1, 8)])
def test_rows_without_noise_are_refused_without_compiling(count: int, rows: int, name: str) -> None:
    with pytest.raises(InputError, match="calculated from a law, not measured"):
        require_scatter(design_of(small_families(count, rows, noise=0.0), name))


def test_families_that_differ_without_noise_are_refused() -> None:
    table = small_families(3, 24, noise=0.0)
    table["loss"] *= table["family"].map({"f0": 1.0, "f1": 1.1, "f2": 0.93})
    with pytest.raises(InputError, match="calculated from a law, not measured"):
        require_scatter(design_of(table))


def test_rows_no_more_than_parameters_are_not_refused() -> None:
    few = small_families(1, 6)
    again = pd.concat(
        [few.assign(run="first", seed=1), few.assign(run="second", seed=2)], ignore_index=True
    )  # measured twice, alike: still six points for five parameters
    require_scatter(design_of(again))
    require_scatter(design_of(small_families(3, 24, noise=0.0005)))
    one_measured = small_families(3, 24, noise=0.0)
    one_measured.loc[:23, "loss"] *= np.exp(0.005 * np.random.default_rng(1).standard_normal(24))
    require_scatter(design_of(one_measured))
