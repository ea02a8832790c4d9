"""The forecast in a report of losses: its table, what its intervals contain, and how it compares with measurements."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayescale.core.serialization import MARK
from bayescale.core.text import a_or_an
from bayescale.errors import InputError
from bayescale.plots import wording
from bayescale.report.formats import Format, digits, factor, interval, number, text
from bayescale.report.formats import answer as yes_or_no
from bayescale.report.tables import Table, table_of
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit

if TYPE_CHECKING:
    from bayescale.scaling.preview import Preview


def compare(forecast: Forecast, actual: Sequence[float] | None = None) -> pd.DataFrame:
    """Add measured values to the table of a forecast.

    Parameters
    ----------
    forecast : Forecast
        The forecast.
    actual : sequence of float, optional
        The measured response of each target; NaN where it is unknown.

    Returns
    -------
    pandas.DataFrame
        The forecast's table with the column `family`. With `actual` also `actual`, `error` (median of the law divided
        by the measured value, minus 1) and `inside` (whether the interval of one new run contains the measured value).

    Raises
    ------
    InputError
        `actual` does not hold one number per target.
    """
    table = forecast.table.assign(family=forecast.blocks.families)
    if actual is None:
        return table
    values = np.asarray(actual, dtype=float)
    if values.shape != (len(table),):
        raise InputError(
            f"actual has {values.size} values for {len(table)} targets; give one value per target, NaN where unknown"
        )
    inside = pd.Series(table["run_lower"].le(values) & table["run_upper"].ge(values), dtype=object)
    inside = inside.where(np.isfinite(values), None)
    error = (table["law_median"] / values - 1) * np.copysign(1.0, values)  # of the size of a negative response
    return table.assign(actual=values, error=error, inside=inside)


def outcome(compared: pd.DataFrame, prob: float) -> tuple[str, ...]:
    """State how many measured values the intervals contain, and the mean error of the median.

    Parameters
    ----------
    compared : pandas.DataFrame
        The table of `compare`.
    prob : float
        Probability of the intervals.

    Returns
    -------
    tuple of str
        One sentence; none where no measured value is known.
    """
    if "actual" not in compared or not compared["actual"].notna().any():
        return ()
    known = compared[compared["actual"].notna()]
    hits, error = int(known["inside"].astype(bool).sum()), 100 * known["error"].abs().mean()
    return (
        f"{hits} of {len(known)} measured values lie inside their {100 * prob:.4g} % interval for one new run. "
        f"The mean absolute error of the law's median is {error:.1f} %.",
    )


def answer(fit: FittedLaws, compared: pd.DataFrame, prob: float) -> str:
    """State the forecast of the first target in one sentence.

    Parameters
    ----------
    fit : FittedLaws
        The posterior.
    compared : pandas.DataFrame
        The table of `compare`.
    prob : float
        Probability of the intervals.

    Returns
    -------
    str
        The sentence; it also says how many targets there are.
    """
    row = compared.iloc[0]
    label = next((str(row[name]) for name in ("name", "run") if name in compared and pd.notna(row[name])), "")
    subject = f"{label}: a new run" if label else "A new run"
    family = f" of family {row['family']}" if len(fit.families) > 1 else ""
    sizes = ", ".join(f"{wording.AXES.get(name, name)} {wording.size_text(float(row[name]))}" for name in fit.inputs)
    lower, median, upper = (digits(float(row[f"run_{name}"])) for name in ("lower", "median", "upper"))
    known = row.get("actual")
    measured = f" It measured {digits(float(known))}." if known is not None and np.isfinite(known) else ""
    more = f" The table has all {len(compared)} targets." if len(compared) > 1 else ""
    return (
        f"{subject}{family} at {sizes} is forecast to have {a_or_an(fit.response)} between {lower} and {upper} ("
        f"{100 * prob:.4g} % interval, median {median}).{measured}{more}"
    )


def forecast_table(fit: FittedLaws, compared: pd.DataFrame, prob: float) -> Table:
    """Format the table of `compare` for readers.

    Parameters
    ----------
    fit : FittedLaws
        The posterior.
    compared : pandas.DataFrame
        The table of `compare`.
    prob : float
        Probability of the intervals.

    Returns
    -------
    Table
        One row per target.
    """
    level, response = f"{100 * prob:.4g} %", fit.response
    columns: dict[str, Format] = {}
    label = next((name for name in ("name", "run") if name in compared), None)
    if label:
        columns["target"] = text(label)
    if len(fit.families) > 1:
        columns["family"] = text("family")
    columns |= {wording.AXES.get(name, name): _size(name) for name in fit.inputs}
    columns |= {"law, median": number("law_median"), f"law, {level}": interval("law")}
    columns |= {f"one new run, {level}": interval("run")}
    if "actual" in compared:
        columns |= {
            f"measured {response}": number("actual"),
            "error": lambda row: "" if row["error"] is None else f"{100 * float(row['error']):+.1f}\u00a0%",
            "inside": yes_or_no("inside", "yes", "NO"),
        }
    columns["beyond the data"] = factor("extrapolation")
    if compared["flag"].ne("").any():
        columns["flag"] = text("flag")
    return table_of("forecast", compared, f"Forecast of {response}, in {unit(fit)}", columns)


def preview_table(preview: "Preview") -> Table:
    """Format a preview for readers.

    Parameters
    ----------
    preview : Preview
        The preview.

    Returns
    -------
    Table
        The table of its forecast. Its caption and each row carry the mark.
    """
    table = forecast_table(preview.laws, compare(preview.forecast), preview.prob)
    caption = f"Preview ({MARK}): {table.caption[:1].lower()}{table.caption[1:]} by law {preview.laws.law.name}"
    return replace(table, name="preview", caption=caption)


def unit(fit: FittedLaws) -> str:
    """Return the unit of the response.

    Parameters
    ----------
    fit : FittedLaws
        The posterior.

    Returns
    -------
    str
        The unit in words.
    """
    return "nats per token" if fit.response == "loss" else "the unit of the table of runs"


def estimand(fit: Fit, prob: float) -> tuple[str, ...]:
    """State what the columns of the forecast estimate.

    Parameters
    ----------
    fit : Fit
        The posterior.
    prob : float
        Probability of the intervals.

    Returns
    -------
    tuple of str
        One paragraph.
    """
    response, level = fit.response, f"{100 * prob:.4g} %"
    return (
        f"“Law” is the mean {response} of repeated runs of a family: the law plus its discrepancy, without the scatter "
        "of single runs. “One new run” is the value that the next run measures. Intervals have equal tails. "
        f"Over many forecasts, a calibrated {level} interval contains the true value {level} of the time.",
    )


def _size(name: str) -> Format:
    return lambda row: "" if row[name] is None else wording.size_text(float(row[name]))
