"""Settings of a fit: defaults, what is allowed, and how they are stored; noise of laws that are no losses."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.data.quantities import weight_columns
from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.single_law import make_spec
from bayescale.scaling_laws.priors.prior_files import default_table, shipped
from bayescale.scaling_laws.registry import CATALOGUE
from tests.conftest import simulated_runs

RISING = ("optimal_size", "critical_batch", "model_size_growth", "optimal_batch", "optimal_lr", "knowledge_capacity")
SCORES = ("observational", "sloth", "rl_sigmoid", "ladder", "u_shape", "speculative_decoding", "bleu_log")
FALLING = ("joint", "chinchilla", "farseer", "frontier", "data_pruning", "m2", "batch_trajectory")


@pytest.mark.parametrize("name", [*RISING, *SCORES])
def test_noise_of_other_responses_is_constant_by_default(name: str) -> None:
    assert make_spec(name, None, True, None, None).noise == "constant"
    assert make_spec(name, None, True, "growing", None).noise == "growing"


@pytest.mark.parametrize("name", FALLING)
def test_noise_of_losses_grows_by_default(name: str) -> None:
    assert make_spec(name, None, True, None, None).noise == "growing"


def test_every_law_with_power_terms_has_noise_that_grows() -> None:
    laws = [law for law in CATALOGUE.values() if law.expression.powers and not weight_columns(law.inputs)]
    assert {law.usual_noise for law in laws} == {"growing"}


def test_noise_of_laws_of_mixtures_is_constant_by_default() -> None:
    assert {law.usual_noise for law in CATALOGUE.values() if weight_columns(law.inputs)} == {"constant"}


def test_noise_varies_over_families_where_its_pooling_says_so() -> None:
    assert not Spec(bs.law("joint")).family_noise
    assert Spec(bs.law("joint"), pooling={"noise": "partial"}).family_noise
    with pytest.raises(InputError, match="'free' is not one of shared, partial"):
        Spec(bs.law("joint"), pooling={"noise": "free"})


@pytest.fixture(scope="module")
def best_sizes() -> tuple[pd.DataFrame, float]:
    """Best sizes over three decades of compute, and the spread of their logarithms."""
    rng, noise = np.random.default_rng(3), 0.08
    flops = np.geomspace(1e18, 1e21, 16)
    clean = bs.law("optimal_size").predict({"flops": flops}, {"N_0": 8e8, "a": 0.5})
    return pd.DataFrame({"flops": flops, "n_params": clean * np.exp(noise * rng.standard_normal(len(flops)))}), noise


def test_forecast_of_a_rising_response_is_as_wide_as_its_noise(best_sizes: tuple[pd.DataFrame, float]) -> None:
    table, noise = best_sizes
    fitted = bs.fit(table, law="optimal_size", random_seed=1, progress=False)
    assert fitted.check().passed
    target = {"flops": 3e22}
    answer = fitted.forecast([target]).table.iloc[0]
    truth = bs.law("optimal_size").predict(target, {"N_0": 8e8, "a": 0.5})
    assert answer["law_lower"] < truth < answer["law_upper"]
    width = np.log(answer["run_upper"] / answer["run_lower"])
    assert 2 * 1.64 * noise < width < 4 * 2 * 1.64 * noise


def test_a_spec_is_stored_with_every_setting() -> None:
    spec = Spec(
        bs.law("joint"),
        family=None,
        noise="constant",
        pooling={"alpha": "free"},
        discrepancy_lengthscale=0.5,
        discrepancy_shared=1.0,
        discrepancy_growth=0.2,
        priors=default_table().with_priors({"discrepancy_scale": bs.lognormal(0.02, 1.0)}, "ours"),
    )
    assert Spec.from_document(json.loads(json.dumps(spec.to_document()))) == spec


def test_a_spec_of_an_earlier_release_has_the_constants_of_that_release() -> None:
    """Releases up to schema 3 had these as constants, and stored none of them."""
    document = Spec(bs.law("chinchilla")).to_document()
    earlier = {name: document[name] for name in document if not name.startswith("discrepancy_") and name != "priors"}
    spec = Spec.from_document(earlier)
    assert (spec.discrepancy_lengthscale, spec.discrepancy_shared) == (0.3, 0.7)
    assert spec.discrepancy_growth == 0.0  # constant until schema 4
    assert spec.priors == shipped("stated")
    assert spec.priors["discrepancy_scale"] == bs.lognormal(0.01, 0.6)
    with pytest.raises(ValueError, match="a spec has no lengthscale"):
        Spec.from_document({**document, "lengthscale": 1.0})


def test_a_spec_of_schema_4_has_the_scale_of_the_discrepancy_that_it_was_stored_with() -> None:
    """Schema 4 stored the prior of the discrepancy's scale by itself, and no other."""
    document = Spec(bs.law("chinchilla")).to_document()
    del document["priors"]
    spec = Spec.from_document({**document, "discrepancy_scale": asdict(bs.lognormal(0.02, 1.0))})
    assert spec.priors["discrepancy_scale"] == bs.lognormal(0.02, 1.0)
    assert spec.priors["noise_floor"] == shipped("stated")["noise_floor"]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"discrepancy_lengthscale": 0.0}, "discrepancy_lengthscale=0.0 must be above 0"),
        ({"discrepancy_lengthscale": np.nan}, "discrepancy_lengthscale=nan must be above 0"),
        ({"discrepancy_shared": 1.5}, "discrepancy_shared=1.5 must be between 0 and 1"),
        ({"discrepancy_growth": -0.1}, "discrepancy_growth=-0.1 must be at least 0"),
    ],
)
def test_settings_of_the_discrepancy_out_of_range_are_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError) as caught:
        Spec(bs.law("joint"), **settings)
    assert problem in str(caught.value)


def test_settings_of_the_discrepancy_reach_its_basis() -> None:
    runs = read_runs(simulated_runs())
    usual, other = (
        make_design(runs, Spec(bs.law("joint"), **settings)).basis
        for settings in ({}, {"discrepancy_lengthscale": 0.6, "discrepancy_shared": 0.2})
    )
    assert usual is not None
    assert other is not None
    np.testing.assert_allclose(other.lengthscales, 2 * usual.lengthscales)
    assert (usual.shared, other.shared) == (0.7, 0.2)
