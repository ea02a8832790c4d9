"""Write a report to a file. The suffix of its name decides the format."""

from importlib import import_module
from pathlib import Path

from bayescale.core.paths import unwritable
from bayescale.errors import InputError, closest

#: The function that writes a report, by suffix. It is imported when a report is written.
WRITERS = {".html": "html.to_html", ".md": "markdown.to_markdown", ".json": "json.to_json"}

TEMPLATES = ("model-card", "frontier-safety")  # cards that a report can fill


def require_writable(path: Path | None) -> None:
    """Check, before anything is computed, that a report can be written.

    Parameters
    ----------
    path : Path or None
        The file; None where no report is requested.

    Raises
    ------
    InputError
        The suffix is not known, or the file cannot be written.
    """
    if path is not None and (problem := unwritable(path, tuple(WRITERS))):
        raise InputError(f"report: {problem}")


def require_template(template: str, path: Path | None) -> None:
    """Check, before anything is computed, that a card can be filled and written.

    Parameters
    ----------
    template : str
        Name of a card.
    path : Path or None
        The file; None where no report is requested.

    Raises
    ------
    InputError
        The template is not known, there is no file, or the file is no Markdown.
    """
    if template not in TEMPLATES:
        raise InputError(
            f"template={template!r} is not known; templates: {', '.join(TEMPLATES)}.{closest(template, TEMPLATES)}"
        )
    if path is None:
        raise InputError(f"template={template!r} fills a report, and no file of a report is requested: name one in .md")
    if path.suffix.lower() != ".md":
        raise InputError(f"template={template!r} is Markdown: the name must end in .md, not {path.name!r}")


def write(content: object, path: Path, template: str = "") -> None:
    """Write a report to one file.

    Parameters
    ----------
    content : Report
        The report.
    path : Path
        The file.
    template : str, default ""
        Name of a card to fill with the content, in Markdown.

    Raises
    ------
    InputError
        The suffix or the template is not known, or the file cannot be written.
    """
    require_writable(path)
    if template:
        require_template(template, path)
        write_text(import_module("bayescale.report.render.cards").to_card(content, template), path)
        return
    module, function = WRITERS[path.suffix.lower()].split(".")
    write_text(getattr(import_module(f"bayescale.report.render.{module}"), function)(content), path)


def export(content: object, folder: Path) -> list[Path]:
    """Write the tables and figures of a report to a folder.

    Parameters
    ----------
    content : Report
        The report.
    folder : Path
        The folder; it is made.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        A file cannot be written.
    """
    files: list[Path] = import_module("bayescale.report.render.export").export(content, folder)
    return files


def write_text(text: str, path: Path) -> None:
    """Write a text to one file.

    Parameters
    ----------
    text : str
        The text.
    path : Path
        The file.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    if problem := unwritable(path):
        raise InputError(problem)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error
