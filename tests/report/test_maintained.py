"""The log of forecasts in a report: drawn with a description, and not before the first forecast."""

from xml.etree import ElementTree

from bayescale.maintenance.store.forecast_log import empty
from bayescale.report.maintained import ledger_drawings
from tests.plots.forecast_logs import made_ledger
from tests.report.conftest import HOSTILE


def test_the_ledger_is_drawn_and_described() -> None:
    (drawing,) = ledger_drawings(made_ledger([0.5, 0.99], family=HOSTILE))
    assert "4 of 6 measured" in drawing.alt
    root = ElementTree.fromstring(drawing.svg)
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    assert "var(--ink" in drawing.svg


def test_there_is_nothing_to_draw_before_a_forecast() -> None:
    assert ledger_drawings(empty()) == ()
