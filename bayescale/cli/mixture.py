"""`mixture`: the best weights of a training mixture, from a table of runs or a fit of several responses."""

from typing import Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import AsJson, Prob, Version
from bayescale.cli.parsing import number, pair
from bayescale.cli.query import FitName, InStore, fit_of
from bayescale.errors import InputError
from bayescale.report.render.terminal import dump, show


@app.command()
def mixture(
    fit: FitName,
    flops: Annotated[float, typer.Option(help="Training compute of the run in FLOP.")],
    store: InStore = None,
    version: Version = None,
    loss_weight: Annotated[
        list[str] | None,
        typer.Option(help="Weight of a response in the mean: github_loss=2; repeat per response; default: all alike."),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            help="Weight of a domain in the baseline: github=0.1; repeat per domain; default: the runs' mean."
        ),
    ] = None,
    tokens_per_param: Annotated[
        float | None, typer.Option(help="Tokens per parameter of the run; default: that of the largest run.")
    ] = None,
    beyond: Annotated[
        bool, typer.Option("--beyond", help="Search weights beyond those of the runs, from 0 to 1.")
    ] = False,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Find the best weights of a training mixture.

    The fit is of several responses of one table: bayescale fit runs.csv --law mixture_checkpoints --no-discrepancy
    --response github_loss --response c4_loss --out fit.nc. The second table proposes the next small runs.
    """
    from bayescale.report.loss.mixture import mixture_table, proxies_table

    weights, base = _numbers(loss_weight, "--loss-weight"), _numbers(baseline, "--baseline")
    posterior = fit_of(fit, store, version)
    choice = posterior.mixture(
        flops, weights, prob, tokens_per_param=tokens_per_param, baseline=base, within_data=not beyond
    )
    tables = mixture_table(choice), proxies_table(choice)
    if as_json:
        typer.echo(dump({table.name: [dict(record) for record in table.records] for table in tables}))
    else:
        for table in tables:
            show(table)


def _numbers(texts: list[str] | None, option: str) -> dict[str, float] | None:
    """Numbers by name of an option that repeats; None without any."""
    out: dict[str, float] = {}
    for name, text in (pair(text, option) for text in texts or []):
        value = number(text)
        if isinstance(value, str):
            raise InputError(f"{option} {name}={text!r} is not a number")
        out[name] = value
    return out or None
