"""A law that someone writes in a TOML file, without touching the package: the file in, a `Law` out.

Nothing in the file is executed: formulas are parsed by `bayescale.scaling_laws.formula`. The file is validated whole,
and every problem is said at once. README.md shows a file.
"""

import keyword
import os
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bayescale.core.arguments import checked
from bayescale.core.limits import beyond_limits, problem_of_name, problem_of_symbol
from bayescale.core.paths import unreadable_kind
from bayescale.core.text import count
from bayescale.data.quantities import impossible
from bayescale.data.runs import NEVER_RESPONSE
from bayescale.errors import InputError, LawError, closest
from bayescale.scaling_laws.expression import Aggregate, Expression, Power
from bayescale.scaling_laws.formula import Formula
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.prior import Prior, logitnormal, lognormal, normal
from bayescale.scaling_laws.registry import CATALOGUE
from bayescale.scaling_laws.validation import RESERVED, problems_of

KEYS = ("name", "response", "scale", "source", "floor", "q", "power", "formula", "priors", "meanings", "ranges")
POWER_KEYS = ("amplitude", "exponent", "quantity")
SCALES = ("log", "logit", "identity")
KINDS = {"median": lognormal, "mean": normal, "logit": logitnormal}
LARGEST = 1_000_000  # bytes; more is no law that a person wrote

type Table = Mapping[str, Any]
type Problems = list[str]


@checked
def read_law(path: str | os.PathLike[str]) -> Law:
    """The law that a TOML file describes.

    Raises InputError naming the file and listing every problem: a file that cannot be read, keys that are unknown or
    missing, values of the wrong kind, formulas that are none, priors of what is no parameter, a name of the catalogue.
    """
    document = _document(Path(path))
    problems: Problems = [f"{'.'.join(map(str, where)) or 'file'}: {said}" for where, said in beyond_limits(document)]
    if problems:
        raise InputError(f"{path}: {count(len(problems), 'problem')} in this law", problems)
    _only(document, KEYS, "", problems)
    head = _head(document, problems)
    priors = {n: _prior(n, given, problems) for n, given in _table(document, "priors", problems).items()}
    meanings = {n: _text(one, f"meanings.{n}", problems) for n, one in _table(document, "meanings", problems).items()}
    ranges = {n: _range(n, one, problems) for n, one in _table(document, "ranges", problems).items()}
    expression = _expression(document, problems)
    if expression is not None:
        problems += problems_of(expression, head.get("response", "loss"), priors, {}, meanings, ranges)
    if problems or expression is None:
        raise InputError(f"{path}: {count(len(problems), 'problem')} in this law", problems)
    scale = Scale(head.pop("scale"))  # type: ignore[arg-type]
    read = {name: prior for name, prior in priors.items() if prior}
    return Law(expression=expression, scale=scale, priors=read, meanings=meanings, ranges=ranges, **head)  # type: ignore[arg-type]


# --- the file and its values
# --------------------------------------------------------------------------------------------------------------


def _document(path: Path) -> Table:
    if kind := unreadable_kind(path):
        raise InputError(f"{path} {kind}")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise InputError(f"{path}: a law's file has at most {LARGEST} bytes")
        return tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text (byte {error.start})") from error
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError and names line and column
        raise InputError(f"{path} is not TOML: {error}") from error


def _shown(value: object) -> str:
    written = repr(value)
    return written if len(written) <= 60 else f"{written[:57]}..."


def _only(table: Table, known: Collection[str], where: str, problems: Problems) -> None:
    inside = f" in {where}" if where else ""
    problems += [f"unknown key {key!r}{inside}.{closest(key, known)}" for key in table if key not in known]


def _table(document: Table, key: str, problems: Problems) -> Table:
    value = document.get(key, {})
    if isinstance(value, dict):
        return value
    problems.append(f"{key}: must be a table, [{key}], not {_shown(value)}")
    return {}


def _text(value: object, where: str, problems: Problems) -> str:
    if isinstance(value, str) and value.strip():
        return " ".join(value.split())
    problems.append(f"{where}: must be text, not {_shown(value)}")
    return ""


def _name(value: object, where: str, problems: Problems) -> str:
    """A parameter's name; empty where it cannot be one."""
    if not isinstance(value, str) or not value.isidentifier() or keyword.iskeyword(value):
        problems.append(f"{where}: must be a name of letters, digits and _, not {_shown(value)}")
        return ""
    if wrong := problem_of_symbol(value, "name"):
        problems.append(f"{where}: {wrong}")
        return ""
    return value


