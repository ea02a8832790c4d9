"""Laws from TOML files: the file is validated whole, and every problem is reported at once.

Nothing in the file is executed: `bayescale.scaling_laws.formulas` parses the formulas. docs/guide.md shows a file.
"""

import keyword
import os
from pathlib import Path

from bayescale.core.arguments import checked
from bayescale.core.limits import problem_of_name, problem_of_symbol, shortened
from bayescale.core.text import count
from bayescale.data.quantities import impossible
from bayescale.data.runs import NEVER_RESPONSE
from bayescale.errors import InputError, LawError, closest
from bayescale.scaling_laws.entries import CATALOGUE, FUNCTION_IDS, FUNCTIONS
from bayescale.scaling_laws.expression import Aggregate, Expression, Power
from bayescale.scaling_laws.formulas.formula import Formula
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.toml_values import (
    Problems,
    Table,
    read_document,
    read_number,
    read_prior,
    read_table,
    read_text,
    refuse_unknown_keys,
)
from bayescale.scaling_laws.validation import RESERVED, problems_of

KEYS = ("name", "response", "scale", "source", "floor", "q", "power", "formula", "priors", "meanings", "ranges")
POWER_KEYS = ("amplitude", "exponent", "quantity")
SCALES = ("log", "logit", "identity")


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
    document = read_document(Path(path), "law")
    problems: Problems = []
    refuse_unknown_keys(document, KEYS, "", problems)
    head = _head(document, problems)
    priors = {
        name: read_prior(name, value, problems) for name, value in read_table(document, "priors", problems).items()
    }
    meanings = {
        name: read_text(value, f"meanings.{name}", problems)
        for name, value in read_table(document, "meanings", problems).items()
    }
    ranges = {name: _range(name, value, problems) for name, value in read_table(document, "ranges", problems).items()}
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


def _name(value: object, where: str, problems: Problems) -> str:
    """The name of a parameter; empty where the value cannot be one."""
    if not isinstance(value, str) or not value.isidentifier() or keyword.iskeyword(value):
        problems.append(f"{where}: must be a name of letters, digits and _, not {shortened(repr(value))}")
        return ""
    if problem := problem_of_symbol(value, "name"):
        problems.append(f"{where}: {problem}")
        return ""
    return value


def _formula(value: object, where: str, problems: Problems) -> Formula | None:
    """A formula; None where the value is none."""
    text = read_text(value, where, problems)
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
            head[key] = read_text(document[key], key, problems)
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


def _range(name: str, value: object, problems: Problems) -> tuple[float, float] | None:
    """The ends of a range; None where the value is none."""
    where, n_before = f"ranges.{name}", len(problems)
    if not isinstance(value, list) or len(value) != 2:
        problems.append(f"{where}: must be two numbers, [low, high], not {shortened(repr(value))}")
        return None
    low, high = (read_number(end, where, problems) for end in value)
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
    refuse_unknown_keys(value, POWER_KEYS, where, problems)
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
    table, extra = read_table(document, "formula", problems), None
    refuse_unknown_keys(table, ("text",), "formula", problems)
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
