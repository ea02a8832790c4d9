"""`init`, `refit`, `show`, `history`, `diff`, `report`, `rollback`, `pin`, `retain`: models and their store."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import REPORTS, AsJson, Name, Prob, StoreUrl, Units, output, pair
from bayescale.core.display import printable
from bayescale.errors import InputError
from bayescale.report.render.terminal import dump, say, show

if TYPE_CHECKING:
    from bayescale.maintenance.outcome import Outcome

VersionOf = Annotated[str | None, typer.Option("--version", help="Number, id or time; default: the current one.")]


@app.command()
def init(
    table: Annotated[str, typer.Argument(help="Runs: a .csv, .parquet or .jsonl file, or example:pile.")],
    out: Annotated[Path, typer.Option(help="The spec to write; its name is the model's.")] = Path("models/model.toml"),
    response: Annotated[str, typer.Option(help="The measured column.")] = "loss",
    units: Units = None,
) -> None:
    """Write a first spec for a table of runs, commented, to be reviewed."""
    from bayescale.maintenance.spec_template import starter

    if out.suffix != ".toml":
        raise InputError(f"{out}: a spec is a file whose name ends in .toml")
    if out.exists():
        raise InputError(f"{out} exists: name another with --out, or edit it")
    text = starter(table, out.stem, str(out.parent), response, dict(pair(words, "--units") for words in units or []))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror or error}") from error
    say(f"wrote {out}: review it, then bayescale refit {out.parent} --store STORE")


@app.command()
def refit(
    models: Annotated[Path, typer.Argument(help="Folder of specs, or one .toml file.")],
    store: StoreUrl,
    only: Annotated[list[str] | None, typer.Option(help="Name of one model, once for each; default: all.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Fit what has not changed, too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be fitted, and why; fit nothing.")] = False,
    cluster: Annotated[str | None, typer.Option(help="'local' for every core, or a Dask scheduler's address.")] = None,
    on_alert: Annotated[str | None, typer.Option(help="Command that hears of alerts, as JSON on its input.")] = None,
    as_json: AsJson = False,
) -> None:
    """Bring maintained models up to date: fit what changed, publish what passes, score what landed."""
    from bayescale.maintenance.outcome import exit_code
    from bayescale.maintenance.refit import RefitOptions, broken_outcome
    from bayescale.maintenance.refit import refit as bring_up_to_date
    from bayescale.maintenance.spec_files import read_each_spec

    specs, broken = read_each_spec(models)
    names = [*(spec.name for spec in specs), *(spec.name for spec in broken)]
    unknown = sorted({*(only or [])} - {*names})
    if unknown:
        raise InputError(f"{models} has no model {', '.join(unknown)}; it has {', '.join(names)}")
    chosen = [spec for spec in specs if not only or spec.name in only]
    asked = RefitOptions(force, dry_run, on_alert, progress=sys.stderr.isatty())
    outcomes = [broken_outcome(spec, asked) for spec in broken if not only or spec.name in only]
    outcomes += bring_up_to_date(chosen, store, asked, say, cluster) if chosen else []
    if as_json:
        from dataclasses import asdict

        typer.echo(dump({"models": [asdict(one) for one in outcomes], "exit_code": exit_code(outcomes)}))
    else:
        for one in outcomes:
            tell(one)
    raise typer.Exit(exit_code(outcomes))


def tell(one: "Outcome") -> None:
    """What became of a model, in a line and what hangs on it."""
    typer.echo(printable(one.head))
    for line in one.lines:
        typer.echo(printable(f"  {line}"))


@app.command(name="show")
def show_model(name: Name, store: StoreUrl, version: VersionOf = None, as_json: AsJson = False) -> None:
    """What is published of a model: its forecasts, checks, and where it comes from."""
    from bayescale.maintenance.store.posteriors import Store
    from bayescale.report import maintained

    opened = Store.open(store)
    meant = opened.version(name, version)
    if as_json:
        typer.echo(dump(maintained.record_of(meant)))
        return
    for table in maintained.tables_of(meant):
        show(table)
    for line in maintained.lines_of(meant):
        typer.echo(printable(line))


@app.command()
def history(name: Name, store: StoreUrl, as_json: AsJson = False) -> None:
    """Everything that happened to a model, and how its forecasts fared against runs that landed."""
    from bayescale.maintenance.forecast_scores import running_calibration
    from bayescale.maintenance.store.posteriors import Store
    from bayescale.report import maintained

    opened = Store.open(store)
    versions, ledger = opened.history(name), opened.ledger(name)
    if as_json:
        fared = running_calibration(ledger)
        typer.echo(
            dump({"versions": [maintained.record_of(one) for one in versions], "calibration": maintained.plain(fared)})
        )
        return
    show(maintained.history_table(versions))
    for table in maintained.ledger_tables(ledger):
        show(table)


@app.command()
def diff(
    name: Name,
    store: StoreUrl,
    before: Annotated[str, typer.Option("--from", help="Version: number, id or time.")],
    after: Annotated[str | None, typer.Option("--to", help="Version; default: the current one.")] = None,
    as_json: AsJson = False,
) -> None:
    """What moved between two versions, parameters and forecasts, and which runs did it."""
    from bayescale.maintenance.diff import diff as compare
    from bayescale.maintenance.store.posteriors import Store
    from bayescale.report import maintained

    opened = Store.open(store)
    old, new = opened.version(name, before), opened.version(name, after)
    found = compare(opened.load(name, old), opened.load(name, new), maintained.targets_of(new))
    if as_json:
        typer.echo(dump(maintained.diff_record(found)))
        return
    for table in maintained.diff_tables(found):
        show(table)


@app.command()
def report(
    name: Name,
    store: StoreUrl,
    out: Annotated[Path, typer.Option(help="File to write: .html, .md or .json.", callback=output("--out", REPORTS))],
    version: VersionOf = None,
    prob: Prob = 0.9,
    redact: Annotated[
        bool, typer.Option("--redact", help="Neutral names for families and runs, groups and prompts.")
    ] = False,
) -> None:
    """Write the report of a maintained model for a reader who never saw the package."""
    from bayescale.maintenance.store.posteriors import Store
    from bayescale.report import maintained

    maintained.report_of(Store.open(store), name, version, prob, redact).save(out)
    say(f"wrote {out}")


@app.command()
def rollback(
    name: Name, store: StoreUrl, to: Annotated[str, typer.Option(help="Version to publish again: number, id, time.")]
) -> None:
    """Publish an earlier posterior again; the history keeps both."""
    from bayescale.maintenance.store.posteriors import Store

    made = Store.open(store).rollback(name, to)
    say(f"{name}: version {made.number} is {made.message}")


@app.command()
def pin(
    name: Name,
    store: StoreUrl,
    version: VersionOf = None,
    undo: Annotated[bool, typer.Option("--undo", help="Let retention give it up again.")] = False,
) -> None:
    """Have retention keep a version."""
    from bayescale.maintenance.store.posteriors import Store

    opened = Store.open(store)
    made = opened.unpin(name, version) if undo else opened.pin(name, version)
    say(f"{name}: version {made.number} is {'no longer kept for ever' if undo else 'kept for ever'}")


@app.command()
def retain(
    name: Name, store: StoreUrl, keep: Annotated[int, typer.Option(help="How many of the last posteriors to keep.")]
) -> None:
    """Give up the draws of old versions that are not pinned; records and forecasts stay."""
    from bayescale.maintenance.store.posteriors import Store

    gone = Store.open(store).retain(name, keep)
    numbers = ", ".join(str(one.number) for one in gone)
    say(f"{name}: {f'gave up the draws of version {numbers}' if gone else 'nothing to give up'}")
