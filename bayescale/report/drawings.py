"""The figures of a forecast's report: drawn, titled, and described for readers who cannot see them."""

from collections.abc import Callable, Sequence
from functools import partial

from matplotlib.figure import Figure

from bayescale.fitted import Fit
from bayescale.forecast.predict import Forecast
from bayescale.plots import law, parameters, residuals, style
from bayescale.report.parts import Drawing


def drawings(fit: Fit, forecast: Forecast, actual: Sequence[float] | None) -> tuple[Drawing, ...]:
    """All figures of a forecast's report, the forecast first."""
    response, prob, level = fit.response, forecast.prob, f"{100 * forecast.prob:.4g} %"

    def drawing(name: str, title: str, alt: str, caption: str, draw: Callable[[], Figure]) -> Drawing:
        return Drawing(name, title, alt, caption, style.svg(draw(), name))

    return (
        drawing(
            "forecast",
            "Beyond the training data",
            f"{response} against scale by family: training runs, and the forecast widening beyond them.",
            "Right of the dashed line no run was used for training. The darker band is where the law lies "
            f"({level}), the lighter band and the bars where one new run would.",
            lambda: law.plot_forecast(fit, forecast, actual),
        ),
        drawing(
            "fit",
            "The law and the training runs",
            f"{response} against scale by family: training runs lie along the fitted law.",
            "Each law is drawn along its own family's runs; small grey points are the other families.",
            lambda: law.plot_fit(fit, prob),
        ),
        drawing(
            "residuals",
            "Training runs over their law",
            "Percent by which each training run lies above or below its law.",
            f"Bars span the {level} interval of one new run at the same inputs; runs outside it are named.",
            lambda: residuals.plot_residuals(fit, prob),
        ),
        *(
            drawing(
                "parameters" if len(fit.laws) == 1 else f"parameters_{name}",
                "Exponents beside their priors" + ("" if len(fit.laws) == 1 else f": {name}"),
                "Intervals of each exponent by family, beside a band for its prior.",
                f"Thick bars are 50 %, thin ones {level}; the grey band is the prior over {level}. An interval as wide "
                "as its band was hardly informed by the data.",
                partial(parameters.plot_parameters, member, prob),
            )
            for name, member in fit.members.items()
        ),
    )
