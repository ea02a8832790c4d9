"""Which files may be read and written: regular ones, through links too.

A named pipe or a device waits, never ends, or is replaced by an output; none of them is a table, a law or a posterior.
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
    """What a path leads to, through links, where that is neither a regular file nor a folder; "" else."""
    try:
        mode = os.stat(path).st_mode
        if os.path.realpath(path).startswith(VIRTUAL):
            return "a file of the kernel"
    except (OSError, ValueError):  # ValueError: a path with a NUL character
        return ""
    return next((name for test, name in KINDS if test(mode)), "")


def unreadable_kind(path: str | os.PathLike[str]) -> str:
    """Why a path cannot be read because of what stands there; "" where a regular file, a folder or nothing does."""
    kind = irregular(path)
    return kind and f"is {kind}, and only regular files are read; save its contents to a file and give its path"


def unwritable(path: str | os.PathLike[str], suffixes: Collection[str] = ()) -> str:
    """Why an output cannot be written to a path, with the path in front; "" where it can, as far as one sees before.

    `suffixes` (lower case) are what the file's name may end in; none allows every name. Standard output is no file:
    "-" and /dev/stdout are refused, and `--json` prints there.
    """
    try:
        text = os.fspath(path)
        too_long = len(os.fsencode(os.path.basename(text))) > LONGEST_NAME
    except ValueError:
        return f"{path!a} cannot be written: a path has no surrogate characters"
    shown = text if len(text) <= 300 else f"{text[:300]}…"
    if "\x00" in text:
        return f"{text!r} cannot be written: a path has no NUL characters"
    if text == "-":
        return "- is not written to: name a file; --json prints to standard output"
    if os.path.isdir(text):
        return f"{shown} is a folder; name a file in it"
    if kind := irregular(text):
        return f"{shown} is {kind}, which no output replaces or is written to; name a regular file"
    if suffixes and os.path.splitext(text)[1].lower() not in suffixes:
        return f"{shown}: name a file that ends in {', '.join(suffixes)}"
    if too_long:
        return f"{shown} cannot be written: a file's name has at most {LONGEST_NAME} bytes"
    folder = os.path.dirname(text) or "."
    if not os.path.isdir(folder):
        return f"{shown} cannot be written: there is no folder {folder if len(folder) <= 300 else folder[:300] + '…'}"
    if not os.access(folder, os.W_OK):
        return f"{shown} cannot be written: the folder {folder} is read-only"
    return ""
