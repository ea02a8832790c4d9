"""Types for pydantic, made from annotations: what counts as a number, a text or a sequence in an argument."""

import collections.abc
import inspect
import numbers
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import GenericAlias, NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAliasType, TypeVar, Union, cast, get_args, get_origin

import numpy as np
from numpy.typing import ArrayLike
from pydantic import (
    AfterValidator,
    BeforeValidator,
    FailFast,
    PlainValidator,
    WrapValidator,
)

from bayescale.core.text import short_repr


def schema_of(annotation: Any) -> Any:
    """Return the type that pydantic compares with.

    Parameters
    ----------
    annotation : object
        Annotation of a parameter.

    Returns
    -------
    object
        A type for `pydantic.TypeAdapter`; Any where everything is allowed.
    """
    if annotation in (Any, object, inspect.Parameter.empty) or isinstance(annotation, TypeVar):
        return Any
    if annotation == ArrayLike:
        return ARRAY
    if annotation in SCALARS:
        return SCALARS[annotation]
    if isinstance(annotation, TypeAliasType):
        return schema_of(annotation.__value__)
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(origin, TypeAliasType):  # NDArray[float64]
        return schema_of(origin.__value__)
    if origin is Annotated:
        return Annotated[(schema_of(inner[0]), *inner[1:])]
    if origin in (Union, UnionType):
        arrays = get_args(ArrayLike) if {*get_args(ArrayLike)} <= {*inner} else ()  # a union with ArrayLike is flat
        several = any(get_origin(part) is Sequence for part in inner)
        parts = tuple(COUNT if several and part is int else schema_of(part) for part in inner if part not in arrays) + (
            (ARRAY,) if arrays else ()
        )
        return Any if Any in parts else Union[parts]  # noqa: UP007
    if origin is Literal:
        return annotation
    if origin is not None and issubclass(origin, Mapping):
        return Annotated[_generic(dict, *map(schema_of, inner)), WrapValidator(_as_mapping)]
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        return Annotated[_generic(tuple, schema_of(inner[0]), ...), FailFast()]
    if origin is tuple:
        return _generic(tuple, *map(schema_of, inner))
    if origin is not None and issubclass(origin, Sequence):
        entry = COUNT if inner[0] is int else schema_of(inner[0])
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
        raise ValueError(f"{words}, such as [{short_repr(value)}]" if wrapped else words)
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
    wrong = "text without NUL characters and surrogates"
    if "\x00" in value:
        raise ValueError(wrong)
    try:
        value.encode()
    except UnicodeEncodeError as error:  # surrogates alone cannot be encoded
        raise ValueError(wrong) from error
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


LONGEST_TEXT = 10_000_000  # characters of a text argument: a law as JSON may be long


def _positive(value: float) -> float:
    if not 0 < value < float("inf"):
        raise ValueError("a finite number above 0")
    return value


def _numeric(value: Any) -> Any:
    """Numbers in any shape, or a symbolic tensor (PyTensor)."""
    symbolic = getattr(value, "__array_ufunc__", "") is None or (hasattr(value, "owner") and hasattr(value, "type"))
    return value if symbolic else _array(value)


def _array_module(value: Any) -> Any:
    if isinstance(value, type) or not all(callable(getattr(value, name, None)) for name in ("exp", "log1p", "maximum")):
        raise ValueError("numpy or pytensor.tensor")
    return value


#: Annotations for parameters of one meaning; type checkers see the plain type.
type Positive = Annotated[float, AfterValidator(_positive)]


type Numeric = Annotated[Any, AfterValidator(_numeric)]


type ArrayModule = Annotated[Any, AfterValidator(_array_module)]
