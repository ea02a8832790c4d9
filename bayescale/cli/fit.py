"""`demo`, `laws`, `fit`: from a table of runs to a checked posterior. What is heavy is imported where it is needed."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import (
    REPORTS,
    AsJson,
    Comparable,
    ExcludeBlank,
    Prob,
    Quiet,
    Reason,
    Rename,
    Seed,
    Units,
    excluded,
    output,
    pair,
    target_of,
)
from bayescale.core.display import printable
from bayescale.errors import InputError
from bayescale.report.render.terminal import NARROW, dump, notes, say, show

if TYPE_CHECKING:
    from bayescale.report.tables import Table
    from bayescale.scaling.result import Fit


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report, the forecast and the posterior.")] = Path("demo"),
    as_json: AsJson = False,
) -> None:
    """Fit published losses up to 3B parameters, forecast 6.7B to 13B, and compare with what those reached."""
    from bayescale import demo as job
    from bayescale.report.elements import Notes, Text
    from bayescale.report.render.json import to_json
    from bayescale.report.tables import Table

    say("Published Pile losses of Cerebras-GPT and Pythia (shipped with bayescale).")
    job.make_folder(out)
    done = job.run(say)
    paths = job.write(done, out)
    if as_json:
        typer.echo(to_json(done.content))
    else:
        show(done.content.part(Table, "forecast"))
        typer.echo("\n".join(done.content.part(Text, "estimand").paragraphs))
        show(done.content.part(Table, "checks"))
        notes(done.content.part(Notes, "notes").items)
    say("\n".join(f"wrote {path}" for path in paths.values()))


@app.command()
def laws(
    law: Annotated[str | None, typer.Argument(help="Name or id of one law, or a .toml file that holds one.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the laws, or describe one: formula, parameters with their priors, published coefficients, source."""
    from bayescale.report.catalog import describe, listing, text_of
    from bayescale.scaling_laws.registry import CATALOGUE, in_file
    from bayescale.scaling_laws.registry import law as law_of

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
    law: Annotated[
        list[str] | None, typer.Option(help="Name, id or .toml file; given again: stacked. Default: joint.")
    ] = None,
    family: Annotated[str, typer.Option(help="Column that names families of runs.")] = "family",
    rename: Rename = None,
    units: Units = None,
    comparable: Comparable = "",
    complete: Annotated[bool, typer.Option("--complete", help="Leave out rows without an input, and say so.")] = False,
    exclude_blank: ExcludeBlank = None,
    reason: Reason = None,
    at: Annotated[
        list[str] | None, typer.Option(help="A run to forecast: n_params=7e10,n_tokens=1e12,family=a; once for each.")
    ] = None,
    discrepancy: Annotated[bool, typer.Option(help="Whether the law itself may be wrong.")] = True,
    prob: Prob = 0.9,
    seed: Seed = None,
    out: Annotated[
        Path | None, typer.Option(help="Save the posterior to this .nc file.", callback=output("--out", (".nc",)))
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Write a report of the forecast: .html, .md, .json.", callback=output("--report", REPORTS)),
    ] = None,
    max_rows: Annotated[
        int, typer.Option(help="Rows of a fit at most; more accepts minutes to hours of sampling.", min=1)
    ] = 10_000,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Fit a law to a table of runs and forecast the runs named by --at."""
    from bayescale.report.loss import content
    from bayescale.scaling.fit import fit as sample
    from bayescale.scaling.sampling.sampler import Sampler
    from bayescale.scaling.single_law import make_spec, require_targets, runs_for
    from bayescale.scaling_laws.registry import law as law_of

    targets = [target_of(words) for words in at or []]
    if report is not None and not targets:
        raise InputError("--report is of a forecast: name at least one run with --at n_params=...,n_tokens=...")
    chosen, names = [law_of(one) for one in law or ["joint"]], dict(pair(words, "--rename") for words in rename or [])
    declared = dict(pair(words, "--units") for words in units or [])
    runs = excluded(runs_for(chosen, table, declared, comparable, names), exclude_blank, reason)
    runs = runs.complete(*dict.fromkeys(name for one in chosen for name in one.required_inputs)) if complete else runs
    for one in chosen if targets else []:  # a slip of the pen is told before minutes of sampling
        require_targets(runs, make_spec(one, family, discrepancy, None, None), targets, max_rows)
    sampler = Sampler(max_rows=max_rows)
    fitted = sample(
        runs, chosen, family=family, discrepancy=discrepancy, sampler=sampler, random_seed=seed, progress=not quiet
    )
    if out is not None:
        fitted.save(out)
        say(f"wrote {out}")
    checks = fitted.check(targets or None)
    tables = [*content.parameters_tables(fitted, prob), content.checks_table(checks)]
    if targets:
        forecast = fitted.forecast(targets, prob)
        tables = [content.forecast_table(fitted, content.compare(forecast), prob), *tables]
        if report is not None:
            title = f"{fitted.response} forecast from {Path(table).name}"
            content.loss_report(fitted, forecast, checks, title=title).save(report)
            say(f"wrote {report}")
    answer(fitted, tables, as_json)


def answer(fitted: "Fit", tables: Sequence["Table"], as_json: bool) -> None:
    """Print what a fit has to say: its tables and notes, or one JSON document of them and of where they come from."""
    from bayescale.report.loss.content import lineage

    if as_json:
        records = {found.name: [dict(record) for record in found.records] for found in tables}
        typer.echo(dump({**records, "notes": fitted.notes, "lineage": lineage(fitted)}))
        return
    for found in tables:
        show(found)
    notes(fitted.notes)
