"""Packages that another package imports at once and that are loaded only when one of their names is used."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


@contextmanager
def deferred(name: str) -> Iterator[None]:
    """Give whoever imports a package meanwhile a placeholder, which loads the package when one of its names is used.

    Parameters
    ----------
    name : str
        Name of the package. One that is loaded stays as it is.

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
    placeholder.__getattr__ = attribute  # type: ignore[method-assign]
    sys.modules[name] = placeholder
    try:
        yield
    finally:
        if sys.modules.get(name) is placeholder:
            del sys.modules[name]
