"""`forecast`, `backtest`: forecasts from a posterior, and forecasts of runs that are already measured."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import (
    AllRows,
    AsJson,
    Cluster,
    Comparable,
    Complete,
    ExcludeBlank,
    FamilyColumn,
    Prob,
    Quiet,
    Reason,
    Rename,
    Seed,
    Units,
    Version,
    output,
    read_runs_for,
)
from bayescale.cli.parsing import target_of
from bayescale.errors import InputError
from bayescale.report.render.terminal import dump, print_notes, say, show, show_top

if TYPE_CHECKING:
    from bayescale.scaling.result import Fit

FitName = Annotated[str, typer.Argument(help="A .nc file of a posterior, or with --store the name of a model.")]

#: What a posterior of another kind is about, and what answers it gives instead. By name: its modules are not imported.
OTHER_KINDS = {
    "Horizon": "time horizons: use bayescale.load(path).horizons() in Python",
    "Risk": "risk: use `bayescale show` or `bayescale report` for a maintained model, and "
    "bayescale.load(path).at(attempts) in Python for a file",
}
InStore = Annotated[str | None, typer.Option("--store", help="Folder, or s3://bucket/prefix, that holds the model.")]


def fit_of(name: str, store: str | None, version: str | None) -> "Fit":
    """Open the fit of a law that a command is about.

    Parameters
    ----------
    name : str
        A model of the store, or a .nc file.
    store : str or None
        The store.
    version : str or None
        Number, id or time of a version.

    Returns
    -------
    Fit
        The posterior.

    Raises
    ------
    InputError
        There is no such posterior, or it is one of risk or of time horizons.
    """
    from bayescale.loading import as_posterior, load, require_whole
    from bayescale.scaling.result import Fit

    if store is not None:
        from bayescale.maintenance.store.posteriors import Store

        posterior = as_posterior(Store.open(store).load(name, version, require_whole))
    elif name.lower().endswith(".nc"):
        posterior = load(name)
    else:
        raise InputError(f"{name!r} is not a .nc file: give the store that holds this model with --store")
    if not isinstance(posterior, Fit):
        raise InputError(f"{name} is a posterior of {OTHER_KINDS[type(posterior).__name__]}")
    return posterior


@app.command()
def forecast(
    fit: FitName,
    at: Annotated[
        list[str], typer.Option(help="A run to forecast: n_params=7e10,n_tokens=1e12,family=a; repeat per run.")
    ],
    store: InStore = None,
    version: Version = None,
    prob: Prob = 0.9,
    wandb_run: Annotated[
        str | None, typer.Option(help="Also write the forecast and its figure to this run: ENTITY/PROJECT/RUN.")
    ] = None,
    all_rows: AllRows = False,
    as_json: AsJson = False,
) -> None:
    """Forecast runs from a posterior.

    Intervals are of the mean of repeated runs (law) and of one new run (run).
    """
    targets = [target_of(text) for text in at]
    posterior = fit_of(fit, store, version)
    answer = posterior.forecast(targets, prob)
    if wandb_run is not None:
        from bayescale.report.render.wandb_run import log_forecast

        log_forecast(posterior, targets, wandb_run, prob=prob)
        say(f"wrote the forecast to {wandb_run}")
    if as_json:
        from bayescale.report.tables import records_of

        typer.echo(dump({"forecast": [dict(record) for record in records_of(answer.table)]}))
        return
    from bayescale.report.loss.forecast import compare, forecast_table

    show_top(forecast_table(posterior, compare(answer), prob), all_rows)


@app.command()
def backtest(
    runs: Annotated[str, typer.Argument(help="Runs: a .csv, .parquet or .jsonl file, or example:pile.")],
    law: Annotated[list[str] | None, typer.Option(help="Law; repeat to compare and weight several laws.")] = None,
    family: FamilyColumn = "family",
    cut: Annotated[str, typer.Option(help="Column to cut at.")] = "flops",
    at: Annotated[
        list[float] | None, typer.Option(help="Where to cut; default: factors 3, 10 and 32 below the largest run.")
    ] = None,
    rename: Rename = None,
    units: Units = None,
    comparable: Comparable = "",
    complete: Complete = False,
    exclude_blank: ExcludeBlank = None,
    reason: Reason = None,
    cluster: Cluster = None,
    prob: Prob = 0.9,
    seed: Seed = None,
    out: Annotated[
        Path | None, typer.Option(help="Write every scored row to this .csv file.", callback=output("--out", (".csv",)))
    ] = None,
    quiet: Quiet = False,
    all_rows: AllRows = False,
    as_json: AsJson = False,
) -> None:
    """Score forecasts of runs that are already measured.

    Laws are fitted to the runs below each cut and forecast the runs above it.
    """
    from bayescale.report.render.files import write_text
    from bayescale.report.tables import as_csv, frame_table
    from bayescale.scaling.evaluation.backtest import backtest as run_backtest
    from bayescale.scaling_laws.registry import law as law_of

    laws = [law_of(name) for name in law or ["joint"]]
    table = read_runs_for(
        laws,
        runs,
        rename=rename,
        units=units,
        comparable=comparable,
        complete=complete,
        exclude_blank=exclude_blank,
        reason=reason,
    )
    progress = None if quiet else say
    scores = run_backtest(
        table, laws, family=family, cut=cut, cuts=at, prob=prob, random_seed=seed, progress=progress, cluster=cluster
    )
    if out is not None:
        write_text(as_csv(scores.points), out)
        say(f"wrote {out}")
    result = frame_table("backtest", scores.table, "Forecasts of larger runs, compared with their measurements")
    if as_json:
        typer.echo(dump({"backtest": [dict(record) for record in result.records]}))
        return
    show_top(result, all_rows)
    if len(laws) > 1:
        show(frame_table("weights", scores.weights().table, "Weight of each law in a stack"))
    print_notes(scores.notes)
