"""The figures of a forecast's report: drawn, titled, and described for readers who cannot see them."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from bayescale.plots import law, parameters, residuals, style
from bayescale.report.elements import Drawing
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit


def drawing(name: str, title: str, alt: str, caption: str, figure: Figure) -> Drawing:
    """A figure as a report has it: `alt` are the words for who cannot see it."""
    return Drawing(name, title, alt, caption, style.svg(figure, name))


def drawings(fit: Fit, forecast: Forecast, actual: Sequence[float] | None) -> tuple[Drawing, ...]:
    """All figures of a forecast's report, the forecast first."""
    response, prob, level = fit.response, forecast.prob, f"{100 * forecast.prob:.4g} %"
    return (
        drawing(
            "forecast",
            "Beyond the training data",
            f"{response} against scale by family: training runs, and the forecast widening beyond them.",
            "Right of the dashed line no run was used for training. The darker band is where the law lies "
            f"({level}), the lighter band and the bars where one new run would.",
            law.plot_forecast(fit, forecast, actual),
        ),
        drawing(
            "fit",
            "The law and the training runs",
            f"{response} against scale by family: training runs lie along the fitted law.",
            "Each law is drawn along its own family's runs; small grey points are the other families.",
            law.plot_fit(fit, prob),
        ),
        drawing(
            "residuals",
            "Training runs over their law",
            "Percent by which each training run lies above or below its law.",
            f"Bars span the {level} interval of one new run at the same inputs; runs outside it are named.",
            residuals.plot_residuals(fit, prob),
        ),
        *(
            drawing(
                "parameters" if len(fit.laws) == 1 else f"parameters_{name}",
                "Exponents beside their priors" + ("" if len(fit.laws) == 1 else f": {name}"),
                "Intervals of each exponent by family, beside a band for its prior.",
                f"Thick bars are 50 %, thin ones {level}; the grey band is the prior over {level}. An interval as wide "
                "as its band was hardly informed by the data.",
                parameters.plot_parameters(member, prob),
            )
            for name, member in fit.members.items()
        ),
    )
