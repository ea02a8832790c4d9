"""The figures in a report: well-formed SVG with a title, a description and a caption that names the interval."""

from xml.etree import ElementTree

from bayescale.report.elements import Drawing
from bayescale.report.loss.figures import drawings
from bayescale.scaling.result import Fit


def test_a_report_has_forecast_fit_residuals_and_parameters(plain_fit: Fit) -> None:
    forecast = plain_fit.forecast([{"n_params": 1e10, "n_tokens": 2e11, "family": "a"}], 0.8)
    parts = drawings(plain_fit, forecast, [2.0])
    assert [part.name for part in parts] == ["forecast", "fit", "residuals", "parameters"]
    assert all(isinstance(part, Drawing) and part.alt and part.title for part in parts)
    assert [part.name for part in parts if "80 %" in part.caption] == ["forecast", "residuals", "parameters"]
    roots = [ElementTree.fromstring(part.svg) for part in parts]
    ids = [element.get("id") for root in roots for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
