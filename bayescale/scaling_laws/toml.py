"""Laws from TOML files: the file is validated whole, and every problem is reported at once.

Nothing in the file is executed: `bayescale.scaling_laws.formulas` parses the formulas. docs/guide.md shows a file.
"""

import keyword
import os
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bayescale.core.arguments import checked
from bayescale.core.limits import beyond_limits, problem_of_name, problem_of_symbol, shortened
from bayescale.core.paths import unreadable_kind
from bayescale.core.text import count
from bayescale.data.quantities import impossible
from bayescale.data.runs import NEVER_RESPONSE
from bayescale.errors import InputError, LawError, closest
from bayescale.scaling_laws.entries import CATALOGUE, FUNCTION_IDS, FUNCTIONS
from bayescale.scaling_laws.expression import Aggregate, Expression, Power
from bayescale.scaling_laws.formulas.formula import Formula
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.prior import Prior, logitnormal, lognormal, normal
from bayescale.scaling_laws.validation import RESERVED, problems_of

KEYS = ("name", "response", "scale", "source", "floor", "q", "power", "formula", "priors", "meanings", "ranges")
POWER_KEYS = ("amplitude", "exponent", "quantity")
SCALES = ("log", "logit", "identity")
PRIORS = {"median": lognormal, "mean": normal, "logit": logitnormal}
MOST_BYTES = 1_000_000  # a larger file was not written by a person

type Table = Mapping[str, Any]
type Problems = list[str]


@checked
def read_law(path: str | os.PathLike[str]) -> Law:
    """Read the law that a TOML file describes.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    Law
        The law.

    Raises
    ------
    InputError
        If the file cannot be read or describes no valid law. The error names the file and lists every problem: unknown
        or missing keys, values of the wrong kind, texts that are no formulas, priors of unknown parameters, and a name
        that the catalogue uses.
    """
    document = _document(Path(path))
    problems: Problems = [
        f"{'.'.join(map(str, where)) or 'file'}: {problem}" for where, problem in beyond_limits(document)
    ]
    if problems:
        raise InputError(f"{path}: {count(len(problems), 'problem')} in this law", problems)
    _refuse_unknown_keys(document, KEYS, "", problems)
    head = _head(document, problems)
    priors = {name: _prior(name, value, problems) for name, value in _table(document, "priors", problems).items()}
    meanings = {
        name: _text(value, f"meanings.{name}", problems)
        for name, value in _table(document, "meanings", problems).items()
    }
    ranges = {name: _range(name, value, problems) for name, value in _table(document, "ranges", problems).items()}
    expression = _expression(document, problems)
    if expression is not None:
        names_of_ranges = dict.fromkeys(ranges, (0.0, 1.0))  # `_range` checks the ends
        problems += problems_of(expression, head.get("response", "loss"), priors, {}, meanings, names_of_ranges)
    if problems or expression is None:
        raise InputError(f"{path}: {count(len(problems), 'problem')} in this law", problems)
    scale = Scale(head.pop("scale"))  # type: ignore[arg-type]
    return Law(
        expression=expression,
        scale=scale,
        priors={name: prior for name, prior in priors.items() if prior},
        meanings=meanings,
        ranges={name: ends for name, ends in ranges.items() if ends},
        **head,  # type: ignore[arg-type]
    )


# --- the file and its values
# --------------------------------------------------------------------------------------------------------------


def _document(path: Path) -> Table:
    """The file as a table. Raises InputError where it cannot be read."""
    if kind := unreadable_kind(path):
        raise InputError(f"{path} {kind}")
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise InputError(f"{path}: the file of a law has at most {MOST_BYTES} bytes")
        return tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8") from error
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError and names line and column
        raise InputError(f"{path} is not TOML: {error}") from error


def _refuse_unknown_keys(table: Table, known: Collection[str], where: str, problems: Problems) -> None:
    place = f" in {where}" if where else ""
    problems += [f"unknown key {key!r}{place}.{closest(key, known)}" for key in table if key not in known]


def _table(document: Table, key: str, problems: Problems) -> Table:
    value = document.get(key, {})
    if isinstance(value, dict):
        return value
    problems.append(f"{key}: must be a table, [{key}], not {shortened(repr(value))}")
    return {}


def _text(value: object, where: str, problems: Problems) -> str:
    """A text on one line; empty where the value is no text."""
    if isinstance(value, str) and value.strip():
        return " ".join(value.split())
    problems.append(f"{where}: must be text, not {shortened(repr(value))}")
    return ""


def _name(value: object, where: str, problems: Problems) -> str:
    """The name of a parameter; empty where the value cannot be one."""
    if not isinstance(value, str) or not value.isidentifier() or keyword.iskeyword(value):
        problems.append(f"{where}: must be a name of letters, digits and _, not {shortened(repr(value))}")
        return ""
    if problem := problem_of_symbol(value, "name"):
        problems.append(f"{where}: {problem}")
        return ""
    return value


