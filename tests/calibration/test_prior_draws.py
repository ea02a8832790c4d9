"""Is what is simulated what the model believes? Draws of the prior against its compiled density, and the noise."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import bayescale as bs
from bayescale.calibration.prior_draws import MOST_TRIES, possible, possible_draw, prior_draws, simulated
from bayescale.calibration.simulated_design import made_design, targets_of
from bayescale.errors import InputError, LawError
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.model_data import constants, pack_data
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.predict.log_likelihood import log_likelihood
from bayescale.scaling.predict.targets import read_targets
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.reparametrization import forward
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.registry import CATALOGUE
from tests.conftest import simulated_runs

type Array = NDArray[np.float64]


def test_draws_have_the_density_that_the_model_has() -> None:
    """Log density of the compiled model less its likelihood, against the normals that the draws were made from: the
    difference is one constant. The anchor's Jacobian is taken by finite differences."""
    design = make_design(bs.read_runs(simulated_runs()), Spec(bs.law("chinchilla"), discrepancy=False))
    density, centring = density_of(design), default_centring(design)
    data, const, layout = pack_data(design, centring), constants(design, centring), design.layout
    values = prior_draws(design, 60, np.random.default_rng(1))
    assert possible(design, values).all()
    found = []
    for place in range(60):
        one = {name: value[:, place : place + 1] for name, value in values.items()}
        point = {name: value[0, 0] for name, value in one.items()}
        functions, coordinates = from_draws(design, one)
        rows = [layout.pooled.index(name) for name in layout.members]
        mean, spread = point["population"][rows][:, None], np.exp(point["log_spread"][rows])[:, None]
        believed = sum(
            normal(point[name], const[which].T)
            for name, which in (("population", "population"), ("log_spread", "spread"), ("noise", "noise"))
        )
        share = centring.members
        believed += (-0.5 * ((point["member"] - mean) / spread) ** 2 - share * np.log(spread)).sum()
        anchor = layout.pooled.index("E")
        at = (coordinates["E"][0, 0] - point["population"][anchor]) / np.exp(point["log_spread"][anchor])
        believed += (-0.5 * at**2 - point["log_spread"][anchor] + np.log(slope(design, one))).sum()
        sampled = forward(design, one, centring)  # the level at the families' own centres, by whose log the density is
        believed += (sampled["level"] - one["level"]).sum()
        flat = np.concatenate([np.ravel(sampled[name]) for name in density.blocks])
        found.append(density(flat, data)[0] - log_likelihood(functions).sum() - believed)
    assert np.ptp(found) < 1e-5


def normal(values: Array, pair: Array) -> float:
    return float((-0.5 * ((values - pair[0]) / pair[1]) ** 2).sum())


def slope(design: Design, one: Mapping[str, Array], step: float = 1e-6) -> Array:
    """Derivative of the anchor's coordinate by the log level: (family,)."""
    up, down = ({**one, "level": one["level"] + sign * step} for sign in (1, -1))
    return (from_draws(design, up)[1]["E"] - from_draws(design, down)[1]["E"])[0, 0] / (2 * step)


def test_levels_are_those_of_their_floor_s_coordinate_even_beyond_its_edges() -> None:
    """The floor's coordinate spreads around its population as its prior says, in the far tails too."""
    design = made_design(Spec(bs.law("chinchilla"), discrepancy=False), 40, 2)
    values = prior_draws(design, 200, np.random.default_rng(2))
    _, coordinates = from_draws(design, values)
    place = design.layout.pooled.index("E")
    mean, spread = values["population"][..., [place]], np.exp(values["log_spread"][..., [place]])
    z = (coordinates["E"] - mean) / spread
    assert np.abs(z).max() > 3
    assert z.mean() == pytest.approx(0, abs=0.05)
    assert z.std() == pytest.approx(1, abs=0.05)


def test_what_the_law_cannot_express_is_drawn_again_and_counted() -> None:
    """A response of a + 0·log(examples), a standard normal: half of the draws are below zero."""
    half = Law(
        "half", bs.term("a + 0 * log(examples)"), priors={"a": bs.normal(0.0, 1.0)}, ranges={"examples": (1e3, 1e6)}
    )
    design = made_design(Spec(half, discrepancy=False, noise="constant"), 2, 5)
    rng = np.random.default_rng(1)
    tries = [possible_draw(design, rng) for _ in range(300)]
    assert np.mean([count for _, count in tries]) == pytest.approx(2, abs=0.35)
    assert all(possible(design, values).all() for values, _ in tries[:20])
    never = replace(half, priors={"a": bs.normal(-50.0, 1.0)})
    with pytest.raises(LawError, match=f"none of {MOST_TRIES} draws"):
        possible_draw(replace(design, spec=replace(design.spec, law=never)), rng)


