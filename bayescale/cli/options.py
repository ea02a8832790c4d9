"""Options that several commands share, and what the words after them mean."""

import math
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.core.paths import unwritable
from bayescale.errors import InputError

if TYPE_CHECKING:
    from bayescale.data.runs import Runs

# Checks of an option's value, run while the command line is read: before any table is.


def _probability(value: float) -> float:
    if not 0 < value < 1:
        raise InputError(f"--prob={value!r} must lie between 0 and 1, such as 0.9 for a 90 % interval")
    return value


def _seed(value: int | None) -> int | None:
    if value is not None and not 0 <= value < 2**63:
        raise InputError(f"--seed={value!r} must be a whole number from 0 to 2^63 - 1; leave it out for a fresh one")
    return value


def finite(option: str, above: float, example: str) -> Callable[[list[float] | None], list[float] | None]:
    """A check that every number after an option is finite and above a limit."""

    def check(values: list[float] | None) -> list[float] | None:
        for value in values or []:
            if not above < value < math.inf:
                limit = "" if above == -math.inf else f" and above {above:g}"
                raise InputError(f"{option}={value!r} must be finite{limit}, such as {example}")
        return values

    return check


def output(option: str, suffixes: Collection[str]) -> Callable[[Path | None], Path | None]:
    """A check that a file can be written: its suffix, its folder, and what stands there now."""

    def check(path: Path | None) -> Path | None:
        if path is not None and (problem := unwritable(path, suffixes)):
            raise InputError(f"{option}: {problem}")
        return path

    return check


REPORTS = (".html", ".md", ".json")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Do not say on standard error where the work is.")]
Seed = Annotated[int | None, typer.Option(help="Random seed; the same one repeats the answer.", callback=_seed)]
Prob = Annotated[float, typer.Option(help="Probability of the intervals.", callback=_probability)]
StoreUrl = Annotated[str, typer.Option("--store", help="Folder, or s3://bucket/prefix.")]
Name = Annotated[str, typer.Argument(help="Name of a model: its spec's file, without .toml.")]
Units = Annotated[list[str] | None, typer.Option(help="name=unit, such as n_params=millions; once for each column.")]
Comparable = Annotated[str, typer.Option(help="Why differing evaluation sets, tokenizers or units may stand together.")]
Rename = Annotated[list[str] | None, typer.Option(help="theirs=ours, once for each column.")]

ExcludeBlank = Annotated[
    list[str] | None,
    typer.Option(help="Leave out rows that are blank, NaN or infinite in this column; needs --reason."),
]
Reason = Annotated[str | None, typer.Option(help="Why rows are left out; notes and lineage keep it.")]


def excluded(runs: "Runs", columns: Sequence[str] | None, reason: str | None) -> "Runs":
    """Runs without the rows that --exclude-blank names, with the reason that --reason gives."""
    if bool(columns) != (reason is not None):
        raise InputError("--exclude-blank COLUMN and --reason TEXT go together: rows are left out for a reason")
    for column in columns or []:
        runs = runs.exclude(blank=column, reason=reason or "")
    return runs


def pair(words: str, option: str) -> tuple[str, str]:
    """ "theirs=ours" as a pair."""
    left, sign, right = words.partition("=")
    if not sign or not left.strip() or not right.strip():
        raise InputError(f"{option} {words!r} is not of the form name=value")
    return left.strip(), right.strip()


def target_of(words: str, option: str = "--at") -> dict[str, object]:
    """ "n_params=7e10,family=a" as a mapping; whatever reads as a number is one, except families and runs."""
    given = [pair(part, option) for part in words.split(",")]
    return {name: value if name in ("family", "run") else number(value) for name, value in given}


def number(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value