def _number(value: object, where: str, problems: Problems) -> float:
    """A finite number; NaN where the value is none."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(number := float(value)):
            return number
    except OverflowError:
        pass
    problems.append(f"{where}: must be a finite number, not {shortened(repr(value))}")
    return float("nan")


def _formula(value: object, where: str, problems: Problems) -> Formula | None:
    """A formula; None where the value is none."""
    text = _text(value, where, problems)
    try:
        formula = Formula(text) if text else None
        if formula and not formula.latex:  # LaTeX fails for numbers that are too large to compute with
            return None
    except (LawError, OverflowError) as error:
        problems.append(f"{where}: {error}")
        return None
    return formula


# --- the parts of a law
# --------------------------------------------------------------------------------------------------------------


def _head(document: Table, problems: Problems) -> dict[str, str]:
    """Name and scale; response and source where the file has them."""
    head = {"name": "", "scale": "log"}
    if "name" not in document:
        problems.append('name is missing: add a line such as name = "my law"')
    for key in ("name", "scale", "response", "source"):
        if key in document:
            head[key] = _text(document[key], key, problems)
    if head["name"] and (problem := problem_of_name(head["name"], "law")):
        problems.append(problem)
    if head["scale"] and head["scale"] not in SCALES:
        problems.append(f"scale {head['scale']!r} is not known.{closest(head['scale'], SCALES)}")
    if head.get("response") in (*NEVER_RESPONSE, *RESERVED):
        problems.append(
            f"response {head['response']!r} is not a measured number: give the name of the column that contains one"
        )
    if head["name"] in {*CATALOGUE, *(entry.id for entry in CATALOGUE.values()), *FUNCTIONS, *FUNCTION_IDS}:
        problems.append(f"name {head['name']!r} is a name or an id of the catalogue: choose another name")
    return head


def _prior(name: str, value: object, problems: Problems) -> Prior | None:
    """A prior; None where the value is none."""
    where, n_before = f"priors.{name}", len(problems)
    if not isinstance(value, dict):
        problems.append(
            f"{where}: must be a table such as {{ median = 0.1, spread = 1.0 }}, not {shortened(repr(value))}"
        )
        return None
    _refuse_unknown_keys(value, (*PRIORS, "spread"), where, problems)
    kinds = [kind for kind in PRIORS if kind in value]
    if len(kinds) != 1:
        problems.append(
            f"{where}: must have one of median (lognormal), mean (normal) and logit (logit-normal), "
            f"not {' and '.join(kinds) or 'none'}"
        )
    if "spread" not in value:
        problems.append(f"{where}: spread is missing")
    numbers = {key: _number(value[key], f"{where}.{key}", problems) for key in (*kinds, "spread") if key in value}
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


def _range(name: str, value: object, problems: Problems) -> tuple[float, float] | None:
    """The ends of a range; None where the value is none."""
    where, n_before = f"ranges.{name}", len(problems)
    if not isinstance(value, list) or len(value) != 2:
        problems.append(f"{where}: must be two numbers, [low, high], not {shortened(repr(value))}")
        return None
    low, high = (_number(end, where, problems) for end in value)
    if len(problems) > n_before:
        return None
    if not low < high:
        problems.append(f"{where}: the low end {low:g} is not below the high end {high:g}")
    elif refused := impossible(name, value):
        index, allowed = refused[0]
        problems.append(f"{where}: {name} must be {allowed}, not {value[index]:g}")
    return low, high


def _power(value: object, where: str, problems: Problems) -> Power | None:
    """A power term; None where a part of it cannot be read."""
    if not isinstance(value, dict):
        problems.append(f"{where}: must be a table with {', '.join(POWER_KEYS)}, not {shortened(repr(value))}")
        return None
    _refuse_unknown_keys(value, POWER_KEYS, where, problems)
    problems += [f"{where}: {key} is missing" for key in POWER_KEYS if key not in value]
    amplitude, exponent = (
        _name(value[key], f"{where}.{key}", problems) if key in value else "" for key in ("amplitude", "exponent")
    )
    quantity = _formula(value["quantity"], f"{where}.quantity", problems) if "quantity" in value else None
    return Power(amplitude, exponent, quantity) if amplitude and exponent and quantity else None


def _expression(document: Table, problems: Problems) -> Expression | None:
    """The expression; None where a part of it cannot be read, so that its names are not known."""
    names = {key: _name(document[key], key, problems) for key in ("floor", "q") if key in document}
    entries = document.get("power", [])
    if not isinstance(entries, list):
        problems.append("power: must be [[power]], with two brackets, once for each term")
        entries = [entries]
    powers = [_power(entry, f"power {number}", problems) for number, entry in enumerate(entries, start=1)]
    table, extra = _table(document, "formula", problems), None
    _refuse_unknown_keys(table, ("text",), "formula", problems)
    if "text" in table:
        extra = _formula(table["text"], "formula.text", problems)
    elif isinstance(document.get("formula"), dict):
        problems.append("formula: text is missing")
    if not powers and "formula" not in document:
        problems.append("neither [[power]] nor [formula]: a constant is not a scaling law. Add one of them")
    if "" in names.values() or None in powers or (extra is None and ("formula" in document or not powers)):
        return None
    aggregate = Aggregate(tuple(power for power in powers if power), names.get("q")) if powers else None
    return Expression(names.get("floor"), aggregate, extra)
