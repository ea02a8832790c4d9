"""Values of TOML files of laws and of priors: whatever cannot be read is noted, so that all is reported at once."""

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bayescale.core.limits import beyond_limits, shortened
from bayescale.core.paths import unreadable_kind
from bayescale.core.text import count
from bayescale.errors import InputError, closest
from bayescale.scaling_laws.prior import Prior, logitnormal, lognormal, normal

PRIORS = {"median": lognormal, "mean": normal, "logit": logitnormal}
MOST_BYTES = 1_000_000  # a larger file was not written by a person

type Table = Mapping[str, Any]
type Problems = list[str]


def read_document(path: Path, kind: str) -> Table:
    """Read a TOML file as a table.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        What the file describes, such as "law", for messages.

    Returns
    -------
    mapping
        Its tables and values.

    Raises
    ------
    InputError
        If the file cannot be read, is no TOML, or has numbers, texts or a depth beyond the limits.
    """
    if problem := unreadable_kind(path):
        raise InputError(f"{path} {problem}")
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise InputError(f"{path}: the file of a {kind} has at most {MOST_BYTES} bytes")
        document = tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8") from error
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError and names line and column
        raise InputError(f"{path} is not TOML: {error}") from error
    problems = [f"{'.'.join(map(str, where)) or 'file'}: {problem}" for where, problem in beyond_limits(document)]
    if problems:
        raise InputError(f"{path}: {count(len(problems), 'problem')} in this {kind}", problems)
    return document


def refuse_unknown_keys(table: Table, known: Collection[str], where: str, problems: Problems) -> None:
    """Note the keys of a table that are not known.

    Parameters
    ----------
    table : mapping
        The table.
    known : collection of str
        Keys that it may have.
    where : str
        Its place in the file; "" for the top.
    problems : list of str
        Problems so far; the keys that are not known are added.
    """
    place = f" in {where}" if where else ""
    problems += [f"unknown key {key!r}{place}.{closest(key, known)}" for key in table if key not in known]


def read_table(document: Table, key: str, problems: Problems) -> Table:
    """Read a table within a table.

    Parameters
    ----------
    document : mapping
        The outer table.
    key : str
        Key of the inner one.
    problems : list of str
        Problems so far; a value that is no table is added.

    Returns
    -------
    mapping
        The inner table; empty where there is none.
    """
    value = document.get(key, {})
    if isinstance(value, dict):
        return value
    problems.append(f"{key}: must be a table, [{key}], not {shortened(repr(value))}")
    return {}


def read_text(value: object, where: str, problems: Problems) -> str:
    """Read a text on one line.

    Parameters
    ----------
    value : object
        The value.
    where : str
        Its place in the file.
    problems : list of str
        Problems so far; a value that is no text is added.

    Returns
    -------
    str
        The text; empty where the value is none.
    """
    if isinstance(value, str) and value.strip():
        return " ".join(value.split())
    problems.append(f"{where}: must be text, not {shortened(repr(value))}")
    return ""


def read_number(value: object, where: str, problems: Problems) -> float:
    """Read a finite number.

    Parameters
    ----------
    value : object
        The value.
    where : str
        Its place in the file.
    problems : list of str
        Problems so far; a value that is no finite number is added.

    Returns
    -------
    float
        The number; NaN where the value is none.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(number := float(value)):
            return number
    except OverflowError:
        pass
    problems.append(f"{where}: must be a finite number, not {shortened(repr(value))}")
    return float("nan")


def read_prior(name: str, value: object, problems: Problems) -> Prior | None:
    """Read a prior, such as ``{ median = 0.1, spread = 1.0 }``.

    Parameters
    ----------
    name : str
        What the prior is of.
    value : object
        The value under `priors`.
    problems : list of str
        Problems so far; those of the value are added.

    Returns
    -------
    Prior or None
        None where the value is no prior.
    """
    where, n_before = f"priors.{name}", len(problems)
    if not isinstance(value, dict):
        problems.append(
            f"{where}: must be a table such as {{ median = 0.1, spread = 1.0 }}, not {shortened(repr(value))}"
        )
        return None
    refuse_unknown_keys(value, (*PRIORS, "spread"), where, problems)
    kinds = [kind for kind in PRIORS if kind in value]
    if len(kinds) != 1:
        problems.append(
            f"{where}: must have one of median (lognormal), mean (normal) and logit (logit-normal), "
            f"not {' and '.join(kinds) or 'none'}"
        )
    if "spread" not in value:
        problems.append(f"{where}: spread is missing")
    numbers = {key: read_number(value[key], f"{where}.{key}", problems) for key in (*kinds, "spread") if key in value}
    not_positive = [key for key in ("median", "spread") if numbers.get(key, 1.0) <= 0]
    problems += [f"{where}.{key}: must be more than 0, not {numbers[key]:g}" for key in not_positive]
    if len(problems) > n_before:
        return None
    prior = PRIORS[kinds[0]](numbers[kinds[0]], numbers["spread"])
    with np.errstate(all="ignore"):
        low, middle, high = (prior.quantile(probability) for probability in (0.001, 0.5, 0.999))
    if not (np.isfinite([low, middle, high]).all() and low < high):
        problems.append(
            f"{where}: the quantiles at 0.1 % and 99.9 % are {low:g} and {high:g}; they must be finite and different: "
            "change the spread"
        )
        return None
    return prior
