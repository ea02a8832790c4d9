"""Specs as TOML files: read whole, every problem said at once, with its line and the closest name."""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from bayescale.core.limits import beyond_limits, shortened
from bayescale.core.paths import unreadable_kind
from bayescale.data.sources.credentials import SECRET_NAMES
from bayescale.errors import BayescaleError, InputError
from bayescale.maintenance.spec import LARGEST, NAME, Alerts, LossSpec, ModelSpec, RiskSpec

if TYPE_CHECKING:
    from bayescale.scaling_laws.law import Law


@dataclass(frozen=True)
class BrokenSpec:
    """A spec that cannot be used: the model's name, why, and the alerts' webhook where it can be read."""

    name: str
    why: str
    webhook: str | None = None


LONGEST_PATH = 1_000  # characters


def read_specs(folder: str | os.PathLike[str]) -> tuple[ModelSpec, ...]:
    """Every spec of a folder (or the one file), by name. Raises InputError with the problems of all files at once."""
    specs, broken = read_each_spec(folder)
    if broken:
        problems = [one.why.replace("\n", "\n  ") for one in broken]
        raise InputError(f"{len(broken)} of {len(specs) + len(broken)} specs cannot be used:", problems)
    return specs


def read_each_spec(folder: str | os.PathLike[str]) -> tuple[tuple[ModelSpec, ...], tuple[BrokenSpec, ...]]:
    """Every spec of a folder (or the one file) that can be used, and every one that cannot.

    Raises InputError where there is none of either.
    """
    place = Path(folder)
    if kind := unreadable_kind(place):
        raise InputError(f"{place} {kind}")
    try:
        files = [place] if place.is_file() else [one for one in sorted(place.glob("*.toml")) if not _is_law(one)]
    except (OSError, ValueError) as error:  # a name that is too long, or holds NUL
        raise InputError(f"{shortened(str(place))!r} cannot be looked for: {error.args[-1]}") from error
    if not files:
        raise InputError(f"{place}: no .toml file is there; `bayescale init TABLE` writes one")
    specs, broken = [], []
    for path in files:
        try:
            specs.append(read_spec(path))
        except InputError as error:
            broken.append(BrokenSpec(path.stem, str(error), _webhook_of(path)))
        except Exception as error:  # one file is no reason to leave the others
            broken.append(BrokenSpec(path.stem, f"{path}: this spec cannot be read ({type(error).__name__})"))
    return tuple(specs), tuple(broken)


def _webhook_of(file: Path) -> str | None:
    """The webhook of a spec that cannot be used otherwise."""
    try:
        return Alerts.model_validate({"webhook": _document(file)[1]["alerts"]["webhook"]}).webhook
    except (InputError, ValidationError, KeyError, TypeError):
        return None


def _is_law(file: Path) -> bool:
    """Whether a TOML file holds a law: these may lie beside the specs that use them."""
    try:
        document = _document(file)[1]
    except InputError:
        return False  # what is wrong is said when it is read
    return "data" not in document and ("power" in document or "formula" in document)


