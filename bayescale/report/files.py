"""A report as a file: what its name ends in says as what it is written."""

from importlib import import_module
from pathlib import Path

from bayescale.errors import InputError
from bayescale.report.parts import Report

#: What writes a report, by how its file's name ends; imported when a report is written.
WRITERS = {".html": "html.to_html", ".md": "markdown.to_markdown", ".json": "document.to_json"}


def require_writable(path: Path | None) -> None:
    """Raise InputError, before anything is computed, for a report that is wanted and could not be written."""
    if path is None:
        return
    if path.suffix.lower() not in WRITERS:
        raise InputError(f"{path}: a report is written to a file whose name ends in {', '.join(WRITERS)}")
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise InputError(f"{path} cannot be written: there is no folder {path.parent}")


def write(content: Report, path: Path) -> None:
    """Write a report to one file. Raises InputError where that cannot be."""
    require_writable(path)
    module, function = WRITERS[path.suffix.lower()].split(".")
    write_text(getattr(import_module(f"bayescale.report.{module}"), function)(content), path)


def write_text(text: str, path: Path) -> None:
    """Write a text to one file. Raises InputError where that cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error
