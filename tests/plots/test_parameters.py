"""Figures of parameters: rows, the population's row, densities that are densities, shrinkage that is shrinkage."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import bayescale as bs
from bayescale.errors import InputError
from bayescale.plots.shrinkage import pooling_factor
from bayescale.scaling.predict.forecast import NEW_FAMILY
from bayescale.scaling.predict.new_family import NEW
from bayescale.scaling.result import Fit
from tests.report.conftest import HOSTILE
from tests.scaling.decisions.decision_cases import fewer, stack


def rows(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def medians(axes: Axes, mark: str) -> list[float]:
    return [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == mark]  # type: ignore[index]


def test_exponents_end_with_a_family_never_seen(fitted: Fit, figures: dict[str, Figure]) -> None:
    for axes, name in zip(figures["exponents"].axes, ("alpha", "beta"), strict=True):
        new = fitted.posterior.functions.natural[name][..., NEW]
        assert medians(axes, "D") == pytest.approx([np.median(new)])
        own = np.median(fitted.tree["posterior"][name].to_numpy(), axis=(0, 1))
        assert medians(axes, "o") == pytest.approx(own.tolist())
    assert rows(figures["exponents"].axes[0]) == [HOSTILE, *rows(figures["exponents"].axes[0])[1:-1], NEW_FAMILY]


def test_parameters_have_no_such_row(figures: dict[str, Figure]) -> None:
    assert NEW_FAMILY not in rows(figures["parameters"].axes[0])


def test_rows_hold_their_medians(figures: dict[str, Figure]) -> None:
    for axes in figures["exponents"].axes:
        points = {round(float(line.get_ydata()[0]), 6): float(line.get_xdata()[0]) for line in axes.lines[1:-1]}  # type: ignore[index]
        for bar in axes.collections:
            for (low, height), (high, _) in bar.get_segments():  # type: ignore[attr-defined]
                assert low < points[round(float(height), 6)] < high


def test_densities_have_mass_one_and_lie_where_the_draws_do(fitted: Fit, figures: dict[str, Figure]) -> None:
    shown = [axes for axes in figures["prior_posterior"].axes if axes.get_visible()]
    assert [axes.get_title(loc="left")[1:].partition("$")[0] for axes in shown] == ["E", r"\alpha", r"\beta"]
    for axes, name in zip(shown, ("E", "alpha", "beta"), strict=True):
        assert len(axes.lines) == len(fitted.families)
        for index, line in enumerate(axes.lines):
            x, density = (np.asarray(one, dtype=float) for one in line.get_data())
            assert np.trapezoid(density, x) == pytest.approx(1, abs=0.02)
            draws = fitted.tree["posterior"][name].to_numpy()[..., index]
            assert np.trapezoid(x * density, x) == pytest.approx(draws.mean(), abs=0.1 * draws.std())
        corners = np.asarray(axes.collections[0].get_paths()[0].vertices)
        area = np.trapezoid(corners[:, 1], corners[:, 0])  # the way there along the curve, and back at zero
        assert abs(area) == pytest.approx(0.985, abs=0.02)


def test_densities_of_named_parameters(fitted: Fit) -> None:
    assert len(bs.plot_prior_posterior(fitted, ["beta"]).axes) == 1
    with pytest.raises(InputError, match=r"'bta' is no exponent.* Did you mean 'beta'"):
        bs.plot_prior_posterior(fitted, ["bta"])
    with pytest.raises(InputError, match="must be a list of texts"):
        bs.plot_prior_posterior(fitted, "beta")
    with pytest.raises(InputError, match="name at least one"):
        bs.plot_prior_posterior(fitted, [])


def test_pooling_factors_tell_ignorance_from_knowledge(fitted: Fit) -> None:
    """Families drawn from the population anew are pooled whole; families that are known exactly, and far apart, not."""
    rng = np.random.default_rng(1)
    tree = fitted.tree.copy(deep=True)
    posterior = tree["posterior"]
    centre = posterior["population"].sel(population_parameter="alpha").to_numpy()
    spread = posterior["spread"].sel(pooled_parameter="alpha").to_numpy()
    place = posterior["parameter"].to_numpy().tolist().index("alpha")
    coordinate: xr.DataArray = posterior["coordinate"]
    # Signs have the variance of a normal, without the noise of its squares under so few draws.
    coordinate.data[:, :, place, 0] = centre + spread * rng.choice((-1.0, 1.0), centre.shape)
    coordinate.data[:, :, place, 1] = centre + 0.3 + 1e-6 * rng.standard_normal(centre.shape)
    ignorant, knowing = pooling_factor(Fit(tree), "alpha")
    assert ignorant > 0.85
    assert knowing < 1e-6
    assert ((pooling_factor(fitted, "beta") > 0) & (pooling_factor(fitted, "beta") <= 1)).all()


def test_shrinkage_names_rows_and_factors(fitted: Fit, figures: dict[str, Figure]) -> None:
    axes = figures["shrinkage"].axes[0]
    assert rows(axes)[0] == f"{HOSTILE} (8 rows)"  # fewest rows first
    factors = pooling_factor(fitted, "alpha")
    assert [words.get_text() for words in axes.texts] == [f"{100 * one:.0f} %" for one in factors]


def test_arrows_go_from_the_estimates_apart(fitted: Fit, apart: Fit, figures: dict[str, Figure]) -> None:
    axes = figures["shrinkage_apart"].axes[0]
    arrows = [words for words in axes.texts if not words.get_text()]
    assert len(arrows) == len(fitted.families)
    for index, arrow in enumerate(arrows):
        to, start = arrow.xy, arrow.xyann  # type: ignore[attr-defined]
        assert to[0] == pytest.approx(np.median(fitted.tree["posterior"]["alpha"].to_numpy()[..., index]))
        assert start[0] == pytest.approx(np.median(apart.tree["posterior"]["alpha"].to_numpy()[..., index]))
    assert not [words for words in figures["shrinkage"].axes[0].texts if not words.get_text()]


def test_what_is_not_pooled_does_not_shrink(fitted: Fit, apart: Fit) -> None:
    with pytest.raises(InputError, match="no exponent of this fit is partially pooled"):
        bs.plot_shrinkage(apart)
    with pytest.raises(InputError, match="its 'alpha' is pooled too"):
        bs.plot_shrinkage(fitted, fitted)


@pytest.mark.parametrize("name", ["plot_parameters", "plot_exponents", "plot_prior_posterior", "plot_shrinkage"])
def test_a_stack_is_drawn_by_its_members(fitted: Fit, name: str) -> None:
    two = stack({"chinchilla": fewer(fitted, 10), "other": fewer(fitted, 10)}, {"chinchilla": 0.5, "other": 0.5})
    two.tree["/members/other"].attrs = dict(fitted.tree.attrs)
    with pytest.raises(InputError, match="stack"):
        getattr(bs, name)(two)


@pytest.mark.parametrize("prob", [0.0, 1.0, 2.0])
def test_probabilities_are_checked(fitted: Fit, prob: float) -> None:
    for draw in (bs.plot_parameters, bs.plot_exponents, bs.plot_shrinkage):
        with pytest.raises(InputError, match="prob"):
            draw(fitted, prob=prob)


def test_a_floor_above_the_mean_of_least_losses_is_drawn(fitted: Fit) -> None:
    """Families may differ so much that one's floor lies above what is the least loss on average."""
    tree = fitted.tree.copy(deep=True)
    tree["posterior"]["E"].data[..., 1] += 5
    line = bs.plot_prior_posterior(Fit(tree), ["E"]).axes[0].lines[1]
    x, density = (np.asarray(one, dtype=float) for one in line.get_data())
    assert np.trapezoid(density, x) == pytest.approx(1, abs=0.02)
    assert x.min() > 5
