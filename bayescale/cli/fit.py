"""`demo`, `laws`, `fit`: from a table of runs to a checked posterior. Heavy imports are inside the functions."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import (
    REPORTS,
    AsJson,
    Comparable,
    Complete,
    ExcludeBlank,
    FamilyColumn,
    MaxRows,
    Priors,
    Prob,
    Quiet,
    Reason,
    Rename,
    Seed,
    Units,
    output,
    read_runs_for,
    target_of,
)
from bayescale.cli.preview import say_preview
from bayescale.core.display import printable
from bayescale.errors import InputError
from bayescale.report.render.terminal import NARROW, dump, print_notes, say, show

if TYPE_CHECKING:
    from bayescale.report.tables import Table
    from bayescale.scaling.result import Fit


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report, the forecast and the posterior.")] = Path("demo"),
    as_json: AsJson = False,
) -> None:
    """Run the shipped example.

    It fits published losses of models up to 3B parameters, forecasts models of 6.7B to 13B parameters, and compares the
    forecasts with the measured losses.
    """
    from bayescale import demo as example
    from bayescale.report.elements import Notes, Text
    from bayescale.report.render.json import to_json
    from bayescale.report.tables import Table

    say("Published Pile losses of Cerebras-GPT and Pythia (shipped with bayescale).")
    example.make_folder(out)
    result = example.run(say)
    paths = example.write(result, out)
    if as_json:
        typer.echo(to_json(result.content))
    else:
        show(result.content.part(Table, "forecast"))
        typer.echo("\n".join(result.content.part(Text, "estimand").paragraphs))
        show(result.content.part(Table, "checks"))
        print_notes(result.content.part(Notes, "notes").items)
    say("\n".join(f"wrote {path}" for path in paths.values()))


@app.command()
def laws(
    law: Annotated[str | None, typer.Argument(help="Name or id of a law, or a .toml file with one.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the laws, or describe one.

    A description contains the formula, the parameters with their priors, published coefficients and the source.
    """
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
        list[str] | None,
        typer.Option(help="Name, id or .toml file of a law; repeat to stack several laws. Default: joint."),
    ] = None,
    family: FamilyColumn = "family",
    rename: Rename = None,
    units: Units = None,
    comparable: Comparable = "",
    complete: Complete = False,
    exclude_blank: ExcludeBlank = None,
    reason: Reason = None,
    at: Annotated[
        list[str] | None,
        typer.Option(help="A run to forecast: n_params=7e10,n_tokens=1e12,family=a; repeat per run."),
    ] = None,
    discrepancy: Annotated[bool, typer.Option(help="Model what the law does not describe.")] = True,
    priors: Priors = None,
    prob: Prob = 0.9,
    seed: Seed = None,
    out: Annotated[
        Path | None, typer.Option(help="Save the posterior to this .nc file.", callback=output("--out", (".nc",)))
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Write a report of the forecast: .html, .md, .json.", callback=output("--report", REPORTS)),
    ] = None,
    max_rows: MaxRows = 10_000,
    preview: Annotated[
        bool, typer.Option("--preview", help="First print an approximate forecast to standard error, in seconds.")
    ] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Fit a law to a table of runs, and forecast larger runs."""
    from bayescale.scaling.fit import fit as sample
    from bayescale.scaling.sampling.sampler import Sampler
    from bayescale.scaling.single_law import make_spec, require_targets
    from bayescale.scaling_laws.prior_files import read_priors
    from bayescale.scaling_laws.registry import law as law_of

    targets = [target_of(text) for text in at or []]
    if report is not None and not targets:
        raise InputError("--report needs a forecast: name at least one run with --at n_params=...,n_tokens=...")
    if preview and not targets:
        raise InputError("--preview needs a forecast: name at least one run with --at n_params=...,n_tokens=...")
    fitted_laws, prior_table = [law_of(name) for name in law or ["joint"]], read_priors(priors) if priors else None
    runs = read_runs_for(
        fitted_laws,
        table,
        rename=rename,
        units=units,
        comparable=comparable,
        complete=complete,
        exclude_blank=exclude_blank,
        reason=reason,
    )
    for entry in fitted_laws if targets else []:  # a wrong target is an error before minutes of sampling
        require_targets(runs, make_spec(entry, family, discrepancy, None, None, prior_table), targets, max_rows)
    for entry in fitted_laws if preview else []:
        say_preview(
            runs,
            entry,
            targets,
            prob=prob,
            family=family,
            discrepancy=discrepancy,
            priors=prior_table,
            seed=seed,
            max_rows=max_rows,
        )
    sampler = Sampler(max_rows=max_rows)
    posterior = sample(
        runs,
        fitted_laws,
        family=family,
        discrepancy=discrepancy,
        priors=prior_table,
        sampler=sampler,
        random_seed=seed,
        progress=not quiet,
    )
    if out is not None:
        posterior.save(out)
        say(f"wrote {out}")
    title = f"{posterior.response} forecast from {Path(table).name}"
    print_fit(posterior, fit_tables(posterior, targets, prob, report, title), as_json)


def fit_tables(
    posterior: "Fit", targets: list[dict[str, object]], prob: float, report: Path | None, title: str
) -> "list[Table]":
    """Forecast and check a fit, and write its report.

    Parameters
    ----------
    posterior : Fit
        The posterior.
    targets : list of dict
        The runs to forecast; none for no forecast.
    prob : float
        Probability of the intervals.
    report : Path or None
        File of the report; None for no report.
    title : str
        Title of the report.

    Returns
    -------
    list of Table
        The forecast, the parameters of each law, and the checks.
    """
    from bayescale.report.findings import checks_table
    from bayescale.report.loss.content import loss_report
    from bayescale.report.loss.forecast import compare, forecast_table
    from bayescale.report.loss.model import parameters_tables

    checks = posterior.check(targets or None)
    tables = [*parameters_tables(posterior, prob), checks_table(checks)]
    if not targets:
        return tables
    forecast = posterior.forecast(targets, prob)
    if report is not None:
        loss_report(posterior, forecast, checks, title=title).save(report)
        say(f"wrote {report}")
    return [forecast_table(posterior, compare(forecast), prob), *tables]


def print_fit(posterior: "Fit", tables: "Sequence[Table]", as_json: bool) -> None:
    """Print tables and notes of a fit, or one JSON document of them and of the lineage.

    Parameters
    ----------
    posterior : Fit
        The posterior.
    tables : sequence of Table
        The tables.
    as_json : bool
        Whether to print JSON.
    """
    from bayescale.report.loss.data import lineage
    from bayescale.report.render.json import notes_fields

    if as_json:
        records = {table.name: [dict(record) for record in table.records] for table in tables}
        typer.echo(dump({**records, **notes_fields(posterior.notes), "lineage": lineage(posterior)}))
        return
    for table in tables:
        show(table)
    print_notes(posterior.notes)
