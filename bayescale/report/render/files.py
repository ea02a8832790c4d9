"""A report as a file: what its name ends in says as what it is written."""

from importlib import import_module
from pathlib import Path

from bayescale.core.paths import unwritable
from bayescale.errors import InputError
from bayescale.report.elements import Report

#: What writes a report, by how its file's name ends; imported when a report is written.
WRITERS = {".html": "html.to_html", ".md": "markdown.to_markdown", ".json": "json.to_json"}


def require_writable(path: Path | None) -> None:
    """Raise InputError, before anything is computed, for a report that is wanted and could not be written."""
    if path is not None and (problem := unwritable(path, tuple(WRITERS))):
        raise InputError(f"report: {problem}")


def write(content: Report, path: Path) -> None:
    """Write a report to one file. Raises InputError where that cannot be."""
    require_writable(path)
    module, function = WRITERS[path.suffix.lower()].split(".")
    write_text(getattr(import_module(f"bayescale.report.render.{module}"), function)(content), path)


def write_text(text: str, path: Path) -> None:
    """Write a text to one file. Raises InputError where that cannot be."""
    if problem := unwritable(path):
        raise InputError(problem)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error
