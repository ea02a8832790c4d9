"""Options that several commands share, and what the words after them mean."""

from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.errors import InputError

if TYPE_CHECKING:
    from bayescale.laws.law import Law

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Seed = Annotated[int | None, typer.Option(help="Random seed; the same one repeats the answer.")]
Prob = Annotated[float, typer.Option(help="Probability of the intervals.")]
StoreUrl = Annotated[str, typer.Option("--store", help="Folder, or s3://bucket/prefix.")]
Name = Annotated[str, typer.Argument(help="Name of a model: its spec's file, without .toml.")]
Rename = Annotated[list[str] | None, typer.Option(help="theirs=ours, once for each column.")]


def in_file(words: str) -> bool:
    """Whether a law was given as a file instead of a name."""
    return words.lower().endswith(".toml")


def law_of(words: str) -> "Law":
    """The law that the command line names: by name or id of the catalogue, or by the .toml file that holds it."""
    from bayescale.laws import law as find

    if not in_file(words):
        return find(words)
    from bayescale.laws.custom import read_law

    return read_law(words)


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
