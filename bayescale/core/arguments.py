"""Validation of the arguments of public functions, methods and classes, by their own annotations.

`@checked` compares every argument with its annotation before the body runs, and raises one InputError that names each
wrong argument, its value and what is allowed. pydantic does the comparison, strictly: the text "10" is no number and
True is no whole number. NumPy scalars count as numbers, arrays and Series as sequences. An annotation `object` or `Any`
allows everything; the body validates such an argument.
"""

import collections.abc
import inspect
import numbers
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache, partial, wraps
from types import FunctionType, GenericAlias, ModuleType, NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAliasType, TypeVar, Union, cast, get_args, get_origin

import numpy as np
from numpy.typing import ArrayLike
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    FailFast,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WrapValidator,
)

from bayescale.errors import InputError, closest

LONGEST_TEXT = 10_000_000  # characters of a text argument: a law as JSON may be long
LONGEST_SHOWN = 60  # characters of a value in a message

WORDS = {
    "string_type": "text",
    "bool_type": "True or False",
    "none_required": "None",
    "tuple_type": "a tuple",
    "dict_type": "a mapping",
    "callable_type": "a function",
}


def checked[T](subject: T) -> T:
    """A function, or the public methods and the constructor of a class, with validated arguments.

    The signature, docstring and static type of `subject` stay as they are. Raises InputError at a call with arguments
    that are missing, unknown or not as annotated.
    """
    if isinstance(subject, type):
        for name, member in list(vars(subject).items()):
            if name == "__init__" or not name.startswith("_"):
                _replace(subject, name, member)
        return subject
    return cast(T, _validated(cast(Callable[..., Any], subject)))


def _replace(owner: type, name: str, member: object) -> None:
    if isinstance(member, FunctionType):
        setattr(owner, name, _validated(member))
    elif isinstance(member, staticmethod | classmethod):
        setattr(owner, name, type(member)(_validated(member.__func__)))


