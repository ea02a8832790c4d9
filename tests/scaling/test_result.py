"""Test what a fit contains."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import bayescale as bs
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.starting_point import starting_point
from tests.conftest import MadeUp, simulated_runs
from tests.golden import golden

SETTINGS: dict[str, Any] = {"law": "chinchilla", "discrepancy": False, "random_seed": 1}


def test_a_fit_summarises_its_posterior(plain_fit: Fit) -> None:
    assert plain_fit.families == ("a", "b")
    assert plain_fit.law.name == "chinchilla"
    assert repr(plain_fit).startswith("Fit(law='chinchilla', 50 runs, 2 families, 4 chains of ")
    table = plain_fit.summary()
    assert table.columns.tolist() == ["parameter", "family", "median", "lower", "upper"]
    assert table["parameter"].tolist()[:4] == ["E", "E", "A", "A"]
    lower, upper = table[(table.parameter == "alpha") & (table.family == "a")][["lower", "upper"]].to_numpy()[0]
    assert lower < 0.34 < upper
    assert "alpha" in plain_fit._repr_html_()


@pytest.mark.parametrize("name", ["plain", "joint"])
def test_the_model_is_what_was_sampled(name: str) -> None:
    fit = golden(name)
    design, model = fit.posterior.design, fit.model
    density, data = density_of(design), pack_data(design, default_centring(design))
    rng, start = np.random.default_rng(0), starting_point(design, density)
    assert [variable.name for variable in model.free_RVs] == list(density.blocks)
    log_density = model.compile_logp(mode="FAST_COMPILE")
    for _ in range(2):
        point = start + 0.1 * rng.standard_normal(density.size)
        values = {
            model.rvs_to_values[variable].name: density.unpack(point)[variable.name] for variable in model.free_RVs
        }
        assert log_density(values) == pytest.approx(density(point, data)[0], rel=1e-10)


def test_a_stack_has_a_model_for_each_law(plain_fit: Fit, joint_fit: Fit) -> None:
    members = xr.DataTree.from_dict({"chinchilla": plain_fit.tree, "joint": joint_fit.tree})
    stack = Fit(xr.DataTree(xr.Dataset(attrs={"bayescale_kind": '"stack"'}), children={"members": members}))
    with pytest.raises(bs.InputError, match=r"is a stack of .*\.members"):
        _ = stack.model
    sizes = {name: len(member.model.free_RVs) for name, member in stack.members.items()}
    assert sizes["joint"] > sizes["chinchilla"] > 0


def test_priors_are_saved_with_the_fit(monkeypatch: pytest.MonkeyPatch, made_up: MadeUp, tmp_path: Path) -> None:
    monkeypatch.setattr("bayescale.scaling.single_law.sample_posterior", lambda design, *rest: made_up(design))
    with pytest.raises(bs.ChecksFailed) as caught:
        bs.fit(simulated_runs(), law="chinchilla", priors={"alpha": bs.lognormal(0.4, 0.1)}, family=None)
    fitted = caught.value.fit
    fitted.save(tmp_path / "fit.nc")
    back = bs.load(tmp_path / "fit.nc")
    assert back.law.prior("alpha") == bs.lognormal(0.4, 0.1)
    assert back.law == fitted.law
    assert back.families == ("all",)
    assert back.notes == fitted.notes
