"""Test the shape of a model: names of its coordinates, and what its compiled code depends on."""

from dataclasses import replace

import pytest

import bayescale as bs
from bayescale.scaling.model.layout import Layout
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import Prior
from tests.scaling.model.law_cases import LINEAR

PARAMETERS = ("E", "A", "B", "alpha", "beta")


def layout_of(
    law: Law, pooled: tuple[str, ...] = (), shared: tuple[str, ...] = (), free: tuple[str, ...] = ()
) -> Layout:
    return Layout(law, 3, pooled, shared, free, n_basis=0, noise="growing", run_noise=False, drift=False)


def test_pooled_floor_is_sampled_as_the_level() -> None:
    layout = layout_of(bs.law("chinchilla"), pooled=PARAMETERS)
    assert layout.anchor == "E"
    assert layout.has_level
    assert layout.members == ("A", "B", "alpha", "beta")
    assert layout.member_places == [1, 2, 3, 4]
    assert layout.sampled_free == ()


def test_slopes_are_joined_where_all_vary_over_families() -> None:
    assert layout_of(bs.law("chinchilla"), pooled=PARAMETERS).joined_terms == ("A", "B")
    assert layout_of(bs.law("chinchilla"), pooled=("E", "A"), shared=PARAMETERS[2:]).joined_terms == ()
    assert layout_of(bs.law("chinchilla"), free=PARAMETERS).joined_terms == ()
    assert layout_of(LINEAR, free=("a", "b")).joined_terms == ()


def test_floor_and_slope_of_the_noise_are_joined_where_it_grows() -> None:
    layout = layout_of(bs.law("chinchilla"), pooled=PARAMETERS)
    assert layout.joined_noise == ("noise_floor", "noise_slope")
    assert replace(layout, noise="constant").joined_noise == ()


def test_levels_are_at_the_centres_of_families_where_there_is_a_floor_and_several_families() -> None:
    layout = layout_of(bs.law("chinchilla"), pooled=PARAMETERS)
    assert layout.family_levels
    assert not replace(layout, n_families=1).family_levels
    assert not layout_of(bs.law("chinchilla"), pooled=("A", "B"), shared=("E", "alpha", "beta")).family_levels
    assert not layout_of(LINEAR, free=("a", "b")).family_levels


def test_free_floor_is_sampled_as_the_level() -> None:
    layout = layout_of(bs.law("chinchilla"), free=PARAMETERS)
    assert layout.has_level
    assert layout.sampled_free == ("A", "B", "alpha", "beta")
    assert layout.population == layout.members == ()


def test_shared_floor_has_a_coordinate_and_no_level() -> None:
    layout = layout_of(bs.law("chinchilla"), pooled=("A", "B"), shared=("E",), free=("alpha", "beta"))
    assert not layout.has_level
    assert layout.population == ("A", "B", "E")
    assert layout.members == ("A", "B")
    assert layout.sampled_free == ("alpha", "beta")


def test_law_without_power_terms_has_no_level() -> None:
    layout = layout_of(LINEAR, free=("a", "b"))
    assert layout.anchor == ""
    assert not layout.has_level
    assert layout.sampled_free == ("a", "b")


@pytest.mark.parametrize(
    ("noise", "run_noise", "drift", "names"),
    [
        ("constant", False, False, ("noise_floor", "noise_df")),
        ("growing", False, False, ("noise_floor", "noise_slope", "noise_growth", "noise_df")),
        ("constant", True, False, ("noise_floor", "noise_df", "noise_run")),
        ("constant", True, True, ("noise_floor", "noise_df", "noise_run", "noise_length")),
    ],
)
def test_noise_parameters(noise: str, run_noise: bool, drift: bool, names: tuple[str, ...]) -> None:
    layout = layout_of(bs.law("chinchilla"), pooled=PARAMETERS)
    layout = replace(layout, noise=noise, run_noise=run_noise, drift=drift)  # type: ignore[arg-type]
    assert layout.noise_names == names


def test_compiled_code_depends_on_the_scale_of_a_prior_and_not_on_its_location() -> None:
    law = bs.law("chinchilla")
    firm, logit = (
        replace(law, priors={"alpha": prior}) for prior in (Prior("log", -1.0, 0.05), Prior("logit", -1.0, 0.05))
    )
    key = layout_of(law, pooled=PARAMETERS).key()
    assert layout_of(firm, pooled=PARAMETERS).key() == key
    assert layout_of(logit, pooled=PARAMETERS).key() != key


@pytest.mark.parametrize(
    "change", [{"n_families": 2}, {"n_basis": 5}, {"noise": "constant"}, {"run_noise": True}, {"drift": True}]
)
def test_compiled_code_depends_on_sizes_and_noise(change: dict[str, object]) -> None:
    layout = layout_of(bs.law("chinchilla"), pooled=PARAMETERS)
    assert replace(layout, **change).key() != layout.key()  # type: ignore[arg-type]