def _number(value: object, where: str, problems: Problems) -> float:
    """A finite number; NaN where it is none."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(number := float(value)):
            return number
    except OverflowError:
        pass
    problems.append(f"{where}: must be a finite number, not {_shown(value)}")
    return float("nan")


def _formula(value: object, where: str, problems: Problems) -> Formula | None:
    written = _text(value, where, problems)
    try:
        formula = Formula(written) if written else None
        if formula and not formula.latex:  # writing it meets numbers that are too large for any computation
            return None
    except (LawError, OverflowError) as error:
        problems.append(f"{where}: {error}")
        return None
    return formula


# --- the parts of a law
# --------------------------------------------------------------------------------------------------------------


def _head(document: Table, problems: Problems) -> dict[str, str]:
    """Name, scale, response and source, the last two where given."""
    head = {"name": "", "scale": "log"}
    if "name" not in document:
        problems.append('name is missing: name = "mine"')
    for key in ("name", "scale", "response", "source"):
        if key in document:
            head[key] = _text(document[key], key, problems)
    if head["name"] and (wrong := problem_of_name(head["name"], "law")):
        problems.append(wrong)
    if head["scale"] and head["scale"] not in SCALES:
        problems.append(f"scale {head['scale']!r} is not known.{closest(head['scale'], SCALES)}")
    if head.get("response") in (*NEVER_RESPONSE, *RESERVED):
        problems.append(f"response {head['response']!r} is not a measured number: name the column that is")
    taken = {*CATALOGUE, *(entry.id for entry in CATALOGUE.values()), "arise", "L43", "projektor"}
    if head["name"] in taken:
        problems.append(f"name {head['name']!r} is one of the catalogue, which it would shadow: call the law another")
    return head


def _prior(name: str, given: object, problems: Problems) -> Prior | None:
    where, before = f"priors.{name}", len(problems)
    if not isinstance(given, dict):
        problems.append(f"{where}: must be a table such as {{ median = 0.1, spread = 1.0 }}, not {_shown(given)}")
        return None
    _only(given, (*KINDS, "spread"), where, problems)
    kinds = [kind for kind in KINDS if kind in given]
    if len(kinds) != 1:
        both = " and ".join(kinds) or "none"
        problems.append(f"{where}: give one of median (lognormal), mean (normal) and logit (logit-normal), not {both}")
    if "spread" not in given:
        problems.append(f"{where}: spread is missing")
    values = {key: _number(given[key], f"{where}.{key}", problems) for key in (*kinds, "spread") if key in given}
    positive = [key for key in ("median", "spread") if values.get(key, 1.0) <= 0]
    problems += [f"{where}.{key}: must be more than 0, not {values[key]:g}" for key in positive]
    if len(problems) > before:
        return None
    prior = KINDS[kinds[0]](values[kinds[0]], values["spread"])
    with np.errstate(all="ignore"):
        ends = [prior.quantile(probability) for probability in (0.001, 0.5, 0.999)]
    if not (np.isfinite(ends).all() and ends[0] < ends[2]):
        problems.append(f"{where}: from {ends[0]:g} to {ends[2]:g}, which no computation can tell apart or hold")
        return None
    return prior


def _range(name: str, given: object, problems: Problems) -> tuple[float, float]:
    where, before = f"ranges.{name}", len(problems)
    if not isinstance(given, list) or len(given) != 2:
        problems.append(f"{where}: must be two numbers, [low, high], not {_shown(given)}")
        return (0.0, 0.0)
    low, high = (_number(value, where, problems) for value in given)
    if len(problems) == before and not low < high:
        problems.append(f"{where}: {low:g} is not below {high:g}")
    elif len(problems) == before:
        problems += [f"{where}: {name} must be {said}, not {given[i]:g}" for i, said in impossible(name, given)[:1]]
    return low, high


def _power(given: object, where: str, problems: Problems) -> Power | None:
    if not isinstance(given, dict):
        problems.append(f"{where}: must be a table with {', '.join(POWER_KEYS)}, not {_shown(given)}")
        return None
    _only(given, POWER_KEYS, where, problems)
    missing = [key for key in POWER_KEYS if key not in given]
    problems += [f"{where}: {key} is missing" for key in missing]
    amplitude, exponent = (
        _name(given[key], f"{where}.{key}", problems) if key in given else "" for key in POWER_KEYS[:2]
    )
    quantity = _formula(given["quantity"], f"{where}.quantity", problems) if "quantity" in given else None
    return Power(amplitude, exponent, quantity) if amplitude and exponent and quantity else None


def _expression(document: Table, problems: Problems) -> Expression | None:
    """The expression; None where a part of it cannot be read, so that names in it are not known."""
    names = {key: _name(document[key], key, problems) for key in ("floor", "q") if key in document}
    given = document.get("power", [])
    if not isinstance(given, list):
        problems.append("power: must be [[power]], with two brackets, once for each term")
        given = [given]
    powers = [_power(one, f"power {number}", problems) for number, one in enumerate(given, start=1)]
    table, extra = _table(document, "formula", problems), None
    _only(table, ("text",), "formula", problems)
    if "text" in table:
        extra = _formula(table["text"], "formula.text", problems)
    elif isinstance(document.get("formula"), dict):
        problems.append("formula: text is missing")
    if not powers and "formula" not in document:
        problems.append("neither [[power]] nor [formula]: a constant is no scaling law")
    if "" in names.values() or None in powers or (extra is None and ("formula" in document or not powers)):
        return None
    aggregate = Aggregate(tuple(power for power in powers if power), names.get("q")) if powers else None
    return Expression(names.get("floor"), aggregate, extra)
