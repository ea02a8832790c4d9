"""What earlier forecasts of the same table were worth: a report's section."""

from bayescale.plots.backtest import plot_backtest
from bayescale.report.elements import Notes, Part, Section, Text
from bayescale.report.loss.figures import drawing
from bayescale.report.tables import Format, Table, number, percent, table_of, text
from bayescale.scaling.evaluation.backtest import Backtest

NOTHING = Table("backtest", "", (), (), (), ())


def section(found: Backtest | None) -> Section:
    """The section of a backtest; without one it has nothing to say."""
    parts: tuple[Part, ...] = (Text("backtested", ()), NOTHING, Notes("backtest_notes", (), "Notes"))
    if found is not None:
        parts = (
            Text("backtested", (_said(found.prob),)),
            _table(found),
            drawing(
                "backtest",
                "Error and coverage by distance",
                "Mean error and share of measurements inside their intervals, against how far beyond the data they "
                "lay; histogram of where the measurements fell in their forecasts.",
                "Bars are two standard errors either way; dashed lines are what a calibrated forecast would have.",
                plot_backtest(found),
            ),
            Notes("backtest_notes", found.notes, "Notes"),
        )
    return Section("backtest", "Would it have been right?", parts)


def _said(prob: float) -> str:
    return (
        "Each law was fitted to the runs below a cut and asked for those above it, as if these had not been made. "
        f"Intervals of {100 * prob:.4g} % should hold that share of the measurements."
    )


def _table(found: Backtest) -> Table:
    levels = {"in 50 %": "coverage_50", f"in {100 * found.prob:.4g} %": "coverage", "± (standard error)": "coverage_se"}
    columns: dict[str, Format] = {"law": text("law"), "runs": number("runs", ".0f"), "rows": number("n_test", ".0f")}
    columns["mean error"] = _share("error")
    columns |= {heading: _share(name) for heading, name in levels.items()}
    columns["width"] = _share("width")
    caption = (
        "All cuts together: error of the median, share of measurements inside, width of the interval (log response)"
    )
    return table_of("backtest", found.summary, caption, columns)


def _share(name: str) -> Format:
    return lambda row: "" if row.get(name) is None else percent(float(row[name]))
