"""Options that several commands share, and the parsing of their values."""

import math
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.core.paths import unwritable
from bayescale.errors import InputError

if TYPE_CHECKING:
    from bayescale.data.runs import Runs
    from bayescale.scaling_laws.law import Law
    from bayescale.scaling_laws.prior import Prior

# Checks of the value of an option run while the command line is parsed, before any table is read.


def _probability(value: float) -> float:
    if not 0 < value < 1:
        raise InputError(f"--prob={value!r} must lie between 0 and 1, such as 0.9 for a 90 % interval")
    return value


def _seed(value: int | None) -> int | None:
    if value is not None and not 0 <= value < 2**63:
        raise InputError(f"--seed={value!r} must be a whole number from 0 to 2^63 - 1; omit it for a new random seed")
    return value


def finite(option: str, above: float, example: str) -> Callable[[list[float] | None], list[float] | None]:
    """Make a check that every number after an option is finite and above a limit.

    Parameters
    ----------
    option : str
        The option.
    above : float
        The limit; minus infinity for none.
    example : str
        A valid value, for the message.

    Returns
    -------
    callable
        A callback for typer. It raises InputError.
    """

    def check(values: list[float] | None) -> list[float] | None:
        for value in values or []:
            if not above < value < math.inf:
                limit = "" if above == -math.inf else f" and above {above:g}"
                raise InputError(f"{option}={value!r} must be finite{limit}, such as {example}")
        return values

    return check


def output(option: str, suffixes: Collection[str]) -> Callable[[Path | None], Path | None]:
    """Make a check that a file can be written: its suffix, its folder, and the file it would replace.

    Parameters
    ----------
    option : str
        The option.
    suffixes : collection of str
        Allowed suffixes.

    Returns
    -------
    callable
        A callback for typer. It raises InputError.
    """

    def check(path: Path | None) -> Path | None:
        if path is not None and (problem := unwritable(path, suffixes)):
            raise InputError(f"{option}: {problem}")
        return path

    return check


REPORTS = (".html", ".md", ".json")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
AllRows = Annotated[bool, typer.Option("--all", help="Print every row of long tables.")]
AllChecks = Annotated[bool, typer.Option("--checks", help="Print every check, also those that passed.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print no progress to standard error.")]
Seed = Annotated[int | None, typer.Option(help="Random seed, to repeat a result.", callback=_seed)]
Prob = Annotated[float, typer.Option(help="Probability of the intervals.", callback=_probability)]
StoreUrl = Annotated[str, typer.Option("--store", help="Folder, or s3://bucket/prefix.")]
Name = Annotated[str, typer.Argument(help="Name of a model: the name of its spec without .toml.")]
Version = Annotated[str | None, typer.Option("--version", help="Number, id or time; default: the current version.")]
Units = Annotated[list[str] | None, typer.Option(help="Unit of a column: n_params=millions; repeat per column.")]
Comparable = Annotated[
    str, typer.Option(help="Reason why runs with different evaluation sets, tokenizers or units are comparable.")
]
Rename = Annotated[list[str] | None, typer.Option(help="Rename a column of the table: theirs=ours; repeat per column.")]
Complete = Annotated[
    bool, typer.Option("--complete", help="Leave out rows in which an input of the law is missing; a note counts them.")
]
MaxRows = Annotated[
    int, typer.Option(help="Largest number of rows to fit: rows of more runs are selected, with a note.", min=1)
]
Priors = Annotated[
    str | None,
    typer.Option(
        "--priors",
        help="Priors in place of the default ones: a .toml file, as learn-priors writes it, or public.",
    ),
]
FamilyColumn = Annotated[str, typer.Option(help="Column with the family of each run.")]
Cluster = Annotated[str | None, typer.Option(help="'local' to use every core, or the address of a Dask scheduler.")]

ExcludeBlank = Annotated[
    list[str] | None,
    typer.Option(help="Leave out rows that are blank, NaN or infinite in this column; needs --reason."),
]
Reason = Annotated[str | None, typer.Option(help="Why rows are left out; kept in notes and lineage.")]


def excluded(runs: "Runs", columns: Sequence[str] | None, reason: str | None) -> "Runs":
    """Leave out the rows that --exclude-blank names.

    Parameters
    ----------
    runs : Runs
        The runs.
    columns : sequence of str or None
        Columns after --exclude-blank.
    reason : str or None
        The text after --reason.

    Returns
    -------
    Runs
        The other runs.

    Raises
    ------
    InputError
        One of the two options is missing.
    """
    if bool(columns) != (reason is not None):
        raise InputError("--exclude-blank COLUMN and --reason TEXT go together: state why the rows are left out")
    for column in columns or []:
        runs = runs.exclude(blank=column, reason=reason or "")
    return runs


