"""`risk`: the risk under repeated attempts, as a report for a reviewer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.attempts.judge import judge_from, with_other_errors
from bayescale.cli.attempts.trials import Mixing, Scorer, Success, TrialsArgument, fit_trials, read
from bayescale.cli.options import (
    REPORTS,
    AllChecks,
    AllRows,
    AsJson,
    Date,
    Export,
    Owner,
    Prob,
    Rename,
    RequestedBy,
    Seed,
    Template,
    output,
)
from bayescale.cli.parsing import columns_of, report_head
from bayescale.report.render.terminal import (
    ReportFiles,
    print_notes,
    say,
    show_checks,
    show_top,
    working,
    write,
    write_report,
)

if TYPE_CHECKING:
    from bayescale.report.elements import Report

BY = (
    "Column that forms groups; repeat per column; '' for one group. Default: the known columns (model, attack, "
    "benchmark, task, category, temperature, prompt condition, settings of evaluation logs); a note lists the others."
)
DESIGN = (
    "Sampling design, that is, what determined the number of attempts: fixed, until_success or adaptive. "
    "Default: inferred from the counts, with a note."
)


@app.command()
def risk(
    trials: TrialsArgument,
    by: Annotated[list[str] | None, typer.Option(help=BY)] = None,
    at: Annotated[
        list[float] | None, typer.Option(help="Attempts per prompt; repeat per number. Default: 1000 and 10000.")
    ] = None,
    prob: Prob = 0.9,
    level: Annotated[float, typer.Option(help="Share of prompts: report how many attempts break that many.")] = 0.5,
    threshold: Annotated[
        float, typer.Option(help="Share of prompts: report the probability that more are broken.")
    ] = 0.5,
    mixing: Mixing = None,
    judge_sensitivity: Annotated[
        str | None, typer.Option(help="Beta distribution a,b of the share of true successes that the judge reports.")
    ] = None,
    judge_false_positives: Annotated[
        str | None, typer.Option(help="Beta distribution a,b of the share of failures that the judge calls a success.")
    ] = None,
    judge_errors: Annotated[
        str | None, typer.Option(help="Errors of the judge: independent (default) or persistent.")
    ] = None,
    judge_labels: Annotated[
        str | None, typer.Option(help="Table of attempts that people checked: columns truth, verdict (0 or 1).")
    ] = None,
    design: Annotated[str | None, typer.Option(help=DESIGN)] = None,
    crossed: Annotated[
        bool,
        typer.Option(
            "--crossed/--uncrossed", help="Whether prompts of one name in several groups are the same prompt."
        ),
    ] = True,
    rename: Rename = None,
    scorer: Scorer = None,
    success: Success = None,
    check_duplicates: Annotated[
        bool, typer.Option("--check-duplicates", help="Refuse tables in which an attempt occurs twice.")
    ] = False,
    seed: Seed = None,
    save: Annotated[
        Path | None, typer.Option(help="Save the posterior to this .nc file.", callback=output("--save", (".nc",)))
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a report: .html, .md, .json.", callback=output("--out", REPORTS))
    ] = None,
    export: Export = None,
    template: Template = "",
    owner: Owner = "",
    requested_by: RequestedBy = "",
    date: Date = "",
    redact: Annotated[
        bool, typer.Option("--redact", help="Replace names of groups and prompts by neutral ones.")
    ] = False,
    estimators: Annotated[
        bool, typer.Option("--estimators", help="Also print published estimators, for comparison.")
    ] = False,
    saturation: Annotated[
        bool,
        typer.Option(
            "--saturation", help="Also print after how many attempts one more breaks at most 0.1 % of prompts."
        ),
    ] = False,
    checks: AllChecks = False,
    all_rows: AllRows = False,
    as_json: AsJson = False,
) -> None:
    """Forecast risk under repeated attempts.

    The answer is the share of prompts that are broken within many attempts, forecast from few attempts per prompt.
    """
    from bayescale.report.risk.content import require_query, risk_report
    from bayescale.risk.mixing import mixings
    from bayescale.risk.sampling_design import read_design

    head, files = report_head(owner, requested_by, date), ReportFiles(out, export, template)
    budgets = require_query(at or (1_000, 10_000), prob, level, threshold, "--at")
    laws = mixing or None
    mixings(laws)
    read_design(design)
    judge = judge_from(judge_sensitivity, judge_false_positives, judge_errors, judge_labels)
    table = read(trials, rename, scorer=scorer, success=success, check_duplicates=check_duplicates)
    posterior = fit_trials(table, columns_of(by), mixing=laws, seed=seed, judge=judge, design=design, crossed=crossed)
    if save is not None:
        posterior.save(save)
        say(f"wrote {save}{' (with all names)' if redact else ''}")
    title = "Risk under repeated attempts" + ("" if redact else f": {', '.join(Path(name).name for name in trials)}")
    with working("Checking the posterior and computing other estimators ..."):
        other = with_other_errors(posterior, table, laws, design) if files.requested or as_json else None
        report = risk_report(
            posterior,
            budgets,
            prob,
            title=title,
            level=level,
            threshold=threshold,
            other=other,
            redact=redact,
            **head,
        )
    write_report(report, files)
    optional = [name for name, requested in (("baselines", estimators), ("saturation", saturation)) if requested]
    print_risk(report, as_json, ("forecast", *optional, "budget", "checks"), all_rows=all_rows, all_checks=checks)


def print_risk(
    report: "Report",
    as_json: bool,
    tables: tuple[str, ...] = ("forecast", "budget", "checks"),
    *,
    all_rows: bool = False,
    all_checks: bool = False,
) -> None:
    """Print the statements, tables, warnings and notes of a risk report, or all of it as JSON.

    Parameters
    ----------
    report : Report
        The report.
    as_json : bool
        Whether to print JSON.
    tables : tuple of str
        Names of the tables to print.
    all_rows, all_checks : bool, default False
        Whether every row of long tables, and every check, is printed on a terminal.
    """
    from bayescale.report.elements import Notes, Text
    from bayescale.report.render.json import to_json
    from bayescale.report.tables import Table

    if as_json:
        typer.echo(to_json(report))
        return
    write(report.answer, indent="  ")
    for name in tables:
        if name == "checks":
            show_checks(report.part(Table, name), all_checks)
        else:
            show_top(report.part(Table, name), all_rows)
    for line in report.part(Text, "warnings").paragraphs:
        write(f"warning: {line}", indent="  ")
    print_notes(report.part(Notes, "notes").items)
