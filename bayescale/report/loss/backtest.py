"""The section of a report on earlier forecasts of the same table of runs."""

from functools import partial
from typing import TYPE_CHECKING

from bayescale.report.elements import Drawing, Notes, Part, Section, Text
from bayescale.report.formats import Format, number, percent, text
from bayescale.report.tables import Table, table_of
from bayescale.scaling.evaluation.backtest import Backtest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EMPTY = Table("backtest", "", (), (), (), ())


def section(backtest: Backtest | None) -> Section:
    """Return the section of a backtest.

    Parameters
    ----------
    backtest : Backtest or None
        The backtest. None gives a section whose parts are empty.

    Returns
    -------
    Section
        A paragraph, a table, a figure and notes.
    """
    parts: tuple[Part, ...] = (Text("backtested", ()), EMPTY, Notes("backtest_notes", (), "Notes"))
    if backtest is not None:
        parts = (
            Text("backtested", (_introduction(backtest.prob),)),
            _table(backtest),
            Drawing(
                "backtest",
                "Error and coverage by distance from the data",
                "Mean error of the median and share of measurements inside their intervals, against the distance "
                "beyond the training data; histogram of the positions of the measurements in their forecasts.",
                "Bars span two standard errors on either side. Dashed lines show a calibrated forecast.",
                partial(_draw, backtest),
            ),
            Notes("backtest_notes", backtest.notes, "Notes"),
        )
    return Section("backtest", "Backtest: forecasts of runs that are already measured", parts)


def _draw(backtest: Backtest) -> "Figure":
    from bayescale.plots.backtest import plot_backtest

    return plot_backtest(backtest)


def _introduction(prob: float) -> str:
    return (
        "Each law is fitted to the runs below a cut and forecasts the runs above it, which the fit has not seen. "
        f"If the forecasts are calibrated, {100 * prob:.4g} % intervals contain {100 * prob:.4g} % of the measurements."
    )


def _table(backtest: Backtest) -> Table:
    levels = {
        "in 50 %": "coverage_50",
        f"in {100 * backtest.prob:.4g} %": "coverage",
        "± (standard error)": "coverage_se",
    }
    columns: dict[str, Format] = {"law": text("law"), "runs": number("runs", ".0f"), "rows": number("n_test", ".0f")}
    columns["mean error"] = _share("error")
    columns |= {heading: _share(name) for heading, name in levels.items()}
    columns["width"] = _share("width")
    caption = (
        "All cuts together: mean error of the median, share of measurements inside the interval, width of the interval "
        "(of the logarithm of the response)"
    )
    return table_of("backtest", backtest.summary, caption, columns)


def _share(name: str) -> Format:
    return lambda row: "" if row.get(name) is None else percent(float(row[name]))
