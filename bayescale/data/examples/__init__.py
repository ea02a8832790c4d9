"""Small real tables shipped in the wheel, named `example:NAME`; their sources are stated in README.md beside them."""

from importlib.resources import files
from importlib.resources.abc import Traversable

from bayescale.errors import InputError, closest


def example(name: str) -> Traversable:
    """Where the shipped table `name` is: a CSV file, readable also from inside a zipped wheel.

    Raises InputError for a name that is not shipped, with the closest match.
    """
    shipped = {
        entry.name.removesuffix(".csv"): entry for entry in files(__name__).iterdir() if entry.name.endswith(".csv")
    }
    if name not in shipped:
        raise InputError(f"example:{name} is not shipped with bayescale.{closest(name, shipped)}")
    return shipped[name]
