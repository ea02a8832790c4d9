"""The picture of the README: what the demo forecast of the shipped runs, beside what these reached.

`python -m tools.picture` fits them, takes minutes, and writes docs/images/forecast.png.
"""

from collections.abc import Sequence
from pathlib import Path

from bayescale import demo
from bayescale.plots.law import plot_forecast
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit

OUT = Path(__file__).parents[1] / "docs" / "images" / "forecast.png"
DPI = 120


def write(fit: Fit, forecast: Forecast, actual: Sequence[float], out: Path = OUT) -> None:
    """The forecast with its bands, where the training data end, and what was measured, as PNG. The same posterior makes
    the same file: no version of what made it stands in it."""
    figure = plot_forecast(fit, forecast, actual)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=DPI, metadata={"Software": None})


if __name__ == "__main__":
    found = demo.run(print)
    write(found.fit, found.forecast, found.actual)
    print(f"wrote {OUT}")
