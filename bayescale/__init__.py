"""Bayesian, uncertainty-aware scaling laws: forecasts of larger training runs that are right as often as they say."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bayescale.data.runs import Runs, read_runs
    from bayescale.errors import BayescaleError, ChecksFailed, InputError, LawError, StoredPosteriorError
    from bayescale.fitted import Fit, fit, load
    from bayescale.inference.sample import Sampler
    from bayescale.laws import law, laws
    from bayescale.laws.custom import read_law
    from bayescale.laws.grammar import Link, Scale, floor, joined, power, scaled_power, term
    from bayescale.laws.law import Law
    from bayescale.laws.other import arise
    from bayescale.laws.priors import Prior, logitnormal, lognormal, normal
    from bayescale.laws.schedule import schedule_features

    __version__: str

#: Where each public name stands; imported when first asked for, so that `import bayescale` costs nothing.
_HOMES = {
    "bayescale.data.runs": ("Runs", "read_runs"),
    "bayescale.errors": ("BayescaleError", "ChecksFailed", "InputError", "LawError", "StoredPosteriorError"),
    "bayescale.fitted": ("Fit", "fit", "load"),
    "bayescale.inference.sample": ("Sampler",),
    "bayescale.laws": ("law", "laws"),
    "bayescale.laws.custom": ("read_law",),
    "bayescale.laws.grammar": ("Link", "Scale", "floor", "joined", "power", "scaled_power", "term"),
    "bayescale.laws.law": ("Law",),
    "bayescale.laws.other": ("arise",),
    "bayescale.laws.priors": ("Prior", "logitnormal", "lognormal", "normal"),
    "bayescale.laws.schedule": ("schedule_features",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "BayescaleError",
    "ChecksFailed",
    "Fit",
    "InputError",
    "Law",
    "LawError",
    "Link",
    "Prior",
    "Runs",
    "Sampler",
    "Scale",
    "StoredPosteriorError",
    "__version__",
    "arise",
    "fit",
    "floor",
    "joined",
    "law",
    "laws",
    "load",
    "logitnormal",
    "lognormal",
    "normal",
    "power",
    "read_law",
    "read_runs",
    "scaled_power",
    "schedule_features",
    "term",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("bayescale")
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module 'bayescale' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
