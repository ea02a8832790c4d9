"""`compare`, `allocate`, `required`, `plan`: what a posterior says of a decision."""

import math
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import AsJson, Prob, finite, number, pair, target_of
from bayescale.cli.query import Asked, In, Of, fit_of
from bayescale.errors import InputError
from bayescale.report.render.terminal import dump, show

if TYPE_CHECKING:
    from bayescale.report.tables import Table

Family = Annotated[str | None, typer.Option(help="Family of runs; default: one never seen, or the one there is.")]
Served = Annotated[float, typer.Option(help="Tokens the model will serve: the compute then pays for them too.")]
Hold = Annotated[list[str] | None, typer.Option(help="A further input of the law held at a value: lr=3e-4")]


@app.command()
def compare(
    fit: Asked,
    a: Annotated[list[str], typer.Option(help="A run: n_params=7e10,n_tokens=1.4e12,family=x; again for more.")],
    b: Annotated[list[str], typer.Option(help="What it is held against: as many, or one.")],
    store: In = None,
    version: Of = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Which of two runs comes out lower, and by how much."""
    from bayescale.report.loss.decisions import comparison_table

    one, other = ([target_of(words, option) for words in side] for side, option in ((a, "--a"), (b, "--b")))
    found = fit_of(fit, store, version)
    tell(comparison_table(found.compare(one, other, prob), found.response), as_json)


@app.command()
def allocate(
    fit: Asked,
    flops: Annotated[
        list[float],
        typer.Option(help="Budget of compute in FLOP; once for each.", callback=finite("--flops", 0.0, "1e21")),
    ],
    store: In = None,
    version: Of = None,
    family: Family = None,
    tokens_served: Served = 0.0,
    hold: Hold = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Spend budgets of compute: the size and data that lose least."""
    from bayescale.report.loss.decisions import allocation_table

    held = held_at(hold)
    found = fit_of(fit, store, version)
    answer = found.allocate(flops, prob, family, tokens_served=tokens_served, at=held)
    tell(allocation_table(answer), as_json)


@app.command()
def required(
    fit: Asked,
    loss: Annotated[
        list[float],
        typer.Option(help="Average loss to reach; once for each.", callback=finite("--loss", -math.inf, "2.1")),
    ],
    store: In = None,
    version: Of = None,
    family: Family = None,
    tokens_served: Served = 0.0,
    tokens_per_param: Annotated[float | None, typer.Option(help="Fixed ratio; default: compute-optimal.")] = None,
    hold: Hold = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """The compute that a loss takes. In JSON, null is never."""
    from bayescale.report.loss.decisions import requirement_table

    found = fit_of(fit, store, version)
    answer = found.required(
        loss, prob, family, tokens_served=tokens_served, tokens_per_param=tokens_per_param, at=held_at(hold)
    )
    tell(requirement_table(answer), as_json)


@app.command()
def plan(
    fit: Asked,
    candidate: Annotated[list[str], typer.Option(help="A run one could make: n_params=1e9,n_tokens=2e10,family=a")],
    at: Annotated[list[str], typer.Option(help="A run to forecast: n_params=7e10,n_tokens=1e12,family=a")],
    store: In = None,
    version: Of = None,
    cost: Annotated[str, typer.Option(help="Word of a candidate that prices it; flops: 6·N·D unless given.")] = "flops",
    repeats: Annotated[int, typer.Option(help="Seeds of each candidate that would be run.")] = 1,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Which run to make next: how far each can be expected to narrow the forecast, and at what price."""
    from bayescale.report.loss.next_run import next_run_table

    candidates = [target_of(words, "--candidate") for words in candidate]
    targets = [target_of(words) for words in at]
    found = fit_of(fit, store, version).plan(candidates, targets, prob, cost=cost, repeats=repeats)
    tell(next_run_table(found), as_json)


def tell(found: "Table", as_json: bool) -> None:
    """Print a table, aligned or as one JSON document."""
    if as_json:
        typer.echo(dump({found.name: [dict(record) for record in found.records]}))
    else:
        show(found)


def held_at(words: list[str] | None) -> dict[str, float] | None:
    """ "lr=3e-4" and others as a mapping. Raises InputError for what is no number."""
    held: dict[str, float] = {}
    for name, value in (pair(one, "--hold") for one in words or []):
        read = number(value)
        if isinstance(read, str):
            raise InputError(f"--hold {name}={value!r} is not a number")
        held[name] = read
    return held or None
