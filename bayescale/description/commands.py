"""Commands and calls to paste, that read a table as it was described."""

import json
import shlex
from collections.abc import Mapping

import numpy as np
import pandas as pd

from bayescale.data.columns import as_numbers
from bayescale.scaling_laws.entries import CATALOGUE

IN_MEMORY = "table"  # the name of a table in memory in a Python call


def name_of(source: object) -> str:
    """Return how a command names a source: its path or address; `IN_MEMORY` for a table in memory.

    Parameters
    ----------
    source : object
        The source.

    Returns
    -------
    str
        The name.
    """
    return source if isinstance(source, str) else IN_MEMORY if not hasattr(source, "__fspath__") else str(source)


def python_call(
    function: str,
    source: object,
    rename: Mapping[str, str],
    units: Mapping[str, str] | None = None,
    response: str = "loss",
) -> str:
    """Write the Python call that reads a source.

    Parameters
    ----------
    function : str
        "read_runs" or "read_trials".
    source : object
        The source.
    rename, units : mapping of str to str
        Arguments of the call.
    response : str, default "loss"
        The measured column.

    Returns
    -------
    str
        The call.
    """
    first = IN_MEMORY if name_of(source) == IN_MEMORY else json.dumps(name_of(source))
    arguments = [first]
    arguments += [f"rename={dict(rename)}"] if rename else []
    arguments += [f"units={dict(units)}"] if units else []
    arguments += [f"response={response!r}"] if response != "loss" else []
    return f"bs.{function}({', '.join(arguments)})"


def fit_command(
    source: object, law: str, rename: Mapping[str, str], units: Mapping[str, str], frame: pd.DataFrame
) -> str:
    """Write a command that forecasts a run of ten times the largest compute, or of ten times a law's one input.

    Parameters
    ----------
    source : object
        The source.
    law : str
        Name of a law whose inputs the table has.
    rename, units : mapping of str to str
        Options of the command.
    frame : DataFrame of shape (n_rows, n_columns)
        The rows under our names, in absolute units.

    Returns
    -------
    str
        The command; "" for a table in memory.
    """
    if name_of(source) == IN_MEMORY:
        return ""
    inputs = CATALOGUE[law].required_inputs
    values = np.column_stack([as_numbers(frame[name])[0] for name in inputs])
    largest = values[int(np.nanargmax(np.prod(values, axis=1)))]
    factor = 10.0 if len(inputs) == 1 else 10.0**0.5
    at = ",".join(f"{name}={value * factor:.3g}" for name, value in zip(inputs, largest, strict=True))
    return f"bayescale fit {shlex.quote(name_of(source))} --law {law}{options(rename, units)} --at {at}"


def risk_command(source: object, rename: Mapping[str, str]) -> str:
    """Write a command that forecasts risk.

    Parameters
    ----------
    source : object
        The source.
    rename : mapping of str to str
        Options of the command.

    Returns
    -------
    str
        The command; "" for a table in memory.
    """
    if name_of(source) == IN_MEMORY:
        return ""
    return f"bayescale risk {shlex.quote(name_of(source))}{options(rename, {})} --at 1000"


def options(rename: Mapping[str, str], units: Mapping[str, str]) -> str:
    """Write the options --rename and --units.

    Parameters
    ----------
    rename, units : mapping of str to str
        Values by column.

    Returns
    -------
    str
        The options, each after a blank.
    """
    pairs = [("rename", item) for item in rename.items()] + [("units", item) for item in units.items()]
    return "".join(f" --{option} {shlex.quote(f'{column}={value}')}" for option, (column, value) in pairs)
