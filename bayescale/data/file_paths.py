"""Files on this machine: paths that may be read, patterns, and errors that name the closest file."""

import glob
import os
import re
from collections.abc import Collection
from pathlib import Path

from bayescale.core.paths import unreadable_kind
from bayescale.core.text import listing
from bayescale.errors import InputError, closest

_WILDCARD = re.compile(r"[*?\[]")


#: Suffixes of compressed files, after that of the format.
COMPRESSIONS = (".gz", ".zst", ".xz", ".bz2")

_CONVERSIONS = {
    ".zip": "unpack it, or save the table",
    ".xls": "save the workbook as .xlsx, or export the sheet",
    ".json": "write one object a line and save it",
    ".pkl": "pickles can run code: write the table again",
    ".pickle": "pickles can run code: write the table again",
}


def compression_of(name: str) -> str:
    """Return the suffix of a file's compression.

    Parameters
    ----------
    name : str
        Name, path or address of the file.

    Returns
    -------
    str
        One of `COMPRESSIONS`; "" where the file is not compressed.
    """
    suffix = _last_suffix(name)
    return suffix if suffix in COMPRESSIONS else ""


def suffix_of(name: str) -> str:
    """Return the suffix of a file's format in lower case: ".csv" of "RUNS.CSV" and of "runs.csv.gz".

    Parameters
    ----------
    name : str
        Name, path or address of the file.

    Returns
    -------
    str
        The suffix before that of the compression; "" where there is none.
    """
    return _last_suffix(name[: len(name) - len(compression_of(name))])


def _last_suffix(name: str) -> str:
    base, point, suffix = re.split(r"[/\\]", name)[-1].rpartition(".")
    return f"{point}{suffix}".lower() if base else ""


def require_file(source: str | bytes, suffixes: Collection[str]) -> Path:
    """Require that a path leads to a file with one of the suffixes.

    Parameters
    ----------
    source : str or bytes
        The path; `~` is expanded.
    suffixes : collection of str
        Allowed suffixes in lower case; the case of the name does not matter.

    Returns
    -------
    Path
        The path.

    Raises
    ------
    InputError
        If it is an address, a folder, a missing file, not a regular file, or has another suffix; with the closest file
        beside it.
    """
    name = os.fsdecode(source)
    if "://" in name:
        raise InputError(f"{name}: addresses are not read; download the file and give its path.")
    try:
        path = Path(name).expanduser()
        if path.is_dir():
            raise InputError(f"{name}: is a folder; give one file in it.{_closest_file(path, '', suffixes)}")
        if kind := unreadable_kind(path):
            raise InputError(f"{name}: {kind}.")
        if not path.exists():
            raise InputError(f"{name}: there is no such file.{_closest_file(path.parent, path.name, suffixes)}")
        if suffix_of(name) not in suffixes:
            raise InputError(unsupported_suffix(name, path.suffix, suffixes))
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL character
        raise unreadable_file(name, error) from error
    return path


def unsupported_suffix(name: str, suffix: str, suffixes: Collection[str]) -> str:
    """Explain that files with a suffix are not read, and how to convert them.

    Parameters
    ----------
    name : str
        Name of the file.
    suffix : str
        Its suffix.
    suffixes : collection of str
        Suffixes that are read.

    Returns
    -------
    str
        The message.
    """
    conversion = _CONVERSIONS.get(suffix.lower(), "save the table")
    return (
        f"{name}: the suffix {suffix!r} is not read; {conversion} as one of {', '.join(suffixes)}, or one of these "
        f"with {', '.join(COMPRESSIONS)}."
    )


def unreadable_file(name: str, error: BaseException) -> InputError:
    """Return the error for a file that cannot be read at all.

    Parameters
    ----------
    name : str
        Name of the file.
    error : BaseException
        The error that reading raised.

    Returns
    -------
    InputError
        The error to raise.
    """
    return InputError(f"{name}: the file cannot be read ({error_reason(error)}); check its path and permissions.")


def is_pattern(text: str) -> bool:
    """Return whether a path or address holds a wildcard.

    Parameters
    ----------
    text : str
        The path or address.

    Returns
    -------
    bool
        True where it holds `*`, `?` or `[`.
    """
    return bool(_WILDCARD.search(text))


def pattern_folder(pattern: str) -> str:
    """Return the folder that a pattern starts from.

    Parameters
    ----------
    pattern : str
        A path or address with wildcards.

    Returns
    -------
    str
        The text before the first part with a wildcard, without the final slash.
    """
    return _WILDCARD.split(pattern, maxsplit=1)[0].rpartition("/")[0]


def matching_files(pattern: str) -> tuple[list[Path], Path]:
    """Find the files on this machine that a path or pattern names.

    A path that exists is taken as it is, also where its name holds a wildcard.

    Parameters
    ----------
    pattern : str
        A path or a pattern such as "runs/**/*.csv"; `~` is expanded.

    Returns
    -------
    paths : list of Path
        The files, sorted; empty where there is none.
    folder : Path
        The folder that the pattern starts from.
    """
    text = os.path.expanduser(pattern)
    if is_pattern(text) and not os.path.lexists(text):
        paths = sorted(Path(match) for match in glob.glob(text, recursive=True) if os.path.isfile(match))
        return paths, Path(pattern_folder(text) or ("/" if text.startswith("/") else "."))
    return [Path(text)] if os.path.isfile(text) else [], Path(text).parent


def no_match(pattern: str) -> InputError:
    """Return the error for a path or pattern without a file, with what is in its folder.

    Parameters
    ----------
    pattern : str
        The path or pattern.

    Returns
    -------
    InputError
        The error to raise.
    """
    text = os.path.expanduser(pattern)
    folder = matching_files(pattern)[1]
    is_path = not is_pattern(text)
    problem = "there is no such file" if is_path else "no file matches this pattern"
    if not folder.is_dir():
        return InputError(f"{pattern}: {problem}. There is no folder {str(folder)!r}.")
    entries = sorted(entry.name + "/" * entry.is_dir() for entry in folder.iterdir())
    if is_path and entries:
        return InputError(f"{pattern}: {problem}.{closest(Path(text).name, entries)}")
    return InputError(f"{pattern}: {problem}. {str(folder)!r} holds {listing(entries) or 'nothing'}.")


def _closest_file(folder: Path, name: str, suffixes: Collection[str]) -> str:
    """The closest file in `folder` with one of the suffixes, where there is one."""
    if not folder.is_dir():
        return f" There is no folder {str(folder)!r} either."
    return closest(name, [entry.name for entry in folder.iterdir() if suffix_of(entry.name) in suffixes])


def error_reason(error: BaseException) -> str:
    """Return the reason that an error gives, in one line.

    Parameters
    ----------
    error : BaseException
        The error.

    Returns
    -------
    str
        The first line of its message; its type where it has none.
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
