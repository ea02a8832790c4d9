"""`forecast`, `backtest`: what one asks of a posterior, or of a table of runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import (
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
from bayescale.errors import InputError
from bayescale.report.render.terminal import dump, notes, say, show

if TYPE_CHECKING:
    import pandas as pd

    from bayescale.scaling.result import Fit

Asked = Annotated[str, typer.Argument(help="A model's name with --store, or a posterior's .nc file.")]
In = Annotated[str | None, typer.Option("--store", help="Folder, or s3://bucket/prefix, that holds the model.")]
Of = Annotated[str | None, typer.Option("--version", help="Number, id or time; default: the current one.")]


def fit_of(words: str, store: str | None, version: str | None) -> "Fit":
    """The fit of loss that a command is about: a model of a store, or a posterior in a file."""
    from bayescale.loading import as_posterior, load, require_whole
    from bayescale.scaling.result import Fit

    if store is not None:
        from bayescale.maintenance.store.posteriors import Store

        found = as_posterior(Store.open(store).load(words, version, require_whole))
    elif words.lower().endswith(".nc"):
        found = load(words)
    else:
        raise InputError(f"{words!r}: name the store that holds this model with --store, or a posterior's .nc file")
    if not isinstance(found, Fit):
        raise InputError(f"{words} is a posterior of risk: ask `bayescale show` or `bayescale report`")
    return found


def table(rows: "pd.DataFrame", name: str, caption: str, as_json: bool) -> None:
    """Print rows, aligned or as one JSON document."""
    from bayescale.report.tables import frame_table, records_of

    if as_json:
        typer.echo(dump({name: [dict(one) for one in records_of(rows)]}))
        return
    show(frame_table(name, rows, caption))


@app.command()
def forecast(
    fit: Asked,
    at: Annotated[list[str], typer.Option(help="A run: n_params=7e10,n_tokens=1e12,family=a; once for each.")],
    store: In = None,
    version: Of = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Forecast runs from a posterior: the average of their family (law), one new run (run)."""
    targets = [target_of(words) for words in at]
    found = fit_of(fit, store, version)
    answer = found.forecast(targets, prob)
    if as_json:
        from bayescale.report.tables import records_of

        typer.echo(dump({"forecast": [dict(one) for one in records_of(answer.table)]}))
        return
    from bayescale.report.loss.content import compare, forecast_table

    show(forecast_table(found, compare(answer), prob))


@app.command()
def backtest(
    runs: Annotated[str, typer.Argument(help="Runs: a .csv, .parquet or .jsonl file, or example:pile.")],
    law: Annotated[list[str] | None, typer.Option(help="Law; given again: compared and weighted.")] = None,
    family: Annotated[str, typer.Option(help="Column that names families of runs.")] = "family",
    cut: Annotated[str, typer.Option(help="Column to cut at.")] = "flops",
    at: Annotated[list[float] | None, typer.Option(help="Where to cut; default: 3, 10, 32 below the top.")] = None,
    rename: Rename = None,
    units: Units = None,
    comparable: Comparable = "",
    complete: Annotated[bool, typer.Option("--complete", help="Leave out rows without an input, and say so.")] = False,
    exclude_blank: ExcludeBlank = None,
    reason: Reason = None,
    cluster: Annotated[str | None, typer.Option(help="'local' for every core, or a Dask scheduler's address.")] = None,
    prob: Prob = 0.9,
    seed: Seed = None,
    out: Annotated[
        Path | None, typer.Option(help="Write every scored row to this .csv file.", callback=output("--out", (".csv",)))
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Fit below cuts, forecast above them, and hold the forecasts against what really happened."""
    from bayescale.report.render import files
    from bayescale.report.tables import as_csv
    from bayescale.scaling.evaluation.backtest import backtest as test
    from bayescale.scaling.single_law import runs_for
    from bayescale.scaling_laws.registry import law as law_of

    laws = [law_of(one) for one in law or ["joint"]]
    names = dict(pair(words, "--rename") for words in rename or [])
    declared = dict(pair(words, "--units") for words in units or [])
    read = excluded(runs_for(laws, runs, declared, comparable, names), exclude_blank, reason)
    read = read.complete(*dict.fromkeys(name for one in laws for name in one.required_inputs)) if complete else read
    told = None if quiet else say
    done = test(
        read, laws, family=family, cut=cut, cuts=at, prob=prob, random_seed=seed, progress=told, cluster=cluster
    )
    if out is not None:
        files.write_text(as_csv(done.points), out)
        say(f"wrote {out}")
    table(done.table, "backtest", "Forecasts of larger runs held against what they reached", as_json)
    if as_json:
        return
    if len(laws) > 1:
        table(done.weights().table, "weights", "What share of a stack each law would have", as_json)
    notes(done.notes)
