"""The command line: parse, call, exit code. Everything heavy is imported inside the command that needs it.

Exit codes: 0 done; 2 wrong input; 3 a fit failed its checks; 130 interrupted. With `--json` standard output carries one
JSON document and nothing else; progress and messages go to standard error.
"""

import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.errors import BayescaleError, InputError

if TYPE_CHECKING:
    from bayescale.fitted import Fit
    from bayescale.laws.law import Law
    from bayescale.report.content import Content
    from bayescale.report.tables import Table

INTERRUPTED = 130
WIDE = 240  # columns of a table that goes to a file
NARROW = 100  # of one that is read line by line

app = typer.Typer(
    help="Bayesian scaling laws: forecasts of larger training runs that are right as often as they say.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def main() -> None:
    """Run the command line and leave with the exit code of what happened."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter still gets the rest
    try:
        app()
    except BayescaleError as error:
        say(f"bayescale: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        say("bayescale: interrupted")
        sys.exit(INTERRUPTED)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report, the forecast and the posterior.")] = Path("demo"),
    as_json: AsJson = False,
) -> None:
    """Fit published losses up to 3B parameters, forecast 6.7B to 13B, and compare with what those reached."""
    from bayescale import demo as job
    from bayescale.report.document import to_json

    say("Published Pile losses of Cerebras-GPT and Pythia (shipped with bayescale).")
    job.make_folder(out)
    done = job.run(say)
    paths = job.write(done, out)
    if as_json:
        typer.echo(to_json(done.content))
    else:
        show(done.content.forecast)
        typer.echo("\n".join(done.content.estimand))
        show(done.content.checks)
        notes(done.content.notes)
    say("\n".join(f"wrote {path}" for path in paths.values()))


@app.command()
def laws(
    law: Annotated[str | None, typer.Argument(help="Name or id of one law, or a .toml file that holds one.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the laws, or describe one: formula, parameters with their priors, published coefficients, source."""
    from bayescale.laws import CATALOGUE
    from bayescale.report.catalogue import describe, listing, text_of

    if law is not None:
        described = describe(law_of(law), file=law if in_file(law) else None)
        typer.echo(dump(described) if as_json else printable(text_of(described)))
    elif as_json:
        typer.echo(dump([describe(entry) for entry in CATALOGUE.values()]))
    else:
        show(listing(CATALOGUE.values()), width=NARROW)


@app.command()
def fit(
    table: Annotated[str, typer.Argument(help="Runs: a .csv, .parquet or .jsonl file, or example:pile.")],
    law: Annotated[str, typer.Option(help="Name or id (`bayescale laws` lists them), or a .toml file.")] = "joint",
    family: Annotated[str, typer.Option(help="Column that names families of runs.")] = "family",
    rename: Annotated[list[str] | None, typer.Option(help="theirs=ours, once for each column.")] = None,
    complete: Annotated[bool, typer.Option("--complete", help="Leave out rows without an input, and say so.")] = False,
    at: Annotated[list[str] | None, typer.Option(help="A run to forecast: n_params=7e10,n_tokens=1e12")] = None,
    discrepancy: Annotated[bool, typer.Option(help="Whether the law itself may be wrong.")] = True,
    prob: Annotated[float, typer.Option(help="Probability of the intervals.")] = 0.9,
    seed: Annotated[int | None, typer.Option(help="Random seed; the same one repeats the answer.")] = None,
    out: Annotated[Path | None, typer.Option(help="Save the posterior to this .nc file.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report of the forecast to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fit a law to a table of runs and forecast the runs named by --at."""
    from bayescale.data import read_runs
    from bayescale.fitted import fit as sample
    from bayescale.report import content

    targets = [target_of(words) for words in at or []]
    if report is not None and not targets:
        raise InputError("--report is of a forecast: name at least one run with --at n_params=...,n_tokens=...")
    chosen, names = law_of(law), dict(pair(words, "--rename") for words in rename or [])
    runs = read_runs(table, rename=names, response=chosen.response)
    runs = runs.complete(*chosen.inputs) if complete else runs
    fitted = sample(runs, chosen, family=family, discrepancy=discrepancy, random_seed=seed)
    if out is not None:
        fitted.save(out)
        say(f"wrote {out}")
    checks = fitted.check(targets or None)
    tables = {"parameters": content.parameters_table(fitted, prob), "checks": content.checks_table(checks)}
    if targets:
        forecast = fitted.forecast(targets, prob)
        tables = {"forecast": content.forecast_table(fitted, content.compare(forecast), prob), **tables}
        if report is not None:
            title = f"{fitted.law.response} forecast from {Path(table).name}"
            write_report(report, content.make_content(fitted, forecast, checks, title=title))
    answer(fitted, tables, as_json)


def answer(fitted: "Fit", tables: Mapping[str, "Table"], as_json: bool) -> None:
    """Print what a fit has to say: its tables and notes, or one JSON document of them and of where they come from."""
    from bayescale.report import content

    if as_json:
        records = {name: [dict(record) for record in found.records] for name, found in tables.items()}
        typer.echo(dump({**records, "notes": fitted.notes, "lineage": content.lineage(fitted)}))
        return
    for found in tables.values():
        show(found)
    notes(fitted.notes)


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


def target_of(words: str) -> dict[str, object]:
    """ "n_params=7e10,family=a" as a mapping; whatever reads as a number is one, except families."""
    return {name: value if name == "family" else _number(value) for name, value in _pairs(words)}


def _pairs(words: str) -> list[tuple[str, str]]:
    return [pair(part, "--at") for part in words.split(",")]


def _number(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def write_report(path: Path, content: "Content") -> None:
    """Write the report as one HTML file; InputError where that cannot be."""
    from bayescale.report.html import to_html

    try:
        path.write_text(to_html(content), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error
    say(f"wrote {path}")


def say(message: str) -> None:
    """Tell the person in front of the terminal; standard output stays free for results."""
    typer.echo(printable(message), err=True)


def notes(found: Sequence[str]) -> None:
    """Print what the data and the fit have to say."""
    for note in found:
        typer.echo(f"note: {printable(note)}")


def show(table: "Table", width: int = WIDE) -> None:
    """Print a table, aligned; as wide as it needs to be, up to `width`, where the output is no terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(title=Text(table.caption), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, numeric in zip(table.columns, table.numeric, strict=True):
        grid.add_column(Text(printable(name)), justify="right" if numeric else "left", overflow="fold")
    for row in table.rows:
        grid.add_row(*(Text(printable(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else width, highlight=False).print(grid)


def printable(words: str) -> str:
    """Text from data without control characters, which could command the terminal."""
    return "".join(letter if letter.isprintable() or letter in "\n\u00a0" else "\ufffd" for letter in words)


def dump(value: object) -> str:
    """One JSON document; control characters, which could command the terminal, are escaped as JSON allows."""
    written = json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False)
    return "".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in written)
