"""Tables of decisions: comparisons, compute-optimal allocations and required compute."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from bayescale.plots import wording
from bayescale.report.formats import Format, factor, interval, number, share, text
from bayescale.report.tables import Table, table_of
from bayescale.scaling.decisions.allocation import Allocation
from bayescale.scaling.decisions.compare import Comparison
from bayescale.scaling.decisions.multiplier import Multiplier
from bayescale.scaling.decisions.required_compute import Requirement

SIZES = {"n_params": "parameters", "n_tokens": "training tokens"}
HARDWARE = {"accelerator_hours": "accelerator hours", "days": "days", "price": "price"}


def comparison_table(comparison: Comparison, response: str) -> Table:
    """Format which side has the lower response, and by how much.

    Parameters
    ----------
    comparison : Comparison
        The answer of `Fit.compare`.
    response : str
        Name of the response.

    Returns
    -------
    Table
        One row per pair of runs.
    """
    level, table = f"{100 * comparison.prob:.4g} %", comparison.table
    columns: dict[str, Format] = {side: _side(table, f"{side}_") for side in ("a", "b")}
    columns |= {
        "a below b: law": share("law_below"),
        "one run each": share("run_below"),
        "law, a less b": number("law_difference_median", "+.4g"),
        f"law, {level}": interval("law_difference"),
        f"one run each, {level}": interval("run_difference"),
        "beyond the data": factor("extrapolation"),
    }
    return table_of("comparison", table, f"{response} of a against b", columns | _flag(table))


def allocation_table(allocation: Allocation) -> Table:
    """Format compute-optimal sizes and training tokens.

    Parameters
    ----------
    allocation : Allocation
        The answer of `Fit.allocate`.

    Returns
    -------
    Table
        One row per budget.
    """
    level, table = f"{100 * allocation.prob:.4g} %", allocation.table
    columns = {**_family(table), "compute (FLOP)": number("flops", ".4g"), **_hardware(table, [""])}
    of_size, of_data, ratio = allocation.quantities
    for name in (of_size, of_data):
        heading = SIZES.get(name, name)
        columns |= {heading: size(f"{name}_median"), f"{heading}, {level}": sizes(name)}
    columns |= {
        ratio.replace("_per_param", " per parameter").replace("_per_", " per "): number(f"{ratio}_median", ".3g"),
        "loss": number("loss_median"),
        f"loss, {level}": interval("loss"),
        "beyond the data": factor("extrapolation"),
    }
    served = f", {wording.size_text(table['tokens_served'].iloc[0])} tokens served" if "tokens_served" in table else ""
    return table_of("allocation", table, f"Compute-optimal runs{served}", columns | _flag(table))


def requirement_table(requirement: Requirement) -> Table:
    """Format the least compute for a loss.

    Parameters
    ----------
    requirement : Requirement
        The answer of `Fit.required`.

    Returns
    -------
    Table
        One row per loss.
    """
    level, table = f"{100 * requirement.prob:.4g} %", requirement.table
    columns = {**_family(table), "loss": number("loss")}
    columns |= {"compute (FLOP)": size("flops_median"), f"compute, {level}": sizes("flops")}
    columns |= _hardware(table, ["_median"])
    for name in (str(name) for name in requirement.dataset if name != "flops"):
        heading = SIZES.get(name, name)
        columns |= {heading: size(f"{name}_median"), f"{heading}, {level}": sizes(name)}
    columns |= {"never": share("never"), "beyond the data": factor("extrapolation")}
    return table_of("requirement", table, "Least compute for a loss", columns | _flag(table))


def multiplier_table(multiplier: Multiplier) -> Table:
    """Format the compute multiplier of a recipe over a baseline.

    Parameters
    ----------
    multiplier : Multiplier
        The answer of `Fit.multiplier`.

    Returns
    -------
    Table
        One row per budget.
    """
    level, table = f"{100 * multiplier.prob:.4g} %", multiplier.table
    columns = {
        "compute (FLOP)": number("flops", ".4g"),
        "multiplier": times("multiplier_median"),
        f"multiplier, {level}": _span("multiplier", _times_text),
        "above 1": share("better"),
        "loss": number("loss_median"),
        f"loss, {level}": interval("loss"),
        "never": share("never"),
        "beyond the data": factor("extrapolation"),
    }
    recipe, baseline = ("a new family" if name is None else name for name in table.loc[0, ["recipe", "baseline"]])
    return table_of(
        "multiplier", table, f"Compute that {baseline} takes for the loss of {recipe}", columns | _flag(table)
    )


def _side(table: pd.DataFrame, prefix: str) -> Format:
    """The target on one side, in words."""
    names = [str(name) for name in table if str(name).startswith(prefix)]
    return lambda row: ", ".join(_input_text(name.removeprefix(prefix), row[name]) for name in names)


def _input_text(name: str, value: object) -> str:
    if name == "family":
        return "a new family" if value is None else str(value)
    return f"{name}={wording.size_text(value)}" if isinstance(value, float) and value >= 1 else f"{name}={value}"


def _family(table: pd.DataFrame) -> dict[str, Format]:
    return {"family": text("family")} if "family" in table else {}


def _flag(table: pd.DataFrame) -> dict[str, Format]:
    return {"flag": text("flag")} if table["flag"].ne("").any() else {}


def size(name: str) -> Format:
    """Format a column as a size: 6.9e9 → "6.9B", infinite → "∞".

    Parameters
    ----------
    name : str
        The column.

    Returns
    -------
    Format
        Text of a row.
    """
    return lambda row: _size_text(row[name])


def sizes(name: str) -> Format:
    """Format the columns `name`_lower and `name`_upper as an interval of sizes.

    Parameters
    ----------
    name : str
        Stem of the columns.

    Returns
    -------
    Format
        Text of a row.
    """
    return _span(name, _size_text)


def _span(name: str, written: Callable[[float | None], str]) -> Format:
    def span(row: Mapping[str, Any]) -> str:
        ends = [written(row[f"{name}_{end}"]) for end in ("lower", "upper")]
        return "\u00a0to\u00a0".join(dict.fromkeys(ends))  # one text where both ends are infinite

    return span


def times(name: str) -> Format:
    """Format a column as a factor that may be infinite.

    Parameters
    ----------
    name : str
        The column.

    Returns
    -------
    Format
        Text of a row.
    """
    return lambda row: _times_text(row[name])


def _times_text(value: float | None) -> str:
    """A factor; None, as in a record, is infinite."""
    return "∞" if value is None or math.isinf(value) else f"{value:.3g}"


def _hardware(table: pd.DataFrame, endings: list[str]) -> dict[str, Format]:
    """Hours, days and money, where the hardware says them."""
    columns = {f"{name}{ending}": heading for name, heading in HARDWARE.items() for ending in endings}
    return {heading: size(name) for name, heading in columns.items() if name in table}


def _size_text(value: float | None) -> str:
    """A size; None, as in a record, is infinite."""
    return "∞" if value is None or math.isinf(value) else wording.size_text(value)
