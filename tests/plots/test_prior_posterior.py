"""Prior and posterior densities have mass one and lie where the draws do."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import bayescale as bs
from bayescale.errors import InputError
from bayescale.scaling.result import Fit


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
    with pytest.raises(InputError, match=r"'bta' is not an exponent.* Did you mean 'beta'"):
        bs.plot_prior_posterior(fitted, ["bta"])
    with pytest.raises(InputError, match="must be a list of texts"):
        bs.plot_prior_posterior(fitted, "beta")
    with pytest.raises(InputError, match="name at least one"):
        bs.plot_prior_posterior(fitted, [])


def test_a_floor_above_the_mean_of_least_losses_is_drawn(fitted: Fit) -> None:
    """Families may differ so much that one's floor lies above what is the least loss on average."""
    tree = fitted.tree.copy(deep=True)
    tree["posterior"]["E"].data[..., 1] += 5
    line = bs.plot_prior_posterior(Fit(tree), ["E"]).axes[0].lines[1]
    x, density = (np.asarray(one, dtype=float) for one in line.get_data())
    assert np.trapezoid(density, x) == pytest.approx(1, abs=0.02)
    assert x.min() > 5
