"""The least loss that floors and slopes are relative to, where families end at different scales."""

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.priors import prior_of
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.model.typical_law import extrapolate_min_loss, reducible_slopes, typical_level
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.registry import law

SIZE = np.geomspace(1e8, 1e11, 12)


def ladder(family: str, rows: slice, floor: float = 1.7, exponent: float = 0.34) -> pd.DataFrame:
    """Runs of one family without noise, 20 tokens a parameter."""
    loss = floor + 400 * SIZE**-exponent + 410 * (20 * SIZE) ** -0.28
    return pd.DataFrame({"family": family, "n_params": SIZE, "n_tokens": 20 * SIZE, "loss": loss})[rows]


def design_of(*tables: pd.DataFrame, entry: str = "chinchilla") -> Design:
    return make_design(read_runs(pd.concat(tables, ignore_index=True)), Spec(law(entry)))


@pytest.mark.parametrize("few", [1, 3, 6])
def test_families_of_one_truth_have_one_least_loss(few: int) -> None:
    """One of small runs alone would otherwise have its floor relative to a loss up to twice as large."""
    whole, part = ladder("a", slice(None)), ladder("b", slice(few))
    design = design_of(whole, part)
    assert design.min_loss[0] == whole["loss"].min()
    assert part["loss"].min() > 1.2 * design.min_loss[0]
    assert design.min_loss[1] == pytest.approx(design.min_loss[0], rel=0.08)


def test_extrapolation_keeps_differences_of_families() -> None:
    """Another tokenizer: three tenths more loss everywhere, in large runs and where there are small ones alone."""
    whole, part = ladder("a", slice(None)), ladder("b", slice(4))
    other = part.assign(loss=1.3 * part["loss"])
    same, more = design_of(whole, part).min_loss, design_of(whole, other).min_loss
    assert more[1] / same[1] == pytest.approx(1.3, rel=1e-6)


def test_families_that_end_alike_keep_their_least_value() -> None:
    whole = ladder("a", slice(None))
    lower = ladder("b", slice(None), floor=1.4)
    np.testing.assert_array_equal(design_of(whole, lower).min_loss, [whole["loss"].min(), lower["loss"].min()])
    np.testing.assert_array_equal(design_of(whole).min_loss, [whole["loss"].min()])


@pytest.mark.parametrize("entry", [law("kaplan"), law("moe_clark")], ids=lambda entry: entry.name)
def test_laws_without_floor_or_powers_are_not_extrapolated(entry: Law) -> None:
    """Without a floor, or without power terms, how far to carry would rest on a guess of the exponent."""
    latent, family = np.array([3.0, 2.6, 2.0, 1.7]), np.array([0, 0, 1, 1])
    log_inputs = np.linspace(1.0, 9.0, 4)[:, None] * np.ones(len(entry.inputs))
    np.testing.assert_array_equal(extrapolate_min_loss(Spec(entry), latent, family, log_inputs), [2.6, 1.7])


def test_the_typical_level_at_the_centre_lies_above_the_least_value() -> None:
    assert typical_level(Spec(law("chinchilla")), 2.0) == pytest.approx(0.599 + 2 * 0.08 / 0.33, rel=0.01)
    assert typical_level(Spec(law("kaplan")), 2.0) == pytest.approx(1.25)


def test_slopes_of_the_reducible_response_are_those_of_the_typical_law() -> None:
    entry, centre = law("chinchilla"), np.log([1e9, 2e10])
    slopes = reducible_slopes(Spec(entry), 2.0, centre)
    medians = {name: prior_of(Spec(entry), name).quantile(0.5) for name in ("A", "B", "alpha", "beta")}
    terms = np.array([medians["A"], medians["B"]])  # local slopes over the least loss
    exponents = np.array([medians["alpha"], medians["beta"]])
    np.testing.assert_allclose(slopes, -terms / (terms / exponents).sum(), rtol=1e-5)


@pytest.mark.parametrize("name", ["m1", "downstream_error"])
def test_laws_without_a_floor_or_off_the_log_scale_have_no_slopes(name: str) -> None:
    entry = law(name)
    np.testing.assert_array_equal(reducible_slopes(Spec(entry), 1.0, np.ones(len(entry.inputs))), 0.0)
