"""What a spec names and other files hold: laws and tables of priors."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayescale.core.limits import shortened
from bayescale.errors import BayescaleError

if TYPE_CHECKING:
    from bayescale.scaling_laws.law import Law
    from bayescale.scaling_laws.priors.prior_table import PriorTable

LONGEST_PATH = 1_000  # characters


def law_files(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names in a spec's model that are files, not laws of the catalogue.

    Parameters
    ----------
    document : mapping of str to Any
        The spec's TOML document.

    Returns
    -------
    tuple of str
        The names.
    """
    model = document.get("model")
    named = model.get("law") if isinstance(model, dict) else None
    words = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    return tuple(word for word in words if isinstance(word, str) and word.lower().endswith(".toml"))


def read_laws(folder: Path, document: Mapping[str, Any], where: str, problems: list[str]) -> dict[str, "Law"]:
    """Read the laws of a spec that are in separate files, in the spec's folder or below.

    Whoever reviews a spec sees its law, and no spec reads other files of the machine.

    Parameters
    ----------
    folder : pathlib.Path
        The spec's folder.
    document : mapping of str to Any
        The spec's TOML document.
    where : str
        The line and key, for messages.
    problems : list of str
        Gets a message for every law that cannot be used.

    Returns
    -------
    dict of str to Law
        The laws, by the names of their files.
    """
    out: dict[str, Law] = {}
    for name in law_files(document):
        from bayescale.scaling_laws.toml import read_law  # heavy, and not needed for laws of the catalogue

        law = _read_beside(folder, name, where, "law", read_law, problems)
        if law is not None:
            out[name] = law
    return out


def read_prior_table(folder: Path, document: Mapping[str, Any], where: str, problems: list[str]) -> "PriorTable | None":
    """Read the table of priors that a spec names: a shipped one, or a file in the spec's folder or below.

    Parameters
    ----------
    folder, where, problems
        As in `read_laws`.
    document : mapping of str to Any
        The spec's TOML document.

    Returns
    -------
    PriorTable or None
        None where the spec names none, or it cannot be used.
    """
    model = document.get("model")
    name = model.get("prior_table") if isinstance(model, dict) else None
    if not isinstance(name, str):
        return None  # a value that is no text is refused with the rest of the spec
    from bayescale.scaling_laws.priors.prior_files import read_priors

    if name.lower().endswith(".toml"):
        return _read_beside(folder, name, where, "prior table", read_priors, problems)
    try:
        return read_priors(name)
    except BayescaleError as error:
        problems.append(f"{where} = {shortened(name)!r}: {error}")
        return None


def _read_beside[Value](
    folder: Path, name: str, where: str, kind: str, read: Callable[[Path], Value], problems: list[str]
) -> Value | None:
    """What a file in a spec's folder or below holds; None after its problem was added."""
    short_name = shortened(name)
    if len(name) > LONGEST_PATH:
        problems.append(f"{where} = {short_name!r}: a path has at most {LONGEST_PATH} characters, not {len(name)}")
        return None
    if Path(name).is_absolute() or ".." in Path(name).parts or "\x00" in name:
        problems.append(
            f"{where} = {short_name!r}: a {kind}'s file must lie in its spec's folder or below: use a "
            "relative path without .."
        )
        return None
    try:
        file = (folder / name).resolve()  # links included: the file that is read is the one that is checked
        if not file.is_relative_to(folder.resolve()):
            problems.append(
                f"{where} = {short_name!r}: a link leads out of its spec's folder; put the file into the folder"
            )
            return None
        return read(file)
    except (OSError, RuntimeError) as error:
        problems.append(f"{where} = {short_name!r}: cannot be read: {getattr(error, 'strerror', None) or error}")
    except BayescaleError as error:
        problems.append(f"{where} = {name!r}: " + str(error).replace("\n", "\n  "))
    return None
