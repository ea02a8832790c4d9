"""Tables of priors from files: the shipped ones in `priors/`, those of users, and those stored with a posterior."""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from bayescale.core.arguments import checked
from bayescale.core.limits import shortened
from bayescale.core.text import count
from bayescale.errors import InputError, closest
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.priors.prior_table import QUANTITIES, PriorTable
from bayescale.scaling_laws.toml_values import (
    Problems,
    read_document,
    read_prior,
    read_table,
    read_text,
    refuse_unknown_keys,
)

FOLDER = Path(__file__).parent
#: The shipped table that applies unless a fit names another one.
DEFAULT = "public"
#: The table of releases that did not store one with the posterior.
EARLIER = "stated"


@cache
def shipped(name: str) -> PriorTable:
    """Read a table that is shipped with the package.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    PriorTable
        The table.

    Raises
    ------
    InputError
        If no table of that name is shipped.
    """
    names = sorted(path.stem for path in FOLDER.glob("*.toml"))
    if name not in names:
        raise InputError(f"priors {name!r} are not shipped.{closest(name, names)} A file of priors ends in .toml")
    return _from_file(FOLDER / f"{name}.toml", None)


def default_table() -> PriorTable:
    """Return the priors that apply unless a fit names others.

    Returns
    -------
    PriorTable
        The shipped table.
    """
    return shipped(DEFAULT)


def table_from_document(document: Mapping[str, Any]) -> PriorTable:
    """Read a table that a stored posterior contains.

    Parameters
    ----------
    document : mapping
        JSON values, as `PriorTable.to_document` wrote them. Quantities that an earlier release did not have take the
        priors of `EARLIER`.

    Returns
    -------
    PriorTable
        The table.

    Raises
    ------
    KeyError, TypeError, ValueError, InputError
        For what is no such document.
    """
    priors = {name: Prior(**prior) for name, prior in document["priors"].items()}
    sources = {name: tuple(tables) for name, tables in document["sources"].items()}
    return PriorTable(document["name"], {**shipped(EARLIER).priors, **priors}, sources)


@checked
def read_priors(source: str | os.PathLike[str]) -> PriorTable:
    """Read a table of priors.

    Parameters
    ----------
    source : str or path
        A .toml file, as `PriorTable.save` and ``bayescale learn-priors`` write it, or the name of a shipped table:
        "public", the default, with exponents, q and noise learned from public sets of finished runs, or "stated". A
        file may leave quantities out; they have the default priors.

    Returns
    -------
    PriorTable
        The table.

    Raises
    ------
    InputError
        If the file cannot be read or holds no priors. The error names the file and lists every problem.

    See Also
    --------
    learn_priors : Learn priors from earlier fits.
    """
    if str(source).lower().endswith(".toml"):
        return _from_file(Path(source), default_table())
    return shipped(str(source))


def _from_file(path: Path, base: PriorTable | None) -> PriorTable:
    """The table of a file; quantities that it leaves out have the priors of `base`."""
    problems: Problems = []
    document = read_document(path, "table of priors")
    refuse_unknown_keys(document, ("name", "priors", "sources"), "", problems)
    if "name" not in document:
        problems.append('name is missing: add a line such as name = "our ladders"')
    name = read_text(document["name"], "name", problems) if "name" in document else ""
    entries, listed = (read_table(document, key, problems) for key in ("priors", "sources"))
    refuse_unknown_keys(entries, QUANTITIES, "priors", problems)
    priors = {key: read_prior(key, value, problems) for key, value in entries.items() if key in QUANTITIES}
    for key, tables in listed.items():
        if not isinstance(tables, list) or not all(isinstance(table, str) for table in tables):
            problems.append(f"sources.{key}: must be a list of names, not {shortened(repr(tables))}")
    if not problems:
        known = {key: prior for key, prior in priors.items() if prior is not None}
        try:
            sources = {key: tuple(tables) for key, tables in listed.items()}
            if base is None:
                return PriorTable(name, known, sources)
            changed = base.with_priors(known, name)
            return replace(changed, sources={**changed.sources, **sources})
        except InputError as error:
            problems += error.problems
    raise InputError(f"{path}: {count(len(problems), 'problem')} in this table of priors", problems)
