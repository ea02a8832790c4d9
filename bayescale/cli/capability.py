"""`capability`: scores of models on several benchmarks, by compute and by their other scores."""

from pathlib import Path
from typing import Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import REPORTS, AllChecks, AllRows, AsJson, Prob, Rename, Seed, Units, output
from bayescale.cli.parsing import number, pairs, target_of
from bayescale.errors import InputError
from bayescale.report.render.terminal import print_notes, say, show_checks, show_top, working, write


@app.command()
def capability(
    table: Annotated[str, typer.Argument(help="Models: a .csv, .parquet or .jsonl file, one row per model.")],
    benchmark: Annotated[list[str], typer.Option(help="Column of scores from 0 to 1; repeat per benchmark.")],
    chance: Annotated[
        list[str] | None, typer.Option(help="Score of guessing: mmlu=0.25; repeat per benchmark. Default: 0.")
    ] = None,
    items: Annotated[
        list[str] | None, typer.Option(help="Number of items: humaneval=164; repeat per benchmark. Default: 1000.")
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            help="A model to forecast: family=a,flops=1e24 or model=NAME; repeat per model. Default: every blank score."
        ),
    ] = None,
    family: Annotated[str, typer.Option(help='Column with the family of each model; "" for none.')] = "family",
    model: Annotated[str, typer.Option(help="Column with the name of each model.")] = "model",
    dimensions: Annotated[int, typer.Option(help="Dimensions of capability.", min=1, max=4)] = 2,
    prob: Prob = 0.9,
    rename: Rename = None,
    units: Units = None,
    seed: Seed = None,
    save: Annotated[
        Path | None, typer.Option(help="Save the posterior to this .nc file.", callback=output("--save", (".nc",)))
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a report: .html, .md, .json.", callback=output("--out", REPORTS))
    ] = None,
    checks: AllChecks = False,
    all_rows: AllRows = False,
    as_json: AsJson = False,
) -> None:
    """Forecast scores of models on several benchmarks.

    Benchmarks share a few capabilities, which rise with compute along the line of each family. Blank scores and blank
    compute are allowed: a benchmark with few scores takes what is missing from the others.
    """
    from bayescale.capability.fit import fit_capability
    from bayescale.data.reading import read_runs
    from bayescale.report.capability import capability_report
    from bayescale.report.elements import Notes
    from bayescale.report.render.json import to_json
    from bayescale.report.tables import Table

    targets = [target_of(text) for text in at or []]
    levels, counts = _numbers(chance, "--chance"), _numbers(items, "--items")
    runs = read_runs(table, rename=pairs(rename, "--rename"), units=pairs(units, "--units"), response=benchmark[0])
    with working(f"Fitting {len(runs.table)} models ..."):
        posterior = fit_capability(
            runs,
            benchmark,
            chance=levels,
            items=counts,
            family=family or None,
            model=model,
            dimensions=dimensions,
            random_seed=seed,
        )
    if save is not None:
        posterior.save(save)
        say(f"wrote {save}")
    has_forecast = bool(targets) or bool((posterior.scores.measured == 0).any())
    forecast = posterior.forecast(targets or None, prob=prob) if has_forecast else None
    report = capability_report(posterior, forecast, title=f"Scores: {Path(table).name}")
    if out is not None:
        report.save(out)
        say(f"wrote {out}")
    if as_json:
        typer.echo(to_json(report))
        return
    if has_forecast:
        write(report.answer, indent="  ")
        show_top(report.part(Table, "forecast"), all_rows)
    show_top(report.part(Table, "benchmarks"), all_rows)
    show_checks(report.part(Table, "checks"), checks)
    print_notes(report.part(Notes, "notes").items)


def _numbers(texts: list[str] | None, option: str) -> dict[str, float]:
    """Numbers by benchmark of an option that repeats."""
    values: dict[str, float] = {}
    for name, text in pairs(texts, option).items():
        value = number(text)
        if isinstance(value, str):
            raise InputError(f"{option} {name}={text!r} is not a number")
        values[name] = float(value)
    return values
