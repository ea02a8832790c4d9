"""Laws of every form through the model: formulas, other scales, inputs that may be zero."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.errors import InputError
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.predict.log_likelihood import log_likelihood
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.preconditioner import laplace_preconditioner
from bayescale.scaling.sampling.reparametrization import inverse
from bayescale.scaling.sampling.starting_point import starting_point
from bayescale.scaling_laws.law import Law
from tests.conftest import simulated_runs

MINE = Law(
    "mine",
    bs.term("sigmoid(a + b * log(n_params / 1e9) - c * mantissa_bits)"),
    scale=bs.Scale("logit"),
    response="accuracy",
    priors={"a": bs.normal(0.0, 1.0), "b": bs.lognormal(0.3, 0.4), "c": bs.normal(0.0, 0.2)},
    pooling={"a": "partial"},
)
PENALTY = Law(
    "penalty",
    bs.floor("E") + bs.power("A", "alpha", "n_params") + bs.term("k * 2**-bits"),
    priors={"k": bs.lognormal(0.5, 0.5)},
)
LINEAR = Law(
    "linear",
    bs.term("a + b * log(examples)"),
    scale=bs.Scale("identity"),
    response="score",
    priors={"a": bs.normal(0.0, 3.0), "b": bs.normal(1.0, 0.5)},
)


def table(entry: Law, n: int = 30, seed: int = 2) -> pd.DataFrame:
    """Runs of two families that follow an entry at the middle of its priors, with noise on its scale."""
    rng = np.random.default_rng(seed)
    columns = {
        "n_params": np.exp(rng.uniform(np.log(1e8), np.log(1e10), n)),
        "bits": rng.choice([2.0, 3.0, 4.0, 8.0], n),
        "mantissa_bits": rng.choice([0.0, 1.0, 3.0], n),
        "examples": np.exp(rng.uniform(np.log(1e4), np.log(1e8), n)),
    }
    parameters = {"E": 1.7, "A": 400.0, "alpha": 0.34} | {k: p.quantile(0.5) for k, p in entry.priors.items()}
    inputs = {name: columns[name] for name in entry.inputs}
    clean = entry.scale.forward(entry.predict(inputs, {k: parameters[k] for k in entry.parameter_names}), np)
    response = entry.scale.inverse(clean + 0.01 * rng.standard_normal(n))
    return pd.DataFrame({"family": np.where(np.arange(n) % 2, "x", "y"), **inputs, entry.response: response})


def design_of(entry: Law, discrepancy: bool = True) -> Design:
    return make_design(bs.read_runs(table(entry), response=entry.response), Spec(entry, discrepancy=discrepancy))


@pytest.mark.parametrize("entry", [MINE, PENALTY, LINEAR], ids=lambda entry: entry.name)
def test_numpy_s_likelihood_is_the_compiled_model_s(entry: Law) -> None:
    design = design_of(entry)
    density, centring = density_of(design), default_centring(design)
    data = pack_data(design, centring)
    rng = np.random.default_rng(5)
    points = starting_point(design, density) + 0.05 * rng.standard_normal((1, 5, density.size))
    values: Any = inverse(design, density.unpack(points), centring)
    moved = data["rows"].copy()
    moved[:, 0] += 0.03 * np.sin(np.arange(len(moved)))
    import dataclasses

    other = dataclasses.replace(design, scaled_response=moved[:, 0])
    expected = [density(p, data | {"rows": moved})[0] - density(p, data)[0] for p in points[0]]
    found = [log_likelihood(from_draws(one, values)[0]).sum(axis=-1)[0] for one in (design, other)]
    np.testing.assert_allclose(found[1] - found[0], expected, rtol=1e-8, atol=1e-7)


def test_a_law_of_one_s_own_is_recovered_on_its_own_scale() -> None:
    fitted = bs.fit(table(MINE), law=MINE, discrepancy=False, noise="constant", random_seed=1)
    summary = fitted.summary().set_index(["parameter", "family"])
    low, high = summary.loc[("b", "x"), ["lower", "upper"]]
    assert low < 0.3 < high
    assert high - low < 0.02  # the prior's own interval is .4 wide
    forecast = fitted.forecast([{"family": "x", "n_params": 1e14, "mantissa_bits": 0.0}]).table
    assert 0.9 < forecast["run_lower"][0] < forecast["run_upper"][0] < 1.0


@pytest.mark.parametrize(
    ("entry", "change", "message"),
    [
        (MINE, {"accuracy": 1.0}, "accuracy in rows 1 must be between 0 and 1, both excluded"),
        (PENALTY, {"bits": -4.0}, "'bits'.*must be more than 0"),
        (MINE, {"mantissa_bits": -1.0}, "'mantissa_bits'.*must be 0 or more"),
        (PENALTY, {"bits": np.nan}, "bits"),
    ],
)
def test_values_that_cannot_be_are_named(entry: Law, change: dict[str, float], message: str) -> None:
    runs = table(entry)
    for name, value in change.items():
        runs.loc[0, name] = value
    with pytest.raises(InputError, match=message):
        bs.fit(runs, law=entry)


def test_targets_beyond_what_can_be_are_named() -> None:
    design = design_of(MINE, discrepancy=False)
    from bayescale.scaling.predict.targets import read_targets

    with pytest.raises(InputError, match=r"target 1: mantissa_bits=-2.0 must be .* 0 or more"):
        read_targets(design, [{"n_params": 1e9, "mantissa_bits": -2.0}])
    asked = read_targets(design, [{"n_params": 1e9, "mantissa_bits": 6.0}, {"n_params": 1e9, "mantissa_bits": 1.0}])
    assert asked.extrapolation[0] == pytest.approx(2.0)  # once the data's range beyond its end
    assert asked.extrapolation[1] <= 1.0


def test_spreads_over_many_families_are_not_the_scatter_of_their_estimates() -> None:
    """Exponents of single families are known to about .3 in log here, and differ by .05: the joint mode says .3."""
    rng = np.random.default_rng(3)
    truth = {
        f"f{i:02d}": {
            "E": 1.7 * np.exp(0.1 * rng.standard_normal()),
            "A": 400.0 * np.exp(0.2 * rng.standard_normal()),
            "alpha": 0.34 * np.exp(0.05 * rng.standard_normal()),
            "B": 420.0 * np.exp(0.2 * rng.standard_normal()),
            "beta": 0.28 * np.exp(0.05 * rng.standard_normal()),
        }
        for i in range(30)
    }
    runs = bs.read_runs(simulated_runs(truth, n=20, noise=0.02))
    design = make_design(runs, Spec(bs.law("chinchilla"), discrepancy=False, noise="constant"))
    density = density_of(design)
    found = density.unpack(laplace_preconditioner(design, density).coordinates.centres[0])["log_spread"]
    spread = dict(zip(design.layout.pooled, np.exp(found), strict=True))
    assert spread["alpha"] < 0.15
    assert spread["beta"] < 0.15
