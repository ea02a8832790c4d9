"""`init`, `refit`, `show`, `history`, `diff`, `report`, `site`, `rollback`, `pin`, `retain`: maintained models."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import (
    REPORTS,
    AllRows,
    AsJson,
    Cluster,
    Export,
    Name,
    Prob,
    StoreUrl,
    Template,
    Units,
    Version,
    output,
)
from bayescale.cli.parsing import pairs
from bayescale.errors import InputError
from bayescale.report.render.terminal import ReportFiles, dump, say, show_top, write, write_report

if TYPE_CHECKING:
    from bayescale.maintenance.outcome import Outcome


@app.command()
def init(
    table: Annotated[str, typer.Argument(help="Runs: a .csv, .parquet or .jsonl file, or example:pile.")],
    out: Annotated[Path, typer.Option(help="The spec to write; its name is the name of the model.")] = Path(
        "models/model.toml"
    ),
    response: Annotated[str, typer.Option(help="Column with the measured response.")] = "loss",
    units: Units = None,
) -> None:
    """Write a commented spec for a table of runs."""
    from bayescale.maintenance.specs.spec_template import starter

    if out.suffix != ".toml":
        raise InputError(f"{out}: the name of a spec must end in .toml")
    if out.exists():
        raise InputError(f"{out} exists: edit it, or give another name with --out")
    text = starter(table, out.stem, str(out.parent), response, pairs(units, "--units"))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror or error}") from error
    say(f"wrote {out}: review it, then run bayescale refit {out.parent} --store STORE")


@app.command()
def refit(
    models: Annotated[str, typer.Argument(help="Folder of specs, or one .toml file.")],
    store: StoreUrl,
    only: Annotated[list[str] | None, typer.Option(help="Name of a model; repeat per model. Default: all.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also fit models without changes.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be fitted and why, and fit nothing.")
    ] = False,
    cluster: Cluster = None,
    on_alert: Annotated[
        str | None, typer.Option(help="Command that receives alerts as JSON on standard input.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Update maintained models.

    Models with changes are fitted, those that pass their checks are published, and forecasts of new runs are scored.
    """
    from bayescale.maintenance.outcome import exit_code
    from bayescale.maintenance.refit import RefitOptions, broken_outcome
    from bayescale.maintenance.refit import refit as update
    from bayescale.maintenance.specs.spec_files import read_each_spec

    specs, broken = read_each_spec(models)
    names = [*(spec.name for spec in specs), *(spec.name for spec in broken)]
    unknown = sorted({*(only or [])} - {*names})
    if unknown:
        raise InputError(f"{models} has no model {', '.join(unknown)}; its models are {', '.join(names)}")
    selected = [spec for spec in specs if not only or spec.name in only]
    options = RefitOptions(force, dry_run, on_alert, progress=sys.stderr.isatty())
    outcomes = [broken_outcome(spec, options) for spec in broken if not only or spec.name in only]
    outcomes += update(selected, store, options, say, cluster) if selected else []
    if as_json:
        from dataclasses import asdict

        typer.echo(dump({"models": [asdict(outcome) for outcome in outcomes], "exit_code": exit_code(outcomes)}))
    else:
        for outcome in outcomes:
            print_outcome(outcome)
    raise typer.Exit(exit_code(outcomes))


def print_outcome(outcome: "Outcome") -> None:
    """Print the outcome of a refit: one line, and indented details.

    Parameters
    ----------
    outcome : Outcome
        The outcome.
    """
    write(outcome.head)
    for line in outcome.lines:
        write(f"  {line}", indent="  ")


@app.command(name="show")
def show_model(
    name: Name, store: StoreUrl, version: Version = None, all_rows: AllRows = False, as_json: AsJson = False
) -> None:
    """Show a published version of a model.

    The output contains its forecasts, its checks and its origin.
    """
    from bayescale.maintenance.store.posteriors import Store
    from bayescale.report import maintained

    opened = Store.open(store)
    published = opened.version(name, version)
    if as_json:
        typer.echo(dump(maintained.record_of(published)))
        return
    for table in maintained.tables_of(published):
        show_top(table, all_rows)
    for line in maintained.lines_of(published):
        write(line, indent="  ")


