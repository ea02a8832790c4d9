"""The figure of shrinkage shows pooling factors and separate estimates."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import bayescale as bs
from bayescale.errors import InputError
from bayescale.plots.shrinkage import pooling_factor
from bayescale.scaling.result import Fit
from tests.report.conftest import HOSTILE


def rows(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def medians(axes: Axes, mark: str) -> list[float]:
    return [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == mark]  # type: ignore[index]


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


def test_shrinkage_needs_a_pooled_exponent(fitted: Fit, apart: Fit) -> None:
    with pytest.raises(InputError, match="no exponent of this fit is partially pooled"):
        bs.plot_shrinkage(apart)
    with pytest.raises(InputError, match="its 'alpha' is pooled too"):
        bs.plot_shrinkage(fitted, fitted)
