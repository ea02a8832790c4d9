"""Specs as TOML files: read whole, with every problem reported at once, its line and the closest name."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from bayescale.core.limits import beyond_limits, shortened
from bayescale.core.paths import unreadable_kind
from bayescale.data.sources.credentials import SECRET_NAMES
from bayescale.errors import InputError
from bayescale.maintenance.specs.spec import LARGEST, NAME, Alerts, ModelSpec, kind_of_document
from bayescale.maintenance.specs.spec_lines import line_of
from bayescale.maintenance.specs.spec_parts import read_laws, read_prior_table


@dataclass(frozen=True)
class BrokenSpec:
    """A spec that cannot be used.

    Parameters
    ----------
    name : str
        The model's name.
    why : str
        The problems.
    alerts : Alerts
        Its alerts, as far as these can be read.
    """

    name: str
    why: str
    alerts: Alerts = field(default_factory=Alerts)


def read_specs(folder: str | os.PathLike[str]) -> tuple[ModelSpec, ...]:
    """Read every spec of a folder.

    Parameters
    ----------
    folder : str or path-like
        A folder of specs, or one file.

    Returns
    -------
    tuple of ModelSpec
        The specs, by name.

    Raises
    ------
    InputError
        A spec cannot be used; the problems of all files are listed.
    """
    specs, broken = read_each_spec(folder)
    if broken:
        problems = [spec.why.replace("\n", "\n  ") for spec in broken]
        raise InputError(f"{len(broken)} of {len(specs) + len(broken)} specs cannot be used:", problems)
    return specs


def read_each_spec(folder: str | os.PathLike[str]) -> tuple[tuple[ModelSpec, ...], tuple[BrokenSpec, ...]]:
    """Read every spec of a folder, and those that cannot be used.

    Parameters
    ----------
    folder : str or path-like
        A folder of specs, or one file.

    Returns
    -------
    tuple of ModelSpec
        The specs that can be used.
    tuple of BrokenSpec
        The others.

    Raises
    ------
    InputError
        There is neither, or the path is blank.
    """
    if not os.fspath(folder).strip():
        raise InputError("the path of the folder of specs is blank: give its path, or '.' for the current folder")
    if kind := unreadable_kind(place := Path(folder)):
        raise InputError(f"{place} {kind}")
    try:
        files = [place] if place.is_file() else [path for path in sorted(place.glob("*.toml")) if not _is_part(path)]
    except (OSError, ValueError) as error:  # a name that is too long, or holds NUL
        raise InputError(f"{shortened(str(place))!r} is no usable path: {error.args[-1]}") from error
    if not files:
        raise InputError(f"{place}: the folder has no .toml file; `bayescale init TABLE` writes one")
    specs, broken = [], []
    for path in files:
        try:
            specs.append(read_spec(path))
        except InputError as error:
            broken.append(BrokenSpec(path.stem, str(error), _alerts_of(path)))
        except Exception as error:  # one file must not stop the others
            broken.append(BrokenSpec(path.stem, f"{path}: this spec cannot be read ({type(error).__name__})"))
    return tuple(specs), tuple(broken)


def _alerts_of(file: Path) -> Alerts:
    """The alerts of a spec that cannot be used: its webhook, and what this receives, where both can be read."""
    for names in (("webhook", "format"), ("webhook",)):  # the format may be absent, or the mistake
        with suppress(InputError, ValidationError, KeyError, TypeError):
            return Alerts.model_validate({name: _document(file)[1]["alerts"][name] for name in names})
    return Alerts()


def _is_part(file: Path) -> bool:
    """Whether a TOML file holds a law or priors: these may be in the folder of the specs that use them."""
    try:
        document = _document(file)[1]
    except InputError:
        return False  # reading it as a spec reports the error
    return "data" not in document and bool({"power", "formula", "priors"} & document.keys())


def read_spec(path: str | os.PathLike[str]) -> ModelSpec:
    """Read one spec, with the laws that are in separate files.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    ModelSpec
        The spec.

    Raises
    ------
    InputError
        The spec cannot be used; the error names the file and every problem with its line.
    """
    file = Path(path)
    name = file.stem
    if not NAME.fullmatch(name):
        raise InputError(
            f"{file}: the file's name is the model's name. Use lowercase letters, digits, - and _, such as pile.toml"
        )
    text, document = _document(file)
    if beyond := beyond_limits(document):
        problems = [f"line {line_of(text, where)}: {'.'.join(map(str, where))}: {why}" for where, why in beyond]
        raise InputError(f"{file}: this spec cannot be used", problems[:100])
    kind = kind_of_document(document)
    problems = []
    laws = read_laws(file.parent, document, f"line {line_of(text, ['model', 'law'])}: model.law", problems)
    place = f"line {line_of(text, ['model', 'prior_table'])}: model.prior_table"
    priors = read_prior_table(file.parent, document, place, problems)
    content = _validated(kind, document, text, problems)
    if problems or content is None:
        raise InputError(f"{file}: this spec cannot be used", list(dict.fromkeys(problems)))
    return ModelSpec(name, file, content, laws, priors)


def _validated[Spec: BaseModel](
    kind: type[Spec], document: dict[str, Any], text: str, problems: list[str]
) -> Spec | None:
    """The content of a spec, or None after its problems were added.

    A table with an unknown key is not checked as a whole, so that the document is read again without unknown keys.
    """
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        details = error.errors()
    problems += [_problem(text, kind, item["loc"], item["msg"], item["type"], item.get("input")) for item in details]
    known = deepcopy(document)
    removed = [_remove(known, item["loc"]) for item in details if item["type"] == "extra_forbidden"]
    if any(removed):
        _validated(kind, known, text, problems)
    return None


def _remove(document: dict[str, Any], loc: Sequence[int | str]) -> bool:
    """Remove the key at a path; False where the path leads through something else than tables and arrays."""
    table: Any = document
    try:
        for key in loc[:-1]:
            table = table[key]
        del table[loc[-1]]
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _document(file: Path) -> tuple[str, dict[str, Any]]:
    """A TOML file's text and its document."""
    text = _text(file)
    try:
        return text, tomllib.loads(text)
    except RecursionError as error:
        raise InputError(f"{file} is nested too deeply to be read") from error
    except ValueError as error:  # TOMLDecodeError, and numbers of more digits than Python reads
        raise InputError(f"{file} is not valid TOML: {shortened(str(error), 200)}") from error


