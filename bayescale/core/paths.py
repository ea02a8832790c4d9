"""Paths that may be read and written: regular files, also through links.

Reading a named pipe or a device can wait forever, and an output would replace it; neither is a table, law or posterior.
"""

import os
import stat
from collections.abc import Collection

KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
VIRTUAL = ("/proc/", "/sys/")  # files of the kernel: their sizes mean nothing, and some never end
LONGEST_NAME = 200  # bytes: a partial file beside an output has 45 more


def irregular(path: str | os.PathLike[str]) -> str:
    """Describe what a path leads to where it is neither a regular file nor a folder.

    Parameters
    ----------
    path : str or os.PathLike
        The path; links are followed.

    Returns
    -------
    str
        A description such as "a named pipe"; "" for a regular file, a folder or nothing.
    """
    try:
        mode = os.stat(path).st_mode
        if os.path.realpath(path).startswith(VIRTUAL):
            return "a file of the kernel"
    except (OSError, ValueError):  # ValueError: a path with a NUL character
        return ""
    return next((name for test, name in KINDS if test(mode)), "")


def unreadable_kind(path: str | os.PathLike[str]) -> str:
    """Explain why a path cannot be read because of the kind of file it leads to.

    Parameters
    ----------
    path : str or os.PathLike
        The path; links are followed.

    Returns
    -------
    str
        The problem; "" for a regular file, a folder or nothing.
    """
    kind = irregular(path)
    return kind and f"is {kind}, and only regular files are read; save its contents to a file and give its path"


def unwritable(path: str | os.PathLike[str], suffixes: Collection[str] = ()) -> str:
    """Explain why an output cannot be written to a path, before anything is computed.

    Standard output is no file: "-" and /dev/stdout are refused, and `--json` prints there.

    Parameters
    ----------
    path : str or os.PathLike
        The path.
    suffixes : collection of str, default ()
        Allowed endings of the file's name, in lower case. None: every ending.

    Returns
    -------
    str
        The problem with the path in front, or "" where there is none.
    """
    try:
        text = os.fspath(path)
        too_long = len(os.fsencode(os.path.basename(text))) > LONGEST_NAME
    except ValueError:
        return f"{path!a} cannot be written: a path has no surrogate characters"
    short_path = text if len(text) <= 300 else f"{text[:300]}…"
    if "\x00" in text:
        return f"{text!r} cannot be written: a path has no NUL characters"
    if text == "-":
        return "- is not written to: name a file; --json prints to standard output"
    if os.path.isdir(text):
        return f"{short_path} is a folder; name a file in it"
    if kind := irregular(text):
        return f"{short_path} is {kind}, which no output replaces or is written to; name a regular file"
    if suffixes and os.path.splitext(text)[1].lower() not in suffixes:
        return f"{short_path}: name a file that ends in {', '.join(suffixes)}"
    if too_long:
        return f"{short_path} cannot be written: a file's name has at most {LONGEST_NAME} bytes"
    folder = os.path.dirname(text) or "."
    if not os.path.isdir(folder):
        short_folder = folder if len(folder) <= 300 else f"{folder[:300]}…"
        return f"{short_path} cannot be written: there is no folder {short_folder}"
    if not os.access(folder, os.W_OK):
        return f"{short_path} cannot be written: the folder {folder} is read-only"
    return ""
