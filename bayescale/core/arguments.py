"""Validation of the arguments of public functions, methods and classes by their annotations.

`@checked` compares every argument with its annotation before the body runs, and raises one InputError that names each
wrong argument, its value and what is allowed. pydantic compares strictly: the text "10" is no number and
True is no whole number. NumPy scalars count as numbers, arrays and Series as sequences. An annotation `object` or `Any`
allows everything; the body validates such an argument.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache, wraps
from types import FunctionType
from typing import Any, cast

from pydantic import (
    ConfigDict,
    TypeAdapter,
    ValidationError,
)

from bayescale.core.argument_types import schema_of
from bayescale.core.text import short_repr
from bayescale.errors import InputError, closest

WORDS = {
    "string_type": "text",
    "bool_type": "True or False",
    "none_required": "None",
    "tuple_type": "a tuple",
    "dict_type": "a mapping",
    "callable_type": "a function",
}


def checked[T](subject: T) -> T:
    """Validate the arguments of a function, or of the constructor and the public methods of a class.

    The signature, docstring and static type stay as they are. A call with arguments that are missing, unknown or not as
    annotated raises InputError.

    Parameters
    ----------
    subject : function or class
        What is decorated.

    Returns
    -------
    function or class
        The function with validation, or the same class.
    """
    if isinstance(subject, type):
        for name, member in list(vars(subject).items()):
            if name == "__init__" or not name.startswith("_"):
                _replace(subject, name, member)
        return subject
    return cast(T, _validated(cast(Callable[..., Any], subject)))


def _replace(owner: type, name: str, member: object) -> None:
    if isinstance(member, FunctionType):
        method = _validated(member)
        method.__qualname__ = f"{owner.__qualname__}.{name}"  # of a module's function that the class binds, too
        setattr(owner, name, method)
    elif isinstance(member, staticmethod | classmethod):
        setattr(owner, name, type(member)(_validated(member.__func__)))


def _validated(function: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(function)
    parameters = tuple(signature.parameters.values())
    by_position = all(parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for parameter in parameters)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if by_position and not kwargs and len(args) == len(parameters):  # binding takes longer than many a function
            mismatches: list[str] = []
            values = [_read(function, each, value, mismatches) for each, value in zip(parameters, args, strict=True)]
            if not mismatches:
                return function(*values)
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise _not_bound(call, signature, args, kwargs, error) from None
        problems: list[str] = []
        for name, value in bound.arguments.items():
            bound.arguments[name] = _read(function, signature.parameters[name], value, problems)
        if len(problems) == 1:
            raise InputError(f"{_name_of(call)}: {problems[0]}")
        if problems:
            raise InputError(f"{_name_of(call)}: the arguments cannot be used", problems)
        return function(*bound.args, **bound.kwargs)

    return call


def _name_of(function: Callable[..., Any]) -> str:
    return function.__qualname__.removesuffix(".__init__")


def _not_bound(
    function: Callable[..., Any],
    signature: inspect.Signature,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    error: TypeError,
) -> InputError:
    """The error for arguments that are missing, unknown or too many."""
    known = [name for name in signature.parameters if name != "self"]
    unknown = next((name for name in kwargs if name not in known), None)
    if unknown is not None:
        return InputError(f"{_name_of(function)} has no argument {short_repr(unknown)}.{closest(unknown, known)}")
    return InputError(f"{_name_of(function)}: {error}; its arguments are {', '.join(known) or 'none'}.")


def _read(function: Callable[..., Any], parameter: inspect.Parameter, value: Any, problems: list[str]) -> Any:
    adapter = _adapter(function, parameter.name)
    if adapter is None:
        return value
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        entries = [(f"{parameter.name}[{place}]", entry) for place, entry in enumerate(value)]
        return tuple(_compared(adapter, name, entry, problems) for name, entry in entries)
    return _compared(adapter, parameter.name, value, problems)


def _compared(adapter: TypeAdapter[Any], name: str, value: Any, problems: list[str]) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        problems.append(_problem(name, value, error, optional=adapter.validator.isinstance_python(None)))
    except Exception as error:  # a value whose own methods fail when it is looked at
        problems.append(f"{name}: the value, of type {type(value).__name__}, cannot be read ({type(error).__name__})")
    return value


def _problem(name: str, value: Any, error: ValidationError, optional: bool) -> str:
    """What is wrong with one argument: the entry of a collection where one is wrong, else the whole."""
    details = error.errors(include_url=False)
    entries = [detail for detail in details if detail["input"] is not value]
    mismatches = details if not entries else [detail for detail in entries if detail["input"] is entries[0]["input"]]
    allowed = " or ".join(dict.fromkeys([*map(_words, mismatches), *(["None"] if optional and not entries else [])]))
    if entries:
        return f"{name}={short_repr(value)}: the entry {short_repr(entries[0]['input'])} must be {allowed}"
    return f"{name}={short_repr(value)} must be {allowed}{_hint(value, mismatches)}"


def _hint(value: Any, details: Sequence[Any]) -> str:
    """The allowed word that a misspelt one is closest to."""
    expected = " ".join(str(detail["ctx"]["expected"]) for detail in details if detail["type"] == "literal_error")
    match = get_close_matches(short_repr(value), re.findall("'[^']*'", expected), 1) if expected else []
    return f". Did you mean {match[0]}?" if match else ""


def _words(detail: Any) -> str:
    context = detail.get("ctx", {})
    if detail["type"] == "value_error":
        return str(context["error"])
    if detail["type"] == "literal_error":
        return str(context["expected"])
    if detail["type"] == "is_instance_of":
        return f"a {context['class']}"
    return WORDS.get(detail["type"], str(detail["msg"]).removeprefix("Input should be "))


# What annotations allow.


@cache
def _adapter(function: Callable[..., Any], name: str) -> TypeAdapter[Any] | None:
    """The comparison for one parameter; None where its annotation allows everything."""
    annotation = inspect.signature(function).parameters[name].annotation
    if isinstance(annotation, str):
        annotation = eval(annotation, function.__globals__)  # the source's own annotation, such as "Fit"
    schema = schema_of(annotation)
    return None if schema is Any else TypeAdapter(schema, config=ConfigDict(strict=True, arbitrary_types_allowed=True))
