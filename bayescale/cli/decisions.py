"""`compare`, `allocate`, `required`, `plan`: decisions from a posterior."""

import math
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import AsJson, Prob, Version, finite, number, pair, target_of
from bayescale.cli.query import FitName, InStore, fit_of
from bayescale.errors import InputError
from bayescale.report.render.terminal import dump, show

if TYPE_CHECKING:
    from bayescale.report.tables import Table

Family = Annotated[str | None, typer.Option(help="Family of runs; default: the only family, else a new family.")]
Served = Annotated[float, typer.Option(help="Tokens that the model will serve; compute then includes inference.")]
Hold = Annotated[list[str] | None, typer.Option(help="Value of a further input of the law: lr=3e-4; repeat per input.")]


@app.command()
def compare(
    fit: FitName,
    a: Annotated[list[str], typer.Option(help="A run: n_params=7e10,n_tokens=1.4e12,family=x; repeat per run.")],
    b: Annotated[list[str], typer.Option(help="The run to compare it with: one for all, or one for each --a.")],
    store: InStore = None,
    version: Version = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Compare two runs.

    The answer is the probability that the first has the lower response, and the difference.
    """
    from bayescale.report.loss.decisions import comparison_table

    first, second = ([target_of(text, option) for text in side] for side, option in ((a, "--a"), (b, "--b")))
    posterior = fit_of(fit, store, version)
    print_table(comparison_table(posterior.compare(first, second, prob), posterior.response), as_json)


@app.command()
def allocate(
    fit: FitName,
    flops: Annotated[
        list[float],
        typer.Option(help="Budget of compute in FLOP; repeat per budget.", callback=finite("--flops", 0.0, "1e21")),
    ],
    store: InStore = None,
    version: Version = None,
    family: Family = None,
    tokens_served: Served = 0.0,
    hold: Hold = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Find the compute-optimal size and tokens for a budget."""
    from bayescale.report.loss.decisions import allocation_table

    held = held_inputs(hold)
    posterior = fit_of(fit, store, version)
    allocation = posterior.allocate(flops, prob, family, tokens_served=tokens_served, at=held)
    print_table(allocation_table(allocation), as_json)


@app.command()
def required(
    fit: FitName,
    loss: Annotated[
        list[float],
        typer.Option(help="Mean loss to reach; repeat per loss.", callback=finite("--loss", -math.inf, "2.1")),
    ],
    store: InStore = None,
    version: Version = None,
    family: Family = None,
    tokens_served: Served = 0.0,
    tokens_per_param: Annotated[
        float | None, typer.Option(help="Fixed ratio of tokens to parameters; default: the compute-optimal ratio.")
    ] = None,
    hold: Hold = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Find the least compute that reaches a loss.

    In JSON, null means that the loss is never reached.
    """
    from bayescale.report.loss.decisions import requirement_table

    posterior = fit_of(fit, store, version)
    requirement = posterior.required(
        loss, prob, family, tokens_served=tokens_served, tokens_per_param=tokens_per_param, at=held_inputs(hold)
    )
    print_table(requirement_table(requirement), as_json)


@app.command()
def plan(
    fit: FitName,
    candidate: Annotated[
        list[str], typer.Option(help="A possible next run: n_params=1e9,n_tokens=2e10,family=a; repeat per run.")
    ],
    at: Annotated[list[str], typer.Option(help="A run to forecast: n_params=7e10,n_tokens=1e12,family=a.")],
    store: InStore = None,
    version: Version = None,
    cost: Annotated[
        str, typer.Option(help="Field of a candidate that holds its cost; flops is 6·N·D where it is missing.")
    ] = "flops",
    repeats: Annotated[int, typer.Option(help="Number of seeds of each candidate.")] = 1,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Rank candidates for the next run.

    A candidate ranks higher the more it is expected to narrow the interval of a forecast, relative to its cost.
    """
    from bayescale.report.loss.next_run import next_run_table

    candidates = [target_of(text, "--candidate") for text in candidate]
    targets = [target_of(text) for text in at]
    ranking = fit_of(fit, store, version).plan(candidates, targets, prob, cost=cost, repeats=repeats)
    print_table(next_run_table(ranking), as_json)


def print_table(table: "Table", as_json: bool) -> None:
    """Print a table with aligned columns, or as one JSON document.

    Parameters
    ----------
    table : Table
        The table.
    as_json : bool
        Whether to print JSON.
    """
    if as_json:
        typer.echo(dump({table.name: [dict(record) for record in table.records]}))
    else:
        show(table)


def held_inputs(texts: list[str] | None) -> dict[str, float] | None:
    """Parse the values of --hold, such as "lr=3e-4".

    Parameters
    ----------
    texts : list of str or None
        The texts.

    Returns
    -------
    dict of str to float or None
        Value by input; None without any.

    Raises
    ------
    InputError
        A value is not a number.
    """
    held: dict[str, float] = {}
    for name, text in (pair(text, "--hold") for text in texts or []):
        value = number(text)
        if isinstance(value, str):
            raise InputError(f"--hold {name}={text!r} is not a number")
        held[name] = value
    return held or None
