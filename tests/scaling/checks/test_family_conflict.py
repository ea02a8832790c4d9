"""Conflict between families: found by comparison with an exact answer, and silent where families agree."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import ndtr

from bayescale.scaling.checks.family_conflict import family_conflict
from bayescale.scaling.model.priors import coordinate_names, prior_of, spread_prior
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from tests.conftest import MadeUp
from tests.scaling.checks.check_cases import CHINCHILLA, design_of
from tests.simulation import simulated_runs

SPEC = Spec(CHINCHILLA)


def measured_exponents(values: np.ndarray, error: float, draws: int = 4000, seed: int = 0) -> np.ndarray:
    """Exact posterior draws (draw, family) of exponents measured with a normal error, under the model's hierarchy."""
    rng = np.random.default_rng(seed)
    prior, between = prior_of(SPEC, "alpha"), spread_prior(SPEC, "alpha")
    grid = np.linspace(-4, 4, 400)
    spread = np.exp(between.location + between.spread * grid)
    variance = spread**2 + error**2
    precision = len(values) / variance + prior.spread**-2
    mean = (values.sum() / variance + prior.location * prior.spread**-2) / precision
    log_weight = -0.5 * (grid**2 + len(values) * np.log(variance) + np.log(precision))
    log_weight -= 0.5 * (
        ((values - mean[:, None]) ** 2).sum(axis=1) / variance + ((mean - prior.location) / prior.spread) ** 2
    )
    weight = np.exp(log_weight - log_weight.max())
    place = rng.choice(len(grid), draws, p=weight / weight.sum())
    population = mean[place] + rng.standard_normal(draws) / np.sqrt(precision[place])
    posterior_variance = 1 / (spread[place] ** -2 + error**-2)
    centre = posterior_variance[:, None] * (population[:, None] / spread[place, None] ** 2 + values / error**2)
    return np.asarray(centre + np.sqrt(posterior_variance)[:, None] * rng.standard_normal((draws, len(values))))


def context_of_exponents(draws: np.ndarray) -> Any:
    """A context of families that pool one exponent, as far as the check reads it."""
    design = SimpleNamespace(
        families=tuple(f"f{i}" for i in range(draws.shape[1])),
        spec=SPEC,
        layout=SimpleNamespace(law=CHINCHILLA, pooled=("alpha",)),
    )
    names = coordinate_names(CHINCHILLA)
    coordinate = np.zeros((1, len(draws), len(names), draws.shape[1]))
    coordinate[0, :, names.index("alpha")] = draws
    dims = ("chain", "draw", "parameter", "family")
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset({"coordinate": (dims, coordinate)})})
    return SimpleNamespace(design=design, posterior=SimpleNamespace(tree=tree))


def context_of_posterior(posterior: Posterior) -> Any:
    return SimpleNamespace(design=posterior.design, posterior=posterior)


def test_a_family_is_compared_with_the_other_families_alone() -> None:
    """The exact answer takes the family's data out: the others' posterior, and the family's measurement."""
    error, values = 0.12, prior_of(SPEC, "alpha").location + np.array([0.3, 0.02, -0.1, 0.05, -0.08])
    table = family_conflict(context_of_exponents(measured_exponents(values, error))).details["families"]
    others = measured_exponents(values[1:], error, 20_000, 1)
    spread = np.exp(spread_prior(SPEC, "alpha").location)
    mean = others.mean()  # close to exact: the population's spread is little moved by families this close
    exact = 2 * ndtr(-abs(values[0] - mean) / np.sqrt(spread**2 * (1 + 1 / 4) + error**2 * (1 + 1 / 4)))
    assert table["probability"][0] == pytest.approx(exact, rel=0.4)
    assert table["distance"][0] > 1.5
    joint = 2 * ndtr(-abs(measured_exponents(values, error)[:, 0].mean() - mean) / (spread * np.sqrt(1.25)))
    assert table["probability"][0] < 0.6 * joint  # the shrinkage by pooling is undone


def test_a_distant_family_is_named_and_near_ones_are_not() -> None:
    near = prior_of(SPEC, "alpha").location + np.array([0.05, 0.02, -0.1, 0.06, -0.08])
    far = near + np.array([0, 0, 0, 0, 0.9])
    quiet = family_conflict(context_of_exponents(measured_exponents(near, 0.03)))
    loud = family_conflict(context_of_exponents(measured_exponents(far, 0.03)))
    assert quiet.value > 0.2
    assert not quiet.warns
    assert quiet.meaning.startswith("none: the most distant is alpha of")
    assert loud.value <= 0.01
    assert loud.warns
    assert loud.meaning.startswith("alpha of f4, ")
    assert 'pooling={"alpha": "free"}, or fit f4 separately' in loud.meaning
    tables = [result.details["families"] for result in (quiet, loud)]
    assert [table["family"].tolist() for table in tables] == [["f0", "f1", "f2", "f3", "f4"]] * 2
    assert tables[1]["probability"].idxmin() == 4


def test_families_with_too_few_data_are_named() -> None:
    result = family_conflict(context_of_exponents(measured_exponents(np.full(4, -1.1), 3.0)))
    assert result.value > 0.5
    assert "too few data to tell" in result.meaning


def test_draws_that_are_not_finite_are_reported() -> None:
    draws = measured_exponents(np.array([-1.1, -1.0, -0.9]), 0.1)
    draws[:, 1] = np.nan
    result = family_conflict(context_of_exponents(draws))
    assert np.isnan(result.value)
    assert "are not finite" in result.meaning
    assert result.details["families"].empty


def test_two_families_cannot_be_compared(plain_fit: Fit) -> None:
    result = family_conflict(context_of_posterior(plain_fit.posterior))
    assert np.isnan(result.value)
    assert result.meaning == "cannot be computed: it takes 3 families, and there are 2"
    assert result.details["families"].empty


def test_amplitudes_are_not_compared(made_up: MadeUp) -> None:
    parts = [simulated_runs(n=6).assign(family=lambda runs, k=k: runs["family"] + str(k)) for k in range(2)]
    design = design_of(pd.concat(parts, ignore_index=True))
    posterior = Posterior(to_tree(design, made_up(design), Sampler(), 1))
    table = family_conflict(context_of_posterior(posterior)).details["families"]
    assert table.groupby("parameter")["compared"].first().to_dict() == {
        "A": False,
        "B": False,
        "E": True,
        "alpha": True,
        "beta": True,
    }
