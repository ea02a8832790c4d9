"""Priors learned from fits: the population of simulated measurements is recovered, and few tables change little."""

import numpy as np
import pytest

import bayescale as bs
from bayescale.errors import InputError
from bayescale.scaling.learned_priors import Measurement, learn_priors, measure, predictive
from bayescale.scaling.model.priors import prior_of
from bayescale.scaling_laws.priors.prior_files import shipped
from tests.golden import golden

BASE = bs.lognormal(0.33, 0.35)


def measured(locations: np.ndarray, error: float, per_table: int = 1) -> list[Measurement]:
    return [
        Measurement(f"t{place}", "exponent", float(value), error**2)
        for place, value in enumerate(locations)
        for _ in range(per_table)
    ]


@pytest.mark.parametrize(("mean", "spread", "error"), [(-1.5, 0.15, 0.1), (-0.9, 0.6, 0.1), (-1.1, 0.2, 0.4)])
def test_the_population_of_many_tables_is_recovered(mean: float, spread: float, error: float) -> None:
    rng = np.random.default_rng(1)
    tables = 300
    truth = mean + spread * rng.standard_normal(tables)
    prior = predictive(measured(truth + error * rng.standard_normal(tables), error), BASE)
    of_mean = np.hypot(spread, error) / np.sqrt(tables)
    assert prior.location == pytest.approx(mean, abs=4 * of_mean)
    assert prior.spread == pytest.approx(spread, abs=4 * of_mean * np.hypot(spread, error) / spread)


def test_a_table_that_says_nothing_leaves_nearly_the_base_prior() -> None:
    prior = predictive(measured(np.array([3.0, -3.0]), 50.0), BASE)
    assert prior.location == pytest.approx(BASE.location, abs=0.01)
    assert 1.1 < prior.spread / BASE.spread < 1.2


def test_two_tables_that_agree_move_the_prior_and_narrow_it_a_little() -> None:
    prior = predictive(measured(np.log([0.2, 0.21]), 0.02), BASE)
    assert 0.2 < np.exp(prior.location) < 0.25
    assert 0.1 < prior.spread < BASE.spread


def test_fits_of_one_table_count_as_one() -> None:
    locations = np.log([0.2, 0.3, 0.25])
    once, often = predictive(measured(locations, 0.1), BASE), predictive(measured(locations, 0.1, per_table=5), BASE)
    assert (often.location, often.spread) == (pytest.approx(once.location), pytest.approx(once.spread))


def test_families_of_a_table_are_not_differences_between_tables() -> None:
    locations = np.log([0.2, 0.4, 0.25, 0.33])
    apart = measured(locations, 0.05)
    of_families = [Measurement(m.table, m.quantity, m.location, m.variance, 0.3**2) for m in apart]
    assert predictive(of_families, BASE).spread < predictive(apart, BASE).spread


def test_a_measurement_times_the_prior_of_its_fit_is_the_posterior() -> None:
    fit = golden("joint")
    found = {m.quantity: m for m in measure(fit)}
    spec, draws = fit.posterior.design.spec, fit.tree["posterior"]
    for quantity, name in (("exponent_n_params", "alpha"), ("q", "q"), ("noise_floor", "noise_floor")):
        if name == "noise_floor":
            values, prior = np.log(draws[name].to_numpy()), spec.priors[name]
        else:
            names = fit.posterior.design.layout.population
            values, prior = draws["population"].to_numpy()[..., names.index(name)], prior_of(spec, name)
        precision = 1 / found[quantity].variance + prior.spread**-2
        mean = (found[quantity].location / found[quantity].variance + prior.location * prior.spread**-2) / precision
        assert mean == pytest.approx(values.mean())
        assert 1 / precision == pytest.approx(values.var(ddof=1))


def test_what_fits_say_is_learned_and_named_and_the_rest_kept() -> None:
    stated = shipped("stated")
    table = learn_priors([golden("plain"), golden("hostile"), golden("curves")], "ours")
    assert table.name == "ours"
    assert len(table.sources["exponent_n_params"]) == 2  # learning curves have no parameters
    assert table["exponent_n_params"].spread < stated["exponent"].spread
    assert table["spread_exponent"] == stated["spread_exponent"]
    assert table["discrepancy_scale"] == stated["discrepancy_scale"]  # fits without a discrepancy
    assert "discrepancy_scale" not in table.sources
    assert all(quantity in table.priors for quantity in table.sources)


def test_parameters_with_priors_of_their_own_say_nothing_about_roles() -> None:
    quantities = {measurement.quantity for measurement in measure(golden("curve"))}
    assert not quantities & {"exponent", "exponent_n_params"}
    assert "noise_floor" in quantities


def test_fits_of_one_table_are_too_few() -> None:
    with pytest.raises(InputError, match="of 1 table of runs"):
        learn_priors([golden("plain"), golden("joint")])
