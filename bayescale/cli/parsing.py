"""Parsing of the texts after options: pairs of names and values, numbers, targets, priors."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bayescale.errors import InputError

if TYPE_CHECKING:
    from bayescale.scaling_laws.prior import Prior


def pair(text: str, option: str) -> tuple[str, str]:
    """Parse "name=value".

    Parameters
    ----------
    text : str
        The text after an option.
    option : str
        The option, for the message.

    Returns
    -------
    tuple of str
        Name and value.

    Raises
    ------
    InputError
        The text has another form.
    """
    left, sign, right = text.partition("=")
    if not sign or not left.strip() or not right.strip():
        raise InputError(f"{option} {text!r} is not of the form name=value")
    return left.strip(), right.strip()


def pairs(texts: Sequence[str] | None, option: str) -> dict[str, str]:
    """Parse the texts after an option that is repeated, each of the form "name=value".

    Parameters
    ----------
    texts : sequence of str or None
        The texts.
    option : str
        The option, for the message.

    Returns
    -------
    dict of str to str
        Value by name.

    Raises
    ------
    InputError
        A text has another form, or a name has two values.
    """
    values: dict[str, str] = {}
    problems = []
    for name, value in (pair(text, option) for text in texts or []):
        if values.setdefault(name, value) != value:
            problems.append(f"{option} {name}={values[name]} and {option} {name}={value}: give one of them")
    if problems:
        raise InputError("an option is given twice:", problems)
    return values


def prior_of(text: str) -> tuple[str, "Prior"]:
    """Parse "alpha=lognormal(0.35, 0.3)".

    Parameters
    ----------
    text : str
        The text after --prior.

    Returns
    -------
    tuple of str and Prior
        The parameter and its prior.

    Raises
    ------
    InputError
        The text has another form.
    """
    from bayescale.scaling_laws.prior import logitnormal, lognormal, normal

    priors = {"lognormal": lognormal, "normal": normal, "logitnormal": logitnormal}
    name, value = pair(text, "--prior")
    written = re.fullmatch(r"(\w+)\(([^,()]+),([^,()]+)\)", value)
    numbers = [number(part.strip()) for part in written.groups()[1:]] if written else []
    if written is None or written[1] not in priors or any(isinstance(part, str) for part in numbers):
        raise InputError(
            f"--prior {text!r} must be a parameter and its prior, such as 'alpha=lognormal(0.35, 0.3)': a median, mean "
            f"or centre, and a spread; priors are {', '.join(priors)}"
        )
    return name, priors[written[1]](*map(float, numbers))


def target_of(text: str, option: str = "--at") -> dict[str, object]:
    """Parse "n_params=7e10,family=a".

    Parameters
    ----------
    text : str
        The text after an option.
    option : str, default "--at"
        The option, for the message.

    Returns
    -------
    dict of str to float or str
        Value by name. A value that reads as a number is one, except for a family and a run.

    Raises
    ------
    InputError
        A part is not of the form name=value.
    """
    values = [pair(part, option) for part in text.split(",")]
    return {name: value if name in ("family", "run") else number(value) for name, value in values}


def number(text: str) -> float | str:
    """Parse a number.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    float or str
        The number; the text itself where it is no number.
    """
    try:
        return float(text)
    except ValueError:
        return text


def columns_of(names: list[str] | None) -> list[str] | None:
    """Return the columns after --by. An empty name stands for no column.

    Parameters
    ----------
    names : list of str or None
        The values of --by.

    Returns
    -------
    list of str or None
        The columns; None where the option is missing.
    """
    return None if names is None else [name for name in names if name]
