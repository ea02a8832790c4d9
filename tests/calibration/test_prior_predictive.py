"""What priors say before data: the joint prior's own draws, and runs made from each."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.scaling.model.priors import prior_of
from bayescale.scaling.model.spec import Spec
from tests.conftest import simulated_runs


def test_each_draw_makes_the_runs_of_the_table() -> None:
    runs = bs.read_runs(simulated_runs(n=6))
    tree = bs.prior_predictive("chinchilla", runs, draws=300, discrepancy=False, random_seed=1)
    made, rows = tree["prior_predictive"]["loss"], tree["constant_data"].to_dataset()
    assert made.dims == ("chain", "draw", "obs")
    assert made.shape == (1, 300, 12)
    given = runs.table.set_index(["family", "run"])["loss"]
    names = pd.MultiIndex.from_arrays([rows["obs_family"].to_numpy(), rows["run_label"].to_numpy()])
    np.testing.assert_allclose(rows["observed"], given[names])
    law = bs.law("chinchilla")
    exponents = np.log(tree["prior"]["alpha"].to_numpy()[0, :, 0])
    prior = prior_of(Spec(law), "alpha")
    assert exponents.mean() == pytest.approx(prior.location, abs=4 * exponents.std() / np.sqrt(300))


def test_data_scatter_about_the_law_of_their_draw() -> None:
    runs = bs.read_runs(simulated_runs(n=6))
    tree = bs.prior_predictive("chinchilla", runs, draws=200, discrepancy=False, random_seed=2)
    law, rows = bs.law("chinchilla"), tree["constant_data"].to_dataset()
    off = []
    for place in range(200):
        for family in ("a", "b"):
            own = (rows["obs_family"] == family).to_numpy()
            prior = tree["prior"].to_dataset().isel(chain=0, draw=place).sel(family=family)
            said = law.predict(
                {name: rows[name].to_numpy()[own] for name in law.inputs},
                {name: float(prior[name]) for name in law.parameter_names},
            )
            off += np.log(tree["prior_predictive"]["loss"].to_numpy()[0, place, own] / said).tolist()
    assert abs(np.median(off)) < 0.003
    assert 0.001 < np.median(np.abs(off)) < 0.02  # priors of the noise are some tenths of a percent


def test_it_repeats_and_refuses() -> None:
    one, two = (bs.prior_predictive("chinchilla", draws=5, n_runs=4, random_seed=3) for _ in range(2))
    assert one.identical(two)
    assert one["prior_predictive"].sizes["obs"] == 12
    with pytest.raises(bs.InputError, match="draws"):
        bs.prior_predictive("chinchilla", draws=0)
    with pytest.raises(bs.LawError, match="chinchilla"):
        bs.prior_predictive("chinchila")
