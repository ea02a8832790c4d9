"""Options that several commands share, and what the words after them mean."""

from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayescale.data.runs import Runs

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Do not say on standard error where the work is.")]
Seed = Annotated[int | None, typer.Option(help="Random seed; the same one repeats the answer.")]
Prob = Annotated[float, typer.Option(help="Probability of the intervals.")]
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


def excluded(runs: "Runs", columns: "Sequence[str] | None", reason: str | None) -> "Runs":
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
