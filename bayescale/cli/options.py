"""Options that several commands share, and the parsing of their values."""

import math
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.parsing import pairs
from bayescale.core.paths import unwritable
from bayescale.errors import InputError

if TYPE_CHECKING:
    from bayescale.data.runs import Runs
    from bayescale.scaling_laws.law import Law

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

Owner = Annotated[str, typer.Option(help="Person or team that is responsible for the report.")]
RequestedBy = Annotated[str, typer.Option(help="Person or team that requested the report.")]
Date = Annotated[str, typer.Option(help="Date of the report: YYYY-MM-DD.")]
Export = Annotated[
    Path | None,
    typer.Option(help="Folder for the report's tables (CSV, LaTeX) and figures (SVG).", file_okay=False),
]
Template = Annotated[
    str, typer.Option(help="Card to fill with the numbers of the report: model-card or frontier-safety, in .md.")
]

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