def law_files(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The names in a spec's model that are not of the catalogue but of files."""
    model = document.get("model")
    named = model.get("law") if isinstance(model, dict) else None
    words = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    return tuple(one for one in words if isinstance(one, str) and one.lower().endswith(".toml"))


def read_spec(path: str | os.PathLike[str]) -> ModelSpec:
    """One spec, with the laws that stand in files of their own. Raises InputError naming the file and every problem
    with its line."""
    file = Path(path)
    name = file.stem
    if not NAME.fullmatch(name):
        raise InputError(f"{file}: the file's name is the model's: small letters, digits, - and _, such as pile.toml")
    text, document = _document(file)
    if beyond := beyond_limits(document):
        said = [f"line {line_of(text, where)}: {'.'.join(map(str, where))}: {wrong}" for where, wrong in beyond]
        raise InputError(f"{file}: this spec cannot be used", said[:100])
    kind: type[LossSpec | RiskSpec] = RiskSpec if "risk" in document else LossSpec
    said = []
    own = _own_laws(file.parent, document, f"line {line_of(text, ['model', 'law'])}: model.law", said)
    try:
        what = kind.model_validate(document)
    except ValidationError as error:
        said += [_said(text, kind, one["loc"], one["msg"], one["type"], one.get("input")) for one in error.errors()]
    if said:
        raise InputError(f"{file}: this spec cannot be used", list(dict.fromkeys(said)))
    return ModelSpec(name, file, what, own)


def _own_laws(folder: Path, document: Mapping[str, Any], where: str, problems: list[str]) -> dict[str, "Law"]:
    """Laws by the names of their files, which lie in the spec's folder or below: whoever reviews a spec sees its law,
    and no spec reads what is elsewhere on the machine."""
    out: dict[str, Law] = {}
    for name in law_files(document):
        from bayescale.scaling_laws.toml import (
            read_law,  # where the catalogue is all that is named, nothing heavy is needed
        )

        shown = shortened(name)
        if len(name) > LONGEST_PATH:
            problems.append(f"{where} = {shown!r}: a path has at most {LONGEST_PATH} characters, not {len(name)}")
            continue
        if Path(name).is_absolute() or ".." in Path(name).parts or "\x00" in name:
            problems.append(f"{where} = {shown!r}: a law's file lies in its spec's folder or below: no .. and no root")
            continue
        try:
            file = (folder / name).resolve()  # links included: what is read is what was checked
            if not file.is_relative_to(folder.resolve()):
                problems.append(f"{where} = {shown!r}: leads out of its spec's folder by a link; put the law there")
                continue
            out[name] = read_law(file)
        except (OSError, RuntimeError) as error:
            problems.append(f"{where} = {shown!r}: cannot be read: {getattr(error, 'strerror', None) or error}")
        except BayescaleError as error:
            problems.append(f"{where} = {name!r}: " + str(error).replace("\n", "\n  "))
    return out


def _document(file: Path) -> tuple[str, dict[str, Any]]:
    """A TOML file's text and what it says. Raises InputError for what is none."""
    text = _text(file)
    try:
        return text, tomllib.loads(text)
    except RecursionError as error:
        raise InputError(f"{file}: is nested too deeply to be read") from error
    except ValueError as error:  # TOMLDecodeError, and numbers of more digits than Python reads
        raise InputError(f"{file}: this is not TOML: {shortened(str(error), 200)}") from error


def _text(file: Path) -> str:
    try:
        if (kind := unreadable_kind(file)) or file.is_dir():
            raise InputError(f"{file} {kind or 'is a folder'}")
        if file.stat().st_size > LARGEST:
            raise InputError(f"{file}: more than {LARGEST} bytes are no spec")
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(f"{file}: there is no such file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text (byte {error.start})") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error


def _said(text: str, kind: type[BaseModel], loc: Sequence[int | str], message: str, what: str, given: Any) -> str:
    """One problem as a person reads it: its line, where it stands, what is wrong, the closest name."""
    keys = [key for key in loc if key not in ("str", "tuple[str, ...]", "function-after")]
    where = ".".join(map(str, keys))
    line = line_of(text, keys)
    place = f"line {line}: " if line else ""
    message = message.removeprefix("Value error, ")
    if what == "extra_forbidden":
        known = _known(kind, keys[:-1])
        match = get_close_matches(str(keys[-1]), known, n=1, cutoff=0.5)
        hint = f" Did you mean {match[0]!r}?" if match else ""
        where = shortened(where)
        return f"{place}{where} is not known.{hint} Known: {', '.join(known)}"
    nothing = what == "missing" or isinstance(given, Mapping | list | tuple) or _may_be_secret(keys, given)
    shown = "" if nothing else f" = {shortened(given)!r}" if isinstance(given, str) else f" = {shortened(repr(given))}"
    return f"{place}{where}{shown}: {message[:1].lower()}{message[1:]}"


def _may_be_secret(keys: Sequence[int | str], given: object) -> bool:
    """Whether a value may hold a secret, so that it is not shown: an address, or a value under such a name."""
    names = [str(key).lower() for key in keys]
    return (isinstance(given, str) and ("://" in given or "=" in given)) or any(
        word in name for name in names for word in (*SECRET_NAMES, "url", "webhook", "sql", "mlflow", "header", "auth")
    )


def _known(kind: type[BaseModel], keys: Sequence[int | str]) -> list[str]:
    """The keys that the table at `keys` may have."""
    model: Any = kind
    for key in keys:
        if isinstance(key, int):
            continue
        field = model.model_fields.get(key) if isinstance(model, type) and issubclass(model, BaseModel) else None
        if field is None:
            return []
        model = next((one for one in _types(field.annotation) if issubclass(one, BaseModel)), None)
    return sorted(model.model_fields) if model else []


def _types(annotation: Any) -> list[type]:
    """Every class in a type such as `tuple[Keep, ...]` or `Sql | None`."""
    inner = getattr(annotation, "__args__", ())
    return [annotation] if isinstance(annotation, type) and not inner else [t for one in inner for t in _types(one)]


def line_of(text: str, keys: Sequence[int | str]) -> int | None:
    """The line on which a key of a TOML document stands, or the table that it belongs to; None where neither does."""
    names = [str(key) for key in keys if not isinstance(key, int)]
    wanted = next((key for key in keys if isinstance(key, int)), 0)
    table: list[str] = []
    counts: dict[str, int] = {}
    best, depth = None, 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$", line)
        key = re.match(r"\s*([A-Za-z0-9_\-\".]+?)\s*=", line)
        if header:
            table = [part.strip(' "') for part in header[2].split(".")]
            if header[1] == "[[":
                counts[header[2]] = counts.get(header[2], -1) + 1
        elif key is None:
            continue
        here = table if header else [*table, *(part.strip('"') for part in key[1].split("."))] if key else table
        if here == names[: len(here)] and len(here) > depth and counts.get(".".join(table), wanted) == wanted:
            best, depth = number, len(here)
    return best
