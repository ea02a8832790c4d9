"""The figures in a report of losses, with titles, captions and descriptions for readers who cannot see them."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from bayescale.report.elements import Drawing
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def drawings(fit: Fit, forecast: Forecast, actual: Sequence[float] | None) -> tuple[Drawing, ...]:
    """Return all figures of a report, each drawn when a renderer shows it.

    Parameters
    ----------
    fit : Fit
        The posterior.
    forecast : Forecast
        The forecast.
    actual : sequence of float or None
        The measured response of each target; NaN where it is unknown.

    Returns
    -------
    tuple of Drawing
        The forecast, the fit, the residuals, and the parameters of each law.
    """
    response, prob, level = fit.response, forecast.prob, f"{100 * forecast.prob:.4g} %"
    return (
        Drawing(
            "forecast",
            "Forecast beyond the training data",
            f"{response} against scale by family: training runs, and the forecast beyond them, whose intervals widen.",
            "The dotted vertical line marks the largest training run. Bands and bars are intervals of the law and of "
            f"one new run ({level}). Where runs do not lie on one path, the dashed line is the law at the "
            "compute-optimal runs.",
            partial(_forecast, fit, forecast, actual),
        ),
        Drawing(
            "fit",
            "Law and training runs",
            f"{response} against scale by family: training runs and the fitted law.",
            "The law is drawn along the runs of each family; a grid or an isoFLOP table in slices of equal size or "
            "equal compute, with the law at the compute-optimal runs (dashed). Small grey points are runs of the other "
            "families. A page shows the name and numbers of a run under the pointer.",
            partial(_fit, fit, prob),
        ),
        Drawing(
            "residuals",
            "Residuals of the training runs",
            "Difference of each training run from the law, in percent.",
            f"Bars span the {level} interval of one new run at the same inputs. Labels name the runs outside it.",
            partial(_residuals, fit, prob),
        ),
        *(
            Drawing(
                "parameters" if len(fit.laws) == 1 else f"parameters_{name}",
                "Exponents and their priors" + ("" if len(fit.laws) == 1 else f": {name}"),
                "Intervals of each exponent by family, and a band for its prior.",
                f"Thick bars are 50 % intervals, thin bars {level} intervals. The grey band is the {level} interval of "
                "the prior. Where an interval is as wide as the band, the data say little about the exponent.",
                partial(_parameters, member, prob),
            )
            for name, member in fit.members.items()
        ),
    )


def _forecast(fit: Fit, forecast: Forecast, actual: Sequence[float] | None) -> "Figure":
    from bayescale.plots.law import plot_forecast

    return plot_forecast(fit, forecast, actual)


def _fit(fit: Fit, prob: float) -> "Figure":
    from bayescale.plots.law import plot_fit

    return plot_fit(fit, prob)


def _residuals(fit: Fit, prob: float) -> "Figure":
    from bayescale.plots.residuals import plot_residuals

    return plot_residuals(fit, prob)


def _parameters(fit: Fit, prob: float) -> "Figure":
    from bayescale.plots.parameters import plot_parameters

    return plot_parameters(fit, prob)