def _validated(function: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(function)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise _not_bound(function, signature, args, kwargs, error) from None
        problems: list[str] = []
        for name, value in bound.arguments.items():
            bound.arguments[name] = _read(function, signature.parameters[name], value, problems)
        if len(problems) == 1:
            raise InputError(f"{_name_of(function)}: {problems[0]}")
        if problems:
            raise InputError(f"{_name_of(function)}: the arguments cannot be used", problems)
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
        return InputError(f"{_name_of(function)} has no argument {shown(unknown)}.{closest(unknown, known)}")
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
    wrong = details if not entries else [detail for detail in entries if detail["input"] is entries[0]["input"]]
    words = dict.fromkeys([*map(_words, wrong), *(["None"] if optional and not entries else [])])
    allowed = " or ".join(words)
    if entries:
        return f"{name}={shown(value)}: the entry {shown(entries[0]['input'])} must be {allowed}"
    return f"{name}={shown(value)} must be {allowed}{_hint(value, wrong)}"


def _hint(value: Any, details: Sequence[Any]) -> str:
    """The allowed word that a misspelt one is closest to."""
    expected = " ".join(str(one["ctx"]["expected"]) for one in details if one["type"] == "literal_error")
    match = get_close_matches(shown(value), re.findall("'[^']*'", expected), 1) if expected else []
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


def shown(value: object) -> str:
    """A value in a message: its repr, shortened, whatever its repr does."""
    try:
        text = repr(value)
    except Exception:
        text = f"an object of type {type(value).__name__}"
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


# What annotations allow.


@cache
def _adapter(function: Callable[..., Any], name: str) -> TypeAdapter[Any] | None:
    """The comparison for one parameter; None where its annotation allows everything."""
    annotation = inspect.signature(function).parameters[name].annotation
    if isinstance(annotation, str):
        annotation = eval(annotation, function.__globals__)  # the source's own annotation, such as "Fit"
    schema = _schema(annotation)
    return None if schema is Any else TypeAdapter(schema, config=ConfigDict(strict=True, arbitrary_types_allowed=True))


def _schema(annotation: Any) -> Any:
    """The type that pydantic compares with, for an annotation; Any where everything is allowed."""
    if annotation in (Any, object, inspect.Parameter.empty) or isinstance(annotation, TypeVar):
        return Any
    if annotation == ArrayLike:
        return ARRAY
    if annotation in SCALARS:
        return SCALARS[annotation]
    if isinstance(annotation, TypeAliasType):
        return _schema(annotation.__value__)
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(origin, TypeAliasType):  # NDArray[float64]
        return _schema(origin.__value__)
    if origin is Annotated:
        return Annotated[(_schema(inner[0]), *inner[1:])]
    if origin in (Union, UnionType):
        arrays = get_args(ArrayLike) if {*get_args(ArrayLike)} <= {*inner} else ()  # a union with ArrayLike is flat
        several = any(get_origin(part) is Sequence for part in inner)
        parts = tuple(COUNT if several and part is int else _schema(part) for part in inner if part not in arrays) + (
            (ARRAY,) if arrays else ()
        )
        return Any if Any in parts else Union[parts]  # noqa: UP007
    if origin is Literal:
        return annotation
    if origin is not None and issubclass(origin, Mapping):
        return Annotated[_generic(dict, *map(_schema, inner)), WrapValidator(_as_mapping)]
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        return Annotated[_generic(tuple, _schema(inner[0]), ...), FailFast()]
    if origin is tuple:
        return _generic(tuple, *map(_schema, inner))
    if origin is not None and issubclass(origin, Sequence):
        entry = COUNT if inner[0] is int else _schema(inner[0])
        words = f"a list of {PLURALS.get(inner[0], 'values')}"
        return Annotated[_generic(list, entry), FailFast(), WrapValidator(partial(_as_sequence, words))]
    return _instance_of(origin or annotation)


def _generic(kind: type, *inner: Any) -> Any:
    return GenericAlias(kind, inner)


def _instance_of(kind: type) -> Any:
    package = kind.__module__.partition(".")[0]
    name = KINDS.get(kind, f"a {kind.__name__}" if package == "builtins" else f"a {package}.{kind.__name__}")

    def test(value: Any) -> Any:
        if not isinstance(value, kind):
            raise ValueError(name)
        return value

    return Annotated[Any, PlainValidator(test)]


def _as_sequence(words: str, value: Any, compare: Callable[[Any], Any]) -> Any:
    """A list, tuple, array or Series as it is, after its entries are compared."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | list):
        compare(list(value))
    elif getattr(value, "ndim", None) == 1 and callable(getattr(value, "tolist", None)):
        compare(value.tolist())
    elif isinstance(value, list):
        compare(value)
    else:
        wrapped = isinstance(value, str) and words.endswith("texts")  # one name in place of a list of one
        raise ValueError(f"{words}, such as [{shown(value)}]" if wrapped else words)
    return value


def _as_mapping(value: Any, compare: Callable[[Any], Any]) -> Any:
    compare(dict(value) if isinstance(value, Mapping) else value)
    return value


def _plain(value: Any) -> Any:
    """The Python value of a NumPy scalar or an array without dimension."""
    return value.item() if isinstance(value, np.generic | np.ndarray) and value.ndim == 0 else value


def _number(value: Any) -> float:
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ValueError("a number")
    try:
        float(value)
    except OverflowError as error:
        raise ValueError("a number below 1.8e308 in size") from error
    return cast(float, value)


def _whole(value: Any) -> int:
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a whole number")
    if abs(value) >= 2**63:
        raise ValueError("a whole number between -2^63 and 2^63")
    return value


def _array(value: Any) -> Any:
    """A number, or numbers in any shape, as they are."""
    wrong = "numbers, one or an array of them"
    try:
        array = np.asarray(value)
        if array.dtype == object and array.ndim and not any(entry is None for entry in array.flat):
            array = array.astype(float)  # Decimal, Fraction; whole numbers beyond 64 bits
    except Exception as error:
        raise ValueError(wrong) from error
    if array.dtype.kind not in "biuf":
        raise ValueError(wrong)
    return value


def _count(value: Any) -> int:
    """A whole number, also one written as 1e4: budgets and prompts are."""
    plain = _plain(value)
    return _whole(int(plain) if isinstance(plain, float) and plain.is_integer() and abs(plain) < 2**53 else plain)


def _text(value: str) -> str:
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"text of at most {LONGEST_TEXT:,} characters, not {len(value):,}")
    if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise ValueError("text without NUL characters and surrogates")
    return value


def _is_text(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("text")
    return value


KINDS: dict[Any, str] = {collections.abc.Callable: "a function", os.PathLike: "a path"}
COUNT: Any = Annotated[Any, PlainValidator(_count)]
PLURALS: dict[Any, str] = {int: "whole numbers", float: "numbers", str: "texts"}
ARRAY: Any = Annotated[Any, PlainValidator(_array)]
SCALARS: dict[Any, Any] = {
    float: Annotated[Any, PlainValidator(_number)],
    int: Annotated[Any, PlainValidator(_whole)],
    bool: Annotated[bool, BeforeValidator(_plain)],
    str: Annotated[Any, PlainValidator(_is_text), AfterValidator(_text)],
    None: None,
    NoneType: None,
}


def _positive(value: float) -> float:
    if not 0 < value < float("inf"):
        raise ValueError("a finite number above 0")
    return value


def _numeric(value: Any) -> Any:
    """Numbers in any shape, or a symbolic tensor (PyTensor)."""
    return value if hasattr(value, "owner") and hasattr(value, "type") else _array(value)


def _array_module(value: Any) -> Any:
    if not (isinstance(value, ModuleType) and hasattr(value, "exp")):
        raise ValueError("numpy or pytensor.tensor")
    return value


#: Annotations for parameters of one meaning; type checkers see the plain type.
type Positive = Annotated[float, AfterValidator(_positive)]
type Numeric = Annotated[Any, AfterValidator(_numeric)]
type ArrayModule = Annotated[Any, AfterValidator(_array_module)]


def parameters_of(function: Callable[..., Any]) -> Iterator[inspect.Parameter]:
    """The parameters of a public callable, `self` left out."""
    return (one for one in inspect.signature(function).parameters.values() if one.name not in ("self", "cls"))
