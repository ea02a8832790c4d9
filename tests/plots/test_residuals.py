"""The figure of residuals names the runs outside their interval."""

from bayescale.plots import residuals
from bayescale.scaling.result import Fit


def test_residuals_name_runs_outside_their_interval(fitted: Fit) -> None:
    figure = residuals.plot_residuals(fitted, prob=0.1)
    assert figure.axes[0].get_ylabel() == "deviation of measured loss from law (%)"
    assert 1 <= len(figure.axes[0].texts) <= residuals.MOST_NAMED
