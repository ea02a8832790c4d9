"""The content of evaluation logs as samples: attempts with their scores, before any score counts as a success."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bayescale.data.file_paths import error_reason, unreadable_file
from bayescale.errors import InputError


@dataclass(frozen=True)
class Sample:
    """One attempt in a log.

    Attributes
    ----------
    log : str
        Path of the log.
    where : str
        The place in the log, for messages.
    groups : dict of str to str
        Values of the group columns.
    problem, attempt : str
        Ids.
    scores : dict of str to any
        Scores by scorer.
    error : bool, default False
        Whether the attempt did not run.
    limited : bool, default False
        Whether a limit cut the attempt off.
    answers : int, default 1
        Number of answers that each score covers.
    """

    log: str
    where: str
    groups: dict[str, str]
    problem: str
    attempt: str
    scores: dict[str, Any]
    error: bool = False
    limited: bool = False
    answers: int = 1


def group_columns(
    always: Mapping[Path, dict[str, str]], settings: Mapping[Path, dict[str, str]]
) -> dict[Path, dict[str, str]]:
    """Return the group columns of each log.

    Parameters
    ----------
    always : mapping of Path to dict of str to str
        Columns of every log.
    settings : mapping of Path to dict of str to str
        Settings, which become columns where logs differ in them.

    Returns
    -------
    dict of Path to dict of str to str
        Values by column; "(none)" for a setting that a log does not have.
    """
    names = dict.fromkeys(name for log_settings in settings.values() for name in log_settings)
    differ = [name for name in names if len({log_settings.get(name) for log_settings in settings.values()}) > 1]
    if any(name.startswith(("solver", "generate_")) for name in differ):  # the plan repeats these
        differ = [name for name in differ if name != "log_plan"]
    columns = [*dict.fromkeys(name for fixed in always.values() for name in fixed), *differ]
    return {
        path: {name: {**settings[path], **fixed}.get(name, "(none)") for name in columns}
        for path, fixed in always.items()
    }


def json_content(path: Path) -> Any:
    """Return the content of a JSON file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    any
        The content.

    Raises
    ------
    InputError
        If the file cannot be read or is not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise unreadable_file(str(path), error) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not whole JSON ({error_reason(error)}); write it again.") from error


def set_values(settings: Any) -> dict[str, Any]:
    """Return settings as a dictionary, without those that are not set.

    Parameters
    ----------
    settings : any
        A model of pydantic, a mapping, or anything else.

    Returns
    -------
    dict of str to any
        The settings; empty for anything else.
    """
    if hasattr(settings, "model_dump"):
        return dict(settings.model_dump(mode="json", exclude_none=True))
    return dict(settings) if isinstance(settings, Mapping) else {}


def as_label(value: Any) -> str:
    """Write a value of a setting as text.

    Parameters
    ----------
    value : any
        The value.

    Returns
    -------
    str
        A text as it is, anything else as JSON.
    """
    return value if isinstance(value, str) else json.dumps(value, default=str)
