"""`horizon`: the human time of tasks at which agents succeed, and its trend over release dates."""

from pathlib import Path
from typing import Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.attempts.trials import Scorer, Success, TrialsArgument, read
from bayescale.cli.options import REPORTS, AllChecks, AllRows, AsJson, Prob, Rename, Seed, output
from bayescale.cli.parsing import pairs
from bayescale.report.render.terminal import print_notes, say, show_checks, show_top, working, write


@app.command()
def horizon(
    trials: TrialsArgument,
    agent: Annotated[str, typer.Option(help="Column with the name of the agent.")] = "model",
    level: Annotated[
        list[float] | None, typer.Option(help="Level of success; repeat per level. Default: 0.5 and 0.8.")
    ] = None,
    released: Annotated[
        list[str] | None,
        typer.Option(help="Release date of an agent: NAME=2025-03-18; repeat per agent. Default: column release_date."),
    ] = None,
    on: Annotated[
        list[str] | None,
        typer.Option(help="Date of the forecast; repeat per date. Default: 1 and 2 years after the last release."),
    ] = None,
    reach: Annotated[
        list[float] | None,
        typer.Option(help="Horizon in minutes: report the probability that it is reached. Default: 60 and 480."),
    ] = None,
    prob: Prob = 0.9,
    rename: Rename = None,
    scorer: Scorer = None,
    success: Success = None,
    seed: Seed = None,
    save: Annotated[
        Path | None, typer.Option(help="Save the posterior to this .nc file.", callback=output("--save", (".nc",)))
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a report: .html, .md, .json.", callback=output("--out", REPORTS))
    ] = None,
    redact: Annotated[
        bool, typer.Option("--redact", help="Replace names of agents, tasks and families by neutral ones.")
    ] = False,
    checks: AllChecks = False,
    all_rows: AllRows = False,
    as_json: AsJson = False,
) -> None:
    """Estimate time horizons of agents.

    A time horizon is the human time of tasks at which an agent succeeds with a given probability. Trials need a column
    human_minutes; with release dates the trend is reported too.
    """
    from bayescale.core.summary import numbers
    from bayescale.horizon.answers import read_levels
    from bayescale.horizon.fit import fit_horizon
    from bayescale.horizon.release_dates import read_dates
    from bayescale.report.elements import Notes
    from bayescale.report.horizon.content import horizon_report
    from bayescale.report.render.json import to_json
    from bayescale.report.tables import Table

    levels, minutes = read_levels(level or (0.5, 0.8)), numbers("--reach", reach or (60.0, 480.0), "such as 480")
    if on:
        read_dates("--on", on)
    table = read(trials, rename, scorer=scorer, success=success)
    with working(f"Fitting {len(table.table)} rows of trials ..."):
        dates = pairs(released, "--released") if released else None
        posterior = fit_horizon(table, agent=agent, release_dates=dates, random_seed=seed)
    if save is not None:
        posterior.save(save)
        say(f"wrote {save}{' (with all names)' if redact else ''}")
    title = "Time horizons" + ("" if redact else f": {', '.join(Path(name).name for name in trials)}")
    report = horizon_report(
        posterior, levels, prob, dates=on or None, minutes=minutes.tolist(), title=title, redact=redact
    )
    if out is not None:
        report.save(out)
        say(f"wrote {out}")
    if as_json:
        typer.echo(to_json(report))
        return
    write(report.answer, indent="  ")
    for name in ("horizons", "forecast", "reached"):
        show_top(report.part(Table, name), all_rows)
    show_checks(report.part(Table, "checks"), checks)
    for line in report.warnings:
        write(f"warning: {line}", indent="  ")
    print_notes(report.part(Notes, "notes").items)