def test_rows_of_a_run_share_its_effect_and_its_heavy_tail() -> None:
    rng = np.random.default_rng(3)
    runs = simulated_runs(n=6)
    runs = pd.concat([runs, runs.assign(n_tokens=1.5 * runs["n_tokens"])], ignore_index=True)
    design = make_design(bs.read_runs(runs), Spec(bs.law("chinchilla"), discrepancy=False, noise="constant"))
    assert design.layout.noise_names == ("noise_floor", "noise_df", "noise_run", "noise_length")
    values, _ = possible_draw(design, rng)
    values = {**values, "noise": np.log([[[0.01, 1.0, 0.03, 0.1]]])}
    functions, _ = from_draws(design, values)
    mean = functions.law_response(design.log_inputs, design.family)[0, 0]
    residual = np.stack([simulated(design, values, rng) - mean for _ in range(800)])
    first, second = (np.flatnonzero(design.run == 0)[place] for place in (0, 1))
    another = int(np.flatnonzero(design.run == 1)[0])
    df = 3.0
    assert residual[:, first].std() == pytest.approx(np.sqrt((0.01**2 + 0.03**2) * df / (df - 2)), rel=0.3)
    shared = np.corrcoef(np.tanh(40 * residual[:, [first, second, another]]).T)
    assert shared[0, 1] > 0.7
    assert abs(shared[0, 2]) < 0.1


def test_noise_along_a_run_fades_with_the_distance_between_rows() -> None:
    rng = np.random.default_rng(3)
    parts = [simulated_runs(n=6).assign(n_tokens=lambda t, times=times: times * t["n_tokens"]) for times in (1, 1.2, 4)]
    runs = pd.concat(parts, ignore_index=True)
    design = make_design(bs.read_runs(runs), Spec(bs.law("chinchilla"), discrepancy=False, noise="constant"))
    values, _ = possible_draw(design, rng)
    values = {**values, "noise": np.log([[[0.01, 1e6, 1e-6, 0.5]]])}
    functions, _ = from_draws(design, values)
    mean = functions.law_response(design.log_inputs, design.family)[0, 0]
    residual = np.stack([simulated(design, values, rng) - mean for _ in range(2000)])
    alike = np.corrcoef(residual[:, :3].T)
    np.testing.assert_allclose(design.step[1:3], np.log([1.2, 4 / 1.2]))
    np.testing.assert_allclose(alike[0, 1:], np.exp(-np.log([1.2, 4]) / 0.5), atol=0.07)
    np.testing.assert_allclose(residual.std(axis=0), 0.01, rtol=0.1)


def test_the_discrepancy_is_simulated_too() -> None:
    rng = np.random.default_rng(4)
    design = make_design(bs.read_runs(simulated_runs(n=10)), Spec(bs.law("joint")))
    values, _ = possible_draw(design, rng)
    quiet = {**values, "noise": np.full(values["noise"].shape, -20.0)}
    functions, _ = from_draws(design, quiet)
    law = functions.law_response(design.log_inputs, design.family)[0, 0]
    spanned = functions.spanned(design.log_inputs, design.family)[0, 0]
    np.testing.assert_allclose(simulated(design, quiet, rng) - law, spanned, atol=1e-4)
    assert spanned.std() > 1e-4


def test_made_designs_are_fixed_and_stay_where_laws_hold() -> None:
    spec = Spec(bs.law("data_filtering"), discrepancy=False)
    first, again = (made_design(spec, 2, 9) for _ in range(2))
    np.testing.assert_array_equal(first.log_inputs, again.log_inputs)
    assert first.unit == again.unit > 0
    for name, values in first.inputs.items():
        low, high = spec.law.ranges[name]
        assert (values >= low).all()
        assert (values <= high).all()
    assert first.families == ("family 1", "family 2")
    places = targets_of(first)
    assert places["family"].isna().sum() == 2
    assert places.loc[places["place"] == "far", "examples"].iloc[0] == pytest.approx(3 * first.inputs["examples"].max())


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_law_s_priors_make_data(name: str) -> None:
    design = made_design(Spec(CATALOGUE[name], discrepancy=False, noise="constant"), 2, 12)
    values = prior_draws(design, 200, np.random.default_rng(1))
    assert possible(design, values).mean() > 0.5
    assert np.isfinite(design.unit)
    asked = read_targets(design, targets_of(design).drop(columns="place"))
    assert (asked.family == [0, 0, 1, 1, -1, -1]).all()


def test_targets_stay_where_a_quantity_can_be() -> None:
    design = made_design(Spec(bs.law("horizon"), discrepancy=False), 2, 9)
    assert (targets_of(design)["step_accuracy"] < 1).all()


def test_a_law_that_does_not_say_where_it_holds_is_refused() -> None:
    free = Law("free", bs.term("exp(-a * width)"), priors={"a": bs.lognormal(1.0, 0.3)})
    with pytest.raises(InputError, match=r"the range of width over which it holds(.|\n)*give `runs`"):
        made_design(Spec(free), 2, 9)
