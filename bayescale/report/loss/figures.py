"""The figures in a report of losses, with titles, captions and descriptions for readers who cannot see them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bayescale.plots import law, parameters, residuals
from bayescale.plots.svg import figure_svg
from bayescale.report.elements import Drawing
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def drawing(name: str, title: str, alt: str, caption: str, figure: "Figure") -> Drawing:
    """Convert a figure to a part of a report.

    Parameters
    ----------
    name : str
        Part of the ids in the SVG.
    title : str
        A heading.
    alt : str
        Description for readers who cannot see the figure.
    caption : str
        Explanation of lines and bands.
    figure : matplotlib.figure.Figure
        The figure.

    Returns
    -------
    Drawing
        The part.
    """
    return Drawing(name, title, alt, caption, figure_svg(figure, name))


def drawings(fit: Fit, forecast: Forecast, actual: Sequence[float] | None) -> tuple[Drawing, ...]:
    """Draw all figures of a report.

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
        drawing(
            "forecast",
            "Forecast beyond the training data",
            f"{response} against scale by family: training runs, and the forecast beyond them, whose intervals widen.",
            "The dashed line marks the largest training run. The darker band is the interval of the law "
            f"({level}); the lighter band and the bars are the interval of one new run.",
            law.plot_forecast(fit, forecast, actual),
        ),
        drawing(
            "fit",
            "Law and training runs",
            f"{response} against scale by family: training runs and the fitted law.",
            "The law is drawn along the runs of each family. Small grey points are runs of the other families.",
            law.plot_fit(fit, prob),
        ),
        drawing(
            "residuals",
            "Residuals of the training runs",
            "Difference of each training run from the law, in percent.",
            f"Bars span the {level} interval of one new run at the same inputs. Labels name the runs outside it.",
            residuals.plot_residuals(fit, prob),
        ),
        *(
            drawing(
                "parameters" if len(fit.laws) == 1 else f"parameters_{name}",
                "Exponents and their priors" + ("" if len(fit.laws) == 1 else f": {name}"),
                "Intervals of each exponent by family, and a band for its prior.",
                f"Thick bars are 50 % intervals, thin bars {level} intervals. The grey band is the {level} interval of "
                "the prior. Where an interval is as wide as the band, the data say little about the exponent.",
                parameters.plot_parameters(member, prob),
            )
            for name, member in fit.members.items()
        ),
    )