def _text(file: Path) -> str:
    try:
        if (kind := unreadable_kind(file)) or file.is_dir():
            raise InputError(f"{file} {kind or 'is a folder'}")
        if file.stat().st_size > LARGEST:
            raise InputError(f"{file} has more than {LARGEST} bytes, the most that a spec may have")
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(f"{file}: there is no such file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text (byte {error.start})") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error


def _problem(text: str, kind: type[BaseModel], loc: Sequence[int | str], message: str, code: str, value: Any) -> str:
    """One problem as a message: line, key, value, what is wrong, and the closest name."""
    keys = [key for key in loc if key not in ("str", "tuple[str, ...]", "function-after")]
    where = ".".join(map(str, keys))
    line = line_of(text, keys)
    place = f"line {line}: " if line else ""
    message = message.removeprefix("Value error, ")
    if code == "extra_forbidden":
        known = _known(kind, keys[:-1])
        match = get_close_matches(str(keys[-1]), known, n=1, cutoff=0.5)
        hint = f" Did you mean {match[0]!r}?" if match else ""
        return f"{place}{shortened(where)} is not a key of this table.{hint} Allowed: {', '.join(known)}"
    hidden = code == "missing" or isinstance(value, Mapping | list | tuple) or _may_be_secret(keys, value)
    written = shortened(value) if isinstance(value, str) else None
    text_of_value = "" if hidden else f" = {shortened(repr(value))}" if written is None else f" = {written!r}"
    return f"{place}{where}{text_of_value}: {message[:1].lower()}{message[1:]}"


def _may_be_secret(keys: Sequence[int | str], value: object) -> bool:
    """Whether a value may contain a secret, and must not be shown: an address, or a value under such a name."""
    names = [str(key).lower() for key in keys]
    return (isinstance(value, str) and ("://" in value or "=" in value)) or any(
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
        model = next((item for item in _types(field.annotation) if issubclass(item, BaseModel)), None)
    return sorted(model.model_fields) if model else []


def _types(annotation: Any) -> list[type]:
    """Every class in a type such as `tuple[Keep, ...]` or `Sql | None`."""
    inner = getattr(annotation, "__args__", ())
    return (
        [annotation]
        if isinstance(annotation, type) and not inner
        else [item for part in inner for item in _types(part)]
    )