@app.command()
def history(name: Name, store: StoreUrl, all_rows: AllRows = False, as_json: AsJson = False) -> None:
    """Show the history of a model.

    The output also compares its forecasts with the runs measured since.
    """
    from bayescale.maintenance.forecast_scores import running_calibration
    from bayescale.maintenance.store.posteriors import Store
    from bayescale.report import maintained

    opened = Store.open(store)
    versions, ledger = opened.history(name), opened.ledger(name)
    if as_json:
        records = [maintained.record_of(version) for version in versions]
        typer.echo(dump({"versions": records, "calibration": maintained.plain(running_calibration(ledger))}))
        return
    show_top(maintained.history_table(versions), all_rows)
    for table in maintained.ledger_tables(ledger):
        show_top(table, all_rows)


@app.command()
def diff(
    name: Name,
    store: StoreUrl,
    before: Annotated[str, typer.Option("--from", help="Number, id or time of a version.")],
    after: Annotated[str | None, typer.Option("--to", help="Number, id or time; default: the current version.")] = None,
    all_rows: AllRows = False,
    as_json: AsJson = False,
) -> None:
    """Show what changed between two versions.

    The output contains the changes of parameters and forecasts, and the runs that caused them.
    """
    from bayescale.maintenance.diff import diff as compare
    from bayescale.maintenance.store.posteriors import Store
    from bayescale.report import maintained

    opened = Store.open(store)
    old, new = opened.version(name, before), opened.version(name, after)
    changes = compare(opened.load(name, old), opened.load(name, new), maintained.targets_of(new))
    if as_json:
        typer.echo(dump(maintained.diff_record(changes)))
        return
    for table in maintained.diff_tables(changes):
        show_top(table, all_rows)


@app.command()
def report(
    name: Name,
    store: StoreUrl,
    out: Annotated[Path, typer.Option(help="File to write: .html, .md or .json.", callback=output("--out", REPORTS))],
    version: Version = None,
    prob: Prob = 0.9,
    redact: Annotated[
        bool, typer.Option("--redact", help="Replace names of families, runs, groups and prompts by neutral ones.")
    ] = False,
    export: Export = None,
    template: Template = "",
) -> None:
    """Write the report of a maintained model.

    Readers of the report do not need to know the package.
    """
    from bayescale.maintenance.store.posteriors import Store
    from bayescale.report.maintained_report import report_of

    files = ReportFiles(out, export, template)
    write_report(report_of(Store.open(store), name, version, prob, redact), files)


@app.command()
def site(
    store: Annotated[str, typer.Argument(help="Folder, or s3://bucket/prefix.")],
    out: Annotated[Path, typer.Option(help="Folder to write; it is made where it is missing.")],
    reports: Annotated[
        bool, typer.Option("--reports", help="Also write reports with figures and diffs by run, which read draws.")
    ] = False,
) -> None:
    """Write a static site of all maintained models.

    Each model has its forecasts, landed runs, alerts and versions. The pages need no server and no script.
    """
    from bayescale.maintenance.store.posteriors import Store
    from bayescale.report.site.files import write_site

    problems = write_site(Store.open(store), out, reports=reports)
    for problem in problems:
        say(f"bayescale: {problem}")
    say(f"wrote {out / 'index.html'}")
    raise typer.Exit(2 if problems else 0)


@app.command()
def rollback(
    name: Name,
    store: StoreUrl,
    to: Annotated[str, typer.Option(help="Number, id or time of the version to publish again.")],
) -> None:
    """Publish an earlier posterior again.

    The history keeps both.
    """
    from bayescale.maintenance.store.posteriors import Store

    version = Store.open(store).rollback(name, to)
    say(f"{name}: version {version.number} is {version.message}")


@app.command()
def pin(
    name: Name,
    store: StoreUrl,
    version: Version = None,
    undo: Annotated[bool, typer.Option("--undo", help="Allow `retain` to delete its draws again.")] = False,
) -> None:
    """Pin a version, so that `retain` keeps its draws."""
    from bayescale.maintenance.store.posteriors import Store

    opened = Store.open(store)
    pinned = opened.unpin(name, version) if undo else opened.pin(name, version)
    say(f"{name}: version {pinned.number} is {'no longer pinned' if undo else 'pinned'}")


@app.command()
def retain(
    name: Name, store: StoreUrl, keep: Annotated[int, typer.Option(help="Number of latest posteriors to keep.")]
) -> None:
    """Delete the draws of old versions that are not pinned.

    Records and forecasts remain.
    """
    from bayescale.maintenance.store.posteriors import Store

    deleted = Store.open(store).retain(name, keep)
    numbers = ", ".join(str(version.number) for version in deleted)
    say(f"{name}: {f'deleted the draws of version {numbers}' if deleted else 'no draws to delete'}")
