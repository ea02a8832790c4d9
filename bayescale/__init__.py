"""Bayesian, uncertainty-aware scaling laws: calibrated forecasts of larger training runs and of repeated sampling."""

from typing import Any

import lazy_loader

# `__init__.pyi` lists the public names; each is imported on first use, so that `import bayescale` stays cheap.
_public_attribute, _public_dir, _public_names = lazy_loader.attach_stub(__name__, __file__)

__all__ = [*_public_names, "__version__"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("bayescale")
    return _public_attribute(name)


def __dir__() -> list[str]:
    return sorted({*_public_dir(), "__version__"})