def read_runs_for(
    laws: "Sequence[Law]",
    table: str,
    *,
    rename: list[str] | None,
    units: list[str] | None,
    comparable: str,
    complete: bool,
    exclude_blank: list[str] | None,
    reason: str | None,
) -> "Runs":
    """Read the runs that laws are fitted to.

    Parameters
    ----------
    laws : sequence of Law
        The laws.
    table : str
        File or address of the runs.
    rename, units, exclude_blank : list of str or None
        Values of --rename, --units and --exclude-blank.
    comparable : str
        Value of --comparable.
    complete : bool
        Whether to leave out rows in which an input is missing.
    reason : str or None
        Value of --reason.

    Returns
    -------
    Runs
        The runs.
    """
    from bayescale.scaling.single_law import runs_for

    runs = runs_for(laws, table, pairs(units, "--units"), comparable, pairs(rename, "--rename"))
    runs = excluded(runs, exclude_blank, reason)
    return runs.complete(*dict.fromkeys(name for law in laws for name in law.required_inputs)) if complete else runs


def pair(text: str, option: str) -> tuple[str, str]:
    """Parse "name=value".

    Parameters
    ----------
    text : str
        The text after an option.
    option : str
        The option, for the message.

    Returns
    -------
    tuple of str
        Name and value.

    Raises
    ------
    InputError
        The text has another form.
    """
    left, sign, right = text.partition("=")
    if not sign or not left.strip() or not right.strip():
        raise InputError(f"{option} {text!r} is not of the form name=value")
    return left.strip(), right.strip()


def pairs(texts: Sequence[str] | None, option: str) -> dict[str, str]:
    """Parse the texts after an option that is repeated, each of the form "name=value".

    Parameters
    ----------
    texts : sequence of str or None
        The texts.
    option : str
        The option, for the message.

    Returns
    -------
    dict of str to str
        Value by name.

    Raises
    ------
    InputError
        A text has another form, or a name has two values.
    """
    values: dict[str, str] = {}
    problems = []
    for name, value in (pair(text, option) for text in texts or []):
        if values.setdefault(name, value) != value:
            problems.append(f"{option} {name}={values[name]} and {option} {name}={value}: give one of them")
    if problems:
        raise InputError("an option is given twice:", problems)
    return values


def prior_of(text: str) -> tuple[str, "Prior"]:
    """Parse "alpha=lognormal(0.35, 0.3)".

    Parameters
    ----------
    text : str
        The text after --prior.

    Returns
    -------
    tuple of str and Prior
        The parameter and its prior.

    Raises
    ------
    InputError
        The text has another form.
    """
    from bayescale.scaling_laws.prior import logitnormal, lognormal, normal

    made = {"lognormal": lognormal, "normal": normal, "logitnormal": logitnormal}
    name, value = pair(text, "--prior")
    written = re.fullmatch(r"(\w+)\(([^,()]+),([^,()]+)\)", value)
    numbers = [number(part.strip()) for part in written.groups()[1:]] if written else []
    if written is None or written[1] not in made or any(isinstance(part, str) for part in numbers):
        raise InputError(
            f"--prior {text!r} must be a parameter and its prior, such as 'alpha=lognormal(0.35, 0.3)': a median, mean "
            f"or centre, and a spread; priors are {', '.join(made)}"
        )
    return name, made[written[1]](*map(float, numbers))


def target_of(text: str, option: str = "--at") -> dict[str, object]:
    """Parse "n_params=7e10,family=a".

    Parameters
    ----------
    text : str
        The text after an option.
    option : str, default "--at"
        The option, for the message.

    Returns
    -------
    dict of str to float or str
        Value by name. A value that reads as a number is one, except for a family and a run.

    Raises
    ------
    InputError
        A part is not of the form name=value.
    """
    values = [pair(part, option) for part in text.split(",")]
    return {name: value if name in ("family", "run") else number(value) for name, value in values}


def number(text: str) -> float | str:
    """Parse a number.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    float or str
        The number; the text itself where it is no number.
    """
    try:
        return float(text)
    except ValueError:
        return text


def columns_of(names: list[str] | None) -> list[str] | None:
    """Return the columns after --by. An empty name stands for no column.

    Parameters
    ----------
    names : list of str or None
        The values of --by.

    Returns
    -------
    list of str or None
        The columns; None where the option is missing.
    """
    return None if names is None else [name for name in names if name]
