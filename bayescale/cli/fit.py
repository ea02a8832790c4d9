"""`demo`, `laws`, `fit`: from a table of runs to a checked posterior. Heavy imports are inside the functions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bayescale.cli.app import app
from bayescale.cli.options import (
    REPORTS,
    AllChecks,
    AllRows,
    AsJson,
    Comparable,
    Complete,
    Date,
    ExcludeBlank,
    Export,
    FamilyColumn,
    MaxRows,
    Owner,
    Priors,
    Prob,
    Quiet,
    Reason,
    Rename,
    RequestedBy,
    Seed,
    Template,
    Units,
    output,
    read_runs_for,
)
from bayescale.cli.parsing import pairs, prior_of, report_head, require_targets_for, target_of
from bayescale.cli.preview import say_preview
from bayescale.report.render.terminal import (
    NARROW,
    ReportFiles,
    dump,
    print_notes,
    say,
    show,
    show_checks,
    show_top,
    write,
    write_report,
)

if TYPE_CHECKING:
    from bayescale.report.tables import Table
    from bayescale.scaling.result import Fit

MODEL = "Model"


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report, the forecast and the posterior.")] = Path("demo"),
    checks: AllChecks = False,
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
        write("\n".join(result.content.part(Text, "estimand").paragraphs))
        show_checks(result.content.part(Table, "checks"), checks)
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
        if as_json:
            typer.echo(dump(described))
        else:
            write(text_of(described), indent="    ")
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
    discrepancy: Annotated[
        bool, typer.Option(help="Model what the law does not describe.", rich_help_panel=MODEL)
    ] = True,
    noise: Annotated[
        Literal["growing", "constant"] | None,
        typer.Option(help="How noise depends on the reducible loss; default: that of the law.", rich_help_panel=MODEL),
    ] = None,
    pooling: Annotated[
        list[str] | None,
        typer.Option(
            help="How a parameter varies over families: alpha=shared, partial or free; repeat per parameter.",
            rich_help_panel=MODEL,
        ),
    ] = None,
    prior: Annotated[
        list[str] | None,
        typer.Option(
            help='Prior of a parameter: "alpha=lognormal(0.35, 0.3)"; repeat per parameter.', rich_help_panel=MODEL
        ),
    ] = None,
    priors: Priors = None,
    draws: Annotated[int, typer.Option(help="Draws of each of four chains.", min=1)] = 1000,
    prob: Prob = 0.9,
    seed: Seed = None,
    out: Annotated[
        Path | None, typer.Option(help="Save the posterior to this .nc file.", callback=output("--out", (".nc",)))
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Write a report of the forecast: .html, .md, .json.", callback=output("--report", REPORTS)),
    ] = None,
    export: Export = None,
    template: Template = "",
    owner: Owner = "",
    requested_by: RequestedBy = "",
    date: Date = "",
    max_rows: MaxRows = 10_000,
    preview: Annotated[
        bool, typer.Option("--preview", help="First print an approximate forecast to standard error, in seconds.")
    ] = False,
    checks: AllChecks = False,
    all_rows: AllRows = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Fit a law to a table of runs, and forecast larger runs."""
    from bayescale.scaling.fit import fit as sample
    from bayescale.scaling.sampling.sampler import Sampler
    from bayescale.scaling.single_law import law_with_priors, make_spec, require_targets
    from bayescale.scaling_laws.priors.prior_files import read_priors
    from bayescale.scaling_laws.registry import law as law_of

    targets = [target_of(text) for text in at or []]
    poolings: Mapping[str, Any] = pairs(pooling, "--pooling")
    sampler, prior_table = Sampler(draws=draws, max_rows=max_rows), read_priors(priors) if priors else None
    model: dict[str, Any] = {"family": family, "discrepancy": discrepancy, "priors": prior_table}
    head, files = report_head(owner, requested_by, date), ReportFiles(report, export, template)
    require_targets_for({"--report": report, "--export": export, "--preview": preview}, targets)
    fitted_laws = [law_with_priors(law_of(name), dict(map(prior_of, prior or []))) for name in law or ["joint"]]
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
        require_targets(runs, make_spec(entry, family, discrepancy, noise, poolings, prior_table), targets, max_rows)
    for entry in fitted_laws if preview else []:
        say_preview(runs, entry, targets, prob=prob, seed=seed, max_rows=max_rows, **model)
    posterior = sample(
        runs,
        fitted_laws,
        **model,
        noise=noise,
        pooling=poolings or None,
        sampler=sampler,
        random_seed=seed,
        progress=not quiet,
    )
    if out is not None:
        posterior.save(out)
        say(f"wrote {out}")
    head["title"] = f"{posterior.response} forecast from {Path(table).name}"
    tables = fit_tables(posterior, targets, prob, files, head)
    if as_json:
        print_json(posterior, tables)
    else:
        _print_answers(posterior, tables, all_rows, checks)


def _print_answers(posterior: "Fit", tables: "list[Table]", all_rows: bool, all_checks: bool) -> None:
    """Print the tables of a fit, of which the last one is its checks, and its notes."""
    for answer in tables[:-1]:
        show_top(answer, all_rows)
    show_checks(tables[-1], all_checks)
    print_notes(posterior.notes)


def fit_tables(
    posterior: "Fit",
    targets: list[dict[str, object]],
    prob: float,
    files: ReportFiles,
    head: Mapping[str, Any],
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
    files : ReportFiles
        The files of the report.
    head : mapping of str to str
        Title, owner, requester and date of the report.

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
    if files.requested:
        write_report(loss_report(posterior, forecast, checks, **head), files)
    return [forecast_table(posterior, compare(forecast), prob), *tables]


def print_json(posterior: "Fit", tables: "Sequence[Table]") -> None:
    """Print one JSON document of a fit's tables, notes and lineage.

    Parameters
    ----------
    posterior : Fit
        The posterior.
    tables : sequence of Table
        The tables.
    """
    from bayescale.report.loss.data import lineage
    from bayescale.report.render.json import notes_fields

    records = {table.name: [dict(record) for record in table.records] for table in tables}
    typer.echo(dump({**records, **notes_fields(posterior.notes), "lineage": lineage(posterior)}))
