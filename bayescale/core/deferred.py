"""Imports that other packages make and we do not need, put off until somebody needs them."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from types import ModuleType
from typing import Any


@contextmanager
def deferred(name: str, attributes: Mapping[str, object] | None = None) -> Iterator[None]:
    """Give whoever imports a package meanwhile a placeholder, which loads the package when one of its names is used.

    Parameters
    ----------
    name : str
        Name of the package. One that is loaded stays as it is.
    attributes : mapping of str to object, optional
        Names that the placeholder has itself.

    Yields
    ------
    None
        Afterwards the package is imported as usual.
    """
    if name in sys.modules:
        yield
        return

    def attribute(attribute_name: str) -> Any:
        return getattr(importlib.import_module(name), attribute_name)

    placeholder = ModuleType(name, f"Placeholder of {name}.")
    vars(placeholder).update(attributes or {})
    placeholder.__getattr__ = attribute  # type: ignore[method-assign]
    sys.modules[name] = placeholder
    try:
        yield
    finally:
        if sys.modules.get(name) is placeholder:
            del sys.modules[name]


class _DaskArrays(type):
    """Of a class whose instances are the arrays of Dask, where Dask is loaded; otherwise there are none."""

    def __instancecheck__(cls, value: object) -> bool:
        loaded = sys.modules.get("dask.array")
        return loaded is not None and isinstance(value, loaded.Array)


class DaskArray(metaclass=_DaskArrays):
    """Stands for `dask.array.Array` in comparisons."""


def defer_dask() -> None:
    """Let xarray recognise arrays of Dask without importing Dask, which takes .4 s.

    xarray asks for the class of Dask's arrays once a process, when it makes its first variable. It gets one that
    compares equally. Without Dask nothing happens.
    """
    if importlib.util.find_spec("dask") is None:
        return
    from xarray.namedarray.pycompat import array_type

    with deferred("dask", {"__version__": version("dask")}), deferred("dask.array", {"Array": DaskArray}):
        array_type("dask")
